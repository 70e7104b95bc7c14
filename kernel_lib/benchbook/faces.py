"""What the records' faces in notebook cells share: static HTML without JavaScript, in colours that suit any theme."""

from __future__ import annotations

import math
from html import escape

MUTED = "opacity:.7"
ACCENT = "var(--jp-brand-color1,#0072b2)"
_LIMIT = 12


def frame_style(color: str = ACCENT, width: int = 760) -> str:
    """The style of the outermost element: Lab's own type beside a bar of ``color``, at most ``width`` pixels wide."""
    return (
        "font-family:var(--jp-ui-font-family,system-ui,sans-serif);font-size:13px;line-height:1.5;"
        f"border-left:3px solid {color};padding:4px 12px;max-width:{width}px"
    )


def pairs_html(title: str, pairs: list[tuple[str, str]]) -> str:
    """A line of names with their values, escaped; the first twelve, and how many more there are."""
    if not pairs:
        return ""
    shown = " &nbsp; ".join(f"{escape(key[:60])} <b>{escape(value[:80])}</b>" for key, value in pairs[:_LIMIT])
    more = f' <span style="{MUTED}">and {len(pairs) - _LIMIT} more</span>' if len(pairs) > _LIMIT else ""
    return f'<div><span style="{MUTED}">{title}</span> &nbsp; {shown}{more}</div>'


def short_number(value: object) -> str:
    """Four significant digits of a float, whole ones as they are; anything else as it says itself."""
    if not isinstance(value, float) or not math.isfinite(value):
        return str(value)
    return f"{value:.0f}" if value == round(value) and abs(value) < 1e15 else f"{value:.4g}"


def size_text(size: int) -> str:
    """Bytes as people say them."""
    amount, unit = float(size), "B"
    for larger in ("KB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.3g} {unit}"
