"""The loop's process beside a real server: it begins and ends with it, however that ends, and goes on with the next."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchbook.monitoring.state import monitor_state
from benchbook.monitoring.switch import switch_loop
from benchbook.project import Project, open_project
from library.pipelines.loop_project import add_month, make_loop
from server.test_start_and_end import running_server

SECONDS = 120


@pytest.fixture
def switched(tmp_path: Path) -> Project:
    """A project whose monitor is switched on; April has come and was not looked at."""
    root = tmp_path / "root"
    root.mkdir()
    project = make_loop(open_project(root))
    switch_loop(project, "m", "ask")
    add_month(project, 4, turned=False)
    return project


def wait_for(true: Callable[[], Any]) -> Any:
    """What ``true`` gives, once it is something."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        found = true()
        if found:
            return found
        time.sleep(0.1)
    pytest.fail(f"It did not happen within {SECONDS} s.")


def loop_of(server: subprocess.Popen[bytes]) -> psutil.Process | None:
    """The loop's process of a server."""
    return next(iter(loops_of(server)), None)


def loops_of(server: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """All of them; one that ended and is not waited for yet has no command line."""
    found = []
    for child in psutil.Process(server.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):  # a zombie is one too
            found += [child] if "benchbook_lab.work" in child.cmdline() else []
    return found


def is_gone(process: psutil.Process) -> bool:
    """Whether it ended; a zombie whose parent was killed waits for nothing but init."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_the_loop_ends_with_a_server_that_is_killed(switched: Project) -> None:
    """A kill -9 of the server leaves no process behind; the next server goes on with what came meanwhile."""
    with running_server(switched.root) as (server, _):
        child = wait_for(lambda: loop_of(server))
        wait_for(lambda: monitor_state(switched, "m").observed("2013-04"))
        os.kill(server.pid, signal.SIGKILL)
        wait_for(lambda: is_gone(child))
    add_month(switched, 5, turned=False)
    assert monitor_state(switched, "m").observed("2013-05") is None
    with running_server(switched.root):
        wait_for(lambda: monitor_state(switched, "m").observed("2013-05"))


def test_the_loop_ends_with_a_server_that_is_stopped(switched: Project) -> None:
    """SIGTERM ends both; one child is all there ever is."""
    with running_server(switched.root) as (server, _):
        child = wait_for(lambda: loop_of(server))
        assert len(loops_of(server)) == 1
        server.send_signal(signal.SIGTERM)
        assert server.wait(SECONDS) == 0
        assert is_gone(child)


def test_a_project_without_a_switch_has_no_process(switched: Project) -> None:
    """Switched off in another process, the child ends by itself; switched on there, it comes."""
    with running_server(switched.root) as (server, _):
        wait_for(lambda: loop_of(server))
        switch_loop(switched, "m", "off")
        wait_for(lambda: loop_of(server) is None)
        switch_loop(switched, "m", "on")
        wait_for(lambda: loop_of(server))
