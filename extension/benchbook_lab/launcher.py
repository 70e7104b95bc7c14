"""Starts pipelines in the background as `benchbook run`, in sessions of their own: they go on when Jupyter ends.

The very command a person would type is run, so a run started by a click can do nothing that the terminal cannot.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

import msgspec

from benchbook.errors import Conflict, InvalidInput
from benchbook.store.lock import unwritable
from benchbook_lab.records import PipelineStarted

if TYPE_CHECKING:
    from benchbook.project import Project

PARAMS_LIMIT = 100_000


class Launcher:
    """The pipelines and retrainings started from this server."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: dict[tuple[Path, str], subprocess.Popen[bytes]] = {}

    def is_running(self, project: Project, name: str) -> bool:
        """Whether the pipeline (or whatever was launched as ``name``) was started from here and goes on."""
        process = self._running.get((project.root, name))
        return process is not None and process.poll() is None

    def start(self, project: Project, pipeline: str, params: dict[str, Any]) -> PipelineStarted:
        """Start ``pipeline``; what it prints goes to a file under ``.benchbook/logs``.

        Raises:
            Conflict: if it was started from here before and goes on.
            InvalidInput: if the params are too long for a command line.
            NotAllowed, StorageFull: if the log cannot be written.
        """
        command = _command(pipeline, params)
        return PipelineStarted(run=None, started=True, log=self.launch(project, pipeline, command))

    def launch(self, project: Project, name: str, command: list[str], *, noun: str = "pipeline") -> str:
        """Start ``command`` as ``name``; returns the path of its log inside the project.

        Raises:
            Conflict: if it was started from here before and goes on.
            NotAllowed, StorageFull: if the log cannot be written.
        """
        with self._lock:
            if self.is_running(project, name):
                process = self._running[project.root, name]
                raise Conflict(
                    f"The {noun} {name!r} is running already (pid {process.pid}).",
                    hint="Wait for its end; the Runs panel shows how far it is.",
                )
            project.make()
            log = project.folder / "logs" / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}.log"
            try:
                log.parent.mkdir(exist_ok=True)
                process = _spawn(project.root, command, log)
            except OSError as error:
                raise unwritable(log, error) from error
            self._running[project.root, name] = process
        # A child that ended stays a zombie until somebody waits for it.
        Thread(target=process.wait, name=f"benchbook-run-{process.pid}", daemon=True).start()
        return str(log.relative_to(project.root))


def _command(pipeline: str, params: dict[str, Any]) -> list[str]:
    given = [part for name, value in params.items() for part in ("-p", name, msgspec.json.encode(value).decode())]
    length = sum(map(len, given))
    if length > PARAMS_LIMIT:
        hint = "Write long values into benchbook.yaml, or save them as a dataset."
        raise InvalidInput(f"The params have {length:,} characters; at most {PARAMS_LIMIT:,} can be given.", hint=hint)
    # -P: a file of the project that is called like a module of Python is not imported in its place.
    return [sys.executable, "-P", "-m", "benchbook", "run", *given, "--", pipeline]


def _spawn(root: Path, command: list[str], log: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {"BENCHBOOK_PROJECT": str(root), "PYTHONUNBUFFERED": "1"}
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
