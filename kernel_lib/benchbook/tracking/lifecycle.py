"""Starting, finding and finishing runs in this process.

Re-running a cell must never raise: a plain `start_run` cell that is run again finishes the run it had started before,
and a cell that logs after the end of its run adds to it.
In the kernel of a pipeline step the first `start_run` adopts the step's run; further ones are its children.
"""

from __future__ import annotations

import atexit
import os
import platform
import secrets
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import msgspec

from benchbook.errors import BenchbookError, Conflict, InvalidInput
from benchbook.project import Project, current_project, open_project
from benchbook.refs import check_text
from benchbook.store import Stream, drop_stream, push_stream
from benchbook.store.current import PROJECT_VARIABLE, RUN_VARIABLE, Stack, step_stream
from benchbook.tracking.records import RunFailure, RunKind
from benchbook.tracking.run import ActiveRun
from benchbook.versioning import code_state, environment_state, notebook_path
from benchbook.versioning.snapshots import relative_to

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_runs: Stack[ActiveRun] = Stack()
_last: list[ActiveRun] = []
"""The run that ended last, if any: a cell that logs to it, run again, must not raise."""
_WITHOUT_SOURCE: tuple[RunKind, ...] = ("pipeline", "endpoint")
"""Kinds of runs that no notebook or script of the user's is the source of, so none is snapshot."""
_joined: dict[str, ActiveRun] = {}
"""Runs of pipeline steps that this process logs to, by id."""
_taken: set[str] = set()
"""Those of them that a `start_run` has adopted."""


def start_run(  # noqa: PLR0913  all but the name are keywords, and most are only for the runner of pipelines
    name: str | None = None,
    *,
    params: Mapping[str, Any] | None = None,
    experiment: str | None = None,
    tags: Mapping[str, Any] | None = None,
    note: str | None = None,
    kind: RunKind = "run",
    parent: str | None = None,
    notebook: str | None = None,
    project: Project | None = None,
) -> ActiveRun:
    """Start a run and make it the current one; an endpoint, which serves beside whatever else a process does, is not.

    ``name`` defaults to the notebook's or script's name, ``experiment`` to the name. Inside a ``with`` block of another
    run it becomes that run's child. Code, notebook and environment are recorded in the background; ``notebook`` is the
    path of the one that is running, found out when not given.

    Raises:
        InvalidInput: for a name, param or tag that is no text; nothing is started then.
        NotAllowed, StorageFull: if the project cannot be written.
    """
    for noun, text in (("run name", name), ("experiment", experiment)):
        if text is not None:
            check_text(noun, text)
    for noun, values in (("params", params), ("tags", tags)):
        _check_names(noun, values)
    if kind == "run" and parent is None:
        step = _adopt()
        if step is not None:
            _describe(step, params, tags, note)
            return step
        parent = _outer()
    if notebook is None:  # pipelines and endpoints are no notebooks, and the program that runs one is not its source
        notebook = "" if kind in _WITHOUT_SOURCE else notebook_path()
    run = _begin(name, experiment, kind, parent, project or current_project(), notebook)
    _describe(run, params, tags, note)
    return run


def _check_names(noun: str, values: object) -> None:
    if values is None:
        return
    if not isinstance(values, Mapping):
        raise InvalidInput(f"{noun} is a mapping such as {{'depth': 6}}, not a {type(values).__name__}.")
    for key in values:
        check_text("param or tag name", key)


def _outer() -> str | None:
    """The parent of a new run; a plain run left open by an earlier execution of the cell is finished first."""
    for outer in reversed(_runs.mine()):
        if outer.entered or outer.kind != "run" or not outer.owner:
            return outer.id
        outer.finish()
    run = current_run()  # of the main thread, if this one has none, or of the step
    return run.id if run is not None else None


def _begin(
    name: str | None, experiment: str | None, kind: RunKind, parent: str | None, project: Project, notebook: str
) -> ActiveRun:
    project.make()
    name = name or (Path(notebook).stem if notebook else "run")
    data = {
        "name": name,
        "experiment": experiment or name,
        "kind": kind,
        "parent": parent,
        "user": project.user,
        "host": platform.node(),
        "pid": os.getpid(),
        "notebook": relative_to(project.root, notebook),
    }
    run_id = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    stream = Stream.start(project.folder / "streams", run_id, data)
    run = ActiveRun(project, stream, name, kind, owner=True, leave=leave)
    if kind != "endpoint":
        _runs.push(run)
        push_stream(stream)
    if kind not in _WITHOUT_SOURCE:
        name = f"benchbook-snapshots-{run_id}"
        run.snapshot(threading.Thread(target=_take_snapshots, args=(run, notebook), name=name, daemon=True))
    return run


