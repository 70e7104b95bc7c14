"""Checks of values in `benchbook.yaml` that every kind of record shares: names, paths and errors with their place."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from benchbook.errors import InvalidInput
from benchbook.project.yaml_reader import Document
from benchbook.refs import check_name, parse_ref

Keys = tuple[str | int, ...]


def wrong(document: Document, keys: Keys, what: str, hint: str = "") -> InvalidInput:
    """The error that the value at ``keys`` ``what`` ("is 3, not …"), with file, line and key."""
    return InvalidInput(f"{document.place(keys)} {what}.", hint=hint)


def check_named(document: Document, keys: Keys, noun: str, name: str) -> None:
    """Check that ``name``, written at ``keys``, can name a ``noun``.

    Raises:
        InvalidInput: with the place and the offending character.
    """
    try:
        check_name(noun, name)
    except InvalidInput as error:
        raise InvalidInput(f"{document.place(keys)}: {error.what}", hint=error.hint) from error


def check_ref(document: Document, keys: Keys, noun: str, ref: str) -> None:
    """Check that ``ref``, written at ``keys``, can point at a version of a ``noun``.

    Raises:
        InvalidInput: with the place and what a ref looks like.
    """
    try:
        parse_ref(noun, ref)
    except InvalidInput as error:
        raise InvalidInput(f"{document.place(keys)}: {error.what}", hint=error.hint) from error


def check_notebook(document: Document, keys: Keys, notebook: str) -> None:
    """Check that ``notebook``, written at ``keys``, is the path of a notebook inside the project.

    Raises:
        InvalidInput: it is absolute, leads out by '..', or is no .ipynb file.
    """
    path = PurePosixPath(notebook)
    rule = "Write the path inside the project with '/', such as 'notebooks/train.ipynb'."
    if path.is_absolute() or "\\" in notebook or notebook[1:2] == ":" or "\0" in notebook:
        raise wrong(document, keys, f"is {notebook!r}, not a path inside the project", rule)
    if ".." in path.parts:
        raise wrong(document, keys, f"is {notebook!r}, which leads out of its folder by '..'", rule)
    if path.suffix != ".ipynb":
        raise wrong(document, keys, f"is {notebook!r}, not a notebook (.ipynb)", rule)


def notebooks(root: Path) -> list[Path]:
    """At most 1,000 notebooks below ``root``, hidden folders left out: to suggest when one is not found."""
    found = (
        path
        for path in root.rglob("*.ipynb")
        if not any(part.startswith(".") for part in path.parts[len(root.parts) :])
    )
    return [path for _, path in zip(range(1_000), found, strict=False)]
