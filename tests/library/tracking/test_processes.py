"""Runs across processes: scripts that end or break, kernels that die, steps that adopt, children that fork."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchbook.errors import NotAllowed
from benchbook.project import Project, open_project
from benchbook.tracking import get_run, list_runs, start_run


def script(project: Project, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script in the project's folder as a user would."""
    path = project.root / "script.py"
    path.write_text("import benchbook as bb\n" + code)
    return subprocess.run(
        [sys.executable, str(path)],
        cwd=project.root,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )


def test_script_that_ends_finishes_its_run(project: Project) -> None:
    """A plain start_run in a script is finished when the script ends; its name is the script's."""
    done = script(project, "bb.start_run(); bb.log_metrics({'auc': 0.7})")
    assert done.stderr == ""
    (row,) = list_runs().runs
    assert (row.name, row.status, row.notebook) == ("script", "finished", "script.py")


def test_script_that_breaks_fails_its_run(project: Project) -> None:
    """An exception nobody caught fails the run and is named."""
    script(project, "bb.start_run('train'); 1 / 0")
    (row,) = list_runs().runs
    assert (row.status, row.error) == ("failed", "ZeroDivisionError: division by zero")


def test_a_script_that_imports_ipykernel_is_no_kernel(project: Project) -> None:
    """Only in a running kernel does the end of the process leave runs open."""
    done = script(project, "import ipykernel.kernelapp\nbb.start_run('train')")
    assert done.stderr == ""
    assert list_runs().runs[0].status == "finished"


def test_killed_process_fails_its_run(project: Project) -> None:
    """Kill -9 of the process: every point is there, and the run is failed at the next look."""
    code = "import benchbook as bb\nr = bb.start_run('train')\nfor i in range(500): r.log_metric('a', i)\n"
    code += "print('x', flush=True)\ninput()"
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=project.root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    assert list_runs().runs[0].status == "running"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    found = get_run(list_runs().runs[0].id)
    assert (found.status, found.metrics[0].count) == ("failed", 500)
    assert found.failure is not None
    assert found.failure.type == "Died"


def test_kernel_that_dies_fails_its_run(project: Project) -> None:
    """A run left open in a notebook's kernel becomes failed when the kernel is killed."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(cwd=str(project.root))
    try:
        client.execute_interactive("import benchbook as bb; bb.start_run('cell')", timeout=60)
        assert [row.status for row in list_runs().runs] == ["running"]
        manager.shutdown_kernel(now=True)
        deadline = time.monotonic() + 10
        while list_runs().runs[0].status == "running" and time.monotonic() < deadline:
            time.sleep(0.05)
        assert [row.status for row in list_runs().runs] == ["failed"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


_STEP = """
bb.log_metrics({{'before': 1}})
run = bb.start_run('train', params={{'depth': 3}})
run.log_metric('auc', 0.7)
assert run.id == '{id}'
run.finish()
with bb.start_run('second'):
    pass
bb.log_metrics({{'after': 1}})
"""


def test_step_adopts_the_run_it_executes(project: Project) -> None:
    """In a step's process logging goes to the step's run; the first start_run adopts it, a second is its child."""
    with start_run("step", kind="step") as step:
        code = _STEP.format(id=step.id)
        done = script(project, code, BENCHBOOK_RUN=step.id, BENCHBOOK_PROJECT=str(project.root))
        assert done.stderr == ""
        assert get_run(step.id).status == "running"
    found = get_run(step.id)
    assert [metric.key for metric in found.metrics] == ["after", "auc", "before"]
    assert [(param.key, param.value) for param in found.params] == [("depth", 3)]
    assert [child.name for child in found.children] == ["second"]
    assert found.status == "finished"


def test_forked_worker_does_not_end_the_run(project: Project) -> None:
    """A forked child logs to the run; its end, clean or not, leaves the run to its parent."""
    with start_run("train") as run:
        child = os.fork()
        if child == 0:
            run.log_metric("child", 1.0)
            run.finish("failed")
            os._exit(1)
        os.waitpid(child, 0)
        assert get_run(run.id).status == "running"
    found = get_run(run.id)
    assert (found.status, [metric.key for metric in found.metrics]) == ("finished", ["child"])


def test_project_that_cannot_be_written(tmp_path: Path) -> None:
    """Starting a run where nothing can be written names the folder and what to do."""
    with pytest.raises(NotAllowed, match=r"cannot be written: /proc/"):
        start_run("train", project=open_project("/proc/self"))


def test_import_is_light(tmp_path: Path) -> None:
    """`import benchbook` and logging a run import neither DuckDB nor pandas nor Jupyter."""
    code = (
        "import sys, benchbook as bb\nwith bb.start_run('t') as r: r.log_metric('a', 1)\n"
        "heavy = ('duckdb', 'pandas', 'pyarrow', 'sklearn', 'jupyter_server', 'tornado', 'papermill')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip() == "[]"
