"""Models over REST: the library's records, and aliases set in the name of Jupyter's user."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from jupyter_server.auth import IdentityProvider, User
from sklearn.linear_model import LinearRegression
from traitlets.config import Config

from benchbook.models import list_models, model_detail, register_model
from benchbook.project import Project
from server.conftest import Ask


class Named(IdentityProvider):
    """Jupyter knows its user by name, as a hub tells it."""

    def generate_anonymous_user(self, handler: Any) -> User:
        """Ada, whoever has the token."""
        return User("ada")


@pytest.fixture
def named_user(jp_server_config: Config) -> None:
    """The server is made with that identity provider; ask for this before asking for a fixture that starts it."""
    jp_server_config.ServerApp.identity_provider_class = Named


@pytest.fixture
def delay(project: Project) -> Project:
    """Two versions of one model; the first is the champion."""
    model = LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0])
    register_model("delay", model, metrics={"auc": float("nan")}, alias="champion", project=project)
    register_model("delay", model, metrics={"auc": 0.7}, project=project)
    return project


async def test_the_list_and_the_page_are_the_library_s(ask: Ask, delay: Project) -> None:
    """GET /models and GET /models/<name>/<version> answer the very records, NaN metrics as text."""
    assert (await ask("models")).json == msgspec.to_builtins(list_models(project=delay))
    assert (await ask("models/delay/latest")).json == msgspec.to_builtins(model_detail("delay", project=delay))
    page = (await ask("models/delay/@champion")).json["version"]
    assert (page["version"], page["aliases"], page["metrics"]) == (1, ["champion"], {"auc": "nan"})


async def test_an_alias_moves_and_names_who_moved_it(named_user: None, ask: Ask, delay: Project) -> None:
    """POST …/aliases answers the version it points at now; the fact and its history carry Jupyter's user."""
    answer = await ask("models/delay/aliases", {"alias": "champion", "version": 2})
    assert (answer.status, answer.json["version"], answer.json["aliases"]) == (200, 2, ["champion"])
    history = (await ask("models/delay/2")).json["alias_history"]
    assert {(change["version"], change["actor"]) for change in history} == {(1, delay.user), (2, "ada")}


async def test_without_a_name_the_system_s_user_is_named(ask: Ask, delay: Project) -> None:
    """In a Lab on one's own machine Jupyter makes a random name up; the ledger says who it really was."""
    await ask("models/delay/aliases", {"alias": "champion", "version": 2})
    history = (await ask("models/delay/2")).json["alias_history"]
    assert {change["actor"] for change in history} == {delay.user}


@pytest.mark.parametrize(
    ("name", "alias", "version", "status"),
    [
        ("delay", "champion", 3, 404),
        ("dealy", "champion", 1, 404),
        ("delay", "champion", 0, 404),
        ("delay", "champion", 2**62, 404),
        ("delay", "a b", 1, 400),
        ("delay", "<script>", 1, 400),
        ("delay", "latest", 1, 400),
        ("delay", "7", 1, 400),
        ("delay", "", 1, 400),
        ("delay", "x" * 300, 1, 400),
        ("..%2fdelay", "champion", 1, 400),
    ],
)
async def test_an_alias_that_cannot_be_is_refused(
    ask: Ask, delay: Project, name: str, alias: str, version: int, status: int
) -> None:
    """Nothing is recorded for an unknown version or a bad name."""
    before = (delay.folder / "ledger.jsonl").read_bytes()
    assert (await ask(f"models/{name}/aliases", {"alias": alias, "version": version})).status == status
    assert (delay.folder / "ledger.jsonl").read_bytes() == before


async def test_setting_an_alias_again_records_nothing(ask: Ask, delay: Project) -> None:
    """The same POST twice is one fact."""
    before = (delay.folder / "ledger.jsonl").read_text().count("\n")
    for _ in range(2):
        assert (await ask("models/delay/aliases", {"alias": "challenger", "version": 2})).status == 200
    lines = (delay.folder / "ledger.jsonl").read_text().splitlines()
    assert len(lines) == before + 1
    assert json.loads(lines[-1])["fact"]["action"] == "set_alias"
