"""Monitors over REST: what was seen, and what a person does about it; heavy work is in processes of its own."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pandas as pd
import pytest
from jupyter_server.auth import IdentityProvider, User
from traitlets.config import Config

from benchbook.data import save_dataset
from benchbook.models import get_model
from benchbook.monitoring.observing import observe
from benchbook.monitoring.pages import list_monitors, monitor_page
from benchbook.monitoring.state import monitor_state
from benchbook.monitoring.switch import switch_loop
from benchbook.pipelines.retraining import only_one
from benchbook.pipelines.watching import TURN
from benchbook.project import Project, open_project
from benchbook.store import Query
from library.pipelines.loop_project import YAML, add_month, make_loop
from server.conftest import Ask

CELL = "monitors/m/column?chunk=2013-04&column="


@pytest.fixture(scope="module")
def watched_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose April has turned round and was looked at; May is saved and not looked at."""
    root = tmp_path_factory.mktemp("watched") / "project"
    root.mkdir()
    project = make_loop(open_project(root))
    add_month(project, 4, turned=True)
    observe(project, "m", project.config().monitors["m"])
    return root


@pytest.fixture
def watched(watched_once: Path, project: Project) -> Project:
    """That project as the server's folder."""
    shutil.copytree(watched_once, project.root, dirs_exist_ok=True)
    return project


class Named(IdentityProvider):
    """Jupyter knows its user by name, as a hub tells it."""

    def generate_anonymous_user(self, handler: Any) -> User:
        """Ada, whoever has the token."""
        return User("ada")


@pytest.fixture
def named_user(jp_server_config: Config) -> None:
    """The server is made with that identity provider; ask for this before asking for a fixture that starts it."""
    jp_server_config.ServerApp.identity_provider_class = Named


def plain(record: Any) -> Any:
    """A record as JSON holds it."""
    return json.loads(msgspec.json.encode(record))


async def until(true: Callable[[], Any]) -> None:
    """Wait, generously, for what another process is to do."""
    for _ in range(1_200):
        if true():
            return
        await asyncio.sleep(0.1)
    pytest.fail("It did not happen within two minutes.")


def facts(project: Project, action: str) -> list[tuple[str, dict[str, Any]]]:
    """Who recorded what of that action on monitors."""
    query = Query("SELECT actor, data FROM facts WHERE noun = 'monitor' AND action = ? ORDER BY seq", (action,))
    return [(actor, json.loads(data)) for actor, data in project.store.read(query)]


async def test_list_and_timeline_are_the_library_s(ask: Ask, watched: Project) -> None:
    """GET /monitors and GET /monitors/<name> answer the very records, and what could be done now."""
    listed = (await ask("monitors")).json
    assert listed == [{"summary": one, "problem": ""} for one in plain(list_monitors(watched))]
    answer = (await ask("monitors/m")).json
    page = answer.pop("page")
    assert page == plain(monitor_page(watched, "m"))
    assert [(one["id"], one["model"], one["rows"]) for one in page["chunks"]] == [("2013-04", "m:1", 1000)]
    assert page["drift"][0]["rung"] == [True]
    assert page["open_count"] == len(page["alerts"]) == page["chunks"][0]["open"]
    assert [(mark["version"], mark["before"]) for mark in page["promotions"]] == [(1, "2013-04")]
    assert answer["due"]["chunk"] == "2013-04"
    assert (answer["problem"], answer["looping"], answer["retraining"]) == ("", False, False)


async def test_without_a_project_or_monitors_the_list_is_empty(ask: Ask, project: Project) -> None:
    """Nothing to show is no error; a file that cannot be read is one that says where."""
    assert (await ask("monitors")).json == []
    save_dataset("history", pd.DataFrame({"a": [1, 2]}), project=project)
    assert (await ask("monitors")).json == []
    assert (await ask("monitors/m")).status == 404
    (project.root / "benchbook.yaml").write_text("pipelines: {}\n")
    assert (await ask("monitors")).json == []
    (project.root / "benchbook.yaml").write_text("monitors: {m: {model: m}}\n")
    answer = await ask("monitors")
    assert (answer.status, answer.json["type"]) == (400, "InvalidInput")


