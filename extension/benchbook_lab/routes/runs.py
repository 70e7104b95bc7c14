"""Runs: the list, the page, its curves and log, its notebook and its files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from benchbook_lab import artifacts, notebooks
from benchbook_lab.handler import BenchbookHandler
from benchbook_lab.place import Asked

if TYPE_CHECKING:
    from benchbook.tracking.records import Curve, LogLine, Run, RunPage


class RunsQuery(msgspec.Struct, frozen=True):
    """Which runs, in which order, which slice of them, and which metric to show of each."""

    filter: str = ""
    order_by: str = "started DESC"
    limit: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 100
    offset: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)] = 0
    kind: Literal["run", "pipeline", "step", "endpoint"] | None = None
    parent: str | None = None
    metric: str | None = None


class CurvesQuery(msgspec.Struct, frozen=True):
    """Which metrics (all when none is named), thinned to how many points."""

    key: Annotated[list[str], msgspec.Meta(max_length=100)] = msgspec.field(default_factory=list)
    points: Annotated[int, msgspec.Meta(ge=2, le=10_000)] = 1_000


class ArtifactQuery(msgspec.Struct, frozen=True):
    """Whether the browser may show the file, where its kind allows that."""

    inline: bool = False


class RunsRoute(BenchbookHandler):
    """GET /runs."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """A slice of the runs, and how many match."""
        await self.answer(list_runs, self.read_query(RunsQuery))


class RunRoute(BenchbookHandler):
    """GET /runs/<id>."""

    @authenticated
    @authorized
    async def get(self, run: str) -> None:
        """Everything known of one run."""
        await self.answer(get_run, run)


class CurvesRoute(BenchbookHandler):
    """GET /runs/<id>/curves."""

    @authenticated
    @authorized
    async def get(self, run: str) -> None:
        """The points of some of its metrics."""
        await self.answer(get_curves, run, self.read_query(CurvesQuery))


class LogRoute(BenchbookHandler):
    """GET /runs/<id>/log."""

    @authenticated
    @authorized
    async def get(self, run: str) -> None:
        """The lines it logged as text."""
        await self.answer(get_log, run)


class NotebookRoute(BenchbookHandler):
    """GET /runs/<id>/notebook."""

    @authenticated
    @authorized
    async def get(self, run: str) -> None:
        """Its executed notebook, or the source as it was."""
        await self.answer(notebooks.get_notebook, run)


class ArtifactRoute(BenchbookHandler):
    """GET /runs/<id>/artifacts/<path>."""

    @authenticated
    @authorized
    async def get(self, run: str, path: str) -> None:
        """The bytes of one of its files."""
        query = self.read_query(ArtifactQuery)
        file = await self.call(artifacts.open_artifact, run, path)
        await artifacts.send(self, file, inline=query.inline)


def list_runs(asked: Asked, query: RunsQuery) -> RunPage:
    """A page of runs; while there is no project, an empty one."""
    from benchbook.tracking import reads
    from benchbook.tracking.records import RunPage

    if asked.project is None:
        return RunPage(0, [])
    return reads.list_runs(**msgspec.structs.asdict(query), project=asked.project)


def get_run(asked: Asked, run: str) -> Run:
    """One run."""
    from benchbook.tracking import reads

    return reads.get_run(run, project=asked.need())


def get_curves(asked: Asked, run: str, query: CurvesQuery) -> list[Curve]:
    """Curves of one run."""
    from benchbook.tracking import reads

    return reads.metric_curves(run, query.key or None, points=query.points, project=asked.need())


def get_log(asked: Asked, run: str) -> list[LogLine]:
    """The log of one run."""
    from benchbook.tracking import reads

    return reads.run_log(run, project=asked.need())
