"""How a dataset version looks as a cell's output: static HTML without JavaScript, in colours that suit any theme."""

from __future__ import annotations

from html import escape

from benchbook.data.records import Column, DatasetVersion
from benchbook.faces import MUTED, frame_style, size_text

_COLUMNS = 12


def dataset_html(version: DatasetVersion) -> str:
    """The version in a few lines: ref, shape, origin, note, columns."""
    aliases = "".join(f" <b>@{escape(alias)}</b>" for alias in version.aliases)
    parts = [
        f'<div style="{frame_style()}">',
        f"<div><strong>{escape(version.ref)}</strong>{aliases} ",
        f'<span style="{MUTED}">· {escape(shape(version))} · <code>#{escape(version.digest[:12])}</code></span></div>',
    ]
    if version.note:
        parts.append(f"<div>{escape(version.note)}</div>")
    if origin := _origin(version):
        parts.append(f'<div style="{MUTED}">{escape(origin)}</div>')
    if version.columns:
        parts.append(_columns(version.columns))
    return "".join(parts) + "</div>"


def shape(version: DatasetVersion) -> str:
    """Return rows, columns and bytes in words."""
    size = size_text(version.size)
    if version.rows is None:
        return f"{version.format} · {size}"
    rows = f"{version.rows:,} row" + ("" if version.rows == 1 else "s")
    return f"{rows} × {len(version.columns)} · {size}"


def _origin(version: DatasetVersion) -> str:
    source = version.source
    said = [f"from {source.path}"] if source.path else []
    said += [f"in {source.notebook}"] if source.notebook else []
    said += [f"by run {source.run}"] if source.run else []
    return " ".join(said)


def _columns(columns: list[Column]) -> str:
    shown = " &nbsp; ".join(
        f'{escape(column.name[:60])} <span style="{MUTED}">{escape(column.type[:40])}</span>'
        for column in columns[:_COLUMNS]
    )
    more = len(columns) - _COLUMNS
    return f"<div>{shown}" + (f' <span style="{MUTED}">and {more} more</span>' if more > 0 else "") + "</div>"
