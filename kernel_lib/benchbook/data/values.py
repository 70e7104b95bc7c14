"""Cells of tables as JSON values that lose nothing on their way to a browser.

What JSON or JavaScript cannot hold exactly (NaN, infinities, integers beyond 2^53, decimals, times, bytes) travels as
text, as metric values do. NumPy subclasses Python's numbers and text, so each is made plain.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_EXACT = 2**53
_TEXT_LIMIT = 10_000


def json_value(value: Any) -> Any:
    """Return ``value`` as JSON can hold it; unknown kinds become their text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if -_EXACT <= value <= _EXACT else str(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, str):
        return str(value) if len(value) <= _TEXT_LIMIT else value[:_TEXT_LIMIT] + "…"
    if isinstance(value, Mapping):
        return {str(key): json_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [json_value(item) for item in value]
    return _as_text(value)


def _as_text(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return json_value(bytes(value).hex())
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return json_value(value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else str(value))


def iso_time(text: str | None) -> str | None:
    """Return DuckDB's text of a time (`2013-01-01 05:00:00+00`) in ISO form (`2013-01-01T05:00:00Z`)."""
    if text is None:
        return None
    joined = text.replace(" ", "T", 1)
    return joined[:-3] + "Z" if joined.endswith("+00") else joined
