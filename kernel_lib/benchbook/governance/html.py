"""How a verdict looks as a cell's output: static HTML without JavaScript, in colours that suit any theme."""

from __future__ import annotations

import time
from html import escape

from benchbook.faces import MUTED, frame_style
from benchbook.governance.records import CheckResult, GroupValue, Interval, Verdict

GLYPHS = {"passed": "✓", "failed": "✕", "waiting": "…", "error": "!"}
COLOURS = {"passed": "#1b7f4c", "failed": "#c62828", "waiting": "#9a6700", "error": "#c62828"}
_CELL = "text-align:left;padding:2px 10px 2px 0;vertical-align:top"


def verdict_html(verdict: Verdict) -> str:
    """The verdict in a few lines: the decision, then each check with what was asked and seen."""
    state = "passed" if verdict.passed else "failed"
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(verdict.time)) if verdict.time else "only asked, not recorded"
    rows = "".join(check_row(check) for check in verdict.checks)
    about = " · ".join([f"gate {verdict.gate}", *([f"on {verdict.data}"] if verdict.data else []), when, verdict.actor])
    return (
        f'<div style="{frame_style(COLOURS[state], 860)}">'
        f'<div><strong style="color:{COLOURS[state]}">{GLYPHS[state]} {escape(verdict.sentence)}</strong></div>'
        f'<div style="{MUTED}">{escape(about.strip(" ·"))}</div><table>{rows}</table></div>'
    )


def check_row(check: CheckResult) -> str:
    """One check as a row of a table."""
    seen = escape(check.seen) + "".join(f"<br>{escape(line)}" for line in check.details)
    if check.groups:
        seen += groups_table(check.groups)
    why = f'<br><span style="{MUTED}">{escape(check.why)}</span>' if check.why else ""
    mark = f'<span style="color:{COLOURS[check.status]}">{GLYPHS[check.status]} {check.status}</span>'
    return (
        f'<tr><td style="{_CELL}">{mark}</td><td style="{_CELL}">{escape(check.asked)}{why}</td>'
        f'<td style="{_CELL}">{seen}</td></tr>'
    )


def groups_table(groups: list[GroupValue]) -> str:
    """The values by group as a table."""
    rows = "".join(
        f'<tr><td style="{_CELL}">{escape(one.group[:60])}</td><td style="{_CELL}">{one.rows:,} rows</td>'
        f'<td style="{_CELL}">{one.value:.3f}</td><td style="{_CELL};{MUTED}">{interval_text(one.interval)}</td></tr>'
        for one in groups
    )
    return f"<table>{rows}</table>"


def interval_text(interval: Interval) -> str:
    """An interval as people read it: [low, high], or its lower bound."""
    if interval.high is None:
        return f"at least {interval.low:+.4f} ({interval.confidence:.0%})"
    return f"[{interval.low:.3f}, {interval.high:.3f}]"
