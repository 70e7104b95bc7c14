"""What a notebook loads and saves, read from its source: written out or derived is known, all else is unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchbook.pipelines.accesses import find_accesses
from benchbook.pipelines.records import Access
from benchbook.provisioning.notebook_source import read_notebook
from library.pipelines.notebooks import write_notebook


def accesses(folder: Path, *cells: str, params: str | None = None, given: dict[str, Any] | None = None) -> list[Access]:
    """What a notebook of ``cells`` is seen to touch."""
    source = read_notebook(write_notebook(folder / "n.ipynb", *cells, params=params), "n.ipynb")
    return find_accesses(source, given or {})


def said(found: list[Access]) -> list[str]:
    """Short words for ``found``: role, noun and ref."""
    return [f"{access.role} {access.noun} {access.ref}{' pinned' * access.pinned}" for access in found]


@pytest.mark.parametrize(
    "imported",
    [
        "import benchbook as bb",
        "import benchbook as bb, os",
        "%%time\nimport benchbook as bb",
        "def f():\n    import benchbook as bb",
    ],
)
def test_every_call_of_ours_is_seen(tmp_path: Path, imported: str) -> None:
    """Loads, saves and aliases of datasets and models, in functions and arguments too."""
    cell = """
def step():
    return bb.save_dataset(name="b", data=clean(bb.load_dataset("a")))
m = bb.load_model("m@champion")
bb.register_model("m", m, alias="challenger"); bb.set_alias("m", 3, "champion")
bb.set_alias("a", 1, alias="gold", noun="dataset")
other.load_dataset("no"); load_dataset("no"); bb.log("no")
"""
    assert said(accesses(tmp_path, imported, cell)) == [
        "makes dataset b", "uses dataset a", "uses model m@champion pinned", "makes model m",
        "marks model m@challenger", "marks model m@champion", "marks dataset a@gold",
    ]  # fmt: skip


def test_other_ways_to_import_are_seen(tmp_path: Path) -> None:
    """Functions by name, under another name, from a room, and through the package."""
    first = "from benchbook import load_dataset, save_dataset as keep\nfrom benchbook.models import load_model"
    second = (
        "import benchbook.data; load_dataset('a:3'); keep('b', x); load_model('m'); benchbook.data.load_dataset('c')"
    )
    expected = ["uses dataset a pinned", "makes dataset b", "uses model m", "uses dataset c"]
    assert said(accesses(tmp_path, first, second)) == expected


@pytest.mark.parametrize(
    ("argument", "name"),
    [
        ("'flights'", "flights"), ("city", "berlin"), ("f'{city}-{month:02d}'", "berlin-07"),
        ("city + '-raw'", "berlin-raw"),
        ("TABLE", "berlin_table"), ("f'y{str(year)}'", "y2013"), ("ref=city", "berlin"),
        ("twice", "?"), ("f'{month:>999999999}'", "?"), ("f'{city!r}'", "?"), ("open('x').read()", "?"),
        ("unknown", "?"),
        ("f'{year.__class__}'", "?"), ("city.upper()", "?"), ("loop", "?"), ("*names", "?"), ("**names", "?"),
        ("'a/b'", "?"), ("", "?"),
    ],
)  # fmt: skip
def test_names_are_resolved_from_what_holds_one_value(tmp_path: Path, argument: str, name: str) -> None:
    """Parameters (with the given values) and names assigned once are known; the rest is reported, not guessed."""
    params = "city = 'paris'\nmonth = 7\nyear = 2013\ntwice = 'a'"
    cell = (
        f"import benchbook as bb\nTABLE = f'{{city}}_table'\ntwice = 'b'\nfor loop in 'ab': bb.load_dataset({argument})"
    )
    assert [access.name or "?" for access in accesses(tmp_path, cell, params=params, given={"city": "berlin"})] == [
        name
    ]


def test_content_refs_belong_to_no_step(tmp_path: Path) -> None:
    """Loading exact content depends on nobody, and is not unknown either."""
    (found,) = accesses(tmp_path, "import benchbook as bb\nbb.load_dataset('#abcd12')")
    assert (found.name, found.code, found.pinned) == ("", "#abcd12", True)
