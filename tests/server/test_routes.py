"""The route table is walked, so a route added to it is tested here without anybody thinking of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from jupyter_server.auth import Authorizer
from traitlets.config import Config

from benchbook_lab.app import ROUTES
from benchbook_lab.handler import BenchbookHandler
from server.conftest import Answer, Ask

EXPECTED = [
    "DELETE endpoints/x",
    "DELETE judgings/x",
    "GET approvals",
    "GET audit",
    "GET audit/verification",
    "GET datasets",
    "GET datasets/x/x",
    "GET datasets/x/x/rows",
    "GET endpoints",
    "GET gates",
    "GET judgings/x",
    "GET models",
    "GET models/x/x",
    "GET models/x/x/card",
    "GET models/x/x/card/x",
    "GET models/x/x/verdicts",
    "GET monitors",
    "GET monitors/x",
    "GET monitors/x/column",
    "GET monitors/x/rows",
    "GET pipelines",
    "GET project",
    "GET revision",
    "GET runs",
    "GET runs/x",
    "GET runs/x/artifacts/x",
    "GET runs/x/curves",
    "GET runs/x/log",
    "GET runs/x/notebook",
    "GET verdicts",
    "GET verdicts/x",
    "POST approvals/x/approve",
    "POST approvals/x/reject",
    "POST endpoints",
    "POST endpoints/x/access",
    "POST gates/x/verdicts",
    "POST models/x/aliases",
    "POST models/x/promotions",
    "POST models/x/rollbacks",
    "POST monitors/x/closings",
    "POST monitors/x/looks",
    "POST monitors/x/loop",
    "POST monitors/x/retrainings",
    "POST pipelines/x/runs",
    "POST sql",
]
VERBS = ("get", "head", "post", "put", "patch", "delete")


def calls() -> list[tuple[str, str]]:
    """Each verb and path that the table answers."""
    named = [(re.sub(r"\([^)]*\)", "x", path), route) for path, route in ROUTES]
    return [(verb.upper(), path) for path, route in named for verb in VERBS if answers(route, verb)]


def answers(route: type[BenchbookHandler], verb: str) -> bool:
    """Whether the route itself, not its base, has the verb."""
    return any(verb in vars(kind) for kind in route.__mro__ if kind.__module__.startswith("benchbook_lab"))


CALLS = calls()


async def call(ask: Ask, verb: str, path: str, **options: Any) -> Answer:
    """Ask with a verb; a POST sends an empty object."""
    return await ask(path, {} if verb == "POST" else None, method=verb, **options)


class ReadOnly(Authorizer):
    """Lets everybody look and nobody change."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        """Whether it is a look at Benchbook."""
        return action == "read" and resource == "benchbook"


@pytest.fixture
def read_only(jp_server_config: Config) -> None:
    """The server is made with a read-only authorizer; ask for this before asking for a fixture that starts it."""
    jp_server_config.ServerApp.authorizer_class = ReadOnly


def test_every_route_is_listed() -> None:
    """A new route must be written down here, where its promises are tested."""
    assert sorted(f"{verb} {path}" for verb, path in CALLS) == EXPECTED


async def test_every_route_refuses_a_stranger(ask: Ask) -> None:
    """Without the token, or with a wrong one, each route answers 403 and only that."""
    for verb, path in CALLS:
        for token in ("", "token wrong"):
            answer = await call(ask, verb, path, headers={"Authorization": token})
            assert (answer.status, answer.json["type"]) == (403, "NotAllowed"), (verb, path, token)


async def test_a_token_in_the_address_is_enough(ask: Ask, jp_serverapp: Any) -> None:
    """Jupyter's own ways to identify oneself work here too."""
    token = jp_serverapp.identity_provider.token
    assert (await ask(f"revision?token={token}", headers={"Authorization": ""})).status == 200


async def test_a_read_only_user_changes_nothing(read_only: None, ask: Ask) -> None:
    """An authorizer that denies writing gets 403 on each change and an answer on each list."""
    for verb, path in CALLS:
        answer = await call(ask, verb, path)
        assert (answer.status == 403) == (verb != "GET"), (verb, path, answer.status)


async def test_every_answer_is_json_or_an_attachment(ask: Ask) -> None:
    """Found or not, allowed or not: JSON, never a page of HTML, and never to be sniffed."""
    for verb, path in CALLS:
        answer = await call(ask, verb, path)
        assert answer.json is not None, (verb, path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.status != 500, (verb, path, answer.json)


async def test_the_base_url_is_part_of_every_path(ask: Ask, http_server_client: Any, jp_auth_header: Any) -> None:
    """Below a hub, the server answers under its base_url and nowhere else."""
    assert (await ask("project")).status == 200
    outside = await http_server_client.fetch("/benchbook/project", headers=jp_auth_header, raise_error=False)
    assert outside.code == 404


async def test_a_foreign_host_name_is_refused(ask: Ask) -> None:
    """DNS rebinding: a page of another name that resolves to this server gets nothing, token or not."""
    assert (await ask("project", headers={"Host": "evil.example:8888"})).status == 403


async def test_a_foreign_page_cannot_post(
    ask: Ask, jp_base_url: str, http_server_client: Any, jp_serverapp: Any
) -> None:
    """A session cookie alone, as a foreign form would send it, changes nothing: the _xsrf header is missing."""
    token = jp_serverapp.identity_provider.token
    page = await http_server_client.fetch(
        f"{jp_base_url}login?token={token}", follow_redirects=False, raise_error=False
    )
    cookies = "; ".join(cookie.partition(";")[0] for cookie in page.headers.get_list("Set-Cookie"))
    bare = {"Authorization": "", "Cookie": cookies}
    assert (await ask("revision", headers=bare | {"Referer": page.effective_url})).status == 200
    assert (await ask("models/delay/aliases", {"alias": "champion", "version": 1}, headers=bare)).status == 403
