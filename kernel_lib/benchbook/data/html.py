"""How a dataset version looks as a cell's output: static HTML without JavaScript, in colours that suit any theme."""

from __future__ import annotations

from html import escape

from benchbook.data.records import Column, DatasetVersion

_STYLE = (
    "font-family:var(--jp-ui-font-family,system-ui,sans-serif);font-size:13px;line-height:1.5;"
    "border-left:3px solid var(--jp-brand-color1,#0072b2);padding:4px 12px;max-width:760px"
)
_MUTED = "opacity:.7"
_COLUMNS = 12


def dataset_html(version: DatasetVersion) -> str:
    """The version in a few lines: ref, shape, origin, note, columns."""
    aliases = "".join(f" <b>@{escape(alias)}</b>" for alias in version.aliases)
    parts = [
        f'<div style="{_STYLE}">',
        f"<div><strong>{escape(version.ref)}</strong>{aliases} ",
        f'<span style="{_MUTED}">· {escape(shape(version))} · <code>#{escape(version.digest[:12])}</code></span></div>',
    ]
    if version.note:
        parts.append(f"<div>{escape(version.note)}</div>")
    if origin := _origin(version):
        parts.append(f'<div style="{_MUTED}">{escape(origin)}</div>')
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


def size_text(size: int) -> str:
    """Return bytes as people say them."""
    amount, unit = float(size), "B"
    for larger in ("KB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.3g} {unit}"


def _origin(version: DatasetVersion) -> str:
    source = version.source
    said = [f"from {source.path}"] if source.path else []
    said += [f"in {source.notebook}"] if source.notebook else []
    said += [f"by run {source.run}"] if source.run else []
    return " ".join(said)


def _columns(columns: list[Column]) -> str:
    shown = " &nbsp; ".join(
        f'{escape(column.name[:60])} <span style="{_MUTED}">{escape(column.type[:40])}</span>'
        for column in columns[:_COLUMNS]
    )
    more = len(columns) - _COLUMNS
    return f"<div>{shown}" + (f' <span style="{_MUTED}">and {more} more</span>' if more > 0 else "") + "</div>"
