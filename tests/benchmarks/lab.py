"""What the extension adds to JupyterLab: seconds until it answers, and memory, with and without it."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import psutil
from timing import Figure


def _port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _start(enabled: bool) -> tuple[float, float]:
    """Seconds until /api answers, and resident megabytes then."""
    port = _port()
    with tempfile.TemporaryDirectory() as folder:
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
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        try:
            _wait(f"http://127.0.0.1:{port}/api/status?token=bench", process)
            took = time.perf_counter() - began
            return took, psutil.Process(process.pid).memory_info().rss / 1e6
        finally:
            process.terminate()
            process.wait(timeout=20)


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
