"""`benchbook new`: a project from a template."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from pathlib import Path

import click

from benchbook.cli.output import print_json
from benchbook.errors import BenchbookError, Conflict, InvalidInput, NotAllowed, NotFound, StorageFull

_LEAVE = shutil.ignore_patterns(".benchbook", ".ipynb_checkpoints", "__pycache__")


def template_folders() -> dict[str, Path]:
    """Templates by name: installed beside the package, or in the checkout this code runs from."""
    from jupyter_core.paths import jupyter_path

    places = [Path(path) for path in jupyter_path("benchbook", "templates")]
    places.append(Path(__file__).resolve().parents[3] / "templates")
    found: dict[str, Path] = {}
    for place in places:
        for folder in sorted(place.iterdir()) if place.is_dir() else []:
            if (folder / "benchbook.yaml").is_file():
                found.setdefault(folder.name, folder)
    return found


@click.command()
@click.argument("template", required=False)
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the templates as JSON.")
def new(template: str | None, folder: Path | None, *, as_json: bool) -> None:
    r"""Make a project in FOLDER from TEMPLATE; without arguments list the templates.

    \b
      benchbook new                       list templates
      benchbook new flights my-flights    real flight data, from ingest to a gate, a monitor and retraining
      benchbook new minimal first         two small notebooks to start from
    """
    templates = template_folders()
    if template is None:
        click.echo("\n".join(templates)) if not as_json else print_json([{"name": name} for name in templates])
        return
    if template not in templates:
        raise NotFound("template", template, known=templates)
    if folder is None:
        raise InvalidInput("Say where the project shall be.", hint=f"benchbook new {template} my-{template}")
    make_project(templates[template], folder)
    click.echo(f"Made {folder} from the template {template!r}.\nNext:  cd {folder} && benchbook run")


def make_project(template: Path, folder: Path) -> None:
    """Copy ``template`` to ``folder`` whole or not at all: beside it under another name first, then moved.

    Raises:
        Conflict: if ``folder`` exists and is not empty.
        StorageFull, NotAllowed: if it cannot be written.
    """
    target = folder.resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Conflict(f"{folder} exists and is not empty.", hint="Choose another folder; nothing was changed.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
            made = Path(scratch) / "project"
            shutil.copytree(template, made, ignore=_LEAVE)
            if target.is_dir():
                _fill(target, made)
            else:
                made.rename(target)
    except (OSError, shutil.Error) as error:
        raise _refusal(folder, error) from error


def _fill(target: Path, made: Path) -> None:
    """Move what was made into an empty folder that stays: it may be the one the shell stands in.

    `benchbook.yaml` comes last, so that a folder which is a project holds all of it.
    """
    for path in sorted(made.iterdir(), key=lambda path: path.name == "benchbook.yaml"):
        path.rename(target / path.name)


def _refusal(folder: Path, error: OSError) -> BenchbookError:
    """`copytree` gathers its errors as texts, so the reason has to be looked for."""
    text = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or os.strerror(errno.ENOSPC) in text:
        return StorageFull(f"No space is left to make {folder}.", hint="Free some space; nothing was made.")
    return NotAllowed(f"{folder} cannot be written ({text[:200]}).", hint="Choose another folder.")
