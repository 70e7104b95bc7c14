"""Bad input of every class gets a clear answer: what was wrong, and the next step. The catalogue is walked by class."""

from __future__ import annotations

import json
from http.client import responses
from typing import Any

import pytest
from tornado.web import HTTPError

from benchbook.errors import BenchbookError, NotFound, StepFailed, StoreBusy, StoreDamaged
from benchbook.project import Project
from benchbook.tracking import start_run
from benchbook_lab.handler import BODY_LIMIT, encode, refusal
from server.conftest import Ask

TRAVERSALS = [
    "..",
    "%2e%2e",
    "..%2f..%2fetc%2fpasswd",
    "%252e%252e%252fetc%252fpasswd",
    "..%5c..%5cx",
    "%2fetc%2fpasswd",
    "file:%2f%2f%2fetc%2fpasswd",
    "C:%5cx",
    "..%c0%af",
    "x%00.png",
    "%E2%80%AEgnp.exe",
    "CON.",
]
PLACES = [
    "runs/{}",
    "runs/{}/log",
    "runs/{}/notebook",
    "runs/{}/curves?key=a",
    "runs/{}/artifacts/x",
    "datasets/{}/1",
    "datasets/{}/latest/rows",
    "datasets/flights/{}",
    "models/{}/1",
    "models/delay/{}",
    "models/{}/1/verdicts",
    "models/delay/{}/card",
    "models/delay/1/card/{}",
    "verdicts/{}",
    "judgings/{}",
]
QUERIES = [
    "runs?limit=-1",
    "runs?limit=1001",
    "runs?limit=99999999999999999999999",
    "runs?limit=ten",
    "runs?offset=-1",
    "runs?kind=holiday",
    "runs?order_by=started;DROP TABLE runs".replace(" ", "%20"),
    "runs?filter=metrics.auc%20%3E",
    "runs?filter=%27%3B%20ATTACH%20%27x%27",
    "datasets/flights/1/rows?limit=1001",
    "datasets/flights/1/rows?offset=-5",
    "runs/abc/curves?key=a&points=1",
    "runs/abc/curves?key=a&points=1000001",
]
BODIES: list[Any] = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b"\xff\xfe",
    b'{"alias": "a"}',
    b'{"alias": "a", "version": "1"}',
    b'{"alias": "a", "version": 1.5}',
    b'{"alias": ["a"], "version": 1}',
    b'{"alias": "a", "version": 1, "force": true}',
    b'{"alias": "\\ud800", "version": 1}',
    b"[" * 100_000,
]


@pytest.fixture
def begun(project: Project) -> Project:
    """The project with one run in it."""
    with start_run("first", project=project) as run:
        run.log_metric("loss", 0.5)
    return project


@pytest.mark.parametrize("word", TRAVERSALS)
async def test_no_name_leads_out_of_the_project(ask: Ask, begun: Project, word: str) -> None:
    """Whatever the encoding, a name that is a path is refused or not found, and never opened."""
    for place in PLACES:
        answer = await ask(place.format(word))
        assert answer.status in (400, 404), (place, answer)
        assert b"root:" not in answer.bytes


@pytest.mark.parametrize("question", QUERIES)
async def test_a_query_out_of_range_is_refused(ask: Ask, begun: Project, question: str) -> None:
    """A wrong number or word in a query is a 400 that names it."""
    answer = await ask(question)
    assert (answer.status, answer.json["type"]) == (400, "InvalidInput"), answer
    assert answer.json["message"]


@pytest.mark.parametrize("body", BODIES)
async def test_a_body_of_another_shape_is_refused(ask: Ask, begun: Project, body: bytes) -> None:
    """What is no JSON, or not the JSON asked for, is a 400 before anything is done."""
    answer = await ask("models/delay/aliases", body)
    assert (answer.status, answer.json["type"]) == (400, "InvalidInput"), answer


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_only_json_is_taken(ask: Ask, begun: Project, kind: str) -> None:
    """The three types a foreign page may send without asking first are refused, whatever the body holds."""
    answer = await ask("models/delay/aliases", {"alias": "a", "version": 1}, headers={"Content-Type": kind})
    assert answer.status == 415
    assert "Content-Type: application/json" in answer.json["hint"]


