"""Endpoints as processes: start one beside whatever calls, list those that serve, stop one.

The token never stands in a command line: it goes to the new process by its environment, and each endpoint leaves a file
that only its user can read, so that another process of theirs can find and ask it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from benchbook.errors import BenchbookError, Conflict, InvalidInput, NotFound
from benchbook.project import Project, current_project
from benchbook.refs import parse_ref
from benchbook.serving.records import EndpointProcess
from benchbook.store.current import RUN_VARIABLE
from benchbook.tracking import list_runs
from benchbook.tracking.records import RunRow

TOKEN_VARIABLE = "BENCHBOOK_SERVE_TOKEN"  # noqa: S105  the variable's name
_START = 60.0
_STOP = 20.0
_started: dict[int, subprocess.Popen[bytes]] = {}
"""Processes this one has started: they are its children, and only it can lay them to rest."""


class _Announced(msgspec.Struct):
    url: str
    run: str


def start_endpoint(
    ref: str, *, host: str = "127.0.0.1", port: int = 0, project: Project | None = None
) -> EndpointProcess:
    """Start `benchbook serve` in a session of its own and wait until it answers; it outlives this process.

    Raises:
        BenchbookError: it did not start; says what it said.
    """
    parse_ref("model", ref)
    project = project or current_project()
    token = secrets.token_urlsafe(24)
    command = [sys.executable, "-P", "-m", "benchbook", "--project", str(project.root), "serve", ref]
    command += ["--host", host, "--port", str(port), "--json"]
    environment = {name: value for name, value in os.environ.items() if name != RUN_VARIABLE}
    with _log_file(project) as (log, path):
        process = subprocess.Popen(
            command,
            env={**environment, TOKEN_VARIABLE: token},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
        _started[process.pid] = process
        said = None
        try:
            said = _announced(process)
        finally:
            if said is None:
                process.kill()
                _rest(process.pid)
                path.unlink()
        if said is None:
            raise BenchbookError(f"The endpoint of {ref} did not start.", hint=_said(log))
        path.rename(_folder(project) / f"{said.run}.log")
    return EndpointProcess(said.run, ref, said.url, token, process.pid, socket.gethostname(), time.time())


def list_endpoints(*, project: Project | None = None) -> list[EndpointProcess]:
    """Return the endpoints that serve now, the newest first."""
    project = project or current_project()
    for process in _started.values():
        process.poll()  # what has ended is laid to rest
    left = [path for path in (project.folder / "endpoints").glob("*") if not path.name.startswith("start-")]
    page = list_runs("status = 'running'", kind="endpoint", limit=1_000, project=project)
    running = {row.id for row in page.runs}
    for path in left:  # listed before the runs were asked, so these belong to endpoints that were killed
        if path.stem not in running:
            path.unlink(missing_ok=True)
    return [_known(project, row) for row in page.runs]


def stop_endpoint(endpoint: str | EndpointProcess, *, project: Project | None = None) -> None:
    """End an endpoint, given itself or its run's id, and wait until requests under way are answered.

    Raises:
        NotFound: no such endpoint serves now.
        NotAllowed, Conflict: it is not ours to end, or it does not end.
    """
    project = project or current_project()
    run = endpoint if isinstance(endpoint, str) else endpoint.run
    serving = {one.run: one for one in list_endpoints(project=project)}
    if run not in serving:
        raise NotFound("endpoint", run, known=serving)
    found = serving[run]
    if found.host != socket.gethostname() or found.pid <= 0:
        raise InvalidInput(f"Endpoint {run} serves on {found.host}, not here.", hint="End it there.")
    # Its stream's lock was held a moment ago, so the number is that of its process and of no other.
    with contextlib.suppress(ProcessLookupError):
        os.kill(found.pid, signal.SIGTERM)
    end = time.monotonic() + _STOP
    while run in {one.run for one in list_endpoints(project=project)}:
        if time.monotonic() > end:
            raise Conflict(f"Endpoint {run} (pid {found.pid}) has not ended within {_STOP:.0f} s.")
        time.sleep(0.05)
    _rest(found.pid)


def remember_endpoint(project: Project, endpoint: EndpointProcess) -> None:
    """Leave what others of this user need to ask an endpoint, where nobody else can read it."""
    path = _state(project, endpoint.run)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(msgspec.json.encode(endpoint))


def forget_endpoint(project: Project, run: str) -> None:
    """Remove what `remember_endpoint` left, and the log of a process that ended in order."""
    for path in (_state(project, run), _state(project, run).with_suffix(".log")):
        path.unlink(missing_ok=True)


def _state(project: Project, run: str) -> Path:
    return _folder(project) / f"{run}.json"


def _folder(project: Project) -> Path:
    project.make()
    folder = project.folder / "endpoints"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _known(project: Project, row: RunRow) -> EndpointProcess:
    """What this user may know of an endpoint: all of their own, or only that it is there."""
    try:
        return msgspec.json.decode(_state(project, row.id).read_bytes(), type=EndpointProcess)
    except (OSError, msgspec.MsgspecError):
        return EndpointProcess(row.id, row.name.removeprefix("serve "), "", "", 0, "another place", row.started)


@contextlib.contextmanager
def _log_file(project: Project) -> Iterator[tuple[IO[bytes], Path]]:
    path = _folder(project) / f"start-{secrets.token_hex(6)}.log"
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w+b") as file:
        yield file, path


def _announced(process: subprocess.Popen[bytes]) -> _Announced | None:
    """The line an endpoint prints when it serves; None if it ended, or says nothing for too long."""
    import selectors

    assert process.stdout is not None
    text = b""
    with process.stdout, selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        end = time.monotonic() + _START
        while not text.endswith(b"\n"):
            if not selector.select(max(0.0, end - time.monotonic())):
                return None
            part = os.read(process.stdout.fileno(), 65_536)
            if not part:
                return None
            text += part
    return msgspec.json.decode(text, type=_Announced)


def _said(log: IO[bytes]) -> str:
    log.seek(0)
    return log.read().decode("utf-8", "replace").strip()[-2_000:] or "It said nothing."


def _rest(pid: int) -> None:
    process = _started.pop(pid, None)
    if process is not None:
        process.wait()
