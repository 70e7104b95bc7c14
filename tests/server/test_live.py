"""Change events: what is told, how often, and that watching never keeps a server from ending."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from queue import Empty, Queue
from typing import Any

import pytest
from jupyter_server.auth import Authorizer
from tornado.httpclient import HTTPClientError
from tornado.websocket import WebSocketClientConnection
from traitlets.config import Config

from benchbook.project import Project
from benchbook.store import Store, Stream
from benchbook.tracking import list_runs, start_run
from benchbook_lab.live import CHANGED_EVENT, SPACING, Look, Watcher
from benchbook_lab.place import Place
from benchbook_lab.records import Changed
from server.conftest import Ask

Next = Callable[[], Changed]


@pytest.fixture
def told(project: Project) -> Iterator[Queue[Changed]]:
    """What a watcher of the project tells, from before the project exists."""
    queue: Queue[Changed] = Queue()
    watcher = Watcher(Place(project.root), queue.put)
    watcher.start()
    yield queue
    watcher.stop()


def wait_for(queue: Queue[Changed], *expected: tuple[str, str]) -> list[Changed]:
    """All that is told until each (noun, id) of ``expected`` has been, within five seconds."""
    seen: list[Changed] = []
    end = time.monotonic() + 5
    while not {(change.noun, change.id) for change in seen} >= set(expected):
        try:
            seen.append(queue.get(timeout=max(0.01, end - time.monotonic())))
        except Empty:
            pytest.fail(f"{expected} was not told, only {seen}")
    return seen


def changes(project: Project, work: Callable[[], Any]) -> set[tuple[str, str]]:
    """What two looks, before and after ``work``, find changed."""
    before = Look(project)
    work()
    return set(Look(project).changes_since(before))


def fact(project: Project, action: str, noun: str, name: str) -> Callable[[], Any]:
    """A recorder of one fact without content."""
    return lambda: project.store.record(action, noun, name, lambda _: {})


def test_a_look_finds_what_changed(project: Project) -> None:
    """A run that logs, a fact on a model, a saved config: each is named; nothing new is nothing."""
    with start_run("seen", kind="pipeline", project=project) as run:
        assert changes(project, lambda: run.log_metric("loss", 1.0)) == {("run", run.id)}
        assert changes(project, lambda: None) == set()
        assert changes(project, fact(project, "note", "model", "delay")) == {("model", "delay")}
        assert changes(project, fact(project, "note", "pipeline", "x")) == {("project", "x")}
    config = project.root / "benchbook.yaml"
    assert changes(project, lambda: config.write_text("pipelines: {}\n")) == {("project", "")}


def test_a_second_process_of_a_run_is_the_same_run(project: Project) -> None:
    """The stream a finished run is reopened with belongs to its id."""
    with start_run("again", kind="pipeline", project=project) as run:
        pass
    with pytest.warns(UserWarning, match="finished"):
        assert changes(project, lambda: run.log_metric("late", 1.0)) == {("run", run.id)}
    run._stream.close()


def test_outcomes_are_told_as_a_model(project: Project) -> None:
    """Outcomes belong to no run: what changed is a model."""
    list_runs(project=project)
    folder = project.folder / "streams"
    assert changes(project, lambda: Stream.leave(folder, "outcomes", "outcome", [("a", {})])) == {("model", "")}


def test_what_a_gate_said_is_told_as_a_gate(project: Project) -> None:
    """A verdict is of a gate; a request, a word on it and a promotion are of the model."""
    assert changes(project, fact(project, "evaluate", "gate", "release")) == {("gate", "release")}
    for action in ("request", "approve", "promote"):
        assert changes(project, fact(project, action, "model", "delay")) == {("model", "delay")}


def test_a_writer_that_dies_is_told(project: Project) -> None:
    """No line was written, yet the run ended: the runs changed."""
    run = start_run("dying", kind="pipeline", project=project)
    assert changes(project, run._stream.close) == {("run", "")}
    run.finished = True
    run._leave(run)


def test_a_broken_ledger_line_is_a_change_too(project: Project) -> None:
    """Watching reads the ledger without believing it."""
    fact(project, "note", "model", "delay")()
    ledger = project.folder / "ledger.jsonl"
    assert changes(project, lambda: ledger.write_bytes(ledger.read_bytes() + b"\xff{]\n")) == {("project", "")}


def test_the_watcher_tells_from_the_first_run_on(told: Queue[Changed], project: Project) -> None:
    """A project that appears, its runs and its facts are told one after the other, with the newest revision."""
    with start_run("first", project=project) as run:
        wait_for(told, ("project", ""))
        run.log_metric("loss", 1.0)
        wait_for(told, ("run", run.id))
    list_runs(project=project)
    fact(project, "note", "dataset", "flights")()
    last = wait_for(told, ("dataset", "flights"))[-1]
    assert last.revision.startswith(Store(project.folder).revision())


def test_at_most_about_ten_events_a_second(told: Queue[Changed], project: Project) -> None:
    """However fast a run logs, events keep their distance, because sending them blocks the event loop."""
    with start_run("fast", project=project) as run:
        wait_for(told, ("project", ""))
        began = time.monotonic()
        while time.monotonic() < began + 2 or told.qsize() < 4:
            run.log_metric("loss", 1.0)
            time.sleep(0.001)
    assert told.qsize() <= (time.monotonic() - began) / SPACING + 3


def test_many_runs_at_once_are_one_event(told: Queue[Changed], project: Project) -> None:
    """Several of a noun are told as an empty id: ask for the list."""
    first = start_run("first", kind="pipeline", project=project)
    wait_for(told, ("project", ""))
    runs = [start_run(f"n{number}", kind="pipeline", project=project) for number in range(5)]
    wait_for(told, ("run", ""))
    for run in (*reversed(runs), first):
        run.finish()


def test_a_project_that_goes_is_told(told: Queue[Changed], project: Project) -> None:
    """Deleted while it is watched, it is told as gone; made again, it is told again."""
    import shutil

    start_run("first", project=project).finish()
    wait_for(told, ("project", ""))
    shutil.rmtree(project.folder)
    assert wait_for(told, ("project", ""))[-1].revision == ""
    start_run("second", project=project).finish()
    assert wait_for(told, ("project", ""))[-1].revision != ""


async def next_event(socket: WebSocketClientConnection, noun: str) -> dict[str, Any]:
    """The next change of ``noun`` that arrives, among whatever else Jupyter tells."""
    while True:
        message = await asyncio.wait_for(socket.read_message(), 10)
        assert message is not None
        event = json.loads(message)
        if event["schema_id"] == CHANGED_EVENT and event["noun"] == noun:
            return dict(event)


async def test_a_browser_hears_of_a_run(ask: Ask, project: Project, jp_ws_fetch: Any) -> None:
    """An open page gets the event over Jupyter's own event stream, and /revision answers what the event says."""
    socket = await jp_ws_fetch("api", "events", "subscribe")
    await ask("revision")
    with start_run("heard", project=project) as run:
        await next_event(socket, "project")
        run.log_metric("loss", 1.0)
        event = await next_event(socket, "run")
        assert event["id"] == run.id
        assert (await ask("revision")).json["revision"] == event["revision"]
    socket.close()


