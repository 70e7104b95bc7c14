"""A real JupyterLab in its own process and folders, reached as on Binder: with a token, below a base URL."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BASE_URL = "/user/demo/"
START_SECONDS = 90
_CHECKOUT = Path(__file__).resolve().parents[2] / "extension"

_QUIET_LAB = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}


@dataclass(frozen=True)
class Lab:
    """A running server: ``url`` ends in the base URL, ``root`` is the folder it shows."""

    url: str
    token: str
    root: Path
    log: Path

    def get(self, path: str, *, token: bool = True) -> tuple[int, Any]:
        """Status and decoded JSON of ``GET <url><path>``."""
        request = urllib.request.Request(self.url + path)
        if token:
            request.add_header("Authorization", f"token {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()


def lab_folders(home: Path) -> dict[str, str]:
    """Environment variables that keep everything Jupyter reads and writes below ``home``, with news switched off."""
    folders = {
        name: str(home / name.lower())
        for name in (
            "IPYTHONDIR",
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
            "JUPYTERLAB_SETTINGS_DIR",
            "JUPYTERLAB_WORKSPACES_DIR",
        )
    }
    for folder in folders.values():
        Path(folder).mkdir(parents=True, exist_ok=True)
    notification = Path(folders["JUPYTERLAB_SETTINGS_DIR"], "@jupyterlab", "apputils-extension")
    notification.mkdir(parents=True, exist_ok=True)
    (notification / "notification.jupyterlab-settings").write_text(json.dumps(_QUIET_LAB))
    if not os.environ.get("BENCHBOOK_TEST_INSTALLED"):
        _link_checkout(Path(folders["JUPYTER_DATA_DIR"]), Path(folders["JUPYTER_CONFIG_DIR"]))
        folders["JUPYTER_PREFER_ENV_PATH"] = "0"  # else a wheel installed beside would go before the checkout
    return folders


def _link_checkout(data: Path, config: Path) -> None:
    """Without the wheel (a developer's own environment), let this server find the extension in the checkout."""
    (data / "labextensions").mkdir(exist_ok=True)
    (data / "labextensions" / "benchbook").symlink_to(_CHECKOUT / "benchbook_lab" / "labextension")
    enabled = config / "jupyter_server_config.d"
    enabled.mkdir(exist_ok=True)
    (enabled / "benchbook.json").write_text('{"ServerApp": {"jpserver_extensions": {"benchbook_lab": true}}}')


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_lab(root: Path, home: Path, token: str = "a-token-for-tests") -> Iterator[Lab]:
    """Start JupyterLab on ``root``, wait until it answers, and end it with its kernels.

    Raises:
        RuntimeError: with the end of the server's log, if it dies or does not answer in time.
    """
    port = free_port()
    lab = Lab(f"http://127.0.0.1:{port}{BASE_URL}", token, root, home / "lab.log")
    environment = {**os.environ, **lab_folders(home)}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    command = [
        *(sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--ip=127.0.0.1"),
        *(f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"),
        *(f"--ServerApp.base_url={BASE_URL}", f"--ServerApp.root_dir={root}"),
        *("--LabApp.extension_manager=readonly", "--LabApp.expose_app_in_browser=True", "--LabApp.news_url=None"),
    ]
    with lab.log.open("wb") as log:
        server = subprocess.Popen(command, cwd=root, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait_until_answers(server, lab)
        yield lab
    finally:
        server.terminate()
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_until_answers(server: subprocess.Popen[bytes], lab: Lab) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if lab.get("api/status")[0] == 200:
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    state = f"ended with exit code {server.poll()}" if server.poll() is not None else "does not answer"
    raise RuntimeError(f"JupyterLab {state}:\n{lab.log.read_text(errors='replace')[-4000:]}")
