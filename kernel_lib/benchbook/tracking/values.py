"""What may be logged: params and metric values made into what a stream line holds, with errors that name them."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from benchbook.errors import InvalidInput
from benchbook.store.lines import STEP_LIMIT, number

_DEPTH = 20


def metric_value(key: str, value: Any) -> float:
    """``value`` as a float: numbers, numpy scalars and 0-d tensors; NaN and infinities are kept.

    Raises:
        InvalidInput: for text (``"0.5"`` is a mistake somewhere, not a number) and for whatever has no float.
    """
    if isinstance(value, (str, bytes)):
        raise InvalidInput(
            f"Metric {key!r} got the text {value[:80]!r}; metrics are numbers.",
            hint="Log text with run.log_params or run.set_tag.",
        )
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInput(
            f"Metric {key!r} got {_short(value)}, which is no single number ({error}).", hint="Log one number per key."
        ) from error


def step_value(key: str, step: Any) -> int:
    """``step`` as a 64-bit integer.

    Raises:
        InvalidInput: for anything else.
    """
    if isinstance(step, float) and step.is_integer():
        step = int(step)
    try:
        whole = operator.index(step)
    except TypeError:
        whole = STEP_LIMIT
    if abs(whole) >= STEP_LIMIT:
        raise InvalidInput(f"Step {_short(step)} of metric {key!r} is no whole number of 64 bits.")
    return whole


def is_whole(value: object, low: int, high: int) -> bool:
    """Whether ``value`` is a whole number from ``low`` to ``high``; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def param_value(value: Any, depth: int = 0) -> Any:
    """``value`` as JSON can hold it: numbers, text, lists and mappings as they are, anything else as its text."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if abs(value) < STEP_LIMIT else str(value)
    if isinstance(value, float):
        return number(float(value))
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return str(value) if depth > _DEPTH else _nested(value, depth + 1)


def _nested(value: Any, depth: int) -> Any:
    """Mappings, sequences and numpy scalars; whatever else a param may be is kept as its text."""
    if isinstance(value, Mapping):
        return {str(k): param_value(v, depth) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [param_value(v, depth) for v in value]
    scalar = getattr(value, "item", None)
    if callable(scalar) and getattr(value, "ndim", 1) == 0:
        return param_value(scalar(), depth)
    return str(value)


def _short(value: Any) -> str:
    text = repr(value)
    return f"{text[:80]}… ({type(value).__name__})" if len(text) > 80 else f"{text} ({type(value).__name__})"
