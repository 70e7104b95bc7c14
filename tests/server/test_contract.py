"""`contract.ts` says in TypeScript exactly what the records say in Python."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest

from benchbook_lab.contract import Printer, contract, main
from benchbook_lab.live import CHANGED_EVENT

Level = Literal["low", "high"]


class Inner(msgspec.Struct):
    """A part."""

    level: Level
    score: float | Literal["nan"] | None


class Outer(msgspec.Struct):
    """First line.

    With a */ inside.
    """

    name: str
    parts: list[Inner]
    extra: dict[str, Any]
    mixed: list[int | str]
    given: int = 3
    near: list[str] | msgspec.UnsetType = msgspec.UNSET


PRINTED = """\
/** A part. */
export interface Inner {
  level: Level;
  score: number | 'nan' | null;
}

export type Level = 'high' | 'low';

/**
 * First line.
 *
 * With a * / inside.
 */
export interface Outer {
  name: string;
  parts: Inner[];
  extra: Record<string, unknown>;
  mixed: (number | string)[];
  given: number;
  near?: string[];
}
"""


def test_a_record_is_printed_field_by_field() -> None:
    """Answers always carry their fields, also those with defaults; only what may be unset is optional."""
    printer = Printer({"Level": Level})
    printer.add(Outer)
    assert printer.text().endswith("\n" + PRINTED)


def test_a_request_may_leave_out_what_has_a_default() -> None:
    """In a request the same field is optional."""
    printer = Printer({})
    printer.add(Outer, request=True)
    assert "  given?: number;" in printer.text()
    assert "  name: string;" in printer.text()


def test_the_text_is_the_same_every_time() -> None:
    """Nothing in it depends on the run, and no line is longer than prettier would leave it."""
    assert contract() == contract()
    assert [line for line in contract().splitlines() if len(line) > 100 and not line.startswith(("/**", " *"))] == []


@pytest.mark.parametrize("room", ["tracking", "data", "models"])
def test_every_record_is_in_it(room: str) -> None:
    """A record of the library that a browser may see is there by name."""
    module = importlib.import_module(f"benchbook.{room}.records")
    mine = [name for name, kind in inspect.getmembers(module, inspect.isclass) if issubclass(kind, msgspec.Struct)]
    listed = set(re.findall(r"^export interface (\w+)", contract(), re.MULTILINE))
    assert set(mine) - listed == set()


def test_the_event_is_named_once() -> None:
    """Browser and server take the schema's id from the same place."""
    assert f"export const CHANGED_EVENT = '{CHANGED_EVENT}';" in contract()


def test_checking_tells_a_stale_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--check` is 1 for an absent or old file and writes nothing; without it the file is written."""
    path = tmp_path / "contract.ts"
    assert main(["--check", str(path)]) == 1
    assert not path.exists()
    assert main([str(path)]) == 0
    assert main(["--check", str(path)]) == 0
    path.write_text("old")
    assert main(["--check", str(path)]) == 1
    assert "stale" in capsys.readouterr().err
