"""A real server process: what loading the extension imports, and that SIGTERM ends it whatever is going on."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchbook.models import register_model
from benchbook.project import Project, open_project
from benchbook.serving import list_endpoints, stop_endpoint
from benchbook.store.lock import hold
from benchbook.tracking import start_run
from library.serving.asking import ROW, fitted, flights, predict

TOKEN = "of-this-test"
ENDED = 60
"""Seconds in which a server ends on any machine; one that waits for a thread never does. `make bench` has the time."""
HEAVY = ("duckdb", "pandas", "pyarrow", "sklearn", "skops", "papermill", "fsspec", "numpy")


@contextmanager
def running_server(root: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A Jupyter Server on ``root`` with only our extension, and its address; killed if it does not end by itself."""
    config = root.parent / "config"
    config.mkdir(exist_ok=True)
    extensions = {"ServerApp": {"jpserver_extensions": {"benchbook_lab": True}}}
    (config / "jupyter_server_config.json").write_text(json.dumps(extensions))
    flags = ["--no-browser", "--allow-root", "--ServerApp.port=0", f"--IdentityProvider.token={TOKEN}"]
    command = [sys.executable, "-m", "jupyter_server", *flags, f"--ServerApp.root_dir={root}"]
    log = root.parent / "server.log"
    with log.open("wb") as output:
        environment = os.environ | {"JUPYTER_CONFIG_DIR": str(config)}
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=root, env=environment)
    try:
        yield process, address_of(log)
    finally:
        process.kill()
        process.wait()


def address_of(log: Path) -> str:
    """Where the server listens, once it does."""
    for _ in range(1_800):  # a start takes half a minute where many tests run at once
        time.sleep(0.1)
        said = re.search(r"http://127\.0\.0\.1:\d+", log.read_text())
        if said and answers(said[0]):
            return said[0]
    pytest.fail(log.read_text())


def answers(address: str) -> bool:
    """Whether the server is there already."""
    try:
        return bool(ask(address, "project"))
    except urllib.error.URLError:
        return False


def ask(address: str, path: str, body: bytes | None = None) -> bytes:
    """One answer; with a body, to a POST."""
    headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{address}/benchbook/{path}", body, headers)
    with urllib.request.urlopen(request, timeout=60) as reply:
        return bytes(reply.read())


@pytest.fixture
def begun(tmp_path: Path) -> Project:
    """A project with a run in it."""
    root = tmp_path / "root"
    root.mkdir()
    project = open_project(root)
    start_run("first", kind="pipeline", project=project).finish()
    return project


def test_sigterm_ends_the_server_while_calls_hang(begun: Project) -> None:
    """With the watcher at work and six pages waiting for a lock that is not let go, the server ends."""
    with running_server(begun.root) as (process, address), hold(begun.folder / "lock", 1.0):
        for _ in range(6):
            threading.Thread(target=hang, args=(address,), daemon=True).start()
        time.sleep(1.0)
        assert json.loads(ask(address, "revision"))["revision"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(ENDED) is not None


def hang(address: str) -> None:
    """Ask for a page that will not come; the server's end closes the connection."""
    try:
        ask(address, "runs")
    except (OSError, http.client.HTTPException):
        return


def test_sigterm_ends_an_idle_server(begun: Project) -> None:
    """Nothing under way: watching alone does not keep it, and it ends without an error."""
    with running_server(begun.root) as (process, address):
        ask(address, "runs")
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(ENDED) == 0
    said = (begun.root.parent / "server.log").read_text()
    assert "Traceback" not in said
    assert "leaked" not in said


def test_an_endpoint_goes_on_when_the_server_ends(begun: Project) -> None:
    """It was started over REST, answers after the server's end, and can be stopped from elsewhere."""
    register_model("delay", fitted(), example=flights(), project=begun)
    with running_server(begun.root) as (process, address):
        said = json.loads(ask(address, "endpoints", b'{"ref": "delay"}'))
        process.send_signal(signal.SIGTERM)
        process.wait(ENDED)
    (endpoint,) = list_endpoints(project=begun)
    assert (endpoint.run, predict(endpoint, ROW).status) == (said["run"], 200)
    stop_endpoint(endpoint, project=begun)


def test_loading_imports_nothing_heavy() -> None:
    """The extension is loaded and a project looked at without DuckDB, pandas and the like: these cost seconds."""
    code = """
import sys, tempfile
from pathlib import Path
import benchbook_lab.app
from benchbook_lab.place import Place, revision_of
from benchbook.project import open_project
Place(Path(tempfile.mkdtemp())).project()
print(" ".join(sorted(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & set(HEAVY) == set()