async def test_nothing_is_watched_before_somebody_asks(ask: Ask) -> None:
    """A server nobody looks at polls nothing; one watcher serves however many questions."""
    before = set(threading.enumerate())
    for expected in (0, 1, 1):
        made = [thread.name for thread in set(threading.enumerate()) - before]
        assert made.count("benchbook-watch") == expected
        await ask("revision")


async def test_asking_changes_nothing_that_is_told_for_ever(ask: Ask, project: Project) -> None:
    """Reading folds and tidies; after that the revision stands still, or pages would ask in circles."""
    with start_run("read", project=project):
        pass
    for _ in range(3):
        await ask("runs")
    still = (await ask("revision")).json["revision"]
    await ask("runs")
    await ask("datasets")
    assert (await ask("revision")).json["revision"] == still


async def test_an_event_of_another_shape_is_refused(jp_fetch: Any, jp_ws_fetch: Any) -> None:
    """The schema is registered at load, so whoever may post events can post only hints."""
    socket = await jp_ws_fetch("api", "events", "subscribe")
    for data, status in (({"noun": "run", "id": "x", "revision": "y"}, 204), ({"noun": "evil", "id": "<b>"}, 400)):
        body = json.dumps({"schema_id": CHANGED_EVENT, "version": "1", "data": data})
        reply = await jp_fetch("api", "events", method="POST", body=body, raise_error=False)
        assert reply.code == status
    socket.close()


class Deaf(Authorizer):
    """Lets a user look at Benchbook and not listen to events."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        """Whether it is anything but the event stream."""
        return resource != "events"


@pytest.fixture
def deaf(jp_server_config: Config) -> None:
    """The server is made with that authorizer; ask for this before asking for a fixture that starts it."""
    jp_server_config.ServerApp.authorizer_class = Deaf


async def test_without_the_event_stream_revision_still_answers(deaf: None, ask: Ask, jp_ws_fetch: Any) -> None:
    """Where the authorizer denies events, a page can still ask."""
    with pytest.raises(HTTPClientError, match="403"):
        await jp_ws_fetch("api", "events", "subscribe")
    assert (await ask("revision")).status == 200
