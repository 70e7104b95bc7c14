"""How a model version looks as a cell's output: static HTML without JavaScript, in colours that suit any theme."""

from __future__ import annotations

from html import escape

from benchbook.faces import MUTED, frame_style, pairs_html, short_number, size_text
from benchbook.models.records import Field, ModelVersion


def model_html(version: ModelVersion) -> str:
    """The version in a few lines: ref, class, note, metrics, params, data, what it takes and gives."""
    aliases = "".join(f" <b>@{escape(alias)}</b>" for alias in version.aliases)
    kind = f"{version.estimator.rpartition('.')[2]} · {size_text(version.size)}"
    parts = [
        f'<div style="{frame_style()}">',
        f"<div><strong>{escape(version.ref)}</strong>{aliases} ",
        f'<span style="{MUTED}">· {escape(kind)} · <code>#{escape(version.digest[:12])}</code></span></div>',
    ]
    if version.note:
        parts.append(f"<div>{escape(version.note)}</div>")
    parts.append(pairs_html("metrics", [(key, short_number(value)) for key, value in version.metrics.items()]))
    parts.append(pairs_html("params", [(key, str(value)) for key, value in version.params.items()]))
    parts.append(pairs_html("data", [(one.name, str(one.version)) for one in version.data]))
    if version.signature is not None:
        parts.append(pairs_html("takes", _typed(version.signature.inputs)))
        parts.append(pairs_html("gives", _typed(version.signature.outputs)))
    return "".join(parts) + "</div>"


def _typed(fields: list[Field]) -> list[tuple[str, str]]:
    return [(field.name, field.type) for field in fields]
