"""How a run looks as a cell's output: static HTML that reads well without JavaScript, in light and dark themes."""

from __future__ import annotations

import time
from html import escape

from benchbook.faces import MUTED, frame_style, pairs_html, short_number
from benchbook.tracking.records import Run

_STATES = {"running": ("●", "#0072b2"), "finished": ("✓", "#009e73"), "failed": ("✕", "#d55e00")}


def run_html(run: Run) -> str:
    """The run in a few lines: state, time, params, metrics, what it used and made."""
    glyph, color = _STATES[run.status]
    parts = [
        f'<div style="{frame_style(color)}">',
        (
            f'<div><strong>{escape(run.name)}</strong> <span style="color:{color}">{glyph}</span> {run.status}'
            f' <span style="{MUTED}">· {escape(duration(run))} · <code>{escape(run.id)}</code></span></div>'
        ),
    ]
    if run.failure:
        said = f"{run.failure.type}: {run.failure.message[:300]}"
        parts.append(f'<div style="color:{color}">{escape(said)}</div>')
    parts.append(pairs_html("params", [(p.key, str(p.value)) for p in run.params]))
    parts.append(pairs_html("metrics", [(m.key, short_number(m.last)) for m in run.metrics]))
    for role in ("used", "made"):
        links = [(str(link.noun), f"{link.name}:{link.version}") for link in run.links if link.role == role]
        parts.append(pairs_html(role, links))
    return "".join(parts) + "</div>"


def duration(run: Run) -> str:
    """How long the run took, or has taken until now; never negative, whatever two machines' clocks say."""
    seconds = max(0.0, (run.ended if run.ended is not None else time.time()) - run.started)
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"
