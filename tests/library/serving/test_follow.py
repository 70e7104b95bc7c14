"""An endpoint follows its alias, survives what it cannot load, and ends in order."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchbook.errors import BenchbookError, InvalidInput, NotFound
from benchbook.models import register_model, set_alias
from benchbook.project import Project
from benchbook.serving import EndpointProcess, list_endpoints, list_predictions, start_endpoint, stop_endpoint
from benchbook.store import Query
from benchbook.tracking import current_run, get_run, list_runs, run_log, start_run
from library.serving.asking import ROW, ask, fitted, flights, predict


def wait_for(what: Callable[[], object]) -> None:
    """Wait until ``what()`` is true, at most half a minute."""
    end = time.monotonic() + 30
    while not what():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


@pytest.fixture
def endpoint(delay: Project) -> Iterator[EndpointProcess]:
    """An endpoint of `delay@champion`."""
    started = start_endpoint("delay@champion", project=delay)
    yield started
    if started.run in {one.run for one in list_endpoints(project=delay)}:
        stop_endpoint(started, project=delay)


def test_a_moved_alias_is_served_without_a_lost_request(delay: Project, endpoint: EndpointProcess) -> None:
    """While requests keep coming the alias moves: all are answered, each names its version, the new one comes last."""
    register_model("delay", fitted(1), example=flights())
    told: list[tuple[int, str]] = []
    end = threading.Event()

    def load() -> None:
        while not end.is_set():
            reply = predict(endpoint, ROW)
            told.append((reply.status, reply.body["model"]))

    thread = threading.Thread(target=load)
    thread.start()
    wait_for(lambda: told)
    set_alias("delay", 2, "champion")
    wait_for(lambda: told[-1] == (200, "delay:2"))
    end.set()
    thread.join()
    assert {status for status, _ in told} == {200}
    models = [model for _, model in told]
    assert models == sorted(models)
    assert list_predictions("delay")["version"].tolist()[::-1] == [int(model[-1]) for model in models]
    links = [(link.role, link.name, link.version) for link in get_run(endpoint.run).links]
    assert links == [("used", "delay", 1), ("used", "delay", 2)]


def test_a_version_that_cannot_be_loaded_leaves_the_old_one(delay: Project, endpoint: EndpointProcess) -> None:
    """Without a signature, or with changed bytes, the old version goes on; /health and the log say so."""
    register_model("delay", fitted(1), alias="champion")
    wait_for(lambda: ask(endpoint, "GET", "/health").body["status"] == "degraded")
    assert "delay:2 has no signature" in ask(endpoint, "GET", "/health").body["problem"]
    assert predict(endpoint, ROW).body["model"] == "delay:1"
    register_model("delay", fitted(2), example=flights(), alias="champion")
    wait_for(lambda: ask(endpoint, "GET", "/health").body["status"] == "ok")
    assert predict(endpoint, ROW).body["model"] == "delay:3"
    said = [line.text for line in run_log(endpoint.run)]
    assert "delay:2 cannot be loaded, delay:1 goes on serving" in said[0]
    assert said[1] == "delay:3 serves now, after delay:1."


def test_a_plain_name_follows_the_newest_version(delay: Project) -> None:
    """Without an alias the newest version serves, as soon as it is registered; stopping it finishes its run."""
    endpoint = start_endpoint("delay", project=delay)
    register_model("delay", fitted(1), example=flights())
    wait_for(lambda: predict(endpoint, ROW).body["model"] == "delay:2")
    assert [one.run for one in list_endpoints()] == [endpoint.run]
    stop_endpoint(endpoint)
    assert list_endpoints() == []
    assert {run.status for run in list_runs(kind="endpoint").runs} == {"finished"}


def test_ctrl_c_ends_it_after_the_last_answer(delay: Project, endpoint: EndpointProcess) -> None:
    """A request whose body is still coming is answered, then the run is finished and nothing is left behind."""
    host, port = endpoint.url.removeprefix("http://").split(":")
    body = b'{"rows": [{"carrier": "UA", "hour": 1, "weekday": 1, "dark": true}]}'
    head = f"POST /predict HTTP/1.1\r\nHost: x.localhost\r\nAuthorization: Bearer {endpoint.token}\r\n".replace(
        "x.", ""
    )
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection((host, int(port)), 30) as slow:
        slow.sendall(head.encode() + body[:10])
        assert ask(endpoint, "GET", "/health").status == 200  # so the first request is under way
        os.kill(endpoint.pid, signal.SIGINT)
        time.sleep(0.3)
        slow.sendall(body[10:])
        assert b" 200 " in slow.recv(1_000)
    wait_for(lambda: get_run(endpoint.run).status != "running")
    assert get_run(endpoint.run).status == "finished"
    assert len(list_predictions("delay")) == 1
    assert list((delay.folder / "endpoints").iterdir()) == []


def test_a_killed_endpoint_loses_no_prediction(delay: Project, endpoint: EndpointProcess) -> None:
    """After kill -9 all answered predictions are in the store, the run is failed, and a rebuilt store says the same."""
    told = [one for _ in range(20) for one in predict(endpoint, ROW, ROW).body["ids"]]
    os.kill(endpoint.pid, signal.SIGKILL)
    wait_for(lambda: get_run(endpoint.run).status == "failed")
    everything = Query("SELECT * FROM predictions ORDER BY file, seq")
    before = delay.store.read(everything)
    assert [row[1] for row in before] == told
    (delay.folder / "store.duckdb").unlink()
    assert delay.store.read(everything) == before
    assert get_run(endpoint.run).failure.type == "Died"  # type: ignore[union-attr]
    assert list_endpoints() == []
    assert list((delay.folder / "endpoints").iterdir()) == []  # its token is no longer there


def test_an_endpoint_is_a_run_of_its_own_kind(served: tuple[Project, EndpointProcess]) -> None:
    """It is listed as an endpoint with what it was asked to serve, without snapshots, and its token is nowhere."""
    project, endpoint = served
    run = get_run(endpoint.run, project=project)
    assert (run.kind, run.status, run.notebook, run.code) == ("endpoint", "running", "", None)
    params = {param.key: param.value for param in run.params}
    assert params == {"model": "delay", "ref": "delay@champion", "url": endpoint.url}
    (found,) = list_endpoints(project=project)
    assert (found.run, found.url, found.token, found.pid) == (endpoint.run, endpoint.url, endpoint.token, endpoint.pid)
    assert endpoint.token not in repr(endpoint)
    assert endpoint.token.encode() not in Path(f"/proc/{endpoint.pid}/cmdline").read_bytes()
    modes = {path.name: path.stat().st_mode & 0o777 for path in (project.folder / "endpoints").iterdir()}
    assert modes == {f"{endpoint.run}.json": 0o600, f"{endpoint.run}.log": 0o600}
    texts = [path.read_text() for path in (project.folder / "streams").rglob("*.jsonl")]
    assert not any(endpoint.token in text for text in texts)


def test_an_endpoint_is_never_the_current_run(project: Project) -> None:
    """What the same process trains and logs beside it stays its own: no links, no parent, no ending."""
    serving = start_run("serve x", kind="endpoint", project=project)
    assert current_run() is None
    with start_run("train", project=project) as run:
        assert get_run(run.id).parent is None
    assert get_run(serving.id).status == "running"
    serving.finish()
    assert get_run(serving.id).status == "finished"


@pytest.mark.parametrize(
    ("ref", "kind", "text"),
    [
        ("delay@nobody", BenchbookError, "has the aliases champion"),
        ("dely", BenchbookError, "Did you mean: delay"),
        ("plain", BenchbookError, "has no signature"),
        ("delay:0", InvalidInput, "version number"),
        ("--help", InvalidInput, "cannot hold"),
    ],
)
def test_what_cannot_be_served_is_said(delay: Project, ref: str, kind: type[Exception], text: str) -> None:
    """A ref that leads nowhere, a model without signature: an error with the reason, no run and no process."""
    if ref == "plain":
        register_model("plain", fitted())
    with pytest.raises(kind, match=text):
        start_endpoint(ref, project=delay)
    assert list_runs(kind="endpoint").total == 0
    folder = delay.folder / "endpoints"
    assert not folder.is_dir() or list(folder.iterdir()) == []


def test_a_taken_port_is_said(delay: Project) -> None:
    """The error names host and port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BenchbookError, match=f"port {port} cannot be listened on"):
            start_endpoint("delay", port=port, project=delay)


def test_stopping_what_does_not_serve(delay: Project) -> None:
    """A run that is no endpoint, or ended long ago, is not found; nothing is signalled."""
    with start_run("train") as run, pytest.raises(NotFound):
        stop_endpoint(run.id)
