"""The base of every route: who may ask, how questions are read, where they run, and what a refusal looks like.

A route is then: read, call, answer. No route catches anything; the one table from errors to answers is `refusal`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from http.client import responses
from typing import Any, Concatenate, ParamSpec, TypeVar

import msgspec
from jupyter_server.base.handlers import APIHandler
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, stream_request_body

from benchbook.errors import BenchbookError, GateFailed, InvalidInput, NotFound, StoreBusy
from benchbook_lab.lanes import LaneName
from benchbook_lab.place import Asked
from benchbook_lab.records import ErrorBody
from benchbook_lab.services import Services

P = ParamSpec("P")
T = TypeVar("T")

BODY_LIMIT = 1_000_000
_SAFE_INTEGER = 2**53 - 1
_LONG_INTEGER = re.compile(rb"[\[,:]-?[0-9]{16,}[\],}]")
_MADE_UP = re.compile(r"[0-9a-f]{32}")
_NAMES = {400: "InvalidInput", 403: "NotAllowed", 404: "NotFound", 413: "TooLarge", 415: "InvalidInput"}
_HINTS = {
    403: "Open JupyterLab with its token, or ask its administrator for access.",
    413: f"Send at most {BODY_LIMIT:,} bytes.",
    415: "Send JSON with the header Content-Type: application/json.",
}


@stream_request_body
class BenchbookHandler(APIHandler):
    """What all routes share. The body is streamed so that one too long is refused before it is in memory."""

    auth_resource = "benchbook"
    lane: LaneName = "read"

    def initialize(self) -> None:
        """Begin with an empty body."""
        self._received = bytearray()

    @property
    def services(self) -> Services:
        """The parts of the server face that outlive a request."""
        services: Services = self.settings["benchbook_services"]
        return services

    @property
    def user_name(self) -> str:
        """The name Jupyter's identity provider gives the user; empty for the random one it makes up without one."""
        name: str = self.current_user.username
        return "" if _MADE_UP.fullmatch(name) else name

    async def prepare(self) -> None:  # type: ignore[override]  # the parent's argument is for websockets only
        """Identify the user and refuse a body that announces itself as too long.

        Raises:
            HTTPError: 403 or 413.
        """
        await super().prepare()
        announced = self.request.headers.get("Content-Length", "")
        if announced.isdecimal() and int(announced) > BODY_LIMIT:
            raise HTTPError(413, "The request is too long.")

    def data_received(self, chunk: bytes) -> None:
        """Collect the body, one byte past the limit at most."""
        room = BODY_LIMIT + 1 - len(self._received)
        self._received += chunk[:room]

    def read_query(self, kind: type[T]) -> T:
        """The query string as a ``kind``; what it has no field for is ignored (Jupyter adds its own).

        Raises:
            InvalidInput: naming the field and the rule.
        """
        given: dict[str, Any] = {}
        for field in msgspec.structs.fields(kind):  # type: ignore[arg-type]  # every query is a Struct
            values = self.get_query_arguments(field.encode_name, strip=False)
            if values:
                given[field.encode_name] = values if field.default_factory is list else values[-1]
        try:
            return msgspec.convert(given, kind, strict=False)
        except msgspec.ValidationError as error:
            raise InvalidInput(f"The query of {self.request.path!r} is wrong: {error}.") from error

    def read_body(self, kind: type[T]) -> T:
        """The JSON body as a ``kind``.

        Raises:
            InvalidInput: naming the field and the rule.
            HTTPError: 413 if it is too long, 415 if it does not say that it is JSON.
        """
        if len(self._received) > BODY_LIMIT:
            raise HTTPError(413, "The request is too long.")
        if self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
            raise HTTPError(415, "The request is not JSON.")
        try:
            return msgspec.json.decode(bytes(self._received), type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InvalidInput(f"The body sent to {self.request.path!r} is wrong: {error}.") from error

    async def call(self, function: Callable[Concatenate[Asked, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``function(asked, …)`` in this route's lane; ``asked`` says which project, and who asks."""
        user = self.user_name
        self.services.watcher.start()

        def asked() -> T:
            return function(Asked(self.services.place.project(), user), *args, **kwargs)

        return await self.services.lanes.run(self.lane, asked)

    async def answer(self, function: Callable[Concatenate[Asked, P], Any], *args: P.args, **kwargs: P.kwargs) -> None:
        """Answer with what ``function(asked, …)`` returns, as JSON."""

        def encoded(asked: Asked) -> bytes:
            return encode(function(asked, *args, **kwargs))

        await self.finish(await self.call(encoded))

    def log_exception(self, *exc_info: Any) -> None:
        """All that is neither refused on purpose nor given up by the browser goes to the server's log."""
        error = exc_info[1]
        expected = isinstance(error, StreamClosedError) or (isinstance(error, BenchbookError) and error.status < 500)
        if not expected:
            super().log_exception(*exc_info)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer a refusal."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        status, body = refusal(error, status_code)
        self.set_status(status)
        if isinstance(error, StoreBusy):
            self.set_header("Retry-After", str(max(1, math.ceil(error.retry_after))))
        self.finish(encode(body))


def refusal(error: BaseException | None, status: int) -> tuple[int, ErrorBody]:
    """The one table from errors to answers; the status of a BenchbookError stands at its class.

    An error nobody foresaw says nothing of itself: its text may hold paths and values.
    """
    if isinstance(error, BenchbookError):
        near = error.near if isinstance(error, NotFound) else msgspec.UNSET
        verdict = error.verdict if isinstance(error, GateFailed) else msgspec.UNSET
        return error.status, ErrorBody(_plain(error.what), _plain(error.hint), type(error).__name__, near, verdict)
    if isinstance(error, HTTPError):
        message = error.log_message or responses.get(status, "Refused")
        return status, ErrorBody(message, _HINTS.get(status, ""), _NAMES.get(status, "HTTPError"))
    hint = "The details are in the log of Jupyter Server."
    return 500, ErrorBody("Benchbook could not answer: something unforeseen went wrong.", hint, "InternalError")


def encode(value: Any) -> bytes:
    """JSON of records and plain values. Integers that JavaScript cannot hold exactly travel as text."""
    text = msgspec.json.encode(value)
    if _LONG_INTEGER.search(text):
        return msgspec.json.encode(json.loads(text, parse_int=_safe_integer))
    return text


def _safe_integer(text: str) -> int | str:
    number = int(text)
    return number if abs(number) <= _SAFE_INTEGER else text


def _plain(text: str) -> str:
    """Text that UTF-8 can carry: lone surrogates, which a bad name can hold, are shown escaped."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
