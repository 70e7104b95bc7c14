"""`benchbook lab`: JupyterLab on the project."""

from __future__ import annotations

import os
import sys

import click


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def lab(options: tuple[str, ...]) -> None:
    r"""Open JupyterLab on the project; OPTIONS go to `jupyter lab`.

    \b
      benchbook lab
      benchbook lab --no-browser --port 9999
    """
    from benchbook.project import current_project

    root = current_project().root
    os.chdir(root)
    # -P: a file of the project that is called like a module of Python is not imported in its place.
    arguments = [sys.executable, "-P", "-m", "jupyterlab", f"--ServerApp.root_dir={root}", *options]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--allow-root")
    sys.stdout.flush()
    os.execv(sys.executable, arguments)  # noqa: S606  JupyterLab takes this process's place, so Ctrl-C and exit code are its own