async def test_a_cell_shows_both_distributions_and_the_thresholds(ask: Ask, watched: Project) -> None:
    """The bars of both sides sum to one each; the thresholds are those of the look; the predictions have theirs."""
    cell = (await ask(CELL + "a")).json
    assert sum(bar["reference"] for bar in cell["column"]["bars"]) == pytest.approx(1)
    assert sum(bar["chunk"] for bar in cell["column"]["bars"]) == pytest.approx(1)
    limits = {limit["statistic"]: limit["value"] for limit in cell["thresholds"]}
    assert cell["column"]["js"] > limits["js"] >= 0.1
    assert cell["alerts"][0]["column"] == "a"
    assert cell["kept"] is True
    prediction = (await ask(CELL + "prediction")).json
    assert prediction["column"]["js"] == (await ask("monitors/m")).json["page"]["drift"][1]["values"][0]
    assert len(prediction["column"]["bars"]) == 10


async def test_rows_are_those_of_the_chunk(ask: Ask, watched: Project) -> None:
    """A page of them, in the order of the data, with how many there are."""
    page = (await ask("monitors/m/rows?chunk=2013-04&offset=990&limit=100")).json
    assert (page["total"], page["offset"], len(page["rows"])) == (1000, 990, 10)
    assert [column["name"] for column in page["columns"]] == ["at", "a", "b", "y"]
    assert all(row[0].startswith("2013-04") for row in page["rows"])


@pytest.mark.parametrize(
    ("question", "status", "near"),
    [
        ("monitors/n", 404, ["m"]),
        ("monitors/..%2fm", 404, ["m"]),
        ("monitors/n/rows?chunk=2013-04", 404, ["m"]),
        ("monitors/m/rows?chunk=2013-05", 404, ["2013-04"]),
        ("monitors/m/column?chunk=2013&column=a", 404, ["2013-04"]),
        (CELL + "A", 404, ["a", "b", "prediction"]),
        (CELL + quote("'; DROP TABLE facts; --"), 404, ["a", "b", "prediction"]),
        (CELL[:-8], 400, None),
        ("monitors/m?chunks=0", 400, None),
        ("monitors/m?columns=501", 400, None),
        ("monitors/m?until=-1", 400, None),
        ("monitors/m/rows?chunk=2013-04&limit=1001", 400, None),
        ("monitors/m/rows?chunk=2013-04&offset=-1", 400, None),
    ],
)
async def test_what_is_not_there_is_said(ask: Ask, watched: Project, question: str, status: int, near: Any) -> None:
    """404 with the names there are, 400 for what cannot be asked."""
    answer = await ask(question)
    assert (answer.status, answer.json.get("near")) == (status, near), answer


async def test_a_long_history_comes_in_parts(ask: Ask, watched: Project) -> None:
    """Of many chunks and columns a page holds the newest and those that moved most."""
    seen = plain(monitor_state(watched, "m").latest[0])
    for at in range(70):
        drift = {f"c{column}": 1 / (1 + column + at) for column in range(300)}
        chunk = seen["chunk"] | {"id": f"c{at:02}"}
        watched.store.record("observe", "monitor", "m", lambda _, new=seen | {"chunk": chunk, "drift": drift}: new)
    page = (await ask("monitors/m")).json["page"]
    assert (page["first"], page["total_chunks"], len(page["chunks"])) == (11, 71, 60)
    assert (len(page["drift"]), page["total_columns"]) == (40, 302)
    assert [row["column"] for row in page["drift"][:3]] == ["a", "prediction", "c0"]  # what rang and has no distance
    assert page["drift"][2]["largest"] > page["drift"][3]["largest"]
    older = (await ask("monitors/m?until=11&columns=500")).json["page"]
    assert (older["first"], len(older["chunks"]), len(older["drift"])) == (0, 11, 303)


