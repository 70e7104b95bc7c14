"""From the bytes of a request to a checked job. Everything that can be wrong with them has a sentence and a status."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from benchbook.errors import BenchbookError
from benchbook.refs import check_text
from benchbook.serving.batching import Job
from benchbook.serving.rows import RowError, example_row
from benchbook.serving.served import Served

if TYPE_CHECKING:
    from fastapi import Request

BODY_BYTES = 10 << 20
"""The longest body that is read."""
ROWS = 10_000
"""The most rows of one request."""
BODY_SECONDS = 30.0
"""How long the whole body may take to come."""
_ID = 200


class PredictRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /predict`."""

    rows: list[dict[str, Any]]
    ids: list[Annotated[str, msgspec.Meta(max_length=_ID)] | int] | None = None


class Refused(BenchbookError):
    """A request that is answered with ``status`` before its content is looked at."""

    def __init__(self, status: int, what: str, *, hint: str = "") -> None:
        super().__init__(what, hint=hint)
        self.status = status


_decoder = msgspec.json.Decoder(PredictRequest)


async def read_body(request: Request) -> bytes:
    """Return the body; reading stops as soon as it is too long.

    Raises:
        Refused: it is not JSON by its type (415), too long (413), or does not come (408).
    """
    import asyncio

    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or "content-encoding" in request.headers:
        hint = "Send JSON as it is: -H 'Content-Type: application/json', without Content-Encoding."
        raise Refused(415, f"The body is of type {kind[:80]!r}, not application/json.", hint=hint)
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said[:20]) > BODY_BYTES:
        raise _too_long()
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > BODY_BYTES:
                    raise _too_long()
                parts.append(part)
    except TimeoutError as error:
        raise Refused(408, f"The body did not come within {BODY_SECONDS:.0f} s.") from error
    return b"".join(parts)


def read_job(body: bytes, served: Served, began: float) -> tuple[Job, list[str]]:
    """Return the checked rows of a body as a job, and warnings.

    Raises:
        Refused: it is no JSON (400, with the position) or has too many rows (413).
        RowError: it is JSON of another shape, or a row is not what the model takes (422).
    """
    request = _decode(body, served)
    if len(request.rows) > ROWS:
        hint = "Send them in several requests, or use `benchbook predict` for a whole dataset."
        raise Refused(413, f"{len(request.rows):,} rows are more than the {ROWS:,} of one request.", hint=hint)
    if not request.rows:
        raise RowError("There are no rows to predict.", hint=_like(served))
    columns, warnings = served.reader.read(request.rows)
    return Job(served, columns, request.rows, _ids(request), began), warnings


def _decode(body: bytes, served: Served) -> PredictRequest:
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError as error:
        raise RowError(f"The body is not what is expected: {error}.", hint=_like(served)) from error
    except RecursionError as error:
        raise Refused(400, "The JSON is nested too deeply.", hint=_like(served)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(400, f"The body is no JSON: {_position(body, error)}.", hint=_like(served)) from error


def _position(body: bytes, error: Exception) -> str:
    if not body:
        return "it is empty"
    if isinstance(error, UnicodeDecodeError):
        return f"it is not UTF-8 (byte {error.start})"
    return str(error)[:200]


def _like(served: Served) -> str:
    """A body as it should be, for who sent another."""
    text = msgspec.json.encode({"rows": [example_row(served.signature)]}).decode()
    return f"Send a body such as {text}" if len(text) < 2_000 else "GET /openapi.json tells what a row looks like."


def _ids(request: PredictRequest) -> list[str]:
    """The ids given, or new ones."""
    count = len(request.rows)
    if request.ids is None:
        return [secrets.token_hex(10) for _ in range(count)]
    ids = [str(one) for one in request.ids]
    if len(ids) != count:
        raise RowError(f"There are {len(ids):,} ids for {count:,} rows.", hint="Give one id a row, or none at all.")
    seen: set[str] = set()
    for row, one in enumerate(ids):
        try:
            check_text("id", one)
        except BenchbookError as error:
            raise RowError(f"Row {row}: {error.what}", hint="Ids are plain text or whole numbers.", row=row) from error
        if one in seen:
            raise RowError(f"Row {row}: the id {one!r} stands twice.", hint="Each row has an id of its own.", row=row)
        seen.add(one)
    return ids


def _too_long() -> Refused:
    what = f"The body is longer than {BODY_BYTES >> 20} MiB."
    return Refused(413, what, hint="Send fewer rows at once, or use `benchbook predict` for a whole dataset.")
