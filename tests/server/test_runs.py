"""Runs over REST are exactly the library's records."""

from __future__ import annotations

import asyncio
import math
import threading
from urllib.parse import quote

import msgspec
import pytest

from benchbook.project import Project
from benchbook.tracking import get_run, list_runs, start_run
from server.conftest import Ask

STRANGE = ["__proto__", "constructor", "toString", "a/b", "a?b&c", "ünï 🙂", "<img src=x onerror=alert(1)>", " lead"]


@pytest.fixture
def run_id(project: Project) -> str:
    """A finished run with params, metrics, a log line and a tag."""
    with start_run("train", params={"depth": 6, "seed": 2**60}, tags={"team": "red"}, project=project) as run:
        for step in range(50):
            run.log_metrics({"loss": 1 / (step + 1), "auc": 0.5 + step / 100}, step=step)
        run.log_text("hello\nworld")
    return run.id


async def test_the_list_is_the_library_s_page(ask: Ask, project: Project, run_id: str) -> None:
    """GET /runs answers the very record `list_runs` returns."""
    answer = await ask("runs?filter=metrics.auc%20%3E%200.9&order_by=metrics.auc%20DESC&limit=10&metric=loss")
    expected = list_runs("metrics.auc > 0.9", order_by="metrics.auc DESC", limit=10, metric="loss", project=project)
    assert answer.json == msgspec.to_builtins(expected)
    assert [row["id"] for row in answer.json["runs"]] == [run_id]


async def test_the_page_of_a_run_is_the_library_s_record(ask: Ask, project: Project, run_id: str) -> None:
    """GET /runs/<id> answers what `get_run` returns; only an integer beyond 2**53 becomes text."""
    answer = await ask(f"runs/{run_id}")
    assert [param["value"] for param in answer.json["params"]] == [6, str(2**60)]
    same = answer.json | {"params": []}
    assert same == msgspec.to_builtins(get_run(run_id, project=project)) | {"params": []}


async def test_paging_gives_each_run_once(ask: Ask, project: Project) -> None:
    """Pages do not overlap and the total is that of all."""
    for number in range(5):
        start_run(f"n{number}", project=project).finish()
    pages = [(await ask(f"runs?limit=2&offset={offset}")).json for offset in (0, 2, 4, 6)]
    assert [page["total"] for page in pages] == [5] * 4
    assert sorted(row["name"] for page in pages for row in page["runs"]) == ["n0", "n1", "n2", "n3", "n4"]


@pytest.mark.parametrize("condition", ["status = 3", "metrics.loss > 'x'", "metrics.loss LIKE '0%'", "status AND name"])
async def test_a_condition_that_does_not_fit_is_refused(ask: Ask, run_id: str, condition: str) -> None:
    """What can be read but not compared with what runs hold is a 400 that says why, never a 500."""
    answer = await ask("runs?filter=" + quote(condition))
    assert (answer.status, answer.json["type"]) == (400, "InvalidInput"), answer
    assert condition in answer.json["message"]
    assert "does not fit" in answer.json["message"]


async def test_children_and_kinds_can_be_asked_for(ask: Ask, project: Project) -> None:
    """`kind` and `parent` narrow the list."""
    with start_run("outer", project=project) as outer, start_run("inner", project=project):
        pass
    inner = (await ask(f"runs?parent={outer.id}")).json
    assert [row["name"] for row in inner["runs"]] == ["inner"]
    assert (await ask("runs?kind=pipeline")).json["total"] == 0


async def test_curves_are_thinned_and_named(ask: Ask, run_id: str) -> None:
    """Several keys in one question, in its order; none means all of them."""
    curves = (await ask(f"runs/{run_id}/curves?key=loss&key=auc&points=10")).json
    assert [(curve["key"], curve["total"]) for curve in curves] == [("loss", 50), ("auc", 50)]
    assert all(2 <= len(curve["steps"]) <= 20 for curve in curves)
    assert sorted(curve["key"] for curve in (await ask(f"runs/{run_id}/curves")).json) == ["auc", "loss"]


