"""An endpoint against the same model behind a bare FastAPI route: single rows, start, memory; a switch of versions."""

from __future__ import annotations

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil
from timing import Figure

REQUESTS = 1_500
SWITCHED = 20_000
_LOAD = """
import http.client, json, sys, time
port, token, count, body = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4].encode()
connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
failed, models, slowest = 0, {}, 0.0
sys.stdin.readline()
for _ in range(count):
    began = time.perf_counter()
    try:
        connection.request("POST", "/predict", body, headers)
        answer = connection.getresponse()
        said = json.loads(answer.read())
        failed += answer.status != 200
        models[said.get("model", "")] = models.get(said.get("model", ""), 0) + 1
    except (OSError, http.client.HTTPException, ValueError):
        failed += 1
        connection.close()
    slowest = max(slowest, time.perf_counter() - began)
print(json.dumps([failed, models, slowest]))
"""
_BARE = """
import os, sys
os.environ.setdefault("OMP_NUM_THREADS", "1")
import pandas as pd, skops.io, uvicorn
from fastapi import Body, FastAPI
from benchbook.models.trusted import ALLOWED
model = skops.io.load(sys.argv[1], trusted=sorted(ALLOWED))
columns = list(model.feature_names_in_)
app = FastAPI()
@app.get("/health")
def health():
    return {}
@app.post("/predict")
def predict(rows: list[dict] = Body(embed=True)):
    return {"predictions": model.predict(pd.DataFrame(rows)[columns]).tolist()}
uvicorn.run(app, port=int(sys.argv[2]), log_level="warning", access_log=False)
"""


def serving() -> list[Figure]:
    """Ours answers with probabilities, checks its input and logs each prediction; the bare route does none of that."""
    with tempfile.TemporaryDirectory() as folder:
        body = _prepare(Path(folder))
        ours, bare = _Ours(folder), _Bare(folder)
        try:
            single = _in_turns(ours, bare, 1, body)
            eight = _in_turns(ours, bare, 8, body)
            memory = (ours.memory(), bare.memory())
            switch = _switch(ours, folder, body)
        finally:
            ours.stop(), bare.stop()
    bound = "FastAPI with a bare predict"
    return [
        Figure("requests a second, single rows, 1 connection", single[0], "/s", bound, single[1], "≥ 110"),
        Figure("requests a second, single rows, 8 connections", eight[0], "/s", bound, eight[1], "≥ 400"),
        Figure("start until the first answer", ours.started, "s", bound, bare.started, "≤ 4 s"),
        Figure("resident memory after that", memory[0], "MB", bound, memory[1], "≤ 240 MB"),
        *switch,
    ]


def _prepare(folder: Path) -> bytes:
    """A project with two versions of a model like the one of the template `flights`, and the body of a request."""
    import numpy as np
    import pandas as pd
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder

    from benchbook.models import get_model, register_model
    from benchbook.objects import objects_of
    from benchbook.project import open_project

    chance = np.random.default_rng(2013)
    rows, categories = 20_000, {"carrier": 16, "origin": 3, "dest": 100}
    frame = pd.DataFrame({name: chance.integers(0, count, rows).astype(str) for name, count in categories.items()})
    frame = frame.assign(**{f"n{number}": chance.normal(size=rows) for number in range(14)})
    late = (frame["n0"] + frame["n1"] * (frame["carrier"] == "3") + chance.normal(size=rows)) > 1
    project = open_project(folder)
    for seed in (1, 2):
        encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
        encode = ColumnTransformer([("category", encoder, list(categories))], remainder="passthrough")
        trees = HistGradientBoostingClassifier(
            learning_rate=0.05, max_leaf_nodes=15, min_samples_leaf=200, max_iter=150, random_state=seed
        )
        model = make_pipeline(encode, trees).fit(frame, late)
        register_model(
            "delay", model, example=frame.head(100), alias="champion" if seed == 1 else None, project=project
        )
    (folder / "bare.skops").write_bytes(objects_of(project).get_bytes(get_model("delay:1", project=project).digest))
    return json.dumps({"rows": frame.head(1).to_dict("records")}).encode()


class _Server:
    port = 0
    token = ""

    def __init__(self, command: list[str], folder: str) -> None:
        began = time.perf_counter()
        with (Path(folder) / f"{self.port}.log").open("w") as log:
            self.process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env={**os.environ})
        while not self._answers():
            if self.process.poll() is not None:
                raise RuntimeError((Path(folder) / f"{self.port}.log").read_text())
            time.sleep(0.01)
        self.started = time.perf_counter() - began

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def memory(self) -> float:
        return psutil.Process(self.process.pid).memory_info().rss / 1e6

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


class _Ours(_Server):
    def __init__(self, folder: str) -> None:
        self.port, self.token = _free_port(), "benchbook-benchmark"
        command = [sys.executable, "-m", "benchbook", "--project", folder, "serve", "delay@champion"]
        super().__init__([*command, "--port", str(self.port), "--token", self.token], folder)


class _Bare(_Server):
    def __init__(self, folder: str) -> None:
        self.port = _free_port()
        super().__init__([sys.executable, "-c", _BARE, "bare.skops", str(self.port)], folder)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _in_turns(ours: _Server, bare: _Server, connections: int, body: bytes) -> tuple[float, float]:
    """Medians of requests a second of both, measured in turns."""
    pairs = [tuple(_rate(server, connections, REQUESTS, body)[0] for server in (ours, bare)) for _ in range(3)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def _rate(server: _Server, connections: int, requests: int, body: bytes) -> tuple[float, list[Any]]:
    """Requests a second, and what each connection's process has counted."""
    each = requests // connections
    command = [sys.executable, "-c", _LOAD, str(server.port), server.token or "none", str(each), body.decode()]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, **pipes) for _ in range(connections)]  # type: ignore[call-overload]
    time.sleep(0.3 + 0.1 * connections)  # all have imported and wait for their signal
    began = time.perf_counter()
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [json.loads(process.communicate()[0]) for process in processes]
    return each * connections / (time.perf_counter() - began), told


def _switch(ours: _Server, folder: str, body: bytes) -> list[Figure]:
    """20,000 requests on 8 connections, and in their middle the alias moves."""
    from benchbook.models import set_alias
    from benchbook.project import open_project
    from benchbook.serving import count_predictions

    project = open_project(folder)
    before = sum(one.predictions for one in count_predictions("delay", project=project))
    # Halfway by the rate measured so far; the counts below tell that both versions answered.
    timer = threading.Timer(SWITCHED / 2 / 500, set_alias, ("delay", 2, "champion"), {"project": project})
    timer.start()
    rate, told = _rate(ours, 8, SWITCHED, body)
    timer.join()
    models: dict[str, int] = {}
    for _, counts, _ in told:
        for name, count in counts.items():
            models[name] = models.get(name, 0) + count
    if set(models) != {"delay:1", "delay:2"}:
        raise RuntimeError(f"the switch was not seen: {models}")
    logged = sum(one.predictions for one in count_predictions("delay", project=project)) - before
    shares = ", ".join(f"{name} {count:,}" for name, count in sorted(models.items()))
    return [
        Figure(f"failed of {SWITCHED:,} requests with a switch", sum(one[0] for one in told), "", aim=f"0 · {shares}"),
        Figure("answered but not in the store", SWITCHED - logged, "", aim="0"),
        Figure("requests a second meanwhile", rate, "/s"),
        Figure("slowest of them", max(one[2] for one in told), "s"),
    ]
