"""How commands print: JSON of the very records, or a table that fits the terminal."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Literal

import click
import msgspec

from benchbook.store.locked_sql import json_cell


def print_json(value: Any) -> None:
    """Print records as indented JSON; NaN and the infinities, which JSON has no word for, as text."""
    plain = json_cell(msgspec.to_builtins(value))
    click.echo(msgspec.json.format(msgspec.json.encode(plain), indent=2).decode())


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str) -> None:
    """Print a table, or ``empty`` (what to do next) when there are no rows. Text is never read as markup."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not rows:
        click.echo(empty)
        return
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), header_style="bold", pad_edge=False)
    for column in columns:
        justify: Literal["left", "right"] = "right" if column in _RIGHT else "left"
        table.add_column(column, justify=justify, overflow="fold", no_wrap=column in _WHOLE)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


_RIGHT = ("rows", "columns", "size", "took", "versions")
_WHOLE = (*_RIGHT, "run", "newest", "version", "state", "kind", "started", "saved", "registered", "format")
"""Columns people copy from or read at a glance: never broken over lines."""


def ago(when: float) -> str:
    """How long ago ``when`` (seconds since the epoch) was; 0 for another machine's future."""
    seconds = max(0.0, time.time() - when)
    for limit, unit, size in ((60, "s", 1), (3600, "min", 60), (86400, "h", 3600)):
        if seconds < limit:
            return f"{int(seconds // size)} {unit} ago"
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(when))


def took(started: float, ended: float | None) -> str:
    """A duration in seconds or minutes; empty while it runs."""
    if ended is None:
        return ""
    seconds = max(0.0, ended - started)
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)} min {int(seconds % 60)} s"


def size(count: int) -> str:
    """Bytes as people say them."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def short(value: Any) -> str:
    """A number with four significant digits, whole ones as they are, anything else as its text."""
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.4g}"
    return "" if value is None else str(value)
