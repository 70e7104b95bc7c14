"""An endpoint: a run of kind "endpoint", the version that serves now, and the thread that follows the ref it was given.

The alias is looked at by one `stat` of the ledger every quarter of a second; only when a fact was recorded is the store
asked. A new version is loaded and tried beside the old one, and then put in its place by one assignment: requests that
were checked against the old version are still answered by it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from benchbook.errors import BenchbookError
from benchbook.models import get_model
from benchbook.models.records import ModelVersion
from benchbook.project import Project
from benchbook.serving.records import Health, ModelInfo
from benchbook.serving.served import MODEL_ERRORS, Served, load_served
from benchbook.store import facts_revision
from benchbook.tracking import start_run

POLL = 0.25
"""Seconds between two looks at the ledger."""
Tell = Callable[[str], None]


class Endpoint:
    """One served ref. ``tell`` is called with each thing that people should hear of, from any thread.

    Raises:
        BenchbookError: the version cannot be served; then no run was begun.
    """

    def __init__(self, ref: str, project: Project, tell: Tell, *, params: dict[str, Any]) -> None:
        self.ref = ref
        self.project = project
        self.problem = ""
        self._tell = tell
        self._seen = facts_revision(project.folder)
        version = get_model(ref, project=project)
        self.served = load_served(version, project)
        self.since = time.time()
        name = version.name
        params = {"model": name, "ref": ref, **params}
        self.run = start_run(f"serve {ref}", experiment=name, kind="endpoint", params=params, project=project)
        self._used(version)
        self._end = threading.Event()
        self._follower = threading.Thread(target=self._follow, name="benchbook-follow", daemon=True)

    def follow(self) -> None:
        """Begin to follow the ref, in a thread."""
        self._follower.start()

    def log(self, lines: list[tuple[str, Any]]) -> None:
        """Keep predictions: when this returns, they survive the death of this process."""
        self.run.stream.append_keyed("prediction", lines)

    def close(self) -> None:
        """Stop following; whoever made the endpoint ends its run."""
        self._end.set()
        if self._follower.ident is not None:
            self._follower.join(10)

    def info(self) -> ModelInfo:
        """What serves now."""
        served, version = self.served, self.served.version
        return ModelInfo(
            ref=self.ref,
            model=version.ref,
            version=version.version,
            estimator=version.estimator,
            aliases=version.aliases,
            since=self.since,
            signature=served.signature,
        )

    def health(self) -> Health:
        """Whether it serves what it should."""
        return Health("degraded" if self.problem else "ok", self.served.version.ref, self.since, self.problem)

    def _follow(self) -> None:
        while not self._end.wait(POLL):
            seen = facts_revision(self.project.folder)
            try:
                if seen != self._seen and self._look():
                    self._seen = seen
            except BenchbookError as error:  # its own run could not be written; the next look tries again
                self._tell(error.what)

    def _look(self) -> bool:
        """Ask what the ref means now and serve it; whether the question was answered."""
        try:
            version = get_model(self.ref, project=self.project)
        except BenchbookError as error:
            self._trouble(f"{self.ref} cannot be looked up: {error.what}")
            return error.status < 500
        if version.version == self.served.version.version:
            self.served.version = version  # its aliases may be others
            self.problem = ""
            return True
        try:
            served = load_served(version, self.project)
        except (BenchbookError, OSError, *MODEL_ERRORS) as error:
            what = error.what if isinstance(error, BenchbookError) else f"{type(error).__name__}: {error}"
            self._trouble(f"{version.ref} cannot be loaded, {self.served.version.ref} goes on serving: {what}")
            return True
        self._swap(served)
        return True

    def _swap(self, served: Served) -> None:
        before = self.served.version.ref
        self.served = served
        self.since = time.time()
        self.problem = ""
        self._used(served.version)
        self._say(f"{served.version.ref} serves now, after {before}.")

    def _trouble(self, problem: str) -> None:
        if problem != self.problem:
            self.problem = problem
            self._say(problem)

    def _say(self, text: str) -> None:
        self._tell(text)
        self.run.log_text(text)

    def _used(self, version: ModelVersion) -> None:
        data = {"name": version.name, "version": version.version, "digest": version.digest}
        self.run.stream.append("used", "model", data=data)
