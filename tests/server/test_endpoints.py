"""Endpoints over REST: started and stopped from Lab, processes of their own, and no token where none is asked for."""

from __future__ import annotations

import os
import signal

import pytest

from benchbook.models import register_model, set_alias
from benchbook.project import Project
from benchbook.serving import list_endpoints, stop_endpoint
from library.serving.asking import ROW, fitted, flights, predict
from server.conftest import Ask


@pytest.fixture
def delay(project: Project) -> Project:
    """A model whose champion is version 1."""
    register_model("delay", fitted(), example=flights(), alias="champion", project=project)
    return project


def left(project: Project) -> list[str]:
    """The files that endpoints left."""
    return [path.name for path in (project.folder / "endpoints").iterdir()]


async def test_an_endpoint_from_start_to_end(ask: Ask, delay: Project) -> None:
    """It answers over HTTP, is listed with what it serves, how much and how fast, follows its alias, and ends."""
    started = await ask("endpoints", {"ref": "delay@champion"})
    assert (started.status, started.json["state"], started.json["version"]) == (200, "serving", 1)
    (process,) = list_endpoints(project=delay)
    assert predict(process, ROW, ROW).status == 200
    (listed,) = (await ask("endpoints")).json
    assert (listed["run"], listed["model"], listed["ref"]) == (process.run, "delay", "delay@champion")
    assert (listed["url"], listed["predictions"]) == (process.url, 2)
    assert listed["latency"]["p50"] <= listed["latency"]["p95"] <= listed["latency"]["p99"]
    register_model("delay", fitted(1), example=flights(), project=delay)
    set_alias("delay", 2, "champion", project=delay)
    while (await ask("endpoints")).json[0]["version"] != 2:
        pass
    ended = await ask(f"endpoints/{process.run}", method="DELETE")
    assert ended.status == 204
    (listed,) = (await ask("endpoints")).json
    assert (listed["state"], listed["url"], listed["version"]) == ("ended", "", 2)
    assert list_endpoints(project=delay) == []
    assert (await ask(f"endpoints/{process.run}", method="DELETE")).status == 404


async def test_the_token_is_told_on_demand_only(ask: Ask, delay: Project) -> None:
    """No list and no start answers it; the POST that copies it is not kept by any cache."""
    started = await ask("endpoints", {"ref": "delay"})
    (process,) = list_endpoints(project=delay)
    try:
        listed = await ask("endpoints")
        assert process.token.encode() not in started.bytes + listed.bytes
        access = await ask(f"endpoints/{process.run}/access", {})
        assert (access.json["url"], access.json["token"]) == (process.url, process.token)
        assert access.headers["Cache-Control"] == "no-store"
        assert f"{process.url}/predict" in access.json["curl"]
        assert (await ask(f"endpoints/{process.run}/access")).status == 405
    finally:
        stop_endpoint(process, project=delay)
    assert (await ask(f"endpoints/{process.run}/access", {})).status == 404


async def test_one_that_was_killed_is_listed_as_ended(ask: Ask, delay: Project) -> None:
    """Kill -9 leaves no endpoint that seems to serve, and its token file is gone."""
    await ask("endpoints", {"ref": "delay:1"})
    (process,) = list_endpoints(project=delay)
    os.kill(process.pid, signal.SIGKILL)
    while (await ask("endpoints")).json[0]["state"] in ("serving", "silent"):
        pass
    (listed,) = (await ask("endpoints")).json
    assert (listed["state"], listed["url"], listed["version"]) == ("failed", "", 1)
    assert left(delay) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"ref": "dealy"}, 404),
        ({"ref": "delay:9"}, 404),
        ({"ref": "delay@golden"}, 404),
        ({"ref": ""}, 400),
        ({"ref": "--help"}, 400),
        ({"ref": "../delay"}, 400),
        ({"ref": "delay:1:2"}, 400),
        ({"ref": 1}, 400),
        ({"ref": "delay", "host": "0.0.0.0"}, 400),
        ({}, 400),
    ],
)
async def test_what_cannot_be_served_starts_nothing(ask: Ask, delay: Project, body: object, status: int) -> None:
    """A mistake is answered at once, and there is no process for it; the address is never for the browser to choose."""
    assert (await ask("endpoints", body)).status == status
    assert (await ask("endpoints")).json == []


async def test_a_model_without_signature_says_why_it_does_not_start(ask: Ask, project: Project) -> None:
    """What the process said before it ended is the hint."""
    register_model("bare", fitted(), project=project)
    answer = await ask("endpoints", {"ref": "bare"})
    assert answer.status == 500
    assert "did not start" in answer.json["message"]
    assert "signature" in answer.json["hint"]
