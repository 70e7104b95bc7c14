"""Keeps the loop of monitors going while the server lives: one child process, made when a monitor may be switched on.

The child itself looks which monitors are, and ends when none is; here only the cheap signs are read (the ledger's new
lines, the time of `benchbook.yaml`), so a project without monitors costs two `stat` a second.
"""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import msgspec

from benchbook.errors import BenchbookError
from benchbook_lab.place import VARIABLE, Place
from benchbook_lab.work import Said

if TYPE_CHECKING:
    from benchbook.project import Project

LOOK = 1.0
"""Seconds between two looks for signs."""
AFTER_CRASH = 30.0
"""Seconds before a child that died is replaced."""
PATIENCE = 1.5
"""Seconds that a child gets to end by itself when the server ends."""
_SWITCH = b'"action":"switch","noun":"monitor"'

log = logging.getLogger(__name__)


class Loop:
    """The loop of the project of ``place``; begins with `start`."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._end = Event()
        self._child: Child | None = None
        self._signs: Signs | None = None
        self._pause = 0.0
        self._thread = Thread(target=self._keep, name="benchbook-loop", daemon=True)

    def start(self) -> None:
        """Begin to look for signs."""
        self._thread.start()

    def stop(self) -> None:
        """End the child, and see that it is gone."""
        self._end.set()
        if self._child is not None:
            self._child.stop()

    def is_running(self, project: Project) -> bool:
        """Whether the child of ``project`` is alive."""
        return self._child is not None and self._child.is_alive and self._child.root == project.root

    def problem(self, project: Project, name: str) -> str:
        """Why the monitor could not be looked at in the last turn; empty if it could, or nobody looked."""
        if self._child is None or self._child.root != project.root:
            return ""
        problems = self._child.problems
        return problems.get(name) or problems.get("", "")

    def _keep(self) -> None:
        while not self._end.wait(LOOK):
            try:
                project = self._place.project()
                if project is not None:
                    self._look(project)
            except (BenchbookError, OSError) as error:
                log.debug("The loop of monitors could not be looked after: %s", error)

    def _look(self, project: Project) -> None:
        if self._signs is None or self._signs.root != project.root:
            self._signs = Signs(project)
        called = self._signs.read()
        if self._child is not None and self._child.is_alive:
            if self._child.root != project.root:
                self._child.stop()
            return
        if self._child is not None and self._child.crashed:
            self._pause += LOOK
            called |= self._pause >= AFTER_CRASH
        if called and self._signs.has_monitors and not self._end.is_set():
            self._pause = 0.0
            self._child = Child(project.root)
            if self._end.is_set():  # the server ended between the question and the start
                self._child.stop()


class Signs:
    """What tells, without opening the store, that a monitor may have been switched on."""

    def __init__(self, project: Project) -> None:
        self.root = project.root
        self._config = project.root / "benchbook.yaml"
        self._ledger = project.folder / "ledger.jsonl"
        self._saved = -1
        self._read = -1
        self.has_monitors = False

    def read(self) -> bool:
        """Whether there is a new sign since the last look; the first look always is one."""
        return self._config_moved() | self._switched()

    def _config_moved(self) -> bool:
        saved = self._config.stat().st_mtime_ns if self._config.is_file() else 0
        moved, self._saved = saved != self._saved, saved
        if moved:
            self.has_monitors = bool(saved) and b"monitors:" in self._config.read_bytes()
        return moved

    def _switched(self) -> bool:
        size = self._ledger.stat().st_size if self._ledger.is_file() else 0
        before, self._read = self._read, size
        if before < 0 or size < before:
            return True
        if size == before:
            return False
        with self._ledger.open("rb") as file:
            # A little more than the new part: the last line read before may have been half written.
            file.seek(max(0, before - 1_000))
            return _SWITCH in file.read(size - before + 1_000)


class Child:
    """One process that takes turns."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: dict[str, str] = {}
        # -P: a file of the project that is called like a module of Python is not imported in its place.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "benchbook_lab.work", "loop", str(root)],
            cwd=root,
            env=os.environ | {VARIABLE: str(root), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        Thread(target=self._listen, name=f"benchbook-loop-{self._process.pid}", daemon=True).start()

    @property
    def is_alive(self) -> bool:
        """Whether it goes on."""
        return self._process.poll() is None

    @property
    def crashed(self) -> bool:
        """Whether it ended otherwise than because no monitor is switched on."""
        return self._process.poll() not in (None, 0)

    def stop(self) -> None:
        """Close its input, which it ends by, and kill it where that does not help; what it did goes on next time."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _listen(self) -> None:
        with self._process:  # waits for its end, so that no zombie stays, and closes the pipes
            assert self._process.stdout is not None
            for line in self._process.stdout:
                self._hear(line)

    def _hear(self, line: bytes) -> None:
        try:
            said = msgspec.json.decode(line, type=Said)
        except msgspec.DecodeError:  # something below it printed
            log.info("%s", line.decode(errors="replace").rstrip())
            return
        if said.told:
            log.info("%s", said.told)
        if said.problems is not None:
            self.problems = said.problems
