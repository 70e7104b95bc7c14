"""No route answers a stranger: all of them are walked, so a new one cannot be forgotten."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from tornado.web import RequestHandler

from benchbook_lab.app import ROUTES
from lab.lab_server import Lab, running_lab

VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
CALLS = [
    (verb, f"benchbook/{pattern}".replace("([^/]+)", "x").replace("(.+)", "x"))
    for pattern, handler in ROUTES
    for verb in VERBS
    if getattr(handler, verb.lower()) is not RequestHandler._unimplemented_method
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A real server on an empty folder."""
    with running_lab(tmp_path_factory.mktemp("root"), tmp_path_factory.mktemp("home")) as lab:
        yield lab


def status(lab: Lab, verb: str, path: str, **headers: str) -> int:
    """What the server answers, as a number."""
    request = urllib.request.Request(
        lab.url + path, method=verb, headers=headers, data=b"{}" if verb != "GET" else None
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code


@pytest.mark.xdist_group("routes")
def test_every_route_refuses_without_token(server: Lab) -> None:
    """No token or a wrong one: 403, whatever the verb, and nothing else is told."""
    assert len(CALLS) >= len(ROUTES)
    stranger = {"Authorization": "token guessed"}
    open_doors = [call for call in CALLS if {status(server, *call), status(server, *call, **stranger)} != {403}]
    assert open_doors == []


@pytest.mark.xdist_group("routes")
def test_every_route_knows_its_owner(server: Lab) -> None:
    """With the token the same calls get past the door: the refusals above were about the token."""
    owner = {"Authorization": f"token {server.token}"}
    refused = [call for call in CALLS if status(server, *call, **owner) in {401, 403, 405, 500}]
    assert refused == []