async def test_a_long_body_is_refused_and_others_are_served(ask: Ask, begun: Project) -> None:
    """A body past the limit is 413 from its first line on, and the server goes on."""
    answer = await ask("sql", b'{"sql": "' + b"x" * 5 * BODY_LIMIT + b'"}')
    assert (answer.status, answer.json["type"]) == (413, "TooLarge")
    assert (await ask("revision")).status == 200


async def test_a_body_of_unknown_length_is_cut_off(ask: Ask, begun: Project) -> None:
    """A chunked body announces no length; it is counted and refused too."""

    async def produce(write: Any) -> None:
        for _ in range(3):
            await write(b"x" * BODY_LIMIT)

    kind = {"Content-Type": "application/json"}
    answer = await ask("sql", method="POST", body_producer=produce, headers=kind)
    assert answer.status == 413


async def test_a_missing_thing_names_those_near(ask: Ask, begun: Project) -> None:
    """A mistyped metric is a 404 that lists what there is, for people and for programs."""
    run = (await ask("runs")).json["runs"][0]["id"]
    answer = await ask(f"runs/{run}/curves?key=los")
    assert (answer.status, answer.json["near"]) == (404, ["loss"])
    assert "loss" in answer.json["hint"]


def test_each_error_of_the_library_has_its_status() -> None:
    """The one table: every class of the tree answers with its status, message, hint and name."""
    for kind in (one for one in BenchbookError.__subclasses__() if one.__module__ == BenchbookError.__module__):
        error = NotFound("run", "x") if kind is NotFound else kind("what", hint="next")
        status, body = refusal(error, 500)
        assert (status, body.type) == (kind.status, kind.__name__)
        assert status in responses
    assert refusal(StepFailed("what"), 500)[0] == 409
    assert refusal(StoreDamaged("what"), 500)[0] == 500


def test_an_unforeseen_error_tells_nothing() -> None:
    """Its text may hold a path or a value; only the log gets it."""
    status, body = refusal(OSError(2, "No such file", "/secret/place"), 500)
    assert status == 500
    assert "secret" not in encode(body).decode()


def test_jupyter_s_own_refusals_have_the_same_shape() -> None:
    """A 403 of the authorizer looks like one of ours."""
    status, body = refusal(HTTPError(403, "not you"), 403)
    assert (status, body.message, body.type) == (403, "not you", "NotAllowed")


def test_text_that_utf8_cannot_carry_is_still_answered() -> None:
    """A name with a lone surrogate in an error message cannot break the answer."""
    _, body = refusal(BenchbookError("bad \ud800 name"), 500)
    assert "\\ud800" in json.loads(encode(body))["message"]


async def test_a_busy_store_says_when_to_ask_again(ask: Ask, begun: Project, jp_serverapp: Any) -> None:
    """StoreBusy is a 503 with Retry-After, while another process holds the project's lock."""
    from benchbook.store.lock import hold

    begun.store.wait = 0.2
    with hold(begun.folder / "lock", 1.0):
        answer = await ask("runs")
    assert (answer.status, answer.json["type"], answer.headers["Retry-After"]) == (503, "StoreBusy", "1")
    assert (await ask("runs")).status == 200


def test_busy_rounds_up() -> None:
    """Half a second becomes a whole one: Retry-After has no fractions."""
    assert refusal(StoreBusy("busy", retry_after=0.5), 500)[0] == 503


def test_integers_that_javascript_cannot_hold_travel_as_text() -> None:
    """2**53 - 1 is a number, one more is text; digits inside text and floats stay as they are."""
    value = {"a": 2**53 - 1, "b": 2**53, "c": [-(2**60)], "d": "1234567890123456789", "e": 0.1234567890123456789}
    seen = json.loads(encode(value))
    assert seen == value | {"b": str(2**53), "c": [str(-(2**60))]}
