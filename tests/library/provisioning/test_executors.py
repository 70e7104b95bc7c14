"""One notebook in one real kernel: parameters, folder and environment reach it, and every way to fail is told."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
import pytest

from benchbook.provisioning import ColdExecutor, Execution, NotebookJob, choose_kernel
from library.pipelines.notebooks import notebook_json


def execute(folder: Path, *cells: str, params: dict[str, Any] | None = None, declared: str | None = None) -> Execution:
    """Run a notebook of ``cells`` in ``folder``."""
    content = notebook_json(*cells, params=declared)
    job = NotebookJob(content, "n.ipynb", choose_kernel("python"), folder, params or {}, {"GIVEN": "here"})
    return ColdExecutor().execute(job, lambda done, total: None)


def texts(execution: Execution, cell: int = -1) -> str:
    """All that a cell printed."""
    return "".join(output.get("text", "") for output in execution.content["cells"][cell]["outputs"])


def test_values_arrive_as_they_were_given(tmp_path: Path) -> None:
    """Quotes, newlines, braces, unicode, nesting, code and numbers that are not finite are data in the kernel too."""
    value = ['"""', "a\nb\\", "{x}", "ü🎉", "');import os#", "%ls", "!ls", {"k": [None, True, 1e-9, 2**70]}]
    check = f"import os; print(value == {value!r}, nan != nan, os.getcwd(), os.environ['GIVEN'])"
    params = {"value": value, "nan": float("nan")}
    done = execute(tmp_path, check, params=params, declared="value = nan = None")
    assert done.failure is None
    assert texts(done) == f"True True {tmp_path} here\n"
    assert done.content["metadata"]["papermill"]["input_path"] == "n.ipynb"


@pytest.mark.parametrize(
    ("cell", "kind", "ename", "evalue"),
    [
        ("1/0", "error", "ZeroDivisionError", "division by zero"),
        ("import sys; sys.exit(0)", "exit", "SystemExit", "0"),
        ("exit()", "exit", "SystemExit", "exit()"),
        ("import os; os._exit(3)", "died", "KernelDied", "ended by itself with exit code 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "died", "KernelDied", "was killed by SIGKILL"),
        ("input()", "error", "StdinNotImplementedError", "raw_input"),
        ("%no_such_magic", "error", "UsageError", "no_such_magic"),
        ("try: 1/0\nexcept: get_ipython().showtraceback()", "error", "ZeroDivisionError", "division by zero"),
    ],
)  # fmt: skip
def test_every_failure_is_named_with_its_cell(tmp_path: Path, cell: str, kind: str, ename: str, evalue: str) -> None:
    """Failure comes from evidence; the copy holds the outputs so far and the error, and later cells do not run."""
    done = execute(tmp_path, "print('so far')", cell, "print('never')", params={"a": 2}, declared="a = 1")
    assert done.failure is not None
    assert (done.failure.kind, done.failure.ename, done.failure.cell) == (kind, ename, 3)
    assert evalue in done.failure.evalue
    code = [cell for cell in done.content["cells"] if cell["cell_type"] == "code"]
    assert code[2]["outputs"][0]["text"] == "so far\n"
    assert [output["ename"] for output in code[3]["outputs"] if output["output_type"] == "error"] == [ename]
    assert code[4]["outputs"] == []


def test_fifty_megabytes_of_output_are_bounded(tmp_path: Path) -> None:
    """5 MB are kept, with a note on the rest; a cell with little output afterwards keeps all of it."""
    done = execute(tmp_path, "for i in range(50): print('x' * 999_999)", "print('still here')")
    assert done.failure is None
    assert 5_000_000 <= len(texts(done, 0)) < 5_000_200
    assert "45.0 MB more are not kept" in texts(done, 0)
    assert texts(done) == "still here\n"


def test_nothing_that_the_notebook_started_is_left(tmp_path: Path) -> None:
    """Children in the kernel's group, and those that left it, end with the notebook."""
    start = "import subprocess as s; print(s.Popen(['sleep', '600'], start_new_session=%s).pid)"
    done = execute(tmp_path, start % "False", start % "True")
    pids = [int(texts(done, cell)) for cell in (0, 1)]
    alive = [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE]
    assert alive == []
    assert psutil.Process().children() == []


def test_a_notebook_runs_from_where_an_event_loop_runs(tmp_path: Path) -> None:
    """`bb.run_pipeline` works in a notebook's cell, whose kernel is an event loop."""

    async def cell() -> str:
        return texts(execute(tmp_path, "print(1)"))

    assert asyncio.run(cell()) == "1\n"


def test_a_kernel_that_does_not_start_is_told(tmp_path: Path) -> None:
    """The failure names the kernel and shows its last words."""
    kernel = replace(choose_kernel("python"), command=("sh", "-c", "echo broken installation; exit 7"))
    done = ColdExecutor().execute(NotebookJob(notebook_json("1"), "n.ipynb", kernel, tmp_path), lambda *_: None)
    assert done.failure is not None
    assert (done.failure.kind, done.failure.cell) == ("start", None)
    assert "'Python 3 (ipykernel)' did not start" in done.failure.evalue
    assert "broken installation" in done.failure.traceback


def test_interrupting_the_cell_that_runs_a_notebook_ends_its_kernel(tmp_path: Path) -> None:
    """The stop button of the calling notebook: SIGINT reaches the thread that waits, and the kernel is ended."""

    def stop() -> None:
        while not (tmp_path / "up").exists():
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    async def cell() -> Execution:
        return execute(tmp_path, "1", "open('up', 'w'); import time; time.sleep(600)")

    Thread(target=stop, daemon=True).start()
    loop = asyncio.new_event_loop()
    done = loop.run_until_complete(cell())
    loop.close()
    assert (done.failure and done.failure.kind, done.failure and done.failure.cell) == ("interrupted", 2)
    assert psutil.Process().children() == []
