"""kill -9 at random moments: nothing acknowledged is lost, nothing is counted twice, and the store opens."""

from __future__ import annotations

import json
import random
import subprocess
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from benchbook.store import Query, Store
from benchbook.store.ledger import Ledger

Everything = Callable[[Store], dict[str, list[str]]]
ROUNDS = 10


def killed_round(
    chance: random.Random, spawn: Callable[..., subprocess.Popen[str]], number: int
) -> dict[str, list[int]]:
    """Two writers, a reader and a recorder are killed at a random moment; returns what each had acknowledged."""
    roles = [("writer", f"w{number}a"), ("writer", f"w{number}b"), ("recorder", f"c{number}"), ("reader", f"r{number}")]
    processes = {name: spawn(role, name) for role, name in roles}
    for process in processes.values():
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    time.sleep(chance.uniform(0.0, 0.35))
    for process in chance.sample(list(processes.values()), len(processes)):
        process.kill()
    said = {name: process.communicate()[0] for name, process in processes.items()}
    return {name: [int(line) for line in text.split("\n")[:-1]] for name, text in said.items()}


@pytest.mark.parametrize("seed", range(5))
def test_kill_loses_nothing_acknowledged(
    seed: int, folder: Path, spawn: Callable[..., subprocess.Popen[str]], everything: Everything
) -> None:
    """Ten rounds of four killed processes (fifty in all): points, facts, chain and a rebuild all agree."""
    chance = random.Random(seed)
    acknowledged: dict[str, list[int]] = {}
    for number in range(ROUNDS):
        acknowledged |= killed_round(chance, spawn, number)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        store = Store(folder, wait=60)
        counts = dict(store.read(Query("SELECT run, count(*) FROM metrics GROUP BY run")))
        sums = dict(store.read(Query("SELECT run, sum(value) FROM metrics GROUP BY run")))
    assert not [w for w in said if "could not be read" in str(w.message)], "a healthy store was set aside"
    for name in [name for name in acknowledged if name.startswith("w")]:
        points = len(acknowledged[name])
        logged = counts.get(name, 0)
        assert points <= logged <= points + 1, (name, points, logged)
        assert sums.get(name, 0) == sum(range(logged))
    versions = [entry.fact.data["version"] for entry in Ledger(folder / "ledger.jsonl").entries()]
    assert versions == list(range(1, len(versions) + 1))
    told = [version for name, said_ in acknowledged.items() if name.startswith("c") for version in said_]
    assert len(told) == len(set(told))
    assert set(told) <= set(versions)
    assert store.read(Query("SELECT DISTINCT status FROM runs")) == [("failed",)]
    before = everything(store)
    (folder / "store.duckdb").unlink()
    (folder / "store.duckdb.wal").unlink(missing_ok=True)
    assert everything(Store(folder)) == before


def test_sixteen_writers_start_on_a_new_store(folder: Path, spawn: Callable[..., subprocess.Popen[str]]) -> None:
    """Sixteen processes that begin at once in an empty project lose nothing and hit no error."""
    processes = [spawn("writer", f"w{number}", "200") for number in range(16)]
    assert [process.wait(timeout=120) for process in processes] == [0] * 16
    rows = Store(folder).read(Query("SELECT run, count(*), sum(value) FROM metrics GROUP BY run"))
    assert sorted(rows) == sorted((f"w{number}", 200, 19900.0) for number in range(16))
    assert Store(folder).read(Query("SELECT status, count(*) FROM runs GROUP BY status")) == [("finished", 16)]


def test_sixteen_recorders_number_without_gaps(folder: Path, spawn: Callable[..., subprocess.Popen[str]]) -> None:
    """Sixteen processes that record at once on a new store get sixteen different versions, each told once."""
    processes = [spawn("recorder", f"c{number}", "2") for number in range(16)]
    told = [int(line) for process in processes for line in process.communicate(timeout=120)[0].split("\n")[1:-1]]
    assert sorted(told) == list(range(1, 33))
    lines = (folder / "ledger.jsonl").read_text().splitlines()
    assert [json.loads(line)["fact"]["seq"] for line in lines] == list(range(1, 33))


def test_dead_writer_is_shown_as_failed(folder: Path, spawn: Callable[..., subprocess.Popen[str]]) -> None:
    """A run whose process was killed becomes failed at the next look, ended when it was last heard of."""
    process = spawn("writer", "w")
    assert process.stdout is not None
    while process.stdout.readline() != "20\n":
        pass
    store = Store(folder)
    assert store.read(Query("SELECT status FROM runs")) == [("running",)]
    process.kill()
    process.wait()
    status, failure, sane = store.read(Query("SELECT status, failure, ended BETWEEN started AND now() FROM runs"))[0]
    assert (status, json.loads(failure)["type"], sane) == ("failed", "Died", True)
