"""How a model version looks as a cell's output: static HTML without JavaScript, in colours that suit any theme."""

from __future__ import annotations

from html import escape
from typing import Any

from benchbook.data.html import size_text
from benchbook.models.records import Field, ModelVersion

_STYLE = (
    "font-family:var(--jp-ui-font-family,system-ui,sans-serif);font-size:13px;line-height:1.5;"
    "border-left:3px solid var(--jp-brand-color1,#0072b2);padding:4px 12px;max-width:760px"
)
_MUTED = "opacity:.7"
_LIMIT = 12


def model_html(version: ModelVersion) -> str:
    """The version in a few lines: ref, class, note, metrics, params, data, what it takes and gives."""
    aliases = "".join(f" <b>@{escape(alias)}</b>" for alias in version.aliases)
    kind = f"{version.estimator.rpartition('.')[2]} · {size_text(version.size)}"
    parts = [
        f'<div style="{_STYLE}">',
        f"<div><strong>{escape(version.ref)}</strong>{aliases} ",
        f'<span style="{_MUTED}">· {escape(kind)} · <code>#{escape(version.digest[:12])}</code></span></div>',
    ]
    if version.note:
        parts.append(f"<div>{escape(version.note)}</div>")
    parts.append(_pairs("metrics", [(key, _number(value)) for key, value in version.metrics.items()]))
    parts.append(_pairs("params", [(key, str(value)) for key, value in version.params.items()]))
    parts.append(_pairs("data", [(one.name, str(one.version)) for one in version.data]))
    if version.signature is not None:
        parts.append(_pairs("takes", _typed(version.signature.inputs)))
        parts.append(_pairs("gives", _typed(version.signature.outputs)))
    return "".join(parts) + "</div>"


def _typed(fields: list[Field]) -> list[tuple[str, str]]:
    return [(field.name, field.type) for field in fields]


def _pairs(title: str, pairs: list[tuple[str, str]]) -> str:
    if not pairs:
        return ""
    shown = " &nbsp; ".join(f"{escape(key[:60])} <b>{escape(value[:80])}</b>" for key, value in pairs[:_LIMIT])
    more = f' <span style="{_MUTED}">and {len(pairs) - _LIMIT} more</span>' if len(pairs) > _LIMIT else ""
    return f'<div><span style="{_MUTED}">{title}</span> &nbsp; {shown}{more}</div>'


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
