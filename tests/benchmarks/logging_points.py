"""Logging 10,000 points; what a kill -9 loses of them; sixteen processes at once on a new project."""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from timing import Figure, median, paired

POINTS = 10_000


def logging() -> list[Figure]:
    """Per point, against json.dumps + write + flush of the same line; starting and finishing a run."""
    from benchbook.project import open_project
    from benchbook.tracking import start_run

    with tempfile.TemporaryDirectory() as folder:
        project = open_project(folder)
        run = start_run("bench", project=project)

        def ours() -> None:
            for step in range(POINTS):
                run.log_metric("loss", step * 0.1, step)

        def raw() -> None:
            with open(Path(folder) / "raw.jsonl", "a") as file:
                for step in range(POINTS):
                    line = {"r": "bench", "e": "metric", "t": time.time(), "s": step, "k": "loss", "v": step * 0.1}
                    file.write(json.dumps(line) + "\n")
                    file.flush()

        point, bound = paired(ours, raw)
        run.finish()
        start, finish = _run_cost(project)
    return [
        Figure(
            "log one metric", point / POINTS * 1e6, "µs", "json.dumps + write + flush", bound / POINTS * 1e6, "≤ 5 µs"
        ),
        Figure("start_run, snapshots in the background", start * 1e3, "ms", aim="≤ 20 ms"),
        Figure("finish, snapshots included", finish * 1e3, "ms", aim="≤ 20 ms"),
    ]


def _run_cost(project: object) -> tuple[float, float]:
    from benchbook.tracking import start_run

    starts, finishes = [], []
    for _ in range(20):
        began = time.perf_counter()
        run = start_run("cost", project=project)  # type: ignore[arg-type]
        starts.append(time.perf_counter() - began)
        time.sleep(0.05)  # a run that lasts no time at all is not what people do
        began = time.perf_counter()
        run.finish()
        finishes.append(time.perf_counter() - began)
    return statistics.median(starts), statistics.median(finishes)


def kill() -> list[Figure]:
    """Points lost of 10,000 acknowledged ones when the process is killed right after."""
    code = (
        "import benchbook as bb, sys\nrun = bb.start_run('victim')\n"
        f"for step in range({POINTS}): run.log_metric('loss', step, step)\n"
        "print('logged', flush=True)\nsys.stdin.read()"
    )
    from benchbook.project import open_project
    from benchbook.tracking import get_run, list_runs

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / ".benchbook").mkdir()
        command = [sys.executable, "-c", code]
        with subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.send_signal(signal.SIGKILL)
        project = open_project(folder)
        kept = get_run(list_runs(project=project).runs[0].id, project=project).metrics[0].count
    return [Figure(f"lost of {POINTS:,} points on kill -9", POINTS - kept, "points", aim="0")]


_OURS = (
    "import sys, benchbook.tracking as bb\nfrom benchbook.project import open_project\n"
    "project = open_project(sys.argv[1])\nsys.stdin.readline()\n"
    "run = bb.start_run('crowd', project=project)\n"
    "for step in range(1000): run.log_metric('loss', step * 0.1, step)\nrun.finish()"
)
_RAW = (
    "import sys, json, os, time\nsys.stdin.readline()\n"
    "with open(os.path.join(sys.argv[1], str(os.getpid())), 'a') as file:\n"
    "    for step in range(1000):\n"
    "        line = {'r': 'x', 'e': 'metric', 't': time.time(), 's': step, 'k': 'loss', 'v': step * 0.1}\n"
    "        file.write(json.dumps(line) + '\\n'); file.flush()"
)


def crowd(processes: int = 16) -> list[Figure]:
    """Sixteen processes x 1,000 points that begin at once on a new project, against sixteen raw appenders."""
    ours, raw, bare = [], [], []
    for _ in range(3):
        ours.append(_crowd(_OURS, processes))
        raw.append(_crowd(_RAW, processes))
    bare.append(median(lambda: None))
    what = f"{processes} processes x 1,000 points, new project"
    return [Figure(what, statistics.median(ours), "s", "own file each", statistics.median(raw), "≤ 2x, nothing lost")]


def _crowd(code: str, count: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", code, folder]
        started = [subprocess.Popen(command, stdin=subprocess.PIPE, env={**os.environ}) for _ in range(count)]
        time.sleep(0.25 * count)  # all have imported and wait for their signal
        began = time.perf_counter()
        for process in started:
            assert process.stdin is not None
            process.stdin.write(b"go\n")
            process.stdin.flush()
        failed = sum(process.wait() != 0 for process in started)
        took = time.perf_counter() - began
        for process in started:
            assert process.stdin is not None
            process.stdin.close()
        if failed:
            raise RuntimeError(f"{failed} of {count} processes failed")
        if code is _OURS:
            _check_crowd(folder, count)
    return took


def _check_crowd(folder: str, count: int) -> None:
    from benchbook.project import open_project
    from benchbook.store import Query

    rows = open_project(folder).store.read(Query("SELECT count(*), count(DISTINCT run) FROM metrics"))
    if rows != [(count * 1000, count)]:
        raise RuntimeError(f"lost points: {rows}")