async def test_alerts_are_closed_in_the_name_of_the_user(named_user: None, ask: Ask, watched: Project) -> None:
    """One by its id, then all that are open; closing again finds none."""
    first, *rest = [alert["id"] for alert in (await ask("monitors/m")).json["page"]["alerts"]]
    assert (await ask("monitors/m/closings", {"reason": "a strike", "alerts": [first]})).json["alerts"] == [first]
    assert set((await ask("monitors/m/closings", {"reason": "a strike"})).json["alerts"]) == set(rest)
    assert (await ask("monitors/m/closings", {"reason": "a strike"})).json["alerts"] == []
    assert [actor for actor, _ in facts(watched, "close")] == ["ada", "ada"]
    page = (await ask("monitors/m")).json["page"]
    assert {alert["answer"] for alert in page["alerts"]} == {"closed by ada: a strike"}
    assert page["open_count"] == 0


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("monitors/m/closings", {"reason": " "}, 400),
        ("monitors/m/closings", {"reason": "x", "alerts": ["m/2013-04/drift/z/js"]}, 404),
        ("monitors/m/closings", {"reason": 1}, 400),
        ("monitors/m/closings", {}, 400),
        ("monitors/n/closings", {"reason": "x"}, 404),
        ("monitors/m/loop", {"loop": "maybe"}, 400),
        ("monitors/n/loop", {"loop": "on"}, 404),
        ("monitors/n/looks", {}, 404),
        ("monitors/m/looks", {"deep": True}, 400),
        ("monitors/n/retrainings", {}, 404),
    ],
)
async def test_an_action_that_cannot_be_is_refused(
    ask: Ask, watched: Project, path: str, body: Any, status: int
) -> None:
    """Nothing is recorded for it."""
    before = (watched.folder / "ledger.jsonl").read_bytes()
    assert (await ask(path, body)).status == status
    assert (watched.folder / "ledger.jsonl").read_bytes() == before


async def test_looking_is_done_in_another_process(named_user: None, ask: Ask, watched: Project) -> None:
    """A new month is observed in the name of the user; looking again finds nothing new."""
    add_month(watched, 5, turned=True)
    found = (await ask("monitors/m/looks", {})).json
    assert found["chunks"] == ["2013-05"]
    assert found["alerts"] > 0
    assert facts(watched, "observe")[-1][0] == "ada"
    assert (await ask("monitors/m/looks", {})).json == {"chunks": [], "alerts": 0}


async def test_a_reference_that_is_gone_is_said(ask: Ask, watched: Project) -> None:
    """The timeline is shown all the same, with what is wrong; a look answers the same sentence."""
    text = YAML.replace("reference: history:1", "reference: history:9")
    (watched.root / "benchbook.yaml").write_text(text)
    page = (await ask("monitors/m")).json["page"]
    assert len(page["chunks"]) == 1
    assert "history:9" in page["trouble"][0]
    answer = await ask("monitors/m/looks", {})
    assert (answer.status, "history:9" in answer.json["message"]) == (409, True)


async def test_a_reference_nobody_named_is_told(ask: Ask, watched: Project) -> None:
    """It follows what serves: the version it was trained from, here none of the data, so the first one."""
    text = YAML.replace("    reference: history:1\n", "")
    (watched.root / "benchbook.yaml").write_text(text)
    page = (await ask("monitors/m")).json["page"]
    assert (page["reference"], page["trouble"]) == ("history:1", [])
    (watched.root / "benchbook.yaml").write_text(text.replace("data: history", "data: nothing"))
    page = (await ask("monitors/m")).json["page"]
    assert (page["reference"], len(page["trouble"])) == ("", 1)
    assert "nothing" in page["trouble"][0]


async def test_a_report_that_is_gone_is_said(ask: Ask, watched: Project) -> None:
    """Its bytes deleted from the disk: 404 with what is left and what helps."""
    digest = monitor_state(watched, "m").latest[0].report
    for path in (watched.folder / "objects").rglob(f"*{digest[4:]}*"):
        path.unlink()
    answer = await ask(CELL + "a")
    assert (answer.status, "backup" in answer.json["hint"]) == (404, True)


