"""Who may ask: every request needs the token (all but /health), and on loopback a Host header that means this machine.

The check of Host keeps out a web page whose name was pointed at 127.0.0.1 (DNS rebinding); the one check of the token
stands before all routes, so no route can be forgotten.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from benchbook.errors import BenchbookError
from benchbook.serving.requests import Refused
from benchbook.serving.rows import RowError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
OPEN = ("/health",)
"""What needs no token."""
_BASIC = ("/docs", "/openapi.json")
"""Pages people open in a browser, which can ask for a password (the token) but sends no bearer token."""
_SAFE = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")]


class Guard:
    """ASGI middleware around all routes. ``loopback`` says that only this machine is meant to ask."""

    def __init__(self, app: App, token: str, *, loopback: bool) -> None:
        self._app = app
        self._token = token.encode()
        self._loopback = loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer why not."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if refused is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            status, body = error_body(refused)
            headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *_SAFE]
            if status == 401:
                scheme = b"Basic" if scope["path"] in _BASIC else b"Bearer"
                headers.append((b"www-authenticate", scheme + b' realm="benchbook"'))
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})
        else:
            await send({"type": "websocket.close", "code": 1008})

    def _refusal(self, scope: Scope) -> Refused | None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if self._loopback and not is_local(headers.get(b"host", b"").decode("latin-1")):
            hint = "Ask by the address that was printed, such as http://127.0.0.1:8000."
            return Refused(403, "The Host header does not name this machine.", hint=hint)
        if scope["type"] == "http" and scope["path"] in OPEN:
            return None
        if self._knows(headers.get(b"authorization", b""), basic=scope["path"] in _BASIC):
            return None
        hint = "Send the header 'Authorization: Bearer TOKEN' with the token printed at the start."
        return Refused(401, "The token is missing or another one.", hint=hint)

    def _knows(self, said: bytes, *, basic: bool) -> bool:
        scheme, _, given = said.partition(b" ")
        given = given.strip()
        if basic and scheme.lower() == b"basic":
            try:
                given = base64.b64decode(given, validate=True).partition(b":")[2]
            except binascii.Error:
                return False
            return hmac.compare_digest(given, self._token)
        return scheme.lower() == b"bearer" and hmac.compare_digest(given, self._token)


def is_local(host: str) -> bool:
    """Whether a Host header, or the address to listen on, means this machine only."""
    name = host.strip().lower()
    if name.startswith("["):
        name, _, _ = name[1:].partition("]")
    elif name.count(":") == 1:
        name, _, _ = name.partition(":")
    name = name.removesuffix(".")
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def error_body(error: BenchbookError) -> tuple[int, bytes]:
    """Status and JSON of an error: {"error", "hint"} and, for a row, {"row", "column", "value", "expected", "near"}."""
    body: dict[str, Any] = {"error": error.what, "hint": error.hint}
    if isinstance(error, RowError):
        place = {"row": error.row, "column": error.column, "value": error.value, "expected": error.expected}
        body |= {name: value for name, value in place.items() if value not in (None, "")}
        body |= {"near": error.near} if error.near else {}
    return error.status, msgspec.json.encode(body)
