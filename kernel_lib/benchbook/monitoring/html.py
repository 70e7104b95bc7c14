"""How a drift report looks as a cell's output: static HTML without JavaScript, in colours that suit any theme."""

from __future__ import annotations

from html import escape

from benchbook.faces import MUTED, frame_style
from benchbook.monitoring.records import Bar, ColumnDrift, DriftReport

_BEFORE, _AFTER = "#0072b2", "#d55e00"
"""Blue and vermilion of Okabe & Ito's palette, which people who cannot tell red from green can tell apart."""
_CELL = "text-align:left;padding:2px 12px 2px 0;vertical-align:bottom;white-space:nowrap"
_TABLE = "border-collapse:collapse;margin:4px 0;color:inherit;font-size:inherit"
_LIMIT = 15
_HEIGHT = 28
_NAMED = 5


def drift_html(report: DriftReport) -> str:
    """The report: both sides in a line, then the columns that differ most with both distributions."""
    columns = report.columns[:_LIMIT]
    more = len(report.columns) - len(columns)
    rows = "".join(_row(column) for column in columns)
    return "".join(
        [
            f'<div style="{frame_style(width=1200)}">',
            f'<div><span style="color:{_BEFORE}">■</span> <strong>{escape(report.reference)}</strong> ',
            f"{_rows(report.reference_rows)} &nbsp; ",
            f'<span style="color:{_AFTER}">■</span> <strong>{escape(report.chunk)}</strong> ',
            f"{_rows(report.chunk_rows)}</div>",
            _names("new columns", report.new_columns),
            _names("vanished columns", report.vanished_columns),
            f'<table style="{_TABLE}">{_HEAD}{rows}</table>' if columns else "",
            f'<div style="{MUTED}">and {more} more columns that differ less</div>' if more > 0 else "",
            f'<div style="{MUTED}">Sorted by Jensen-Shannon distance (0 equal, 1 nothing in common). ',
            "p-values are corrected for the number of columns. ",
            f"{escape(report.bound)}</div></div>",
        ]
    )


_HEAD = (
    "<tr>"
    + "".join(
        f'<th style="{_CELL};{MUTED};font-weight:normal">{title}</th>'
        for title in ("column", "distributions", "distance", "PSI", "KS", "Wasserstein", "p", "missing", "")
    )
    + "</tr>"
)


def _row(column: ColumnDrift) -> str:
    cells = [
        f'{escape(column.name[:40])} <span style="{MUTED}">{column.kind}</span>',
        _bars(column.bars),
        _effect(column.js),
        _number(column.psi),
        _number(column.ks),
        _number(column.wasserstein),
        _p(column.p_value),
        _missing(column),
        f'<div style="white-space:normal;min-width:260px">{escape(_remark(column))}</div>',
    ]
    return "<tr>" + "".join(f'<td style="{_CELL}">{cell}</td>' for cell in cells) + "</tr>"


def _bars(bars: list[Bar]) -> str:
    """Both distributions as pairs of bars; the tooltip of each pair says its range or category and both shares."""
    top = max((max(bar.reference, bar.chunk) for bar in bars), default=0.0)
    if not top:
        return ""
    pairs = []
    for bar in bars:
        title = f"{_range(bar)}: {bar.reference:.1%} → {bar.chunk:.1%}"
        sticks = "".join(
            f'<span style="display:inline-block;width:3px;height:{max(1, round(share / top * _HEIGHT))}px;'
            f'background:{color};opacity:{1 if share else 0.15}"></span>'
            for share, color in ((bar.reference, _BEFORE), (bar.chunk, _AFTER))
        )
        pairs.append(f'<span title="{escape(title)}" style="display:inline-block;margin-right:1px">{sticks}</span>')
    return "".join(pairs)


def _range(bar: Bar) -> str:
    if bar.low is None and bar.high is None:
        return bar.label[:80]
    if bar.low is None:
        return f"up to {bar.high:g}"
    if bar.high is None:
        return f"above {bar.low:g}"
    return f"{bar.low:g}" if bar.low == bar.high else f"{bar.low:g} to {bar.high:g}"


def _effect(value: float | None) -> str:
    if value is None:
        return ""
    bar = f"display:inline-block;height:8px;width:{round(value * 60)}px;background:{_AFTER};margin-right:4px"
    return f'<span style="{bar}"></span>{value:.3f}'


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _p(value: float | None) -> str:
    if value is None:
        return ""
    return "&lt; 0.001" if value < 0.001 else f"{value:.3f}"


def _missing(column: ColumnDrift) -> str:
    shares = [column.missing_before, column.missing_after]
    if not any(shares):
        return ""
    return " → ".join("–" if share is None else f"{share:.1%}" for share in shares)


def _remark(column: ColumnDrift) -> str:
    said = [column.problem] if column.problem else []
    if column.new_count:
        names = ", ".join(category.value[:30] for category in column.new_categories[:_NAMED])
        what = "a new category" if column.new_count == 1 else f"{column.new_count:,} new categories"
        said.append(f"{column.new_share:.1%} in {what} ({names})")
    if column.out_of_range:
        said.append(f"{column.out_of_range:.1%} out of range")
    if column.infinite_after:
        said.append(f"{column.infinite_after:.1%} infinite")
    return "; ".join(said)


def _names(title: str, names: list[str]) -> str:
    if not names:
        return ""
    shown = ", ".join(escape(name[:40]) for name in names[:_LIMIT])
    more = f" and {len(names) - _LIMIT} more" if len(names) > _LIMIT else ""
    return f'<div><span style="{MUTED}">{title}</span> {shown}{more}</div>'


def _rows(count: int) -> str:
    return f'<span style="{MUTED}">{count:,} row{"" if count == 1 else "s"}</span>'
