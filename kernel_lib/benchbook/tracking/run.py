"""A run that is open in this process: what `start_run` returns. Logging appends to its stream and never waits."""

from __future__ import annotations

import io
import mimetypes
import os
import threading
import traceback
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

import msgspec

from benchbook.errors import InvalidInput
from benchbook.refs import check_text
from benchbook.store import Stream
from benchbook.tracking.records import RunFailure, RunKind
from benchbook.tracking.values import metric_value, param_value, step_value

if TYPE_CHECKING:
    from benchbook.project import Project

MESSAGE_LIMIT = 20_000
"""Characters kept of the message and of the traceback of a failure."""
_SNAPSHOT_WAIT = 2.0
"""Seconds `finish` waits for the snapshots at most: it must never hold up a kernel."""


class ActiveRun:
    """An open run. Use it as a context manager, or call `finish` in the last cell.

    Logging the same thing again adds to it: a metric gets another point, a param keeps its history.
    ``owner`` says whether this process began the run and so decides its status; a pipeline step's notebook does not.
    """

    def __init__(
        self,
        project: Project,
        stream: Stream,
        name: str,
        kind: RunKind,
        *,
        owner: bool,
        leave: Callable[[ActiveRun], None],
    ) -> None:
        self.id = stream.run
        self.name = name
        self.kind: RunKind = kind
        self.project = project
        self.owner = owner
        self.entered = False
        self.finished = False
        self._stream = stream
        self._leave = leave
        self._steps: dict[str, int] = {}
        self._snapshots: threading.Thread | None = None

    def __repr__(self) -> str:
        return f"<run {self.name!r} {self.id} {'finished' if self.finished else 'running'}>"

    def _repr_html_(self) -> str:
        from benchbook.tracking.html import run_html
        from benchbook.tracking.reads import get_run

        return run_html(get_run(self.id, project=self.project))

    @property
    def stream(self) -> Stream:
        """The stream lines go to. Logging after `finish` (a cell run again) adds to the run instead of raising."""
        if self._stream.closed:
            warnings.warn(
                f"Run {self.name!r} ({self.id}) is finished; what is logged now is added to it.",
                UserWarning,
                stacklevel=4,
            )
            self._stream = Stream.join(self._stream.folder, self.id)
        return self._stream

    def log_metric(self, key: str, value: Any, step: int | None = None) -> None:
        """Log one point. Without ``step`` the key's points are counted from 0.

        Raises:
            InvalidInput: if ``value`` is no number, ``key`` no text or ``step`` no whole number.
            StorageFull: if the disk is full; earlier points are kept.
        """
        number = value if type(value) is float else metric_value(key, value)
        self.stream.append("metric", key, number, self._next_step(key, step))

    def log_metrics(self, values: Mapping[str, Any], step: int | None = None) -> None:
        """Log several points at one step, all or none of them.

        Raises:
            InvalidInput, StorageFull: as `log_metric`; then none of the points is logged.
        """
        if not isinstance(values, Mapping):
            raise InvalidInput(f"log_metrics takes a mapping such as {{'loss': 0.3}}, not {type(values).__name__}.")
        numbers = {key: metric_value(key, value) for key, value in values.items()}
        steps = {key: self._next_step(key, step) for key in numbers}
        by_step: dict[int, dict[str, float]] = {}
        for key, number in numbers.items():
            by_step.setdefault(steps[key], {})[key] = number
        for at, group in by_step.items():
            self.stream.append_metrics(group, at)

    def _next_step(self, key: str, step: int | None) -> int:
        expected = self._steps.get(key)
        if expected is None:
            check_text("metric key", key)
            expected = 0
        if step is None:
            step = expected
        if type(step) is not int or not -(2**62) < step < 2**62:
            step = step_value(key, step)
        self._steps[key] = step + 1
        return step

    def log_param(self, key: str, value: Any) -> None:
        """Log one param; a changed one keeps its earlier values.

        Raises:
            InvalidInput: if ``key`` is no text.
        """
        self.stream.append("param", check_text("param name", key), data=param_value(value))

    def log_params(self, values: Mapping[str, Any]) -> None:
        """Log several params.

        Raises:
            InvalidInput: if ``values`` is no mapping or a name no text; then none is logged.
        """
        if not isinstance(values, Mapping):
            raise InvalidInput(f"log_params takes a mapping such as {{'depth': 6}}, not a {type(values).__name__}.")
        for key in values:
            check_text("param name", key)
        for key, value in values.items():
            self.log_param(key, value)

    def log_artifact(self, path: str | os.PathLike[str], name: str | None = None) -> None:
        """Keep a copy of a file, or of every file in a folder, under ``name`` (its own name when not given).

        Raises:
            InvalidInput: if there is no such file, or ``name`` is absolute or leaves the run (``..``).
        """
        try:
            source = Path(path)
            own_name, is_folder = source.resolve().name, source.is_dir()
        except (OSError, ValueError, TypeError) as error:
            shown = f"{str(path)[:80]!r} ({type(path).__name__})"
            raise InvalidInput(f"{shown} is no path of a file to log: {error}.") from error
        target = artifact_path(own_name if name is None else name)
        if is_folder:
            files = sorted(file for file in source.rglob("*") if file.is_file() and not file.is_symlink())
            for file in files:
                self._keep_file(file, f"{target}/{file.relative_to(source).as_posix()}")
        elif source.is_file():
            self._keep_file(source, target)
        else:
            raise InvalidInput(
                f"There is no file {str(source)!r} to log (looked in {Path.cwd()}).",
                hint="Write the file first, then log it.",
            )

    def log_figure(self, figure: Any, name: str) -> None:
        """Keep a figure (anything with ``savefig``) as an image; ``name`` ends in .png, .svg or .pdf.

        Raises:
            InvalidInput: if it cannot be saved or the name has another ending.
        """
        target = artifact_path(name)
        kind = PurePosixPath(target).suffix.lower().lstrip(".")
        if kind not in ("png", "svg", "pdf"):
            raise InvalidInput(f"The figure name {name!r} ends in none of .png, .svg, .pdf.")
        if not hasattr(figure, "savefig"):
            what = f"A {type(figure).__name__} is no figure: it has no savefig."
            raise InvalidInput(what, hint="Pass the figure, not the axes.")
        buffer = io.BytesIO()
        figure.savefig(buffer, format=kind, bbox_inches="tight")
        self.log_bytes(buffer.getvalue(), target)

    def log_bytes(self, content: bytes, name: str) -> None:
        """Keep ``content`` as the artifact ``name``.

        Raises:
            InvalidInput: if ``name`` is absolute or leaves the run.
        """
        from benchbook.objects import objects_of

        target = artifact_path(name)
        blob = objects_of(self.project).put_bytes(content)
        self._artifact(target, blob.id, blob.size)

    def _keep_file(self, source: Path, target: str) -> None:
        from benchbook.objects import objects_of

        blob = objects_of(self.project).put_file(source)
        self._artifact(target, blob.id, blob.size)

    def _artifact(self, path: str, digest: str, size: int) -> None:
        kind = "application/x-ipynb+json" if path.endswith(".ipynb") else mimetypes.guess_type(path)[0]
        data = {"digest": digest, "size": size, "media_type": kind or "application/octet-stream"}
        self.stream.append("artifact", path, data=data)

    def log_text(self, text: str) -> None:
        """Add lines to the run's log."""
        for line in str(text).splitlines() or [""]:
            self.stream.append("log", data=line)

    def set_tag(self, key: str, value: Any) -> None:
        """Set a tag; setting it again replaces it.

        Raises:
            InvalidInput: if ``key`` is no text.
        """
        self.stream.append("tag", check_text("tag", key), data=str(value))

    def set_note(self, text: str) -> None:
        """Set the run's note (Markdown), replacing an earlier one."""
        self.stream.append("note", data=str(text))

    def log_progress(self, done: int, total: int) -> None:
        """Say how many of how many cells are done."""
        self.stream.append("progress", value=float(done), data={"total": int(total)})

    def finish(
        self, status: Literal["finished", "failed"] = "finished", failure: RunFailure | BaseException | None = None
    ) -> None:
        """End the run; ending it again does nothing. The run of a pipeline step is ended by the pipeline."""
        if self.finished:
            return
        self.finished = True
        self._leave(self)
        if not self.owner:
            return
        if self._snapshots is not None:
            self._snapshots.join(_SNAPSHOT_WAIT)
        if isinstance(failure, BaseException):
            failure = failure_of(failure)
        self._stream.close({"status": status, "failure": msgspec.to_builtins(failure)})

    def snapshot(self, thread: threading.Thread) -> None:
        """Let ``thread`` take the snapshots in the background."""
        thread.start()
        self._snapshots = thread

    def __enter__(self) -> Self:
        self.entered = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or (isinstance(error, SystemExit) and not error.code):
            self.finish()  # `sys.exit(0)` is how scripts say that all went well
        else:
            self.finish("failed", error)


def failure_of(error: BaseException) -> RunFailure:
    """An exception as the record of why a run failed."""
    text = "".join(traceback.format_exception(error))
    name = "Interrupted" if isinstance(error, KeyboardInterrupt) else type(error).__name__
    return RunFailure(type=name, message=shortened(str(error) or name), traceback=text[-MESSAGE_LIMIT:])


def shortened(message: str) -> str:
    """``message`` cut where it is longer than anybody reads: lists of runs carry it."""
    return message if len(message) <= MESSAGE_LIMIT else message[:MESSAGE_LIMIT] + "…"


def artifact_path(name: object) -> str:
    """``name`` as a relative path inside the run, with forward slashes.

    Raises:
        InvalidInput: if it is empty, absolute, climbs out by ``..`` or holds a backslash or control character.
    """
    text = check_text("artifact name", name)
    path = PurePosixPath(text)
    if "\\" in text or path.is_absolute() or ".." in path.parts or ":" in path.parts[0] or not path.name:
        raise InvalidInput(
            f"The artifact name {text[:120]!r} is not a path inside the run.",
            hint="Use a relative path such as 'plots/roc.png'.",
        )
    return path.as_posix()