def _take_snapshots(run: ActiveRun, notebook: str) -> None:
    """Runs in a thread; if the run is finished before it is done, what is missing stays missing."""
    from benchbook.objects import objects_of

    objects = objects_of(run.project)
    for kind, take in (
        ("code", lambda: code_state(run.project.root, objects, notebook)),
        ("environment", lambda: environment_state(objects)),
    ):
        try:
            state = msgspec.to_builtins(take())
            run._stream.append("snapshot", kind, data=state)  # noqa: SLF001  not `stream`: a finished run is not reopened for this
        except Conflict:
            return
        except BenchbookError as error:  # a full disk, say: it must not look like an error of the notebook
            with suppress(BenchbookError):
                run._stream.append("log", data=f"The {kind} could not be kept: {error}")  # noqa: SLF001  as above


def _describe(
    run: ActiveRun, params: Mapping[str, Any] | None, tags: Mapping[str, Any] | None, note: str | None
) -> None:
    run.log_params(params or {})
    for key, value in (tags or {}).items():
        run.set_tag(key, value)
    if note is not None:
        run.set_note(note)


def step_run() -> ActiveRun | None:
    """The run of the pipeline step that this process executes, or None."""
    stream = step_stream()
    if stream is None:
        return None
    if stream.run not in _joined:
        project = open_project(os.environ[PROJECT_VARIABLE])
        name = Path(notebook_path()).stem or "step"
        _joined[stream.run] = ActiveRun(project, stream, name, "step", owner=False, leave=leave)
    return _joined[stream.run]


def _adopt() -> ActiveRun | None:
    """The step's run, the first time a run is started in its kernel."""
    if _runs.visible() or os.environ.get(RUN_VARIABLE) in _taken:
        return None
    run = step_run()
    if run is not None:
        _taken.add(run.id)
        _runs.push(run)
        push_stream(run.stream)
    return run


def current_run() -> ActiveRun | None:
    """The innermost open run of this thread or else of the main one; in a pipeline step the step's run; else None."""
    runs = _runs.visible()
    return runs[-1] if runs else step_run()


def last_run() -> ActiveRun | None:
    """The current run, or else the one of this project that ended last in this process."""
    run = current_run()
    if run is None and _last and _last[0].project.root == current_project().root:
        return _last[0]
    return run


def need_run() -> ActiveRun:
    """The run to log to: the current one, or else the one that ended last, to which a cell run again adds.

    Raises:
        Conflict: if none was started in this process.
    """
    run = last_run()
    if run is None:
        raise Conflict("There is no open run to log to.", hint="Start one: run = bb.start_run('train').")
    return run


def leave(run: ActiveRun) -> None:
    """Forget an ended run; runs still open inside it are finished with it."""
    _last[:] = [run]
    for inner in reversed(_runs.drop(run)):
        inner.finish()
    drop_stream(run._stream)  # noqa: SLF001  the property would open it again


def finish_run(status: Literal["finished", "failed"] = "finished") -> None:
    """Finish the current run, if there is one.

    Raises:
        InvalidInput: if ``status`` is neither "finished" nor "failed".
    """
    if status not in ("finished", "failed"):
        raise InvalidInput(f"A run ends as 'finished' or 'failed', not {status!r}.")
    run = current_run()
    if run is not None:
        run.finish(status)


def log_params(values: Mapping[str, Any]) -> None:
    """Log params to the current run.

    Raises:
        Conflict: if no run was started.
    """
    need_run().log_params(values)


def log_metrics(values: Mapping[str, Any], step: int | None = None) -> None:
    """Log metrics to the current run.

    Raises:
        Conflict: if no run was started.
    """
    need_run().log_metrics(values, step)


def log_artifact(path: str | os.PathLike[str], name: str | None = None) -> None:
    """Keep a file or folder with the current run.

    Raises:
        Conflict: if no run was started.
    """
    need_run().log_artifact(path, name)


def _forget_in_child() -> None:
    """A forked child logs to its parent's runs through streams of its own, and ends none of them."""
    for run in _runs.all():
        run.owner = False


os.register_at_fork(after_in_child=_forget_in_child)


def _finish_at_exit() -> None:
    """A script that ends has ended its runs; a kernel that is shut down has not, and its runs become failed.

    Python does not tell the exit code here, so a script that calls `sys.exit(1)` outside a ``with`` block ended well.
    """
    kernel = sys.modules.get("ipykernel.kernelapp")
    if kernel is not None and kernel.IPKernelApp.initialized():
        return
    error = getattr(sys, "last_value", None)
    for run in reversed(_runs.all()):
        if error is None:
            run.finish()
        else:
            run.finish("failed", error if isinstance(error, BaseException) else RunFailure("Error", str(error)))


atexit.register(_finish_at_exit)