async def test_a_retraining_runs_to_its_end(named_user: None, ask: Ask, watched: Project) -> None:
    """POST starts it in the background, a second one is a 409; it is begun by the user, and ends promoted."""
    started = await ask("monitors/m/retrainings", {})
    assert (started.status, started.json["chunk"]) == (200, "2013-04"), started
    assert (await ask("monitors/m/retrainings", {})).status == 409
    await until(lambda: any(one.outcome for one in monitor_state(watched, "m").retrainings))
    assert get_model("m@champion", project=watched).version == 2, (watched.root / started.json["log"]).read_text()
    assert [actor for actor, _ in facts(watched, "start")] == ["ada"]
    page = (await ask("monitors/m")).json["page"]
    assert (page["retrainings"][0]["outcome"], page["promotions"][-1]["before"]) == ("promoted", "")


async def test_what_cannot_be_retrained_is_said(ask: Ask, watched: Project) -> None:
    """Without open alerts, and without a pipeline, nothing starts."""
    await ask("monitors/m/closings", {"reason": "known"})
    answer = await ask("monitors/m/retrainings", {})
    assert (answer.status, answer.json["type"]) == (409, "Conflict")
    (watched.root / "benchbook.yaml").write_text(YAML[: YAML.index("    retrain:")])
    answer = await ask("monitors/m/retrainings", {})
    assert (answer.status, "retrain" in answer.json["hint"]) == (400, True)


async def test_a_retraining_that_cannot_be_planned_is_said(ask: Ask, watched: Project) -> None:
    """A param the chunk does not have, and a notebook that is gone, are told before anything starts."""
    (watched.root / "benchbook.yaml").write_text(YAML.replace("{chunk.end}", "{chunk.season}"))
    answer = await ask("monitors/m/retrainings", {})
    assert (answer.status, "chunk.season" in answer.json["message"]) == (400, True)
    (watched.root / "benchbook.yaml").write_text(YAML)
    (watched.root / "retrain.ipynb").unlink()
    answer = await ask("monitors/m/retrainings", {})
    assert (answer.status, "retrain.ipynb" in answer.json["message"]) == (400, True), answer
    assert not (watched.folder / "logs").exists()


async def test_the_loop_looks_while_it_is_switched_on(
    named_user: None, ask: Ask, watched: Project, jp_serverapp: Any
) -> None:
    """Switched to ask, a month that is saved is observed by itself and its retraining waits; off, it rests."""
    assert (await ask("monitors/m/loop", {"loop": "ask"})).json == {"loop": "ask"}
    assert facts(watched, "switch") == [("ada", {"loop": "ask"})]
    add_month(watched, 5, turned=True)
    await until(lambda: monitor_state(watched, "m").observed("2013-05"))
    answer = (await ask("monitors/m")).json
    assert (answer["looping"], answer["page"]["retrainings"]) == (True, [])
    assert answer["due"] == {"chunk": "2013-05", "alerts": answer["due"]["alerts"], "begun": False}
    await ask("monitors/m/loop", {"loop": "off"})
    services = jp_serverapp.web_app.settings["benchbook_services"]
    await until(lambda: not services.loop.is_running(watched))


async def test_the_loop_tells_what_it_could_not_look_at(ask: Ask, watched: Project) -> None:
    """The reference it names is gone: the list says so."""
    switch_loop(watched, "m", "on")
    (watched.root / "benchbook.yaml").write_text(YAML.replace("reference: history:1", "reference: history:9"))
    for _ in range(600):
        problem = (await ask("monitors")).json[0]["problem"]
        if problem:
            break
        await asyncio.sleep(0.1)
    assert "history:9" in problem


async def test_the_loop_waits_while_another_process_takes_a_turn(ask: Ask, watched: Project) -> None:
    """A `benchbook watch` in a turn is not disturbed; afterwards the loop looks at what it left."""
    with only_one(watched, TURN) as free:
        assert free
        switch_loop(watched, "m", "ask")
        add_month(watched, 5, turned=False)
        for _ in range(100):
            if (await ask("monitors/m")).json["looping"]:
                break
            await asyncio.sleep(0.1)
        await asyncio.sleep(2)
        assert monitor_state(watched, "m").observed("2013-05") is None
    await until(lambda: monitor_state(watched, "m").observed("2013-05"))
