"""Who may ask an endpoint, where no process is needed to see it; and that no text of a model becomes markup."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from benchbook.errors import Conflict, InvalidInput
from benchbook.models.records import Field, Signature
from benchbook.project import Project
from benchbook.serving import serve
from benchbook.serving.guard import Guard, is_local
from benchbook.serving.openapi import curl, docs_page
from benchbook.serving.records import ModelInfo


def status(kind: str = "http", *, loopback: bool = False, **headers: str) -> Any:
    """What a guarded application that says 200 answers."""
    said: list[Any] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def keep(message: Any) -> None:
        said.append(message.get("status", message["type"]))

    listed = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": kind, "path": "/predict", "headers": listed}
    asyncio.run(Guard(app, "a-good-token", loopback=loopback)(scope, None, keep))  # type: ignore[arg-type]
    return said[0]


def test_beyond_this_machine_the_token_alone_decides() -> None:
    """Names cannot be checked where others may ask; the token is."""
    assert status(host="bench.example.org", authorization="Bearer a-good-token") == 200
    assert status(host="bench.example.org", authorization="Bearer a-good-tokem") == 401
    assert status(loopback=True, authorization="Bearer a-good-token") == 403
    assert status(host="127.0.0.1", loopback=True, authorization="BEARER  a-good-token") == 200


def test_a_websocket_is_closed_without_a_token() -> None:
    """There is none, and one that is asked for gets nowhere."""
    assert status("websocket", host="localhost") == "websocket.close"


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.0.1", "example.org", "localhost.example.org", "1"])
def test_other_addresses_are_not_this_machine(address: str) -> None:
    """So their endpoints are told to be open, and as Host headers they are refused."""
    assert not is_local(address)


@pytest.mark.parametrize("token", ["", "short", "with space here", "n\u00f6n-ascii-token", "line\nbreak-token"])
def test_a_weak_token_is_refused(project: Project, token: str) -> None:
    """An empty one above all: it must never mean that none is needed."""
    with pytest.raises(InvalidInput, match="token"):
        serve("delay", token=token, announce=print, tell=print)  # type: ignore[arg-type]


@pytest.mark.parametrize(("host", "port"), [("no such host", 0), ("192.0.2.1", 0), ("127.0.0.1", 70_000)])
def test_an_address_that_is_not_ours_is_said(project: Project, host: str, port: int) -> None:
    """Before anything is loaded."""
    with pytest.raises((InvalidInput, Conflict), match=host):
        serve("delay", host=host, port=port, announce=print, tell=print)  # type: ignore[arg-type]


def test_no_text_of_a_model_becomes_markup_or_shell() -> None:
    """A column or value that is HTML, or closes a quote of the shell, stays text."""
    field = Field("<img src=x onerror=alert(1)>", "str", optional=False, example="it's; $(reboot)</script>")
    signature = Signature([field], [])
    info = ModelInfo("delay", "delay:1", 1, "x.<b>", [], 0.0, signature)
    page = docs_page(info, "http://127.0.0.1:1/")
    assert "<img" not in page
    assert "<b>delay:1" in page
    assert "</script>" not in page
    import shlex

    words = shlex.split(curl("http://127.0.0.1:1", info, "token"))
    assert words[-1] == '{"rows":[{"<img src=x onerror=alert(1)>":"it\'s; $(reboot)</script>"}]}'
