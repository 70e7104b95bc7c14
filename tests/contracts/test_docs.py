"""What can be done is written down, and what is written down is there."""

from __future__ import annotations

import re

import click
import pytest

import benchbook
from benchbook.cli.main import group
from contracts.repository import LIBRARY, ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8") if (ROOT / "README.md").exists() else ""
PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]


def test_readme_names_every_command() -> None:
    """Who reads the README knows each `benchbook …` there is."""
    assert [name for name in group.commands if f"benchbook {name}" not in README] == []


def test_readme_names_no_command_that_is_not_there() -> None:
    """The README promises no command that would answer 'No such command'."""
    shown = set(re.findall(r"^\s*(?:\$ )?benchbook ([a-z]+)", README, re.MULTILINE))
    assert shown - set(group.commands) == set()


def test_every_command_teaches() -> None:
    """`--help` of each command says in a sentence what it does, and each option what it is for."""
    silent = [name for name, command in group.commands.items() if not (command.help or "").strip()]
    options = [(name, option) for name, command in group.commands.items() for option in command.params]
    mute = [
        f"{name} {option.opts[0]}" for name, option in options if isinstance(option, click.Option) and not option.help
    ]
    assert (silent, mute) == ([], [])


def test_readme_names_every_public_name() -> None:
    """Each name of `benchbook.__all__` stands in the README."""
    assert [name for name in benchbook.__all__ if not re.search(rf"\b{name}\b", README)] == []


def test_map_of_the_house_is_complete() -> None:
    """CONTRIBUTING.md has a line for every room of the library."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = {path.stem for path in LIBRARY.iterdir() if not path.name.startswith(("_", "py."))}
    assert [room for room in sorted(rooms) if not re.search(rf"^  {room}/?\s", text, re.MULTILINE)] == []


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """A relative link or picture in a page names a file that is there."""
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", text)
    assert [target for target in targets if not (ROOT / target).exists()] == []
