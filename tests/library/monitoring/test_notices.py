"""Alerts that go out: to a file, to a relay on this machine, and never into private networks."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from benchbook.errors import NotAllowed
from benchbook.monitoring.notices import notify, public_address
from benchbook.monitoring.state import Alert
from benchbook.project import Project
from benchbook.project.monitor_config import MonitorConfig

ALERT = Alert("delay/2013-05/drift/a/js", "drift", "a: its values moved.", "a", 0.3, 0.1)


def monitor(**given: Any) -> MonitorConfig:
    """A monitor with sinks."""
    return MonitorConfig(model="delay", data="d", reference="d:1", **given)


class Relay(BaseHTTPRequestHandler):
    """Keeps what it is sent; answers by its path: 200, 500, or a redirect back to itself."""

    got: list[dict[str, Any]] = []  # noqa: RUF012  the class is the server's state

    def do_POST(self) -> None:
        """Take one alert."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = {"/500": 500, "/moved": 307}.get(self.path, 200)
        if status == 200:  # kept before the answer: who has the answer looks at once
            self.got.append(json.loads(body))
        self.send_response(status)
        if status == 307:
            self.send_header("Location", "/ok")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def relay() -> Iterator[str]:
    """The address of a relay on this machine."""
    Relay.got = []
    server = HTTPServer(("127.0.0.1", 0), Relay)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_file_gets_a_line_for_each_alert(project: Project) -> None:
    """Lines of JSON with monitor, model and the sentence."""
    notify(project, "delay", monitor(notify_file="alerts.jsonl"), [ALERT, ALERT])
    lines = [json.loads(line) for line in (project.root / "alerts.jsonl").read_text().splitlines()]
    assert [(line["monitor"], line["message"]) for line in lines] == [("delay", "a: its values moved.")] * 2


@pytest.mark.parametrize("sink", ["../out.jsonl", "/tmp/out.jsonl", ".benchbook/ledger.jsonl", "link"])
def test_a_file_outside_the_project_is_not_written(project: Project, tmp_path: Path, sink: str) -> None:
    """Neither beside it, nor through a link, nor what Benchbook itself keeps there."""
    (project.root / "link").symlink_to("/tmp/benchbook-never-written")
    with pytest.warns(RuntimeWarning, match="could not be sent"):
        notify(project, "delay", monitor(notify_file=sink), [ALERT])
    assert not Path("/tmp/benchbook-never-written").exists()
    assert not (project.folder / "ledger.jsonl").exists()


def test_a_relay_on_this_machine_gets_it_where_the_file_says_so(project: Project, relay: str) -> None:
    """One POST of JSON for each alert."""
    notify(project, "delay", monitor(notify_url=f"{relay}/ok", notify_local=True), [ALERT])
    assert [(body["monitor"], body["kind"]) for body in Relay.got] == [("delay", "drift")]


@pytest.mark.parametrize(("path", "said"), [("/500", "answered 500"), ("/moved", "answered 307")])
def test_an_answer_that_is_no_yes_is_a_warning(project: Project, relay: str, path: str, said: str) -> None:
    """An error and a redirect, which is not followed, hold nobody up."""
    with pytest.warns(RuntimeWarning, match=said):
        notify(project, "delay", monitor(notify_url=relay + path, notify_local=True), [ALERT])
    assert Relay.got == []


def test_a_relay_that_is_down_is_a_warning(project: Project) -> None:
    """Nothing listens there."""
    with pytest.warns(RuntimeWarning, match="did not take it"):
        notify(project, "delay", monitor(notify_url="http://127.0.0.1:9/x", notify_local=True), [ALERT])


INSIDE = ["127.0.0.1", "localhost", "169.254.169.254", "10.0.0.1", "::1", "0x7f000001", "::ffff:10.0.0.1"]


@pytest.mark.parametrize("host", INSIDE)
def test_addresses_inside_are_refused(host: str) -> None:
    """This machine, private networks and the clouds' own address, however they are written."""
    with pytest.raises(NotAllowed, match="not public"):
        public_address(host, 443)
