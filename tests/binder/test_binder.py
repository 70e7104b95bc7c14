"""On Binder a visitor finds the demo project ready, with JupyterLab on it.

The image is built once, in Binder's own order, and the tests look at what came out. `make test` hands over the wheel
it has tested (BENCHBOOK_WHEEL); without that, postBuild builds from source as on Binder.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from binder.binder_image import Image, dockerfile

TOKEN = "a-visitor"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The image after the last `RUN` line of the Dockerfile."""
    image = Image(tmp_path_factory.mktemp("binder"))
    image.install_base()
    image.run("pip", "install", "--quiet", "-r", "binder/requirements.txt")
    image.run("./binder/postBuild")
    return image


@pytest.fixture(scope="module")
def server(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of the server, started through binder/start with the image's own command."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "log"
    command = ["./binder/start", "jupyter", "notebook", "--ip=127.0.0.1", f"--port={port}", "--no-browser"]
    command += ["--allow-root", "--ServerApp.base_url=/user/visitor-x1/", f"--IdentityProvider.token={TOKEN}"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=image.home, env=image.variables, stdout=output, stderr=output)
    url = f"http://127.0.0.1:{port}/user/visitor-x1/"
    try:
        wait_for(url, process, log)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def ask(url: str, *, token: str = TOKEN) -> tuple[int, str]:
    """Status and body of a GET."""
    request = urllib.request.Request(url, headers={"Authorization": f"token {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the server answers; fail with its log if it ends or takes over a minute."""
    for _ in range(300):
        assert process.poll() is None, log.read_text()
        try:
            if ask(f"{url}api/status")[0] == 200:
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(log.read_text())


def test_repo2docker_reads_our_files() -> None:
    """repo2docker takes Python 3.11, our requirements, postBuild and start from binder/."""
    text = dockerfile()
    for line in (
        "environment-2epy-2d3-2e11",
        'pip install --no-cache-dir -r "binder/requirements.txt"',
        "RUN ./binder/postBuild",
        'ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"',
    ):
        assert line in text


def test_packages_of_the_image_fit_together(image: Image) -> None:
    """Raising Binder's JupyterLab leaves no package with a broken requirement."""
    assert "No broken requirements found" in image.run("pip", "check")


def test_demo_project_has_run(image: Image) -> None:
    """The image holds a project whose pipeline has finished."""
    runs = json.loads(image.run("sh", "-c", "cd demo && benchbook runs --json"))
    assert {run["status"] for run in runs if run["kind"] == "pipeline"} == {"finished"}


def test_lab_opens_on_the_demo_project(server: str) -> None:
    """JupyterLab is served with our labextension in it, and shows the demo project's files."""
    status, html = ask(f"{server}lab")
    assert status == 200
    config = json.loads(re.findall(r'<script id="jupyter-config-data"[^>]*>(.*?)</script>', html, re.DOTALL)[0])
    loads = {extension["name"]: extension["load"] for extension in config["federated_extensions"]}
    assert ask(f"{server}lab/extensions/benchbook/{loads['benchbook']}")[0] == 200
    files = {item["name"] for item in json.loads(ask(f"{server}api/contents")[1])["content"]}
    assert "benchbook.yaml" in files


def test_rest_answers_with_the_token_only(server: str) -> None:
    """The visitor's token opens the routes, nothing else does."""
    status, body = ask(f"{server}benchbook/runs")
    assert (status, json.loads(body)["total"] > 0) == (200, True)
    assert ask(f"{server}benchbook/runs", token="")[0] == 403
