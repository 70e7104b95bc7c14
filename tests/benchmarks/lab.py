"""What the extension adds to JupyterLab: seconds until it answers, and memory, with and without it; and how soon a
browser hears of a run: from the line in the stream until the event has arrived and the list of runs has been answered.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import websocket
from timing import Figure


def _port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def _lab(folder: str, *, enabled: bool) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A JupyterLab on ``folder`` that answers: its address without scheme, and its process."""
    port = _port()
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={folder}",
        "--IdentityProvider.token=bench",
        f"--ServerApp.jpserver_extensions=benchbook_lab={enabled}",
    ]
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR")
    environment = {**os.environ, **dict.fromkeys(names, f"{folder}/jupyter")}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    try:
        _wait(f"http://127.0.0.1:{port}/api/status?token=bench", process)
        yield f"127.0.0.1:{port}", process
    finally:
        process.terminate()
        process.wait(timeout=20)


def _start(enabled: bool) -> tuple[float, float]:
    """Seconds until /api answers, and resident megabytes then."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, _lab(folder, enabled=enabled) as (_, process):
        took = time.perf_counter() - began
        return took, psutil.Process(process.pid).memory_info().rss / 1e6


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.01)
    raise RuntimeError("JupyterLab ended before it answered")


def lab_start(rounds: int = 5) -> list[Figure]:
    """With and without, in turns."""
    pairs = [(_start(True), _start(False)) for _ in range(rounds)]
    with_time, without_time = (statistics.median(pair[side][0] for pair in pairs) for side in (0, 1))
    with_memory, without_memory = (statistics.median(pair[side][1] for pair in pairs) for side in (0, 1))
    return [
        Figure("jupyter lab until it answers", with_time, "s", "without the extension", without_time, "≤ +0.15 s"),
        Figure("jupyter lab, resident memory", with_memory, "MB", "without the extension", without_memory, "≤ +15 MB"),
    ]


def live(points: int = 20) -> list[Figure]:
    """A first run in an empty folder, then points of it; the raw bound is what the server needs to answer at all."""
    from benchbook.project import open_project
    from benchbook.tracking import start_run

    with tempfile.TemporaryDirectory() as folder, _lab(folder, enabled=True) as (address, _):
        url = f"http://{address}/benchbook"
        socket_ = websocket.create_connection(f"ws://{address}/api/events/subscribe?token=bench", timeout=60)
        _get(f"{url}/runs")  # a page that is open: from its first question on the server watches
        first = _heard(socket_, url, lambda: start_run("live", project=open_project(folder)))
        run = start_run("points", project=open_project(folder))
        heard = []
        for _ in range(points):
            time.sleep(0.5)  # so that each is told by itself
            heard.append(_heard(socket_, url, lambda: run.log_metric("loss", 1.0)))
        run.finish()
        bare = statistics.median(_get(f"{url}/revision") for _ in range(20))
        socket_.close()
    return [
        Figure(
            "first run of an empty folder, until listed", first * 1e3, "ms", "GET revision", bare * 1e3, "≤ 1000 ms"
        ),
        Figure("a logged point, until listed", statistics.median(heard) * 1e3, "ms", "GET revision", bare * 1e3),
    ]


def _heard(socket_: websocket.WebSocket, url: str, work: Callable[[], object]) -> float:
    """Seconds from the beginning of ``work`` until a change event after it has led to the list of runs."""
    began = time.perf_counter()
    work()
    while "benchbook" not in json.loads(socket_.recv())["schema_id"]:
        continue
    _get(f"{url}/runs")
    return time.perf_counter() - began


def _get(url: str) -> float:
    """Ask; how long the answer took, in seconds."""
    began = time.perf_counter()
    with urllib.request.urlopen(f"{url}?token=bench", timeout=60) as answer:
        answer.read()
    return time.perf_counter() - began
