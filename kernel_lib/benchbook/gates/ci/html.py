"""A report as one page: tables, diffs and inline SVG, without a script and without anything from elsewhere.

All text is escaped, and the page's own policy forbids scripts and other hosts, should an escape ever be forgotten.
"""

from __future__ import annotations

from html import escape

from benchbook.gates.ci.blocks import COLOURS, Block, Code, Plot, Series, Table, blocks_of, headline
from benchbook.gates.ci.records import Report
from benchbook.monitoring.html import drift_html

PAGE_LIMIT = 2_000_000
"""Bytes."""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1000px; margin: 2rem auto; padding: 0 1rem; color: #1c1c1c; }
h1 { font-size: 1.5rem; margin-bottom: .2rem; } h2 { font-size: 1.1rem; margin: 1.8rem 0 .3rem; }
table { border-collapse: collapse; } td, th { text-align: left; vertical-align: top; padding: 2px 14px 2px 0; }
th { font-weight: 600; border-bottom: 1px solid #ccc; } td { overflow-wrap: anywhere; min-width: 4.5rem; }
summary { cursor: pointer; font-weight: 600; margin: 1.2rem 0 .3rem; } .base { opacity: .75; }
pre { overflow-x: auto; border: 1px solid #8884; padding: .5rem; line-height: 1.35; }
.good { color: #1b7f4c; } .bad { color: #c62828; } .unknown { color: #9a6700; }
.added { background: #1b7f4c26; } .removed { background: #c6282826; } .place { opacity: .7; }
svg text { fill: currentColor; font: 11px system-ui, sans-serif; } figure { margin: .6rem 0; }
@media (prefers-color-scheme: dark) {
  body { background: #111; color: #e6e6e6; } .good { color: #5fd39a; } .bad { color: #ff7b72; }
  .unknown { color: #e3b341; }
}
"""
_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 640, 220, 56, 46, 12
_CELL = 4_000


def report_html(report: Report) -> str:
    """The report as a page of at most `PAGE_LIMIT` bytes; parts that have no room are named."""
    tone = "unknown" if report.passed is None else "good" if report.passed else "bad"
    title = f"{headline(report)}: {report.about}"
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    head += f"<title>{_text(title)}</title><style>{_STYLE}</style>"
    parts = [f'<h1 class="{tone}">{_text(title)}</h1><p>{_text(report.sentence)}</p>']
    parts += [f'<p class="base">Compared with {_text(report.base)}.</p>'] if report.base else []
    room = PAGE_LIMIT - len(head) - sum(len(part.encode()) for part in parts) - 10_000
    left = []
    for block in blocks_of(report):
        text = _block(block).encode("utf-8", "replace").decode()
        size = len(text.encode())
        if size > room:
            left.append(block.title)
            continue
        parts.append(text)
        room -= size
    if left:
        parts.append(f"<p>Left out, to stay below 2 MB: {_text('; '.join(left[:20]))}.</p>")
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def _text(text: str) -> str:
    """Escaped, without what cannot be encoded."""
    shown = text if len(text) <= _CELL else text[:_CELL] + "…"
    return escape(shown.encode("utf-8", "replace").decode().replace("\x00", "�"))


def _block(block: Block) -> str:
    body = f"<p>{_text(block.text)}</p>" if block.text else ""
    if block.drift is not None:  # it has the numbers of table and plot, and the distributions
        body += drift_html(block.drift)
    else:
        body += _table(block.table) if block.table is not None else ""
        body += "".join(map(_svg, block.plots))
    body += f"<pre>{''.join(map(_line, block.diff))}</pre>" if block.diff else ""
    if block.folded:
        return f"<details><summary>{_text(block.title)}</summary>{body}</details>"
    return f"<section><h2>{_text(block.title)}</h2>{body}</section>"


def _table(table: Table) -> str:
    head = "".join(f"<th>{_text(cell)}</th>" for cell in table.head)
    rows = "".join("<tr>" + "".join(f"<td>{_shown(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    return f"<table><tr>{head}</tr>{rows}</table>"


def _shown(cell: str) -> str:
    return f"<code>{_text(cell)}</code>" if isinstance(cell, Code) else _text(cell)


def _line(line: str) -> str:
    kind = {"+": "added", "-": "removed", "@": "place"}.get(line[:1])
    return f'<span class="{kind}">{_text(line)}</span>\n' if kind else f"{_text(line)}\n"


def _svg(plot: Plot) -> str:
    values = [value for series in plot.series for value in series.values]
    low, high = min([0.0, *values] if plot.kind == "bars" else values), max(values)
    high = high if high > low else low + 1.0
    inner = _HEIGHT - _TOP - _BOTTOM

    def y(value: float) -> float:
        return _TOP + inner * (1 - (value - low) / (high - low))

    drawn = [_axis(low, high, y(low), y(high))]
    for at, series in enumerate(plot.series):
        points = [(x, y(value)) for x, value in zip(_places(plot, series, at), series.values, strict=True)]
        drawn.append(_bars(points, y(low), plot, series) if plot.kind == "bars" else _curve(points, _colour(series)))
    drawn.append(_labels(plot))
    legend = " ".join(f'<tspan fill="{_colour(series)}">■</tspan> {_text(series.name)}' for series in plot.series)
    drawn.append(f'<text x="{_LEFT}" y="{_HEIGHT - 4}">{legend}</text>')
    size = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" style="max-width:100%"'
    picture = f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size}><title>{_text(plot.title)}</title>'
    return f"<figure><figcaption>{_text(plot.title)}</figcaption>{picture}{''.join(drawn)}</svg></figure>"


def _colour(series: Series) -> str:
    return COLOURS.get(series.name, COLOURS["now"])


def _slot(plot: Plot) -> float:
    """The width that belongs to one label."""
    return (_WIDTH - _LEFT) / max(1, len(plot.labels), *(len(series.values) for series in plot.series))


def _places(plot: Plot, series: Series, number: int) -> list[float]:
    """Where the values stand from left to right: bars of several series side by side, points in the middle."""
    slot = _slot(plot)
    aside = (number + 0.5) / len(plot.series) * 0.7 + 0.15 if plot.kind == "bars" else 0.5
    return [_LEFT + (at + aside) * slot for at in range(len(series.values))]


def _axis(low: float, high: float, bottom: float, top: float) -> str:
    line = f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{bottom:.1f}" y2="{bottom:.1f}" stroke="currentColor" opacity=".4"/>'
    numbers = "".join(
        f'<text x="{_LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{value:.4g}</text>'
        for value, at in ((low, bottom), (high, top))
    )
    return line + numbers


def _bars(points: list[tuple[float, float]], bottom: float, plot: Plot, series: Series) -> str:
    width = min(40.0, 0.65 * _slot(plot) / len(plot.series))
    return "".join(
        f'<rect x="{x - width / 2:.1f}" y="{y:.1f}" width="{width:.1f}" height="{max(0.5, bottom - y):.1f}" '
        f'fill="{_colour(series)}"><title>{value:.6g}</title></rect>'
        for (x, y), value in zip(points, series.values, strict=True)
    )


def _curve(points: list[tuple[float, float]], colour: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>' for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.6"/>{dots}'


def _labels(plot: Plot) -> str:
    """Names below bars; first and last step below lines."""
    count = len(plot.labels)
    shown = range(count) if plot.kind == "bars" else sorted({0, count - 1})
    slot = _slot(plot)
    letters = 14 if plot.kind != "bars" else max(3, int(slot / 6.5))
    return "".join(
        f'<text x="{_LEFT + (at + 0.5) * slot:.1f}" y="{_HEIGHT - _BOTTOM + 16}" text-anchor="middle">'
        f"{_text(plot.labels[at][:letters])}</text>"
        for at in shown
    )