async def test_values_json_has_no_word_for_travel_as_text(ask: Ask, project: Project) -> None:
    """NaN and the infinities arrive as "nan", "inf" and "-inf", in the page and in the curve."""
    with start_run("broken", project=project) as run:
        for value in (math.nan, math.inf, -math.inf, 1.0):
            run.log_metric("loss", value)
    values = (await ask(f"runs/{run.id}/curves?key=loss")).json[0]["values"]
    assert values == ["nan", "inf", "-inf", 1.0]
    with start_run("worse", project=project) as run:
        run.log_metric("loss", math.nan)
    assert (await ask(f"runs/{run.id}")).json["metrics"][0]["last"] == "nan"


async def test_strange_names_come_back_as_they_are(ask: Ask, project: Project) -> None:
    """Names that mean something to browsers, JavaScript or paths are text, and can be asked for."""
    from urllib.parse import quote

    with start_run("<script>alert(1)</script>", project=project) as run:
        run.log_params(dict.fromkeys(STRANGE, "x"))
        run.log_metrics(dict.fromkeys(STRANGE, 1.0))
        for key in STRANGE:
            run.set_tag(key, "x")
    page = (await ask(f"runs/{run.id}")).json
    assert page["name"] == "<script>alert(1)</script>"
    assert sorted(param["key"] for param in page["params"]) == sorted(page["tags"]) == sorted(STRANGE)
    for key in STRANGE:
        curve = (await ask(f"runs/{run.id}/curves?key={quote(key, safe='')}")).json[0]
        assert (curve["key"], curve["values"]) == (key, [1.0])


async def test_the_log_is_lines(ask: Ask, run_id: str) -> None:
    """GET /runs/<id>/log answers each line with its time."""
    assert [line["text"] for line in (await ask(f"runs/{run_id}/log")).json] == ["hello", "world"]


async def test_a_running_run_shows_what_it_logs(ask: Ask, project: Project) -> None:
    """A page of a run that goes on has its newest point, at once."""
    with start_run("live", project=project) as run:
        for value in (3.0, 2.0, 1.0):
            run.log_metric("loss", value)
            row = (await ask("runs")).json["runs"][0]
            assert (row["status"], row["spark"]["last"]) == ("running", value)


async def test_an_unknown_run_names_those_near(ask: Ask, run_id: str) -> None:
    """A mistyped id is a 404 with the ids that look like it."""
    answer = await ask(f"runs/{run_id[:-2]}zz")
    assert (answer.status, answer.json["type"], answer.json["near"]) == (404, "NotFound", [run_id])


async def test_a_slow_question_keeps_nobody_waiting(ask: Ask, project: Project, run_id: str) -> None:
    """While another process holds the store and pages wait for it, /revision and Jupyter itself answer."""
    from benchbook.store.lock import hold

    with hold(project.folder / "lock", 1.0):
        slow = [asyncio.ensure_future(ask("runs")) for _ in range(6)]
        assert (await ask("revision")).status == 200
        assert (await ask("project")).status == 200
        assert not any(answer.done() for answer in slow)
    assert [answer.status for answer in await asyncio.gather(*slow)] == [200] * 6


async def test_no_call_runs_on_the_event_loop(ask: Ask, run_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is asked, the library is entered from a thread of a lane and never from the loop's."""
    from benchbook.store import Store

    loop, seen = threading.current_thread(), set()

    def watched(name: str) -> None:
        real = getattr(Store, name)

        def call(self: Store, *args: object, **options: object) -> object:
            seen.add(threading.current_thread())
            return real(self, *args, **options)

        monkeypatch.setattr(Store, name, call)

    for name in ("read_with", "record", "revision", "run_sql"):
        watched(name)
    for path in ("project", "revision", "runs", f"runs/{run_id}", f"runs/{run_id}/curves", "datasets", "models"):
        await ask(path)
    await ask("sql", {"sql": "SELECT 1"})
    assert seen
    assert loop not in seen
