"""A report as Markdown that GitHub and GitLab render as it is, and that reads well as plain text.

What people and data wrote can neither break a table nor become a link, a mention, an image or HTML: it stands in code
spans and fences longer than any run of backticks in it, or in prose whose every sign is escaped. Charts are Mermaid,
which both render themselves; each number of a chart stands in the table above it too.
"""

from __future__ import annotations

import re
from html import escape

import msgspec

from benchbook.gates.ci.blocks import COLOURS, Block, Code, Plot, Table, blocks_of, headline
from benchbook.gates.ci.records import Report

COMMENT_LIMIT = 60_000
"""Characters; a comment on GitHub may have 65,536."""
_CELL = 600
_RESERVE = 1_500
_BREAK = "\u200b"
"""A space without width: seen by nobody, and no link or mention goes across it."""
_HIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_SIGNS = re.compile(r"[\\`*\[\]~]|(?<![^\W_])_|_(?![^\W_])")
_START = re.compile(r"^(\d{0,9})([-+=.)]|#{1,6})(?=[\s=-]|$)")
"""What begins a list, a heading or a rule at the start of a line."""
_CALLS = re.compile(
    r"(?<!\w)@(?=[\w\"])|@(?=[\w-]+\.\w)|[#!&%^](?=[\d\"])|~(?=[\w\"])|\[(?=\w+:)|"
    r":(?=//)|:(?=[\w+-]+:)|(?<=mailto):|(?<=xmpp):|(?<=www)(?=\.)",
    re.IGNORECASE,
)
"""Where GitHub or GitLab would begin a mention, a reference, a link or an emoji."""
_LABEL = re.compile(r"[^\w .,:()/=≥≤+-]")
_LABELS = 24


def report_markdown(report: Report, *, limit: int = COMMENT_LIMIT) -> str:
    """The report as Markdown of at most ``limit`` characters; what had no room is named at its end."""
    parts = [
        f"{mark(report.pipeline)}\n## {headline(report)}: {prose(report.about)}\n",
        f"{prose(report.sentence, 3_000)}\n",
    ]
    if report.base:
        parts.append(f"Compared with {prose(report.base)}.\n")
    room = limit - sum(map(len, parts)) - len(parts) - _RESERVE
    left: list[str] = []
    for block in blocks_of(report):
        text = _fitted(block, room)
        if text is None:
            left.append(block.title)
            continue
        parts.append(text)
        room -= len(text) + 1
    if left:
        named = "; ".join(prose(title, 80) for title in left[:8]) + (f"; and {len(left) - 8} more" if left[8:] else "")
        parts.append(f"**Left out to stay short:** {named}. All of it: `benchbook report --html report.html`.\n")
    return "\n".join(parts)


def mark(pipeline: str) -> str:
    """The first line of a report, by which CI finds the comment that it wrote before; readers do not see it."""
    name = re.sub(r"[^\w.-]", " ", pipeline)
    return f"<!-- benchbook report: {name} -->"


def _fitted(block: Block, room: int) -> str | None:
    """The block; without its plots, or with fewer rows or lines, where it would be too long; None if nothing fits."""
    text = _block(block)
    if len(text) <= room:
        return text
    for plots in (block.plots, []):
        for keep in (40, 20, 8):
            text = _block(_shortened(block, keep, plots))
            if len(text) <= room:
                return text
    return None


def _shortened(block: Block, keep: int, plots: list[Plot]) -> Block:
    table, diff = block.table, block.diff
    if table is not None and len(table.rows) > keep:
        cut = ["…", f"{len(table.rows) - keep} more rows"] + [""] * (len(table.head) - 2)
        table = Table(table.head, [*table.rows[:keep], cut[: len(table.head)]])
    if len(diff) > keep:
        diff = [*diff[:keep], f"@@ and {len(diff) - keep} more lines @@"]
    return msgspec.structs.replace(block, table=table, diff=diff, plots=plots)


def _block(block: Block) -> str:
    lines = [f"{prose(block.text, 3_000)}\n"] if block.text else []
    if block.table is not None:
        lines.append(_table(block.table))
    lines += [_mermaid(plot) for plot in block.plots]
    if block.diff:
        lines.append(_fence(block.diff))
    body = "\n".join(lines)
    if block.folded:
        # The summary is HTML, in which Markdown is not read: its text is escaped as HTML is.
        return f"<details><summary>{_html(block.title)}</summary>\n\n{body}\n</details>\n"
    return f"### {prose(block.title)}\n\n{body}"


