"""`benchbook new`: a project from a template."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import click

from benchbook.errors import Conflict, InvalidInput, NotAllowed, NotFound

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
def new(template: str | None, folder: Path | None) -> None:
    r"""Make a project in FOLDER from TEMPLATE; without arguments list the templates.

    \b
      benchbook new                       list templates
      benchbook new flights my-flights    real flight data: ingest, explore, features, train, evaluate
      benchbook new minimal first         two small notebooks to start from
    """
    templates = template_folders()
    if template is None:
        for name in templates:
            click.echo(name)
        return
    if template not in templates:
        raise NotFound("template", template, known=templates)
    if folder is None:
        raise InvalidInput("Say where the project shall be.", hint=f"benchbook new {template} my-{template}")
    make_project(templates[template], folder)
    click.echo(f"Made {folder} from the template {template!r}.\nNext:  cd {folder} && benchbook run")


def make_project(template: Path, folder: Path) -> None:
    """Copy ``template`` to ``folder`` whole or not at all: under a temporary name first, then renamed.

    Raises:
        Conflict: if ``folder`` exists and is not empty.
        NotAllowed: if it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Conflict(f"{folder} exists and is not empty.", hint="Choose another folder; nothing was changed.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
            made = Path(scratch) / "project"
            shutil.copytree(template, made, ignore=_LEAVE)
            if folder.is_dir():
                folder.rmdir()
            made.rename(folder)
    except OSError as error:
        raise NotAllowed(f"{folder} cannot be written ({error.strerror}).", hint="Choose another folder.") from error
