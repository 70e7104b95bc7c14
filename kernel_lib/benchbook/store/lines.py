"""The one flat shape of a stream's lines, `{r,e,t,s,k,v,d}`, which DuckDB reads by the million in one statement.

r run · e event · t seconds since the epoch · s step · k key · v value · d the rest, as JSON.
"""

from __future__ import annotations

from typing import Any

import msgspec

from benchbook.errors import InvalidInput

TIME_LIMIT = 253_402_300_800
"""Seconds from the epoch to the year 10000: later times are damage, not time."""
STEP_LIMIT = 2**63
"""Steps are 64-bit integers in the store."""


class Line(msgspec.Struct, gc=False, omit_defaults=True):
    """A line as it is written."""

    r: str
    e: str
    t: float
    s: int | None = None
    k: str = ""
    v: float | str | None = None
    d: Any = None


class RawLine(msgspec.Struct, gc=False):
    """A line as it is folded: ``d`` stays JSON text, empty where the line has none (msgspec knows no `Raw | None`)."""

    r: str
    e: str
    t: float
    s: int | None = None
    k: str = ""
    v: float | str | None = None
    d: msgspec.Raw = msgspec.Raw(b"")


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(RawLine)


def encode(line: Line) -> bytes:
    """The line with its newline.

    Raises:
        InvalidInput: if ``d`` holds something JSON has no form for.
    """
    try:
        return _encoder.encode(line) + b"\n"
    except (TypeError, UnicodeEncodeError, RecursionError) as error:
        raise InvalidInput(f"{line.e} {line.k!r} cannot be written as JSON: {error}.") from error


def number(value: float) -> float | str:
    """A value as it stands in a line: the three that JSON has no word for travel as text.

    Infinity minus itself is NaN, so this one subtraction finds all three.
    """
    return value if value - value == 0.0 else str(value)


def decode(text: bytes) -> RawLine | None:
    """The line, or None if it is complete but invalid (counted by the fold, never silently dropped)."""
    try:
        line = _decoder.decode(text)
        if isinstance(line.v, str):
            line.v = float(line.v)
    except (msgspec.MsgspecError, ValueError):
        return None
    if not 0 <= line.t < TIME_LIMIT or (line.e == "metric" and line.v is None):
        return None
    return None if line.s is not None and abs(line.s) >= STEP_LIMIT else line
