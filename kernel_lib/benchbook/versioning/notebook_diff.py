"""What differs between two states of a notebook, cell by cell: sources only, since outputs are not code.

Cells are paired by their ids, which editors keep; where ids were lost, by equal source and then by likeness. A cell
that stands as it stood is not shown.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from difflib import SequenceMatcher, unified_diff
from typing import Any, Literal, NamedTuple

import msgspec

CellStatus = Literal["added", "removed", "changed", "moved"]
_ALIKE = 0.5
"""Share of equal characters from which two cells are the same one, edited."""
_LINES, _WIDTH, _CELLS = 60, 240, 40
_LONGEST = 20_000
"""Characters of a cell that are compared line by line."""
_MOST = 2_000


class CellChange(msgspec.Struct, frozen=True):
    """One cell that differs; ``lines`` begin with '+', '-', ' ' or '@'. ``number`` counts all cells from 1."""

    status: CellStatus
    kind: str
    number: int
    lines: list[str]


class NotebookDiff(msgspec.Struct, frozen=True):
    """How a notebook differs. ``problem`` says why it could not be compared; ``left_out`` cells differ too."""

    path: str
    status: Literal["added", "removed", "changed", "same", "unknown"]
    cells: list[CellChange] = []
    left_out: int = 0
    problem: str = ""


class _Cell(NamedTuple):
    id: str
    kind: str
    source: str


def diff_notebooks(
    path: str, before: bytes | None, after: bytes | None, *, clean: Callable[[str], str] = str
) -> NotebookDiff:
    """Compare two files of a notebook, None where there is none; ``clean`` is applied to each source that is shown.

    Never raises for what is in the files: a notebook that cannot be read is a diff with a ``problem``.
    """
    try:
        old, new = ([] if one is None else _cells(one) for one in (before, after))
    except (ValueError, RecursionError) as error:
        return NotebookDiff(path, "unknown", problem=f"It cannot be compared: {str(error)[:200]}.")
    if before is None or after is None:
        status: Literal["added", "removed"] = "added" if before is None else "removed"
        changes = [_alone(status, cell, number, clean) for number, cell in enumerate(new or old, 1)]
        return NotebookDiff(path, status, changes[:_CELLS], max(0, len(changes) - _CELLS))
    changes = _changes(old, new, clean)
    return NotebookDiff(path, "changed" if changes else "same", changes[:_CELLS], max(0, len(changes) - _CELLS))


def _cells(content: bytes) -> list[_Cell]:
    """The cells of a notebook of format 4.

    Raises:
        ValueError: it is none, or has too many.
    """
    try:
        read = json.loads(content.decode("utf-8", "replace"))
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON (line {error.lineno})") from error
    listed = read.get("cells") if isinstance(read, dict) else None
    if not isinstance(listed, list):
        raise ValueError("it has no cells")  # noqa: TRY004  a file's content, not a caller's type
    if len(listed) > _MOST:
        raise ValueError(f"it has {len(listed):,} cells; at most {_MOST:,} are compared")
    return [_cell(one) for one in listed if isinstance(one, dict)]


def _cell(cell: dict[str, Any]) -> _Cell:
    source = cell.get("source", "")
    text = source if isinstance(source, str) else "".join(map(str, source)) if isinstance(source, list) else ""
    return _Cell(str(cell.get("id") or ""), str(cell.get("cell_type", "code"))[:20], text)


def _changes(old: list[_Cell], new: list[_Cell], clean: Callable[[str], str]) -> list[CellChange]:
    """Changed cells in the order of the new notebook, removed ones where they stood."""
    partner = _partners(old, new)
    kept = _in_order([partner[at] for at in sorted(partner)])
    gone = [at for at in range(len(old)) if at not in set(partner.values())]
    found: list[CellChange] = []
    for at, cell in enumerate(new):
        was = partner.get(at)
        if was is None:
            found.append(_alone("added", cell, at + 1, clean))
            continue
        while gone and gone[0] < was:
            found.append(_alone("removed", old[gone[0]], gone.pop(0) + 1, clean))
        if old[was].source != cell.source:
            found.append(CellChange("changed", cell.kind, at + 1, _lines(old[was].source, cell.source, clean)))
        elif was not in kept:
            found.append(CellChange("moved", cell.kind, at + 1, [f" was cell {was + 1}"]))
    return found + [_alone("removed", old[at], at + 1, clean) for at in gone]


def _partners(old: list[_Cell], new: list[_Cell]) -> dict[int, int]:
    """Place in ``new`` → place in ``old`` of the same cell: by id, by equal source, by likeness between these."""
    ids, now = _unique_ids(old), _unique_ids(new)
    partner = {at: ids[key] for key, at in now.items() if key in ids}
    taken = set(partner.values())
    left_old = [at for at in range(len(old)) if at not in taken]
    left_new = [at for at in range(len(new)) if at not in partner]
    keys = [[(cells[at].kind, cells[at].source) for at in left] for cells, left in ((old, left_old), (new, left_new))]
    for word, i, j, k, m in SequenceMatcher(None, keys[0], keys[1], autojunk=False).get_opcodes():
        pairs = zip(left_old[i:j], left_new[k:m], strict=False)
        partner |= {at: was for was, at in pairs if word == "equal" or _alike(old[was], new[at])}
    return partner


def _unique_ids(cells: list[_Cell]) -> dict[tuple[str, str], int]:
    """The place of each cell by id and kind; an id that stands twice says nothing."""
    counts = Counter((cell.id, cell.kind) for cell in cells)
    places = enumerate(cells)
    return {(cell.id, cell.kind): at for at, cell in places if cell.id and counts[cell.id, cell.kind] == 1}


def _alike(old: _Cell, new: _Cell) -> bool:
    if old.kind != new.kind:
        return False
    match = SequenceMatcher(None, old.source[:_LONGEST], new.source[:_LONGEST])
    return match.real_quick_ratio() >= _ALIKE and match.quick_ratio() >= _ALIKE and match.ratio() >= _ALIKE


def _in_order(places: list[int]) -> set[int]:
    """The longest increasing part of ``places``: what is not in it has moved."""
    tails: list[int] = []
    chains: list[list[int]] = []
    for place in places:
        at = bisect_left(tails, place)
        chain = [*(chains[at - 1] if at else []), place]
        tails[at : at + 1] = [place]
        chains[at : at + 1] = [chain]
    return set(chains[-1]) if chains else set()


def _alone(status: CellStatus, cell: _Cell, number: int, clean: Callable[[str], str]) -> CellChange:
    sign = "+" if status == "added" else "-"
    return CellChange(status, cell.kind, number, _capped([sign + line for line in clean(cell.source).splitlines()]))


def _lines(old: str, new: str, clean: Callable[[str], str]) -> list[str]:
    if max(len(old), len(new)) > _LONGEST:
        return [f"@@ too long to compare: {len(old):,} characters before, {len(new):,} now @@"]
    before, after = clean(old).splitlines(), clean(new).splitlines()
    if before == after:
        return ["@@ only blanks, or a value that is masked here, changed @@"]
    return _capped(list(unified_diff(before, after, lineterm="", n=2))[2:])


def _capped(lines: list[str]) -> list[str]:
    shown = [line if len(line) <= _WIDTH else line[:_WIDTH] + "…" for line in lines[:_LINES]]
    return shown + ([f"@@ and {len(lines) - _LINES} more lines @@"] if len(lines) > _LINES else [])
