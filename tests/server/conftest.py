"""A real Jupyter Server with the extension loaded, on a folder that is, or becomes, a real project."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tornado.httpclient import HTTPResponse
from traitlets.config import Config

from benchbook.project import Project, open_project


class Answer(NamedTuple):
    """What came back: status, JSON body (None where it is none), headers and the raw bytes."""

    status: int
    json: Any
    headers: dict[str, str]
    bytes: bytes


Ask = Callable[..., Awaitable[Answer]]


@pytest.fixture
def jp_server_config() -> Config:
    """The extension as its config file enables it; a handler that forgets to authenticate is refused by Jupyter."""
    return Config(
        {
            "ServerApp": {
                "jpserver_extensions": {"benchbook_lab": True, "jupyter_server_terminals": False},
                "allow_unauthenticated_access": False,
            }
        }
    )


@pytest.fixture
def project(jp_root_dir: Path) -> Project:
    """The server's folder as a project; it exists once something is recorded."""
    return open_project(jp_root_dir)


@pytest.fixture
def ask(jp_base_url: str, jp_auth_header: dict[str, str], http_server_client: Any) -> Ask:
    """Ask the server for ``path`` below `/benchbook`, sent exactly as written; a body that is no bytes goes as JSON."""

    async def send(path: str, body: Any = None, *, headers: dict[str, str] | None = None, **options: Any) -> Answer:
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        kind = {} if sent is None else {"Content-Type": "application/json"}
        reply: HTTPResponse = await http_server_client.fetch(
            f"{jp_base_url}benchbook/{path}",
            **{"method": "GET" if sent is None else "POST", "body": sent} | options,
            headers=jp_auth_header | kind | (headers or {}),
            raise_error=False,
        )
        is_json = reply.headers.get("Content-Type", "").startswith("application/json")
        return Answer(reply.code, json.loads(reply.body) if is_json else None, dict(reply.headers), reply.body)

    return send