def _table(table: Table) -> str:
    lines = [_row(table.head), "|" + " --- |" * len(table.head), *map(_row, table.rows)]
    return "\n".join(lines) + "\n"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(code(cell) if isinstance(cell, Code) else prose(cell) for cell in cells) + " |"


def prose(text: str, limit: int = _CELL) -> str:
    """``text`` as a line of prose that means itself: no markup, HTML, link, mention or emoji comes of it."""
    line = _SIGNS.sub(lambda found: "\\" + found[0], _called(_line(text, limit)))
    line = _START.sub(r"\1\\\2", line)
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "&#124;"), ("$", "&#36;")):
        line = line.replace(sign, entity)
    return line


def _called(line: str) -> str:
    return _CALLS.sub(lambda found: found[0] + _BREAK, line)


def code(text: str, limit: int = _CELL) -> str:
    """``text`` as a code span for a table: pipes are escaped, and a fence of backticks no run in it can close."""
    line = _line(text, limit)
    if not line:
        return ""
    line = line.replace("\\|", f"\\{_BREAK}|").replace("|", "\\|")
    ticks = "`" * (_longest_run(line) + 1)
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{space}{line}{space}{ticks}"


def _line(text: str, limit: int) -> str:
    """One line without signs nobody sees (controls, and those that turn the direction of writing)."""
    line = " ".join(_HIDDEN.sub("�", text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _html(text: str) -> str:
    return escape(_called(_line(text, _CELL)))


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _fence(lines: list[str]) -> str:
    body = "\n".join(_HIDDEN.sub("�", line.replace("\t", "    ")) for line in lines)
    ticks = "`" * max(3, _longest_run(body) + 1)
    return f"{ticks}diff\n{body}\n{ticks}\n"


def _mermaid(plot: Plot) -> str:
    """The chart; its labels keep letters, digits and few signs, so that no text is read as Mermaid.

    Mermaid draws bars of several series upon each other, so each label gets one bar a series instead.
    """
    values = [value for series in plot.series for value in series.values]
    low, high = min([0.0, *values] if plot.kind == "bars" else values), max(values)
    high = high if high > low else low + 1.0
    colours = [COLOURS.get(series.name, COLOURS["now"]) for series in plot.series]
    title = _label(plot.title, 0, 80)
    if plot.kind == "bars":
        colours, axis = colours[-1:], _names(plot)
        beside = zip(*(series.values for series in plot.series), strict=True)
        drawn = [("bar", [value for group in beside for value in group])]
    else:
        axis, drawn = _steps(plot.labels), [("line", series.values) for series in plot.series]
        title += " (vermilion: now, blue: before)" if len(plot.series) > 1 else ""
    lines = [f"%%{{init: {{'themeVariables': {{'xyChart': {{'plotColorPalette': '{', '.join(colours)}'}}}}}}}}%%"]
    lines += ["xychart-beta", f'    title "{title}"', f"    x-axis {axis}", f"    y-axis {low:.6g} --> {high:.6g}"]
    lines += [f"    {word} [{', '.join(f'{value:.6g}' for value in numbers)}]" for word, numbers in drawn]
    return "\n".join(["```mermaid", *lines, "```"]) + "\n"


def _names(plot: Plot) -> str:
    """A label for each bar; with the name of its series where there are several."""
    many = len(plot.series) > 1
    named = [
        f"{_label(label, at)} {series.name if many else ''}".strip()
        for at, label in enumerate(plot.labels)
        for series in plot.series
    ]
    return "[" + ", ".join(f'"{name}"' for name in named) + "]"


def _steps(labels: list[str]) -> str:
    first, last = (float(labels[at]) for at in (0, -1))
    return f"{first:g} --> {last:g}" if first < last else f"1 --> {len(labels)}"


def _label(text: str, place: int, limit: int = _LABELS) -> str:
    return " ".join(_LABEL.sub(" ", text).split())[:limit] or f"no. {place + 1}"
