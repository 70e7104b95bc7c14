"""There is one version, and extension/package.json has it."""

from __future__ import annotations

import json
import re
from importlib.metadata import version

import benchbook
from contracts.repository import ROOT

VERSION = json.loads((ROOT / "extension" / "package.json").read_text())["version"]


def test_library_and_distribution_say_the_same() -> None:
    """pip, `benchbook.__version__` and the labextension cannot disagree."""
    assert (version("benchbook"), benchbook.__version__) == (VERSION, VERSION)


def test_changelog_begins_with_this_version() -> None:
    """The newest section of the changelog is about what is being built."""
    newest = re.search(r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert newest[1] == VERSION


def test_version_is_written_nowhere_else() -> None:
    """No Python file repeats the version: it would be forgotten at the next release."""
    quoted = f'"{VERSION}"'
    sources = [*(ROOT / "kernel_lib").rglob("*.py"), *(ROOT / "extension" / "benchbook_lab").rglob("*.py")]
    assert [str(path.relative_to(ROOT)) for path in sources if quoted in path.read_text()] == []
