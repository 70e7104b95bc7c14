"""10,000 runs of 10 params and 10 metrics: filter, order, top 100; all of them to a DataFrame; a page of a list."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

import duckdb
from timing import Figure, median, seconds

RUNS = 10_000


def make_runs(folder: Path, count: int) -> None:
    """Write finished streams as `start_run` does, without 10,000 snapshots."""
    from benchbook.store import Stream
    from benchbook.store.lines import Line, encode

    chance = random.Random(1)
    now = time.time() - count
    for number in range(count):
        run = f"run{number:09d}"
        data = {"name": f"train {number % 7}", "experiment": "e", "kind": "run", "user": "u", "host": "h", "pid": 1}
        lines = [Line(run, "start", now + number, d=data)]
        lines += [
            Line(run, "param", now + number, k=f"p{n}", d=chance.choice([1, 2, 3, "hgb", "rf"])) for n in range(10)
        ]
        lines += [Line(run, "metric", now + number, 0, f"m{n}", chance.random()) for n in range(10)]
        lines.append(Line(run, "end", now + number + 0.5, d={"status": "finished", "failure": None}))
        (folder / "streams" / "done").mkdir(parents=True, exist_ok=True)
        (folder / "streams" / "done" / f"{run}.jsonl").write_bytes(b"".join(map(encode, lines)))
    del Stream


def querying() -> list[Figure]:
    """Ours through the public calls; raw: the same SQL on the same file with DuckDB opened for it."""
    from benchbook.project import open_project
    from benchbook.tracking import find_runs, list_runs

    with tempfile.TemporaryDirectory() as place:
        project = open_project(place)
        make_runs(project.folder, RUNS)
        fold = seconds(lambda: list_runs(project=project))
        path = str(project.folder / "store.duckdb")
        condition = "metrics.m1 > 0.5 AND params.p1 = 'hgb'"
        top = median(lambda: find_runs(condition, order_by="metrics.m2 DESC", limit=100, project=project))
        page = median(lambda: list_runs(condition, order_by="metrics.m2 DESC", limit=100, project=project))
        whole = median(lambda: find_runs(limit=RUNS, project=project))
        raw_top, raw_whole = median(lambda: _raw(path, _TOP)), median(lambda: _raw(path, _ALL))
    return [
        Figure(f"fold {RUNS:,} finished runs, first read", fold, "s"),
        Figure(
            "filter + order + top 100 to a DataFrame", top * 1e3, "ms", "open + PIVOT by hand", raw_top * 1e3, "≤ 40 ms"
        ),
        Figure("the same as a page of a list", page * 1e3, "ms", "open + PIVOT by hand", raw_top * 1e3, "≤ 40 ms"),
        Figure(f"{RUNS:,} runs to a DataFrame", whole * 1e3, "ms", "open + PIVOT by hand", raw_whole * 1e3, "≤ 80 ms"),
    ]


_WIDE = "PIVOT (SELECT run, key, value FROM latest_metrics) ON key USING first(value)"
_TOP = f"""SELECT * FROM ({_WIDE}) w JOIN runs r ON r.id = w.run
WHERE m1 > 0.5 AND run IN (SELECT run FROM params WHERE key = 'p1' AND value = '"hgb"') ORDER BY m2 DESC LIMIT 100"""
_ALL = f"SELECT * FROM ({_WIDE}) w JOIN runs r ON r.id = w.run"


def _raw(path: str, sql: str) -> None:
    with duckdb.connect(path, read_only=True) as connection:
        connection.execute(sql).df()
