"""How a run looks as a cell's output: static HTML that reads well without JavaScript, in light and dark themes."""

from __future__ import annotations

import time
from html import escape

from benchbook.tracking.records import Number, Run

_STATES = {"running": ("●", "#0072b2"), "finished": ("✓", "#009e73"), "failed": ("✕", "#d55e00")}
_STYLE = (
    "font-family:var(--jp-ui-font-family,system-ui,sans-serif);font-size:13px;line-height:1.5;"
    "border-left:3px solid {color};padding:4px 12px;max-width:760px"
)
_MUTED = "opacity:.7"
_LIMIT = 12


def run_html(run: Run) -> str:
    """The run in a few lines: state, time, params, metrics, what it used and made."""
    glyph, color = _STATES[run.status]
    parts = [
        f'<div style="{_STYLE.format(color=color)}">',
        (
            f'<div><strong>{escape(run.name)}</strong> <span style="color:{color}">{glyph}</span> {run.status}'
            f' <span style="{_MUTED}">· {escape(duration(run))} · <code>{escape(run.id)}</code></span></div>'
        ),
    ]
    if run.failure:
        said = f"{run.failure.type}: {run.failure.message[:300]}"
        parts.append(f'<div style="color:{color}">{escape(said)}</div>')
    parts.append(_pairs("params", [(p.key, str(p.value)) for p in run.params]))
    parts.append(_pairs("metrics", [(m.key, short_number(m.last)) for m in run.metrics]))
    for role in ("used", "made"):
        links = [(str(link.noun), f"{link.name}:{link.version}") for link in run.links if link.role == role]
        parts.append(_pairs(role, links))
    return "".join(parts) + "</div>"


def _pairs(title: str, pairs: list[tuple[str, str]]) -> str:
    if not pairs:
        return ""
    shown = " &nbsp; ".join(f"{escape(key[:60])} <b>{escape(value[:80])}</b>" for key, value in pairs[:_LIMIT])
    more = f' <span style="{_MUTED}">and {len(pairs) - _LIMIT} more</span>' if len(pairs) > _LIMIT else ""
    return f'<div><span style="{_MUTED}">{title}</span> &nbsp; {shown}{more}</div>'


def short_number(value: Number | None) -> str:
    """Four significant digits; whole numbers as they are."""
    if value is None or isinstance(value, str):
        return str(value)
    return f"{value:.0f}" if value == round(value) and abs(value) < 1e15 else f"{value:.4g}"


def duration(run: Run) -> str:
    """How long the run took, or has taken until now; never negative, whatever two machines' clocks say."""
    seconds = max(0.0, (run.ended if run.ended is not None else time.time()) - run.started)
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"
