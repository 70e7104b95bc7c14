"""The command group and the one place where errors become words and exit codes."""

from __future__ import annotations

import sys
import warnings

import click

import benchbook
from benchbook.cli.ci import ci, report
from benchbook.cli.doctor import doctor
from benchbook.cli.drill import drill
from benchbook.cli.gates import approvals, approve, gate, promote, reject, rollback
from benchbook.cli.governance import audit, card
from benchbook.cli.lab import lab
from benchbook.cli.listing import datasets, models, runs, sql
from benchbook.cli.monitoring import monitor, watch
from benchbook.cli.new import new
from benchbook.cli.run import plan, run
from benchbook.cli.serving import predict, serve
from benchbook.errors import BenchbookError, InvalidInput, NotFound
from benchbook.project import use_project

_WRONG = (InvalidInput, NotFound)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--project", "folder", metavar="DIR", help="The project folder; found from here upward when not given.")
@click.version_option(benchbook.__version__, "-V", "--version", message="benchbook %(version)s")
def group(folder: str | None) -> None:
    r"""Benchbook: runs, data versions, models and pipelines for notebooks.

    \b
    A first tour:
      benchbook new flights my-flights    make a project from a template
      cd my-flights && benchbook run      run its pipeline of notebooks
      benchbook lab                       see everything in JupyterLab
    """
    if folder is not None:
        use_project(folder)


_COMMANDS = (new, run, plan, runs, datasets, models, serve, predict, sql, doctor, lab)
_GATES = (gate, promote, rollback, approvals, approve, reject, card, audit)
_LOOP = (monitor, watch, drill)
_CI = (report, ci)
for command in (*_COMMANDS, *_GATES, *_LOOP, *_CI):
    group.add_command(command)
for command in (group, *group.commands.values()):
    # click wants the control character before a block to be kept as written; the docstrings are raw and spell it out.
    command.help = (command.help or "").replace("\\b", "\b")


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 wrong request."""
    warnings.showwarning = _show_warning  # type: ignore[assignment]  # the rest of its arguments is not needed
    try:
        outcome = group.main(args=arguments, prog_name="benchbook", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort:
        click.echo("Stopped.", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return 2
    except BenchbookError as error:
        click.secho("Error: ", fg="red", nl=False, err=True)
        click.echo(str(error), err=True)
        return 2 if isinstance(error, _WRONG) else 1
    return outcome if isinstance(outcome, int) else 0


def _show_warning(message: Warning | str, *_rest: object) -> None:
    """Warnings in words, without the source line they come from."""
    click.echo(f"Note: {message}", err=True)


if __name__ == "__main__":
    sys.exit(main())
