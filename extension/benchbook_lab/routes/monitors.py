"""Monitors: list, timeline, one column of one chunk, its rows; looking, closing alerts, retraining, the loop."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Annotated

import msgspec
from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from benchbook import errors
from benchbook_lab.handler import BenchbookHandler
from benchbook_lab.place import Asked

if TYPE_CHECKING:
    from benchbook.data.records import RowPage
    from benchbook.monitoring.views import ColumnView
    from benchbook.project import Project
    from benchbook_lab import monitor_records as records
    from benchbook_lab.launcher import Launcher
    from benchbook_lab.loop import Loop
    from benchbook_lab.work import Done

Count = Annotated[int, msgspec.Meta(ge=1, le=500)]


class PageQuery(msgspec.Struct, frozen=True):
    """Which part of the timeline: ``chunks`` before number ``until`` (the newest without it), ``columns`` of them."""

    chunks: Count = 60
    columns: Count = 40
    until: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] | None = None


class ColumnQuery(msgspec.Struct, frozen=True):
    """Which cell."""

    chunk: str
    column: str


class RowsQuery(msgspec.Struct, frozen=True):
    """Which slice of the rows of which chunk."""

    chunk: str
    limit: Annotated[int, msgspec.Meta(ge=0, le=1_000)] = 100
    offset: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000_000)] = 0


class MonitorsRoute(BenchbookHandler):
    """GET /monitors."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Every monitor with what it saw last."""
        await self.answer(list_monitors, self.services.loop)


class MonitorRoute(BenchbookHandler):
    """GET /monitors/<name>."""

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Its timeline."""
        await self.answer(get_page, name, self.read_query(PageQuery), self.services.loop, self.services.launcher)


class ColumnRoute(BenchbookHandler):
    """GET /monitors/<name>/column."""

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        """One column of one chunk beside the reference."""
        await self.answer(get_column, name, self.read_query(ColumnQuery))


class RowsRoute(BenchbookHandler):
    """GET /monitors/<name>/rows."""

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        """A slice of the rows of one chunk."""
        await self.answer(get_rows, name, self.read_query(RowsQuery))


class LooksRoute(BenchbookHandler):
    """POST /monitors/<name>/looks."""

    lane = "work"

    @authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Look at the chunks that are new, in a process of its own, and answer when it has."""
        from benchbook_lab.monitor_records import NoFields

        self.read_body(NoFields)
        await self.answer(look, name)


class ClosingsRoute(BenchbookHandler):
    """POST /monitors/<name>/closings."""

    @authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Close alerts for a reason, in the name of Jupyter's user."""
        from benchbook_lab.monitor_records import CloseRequest

        await self.answer(close, name, self.read_body(CloseRequest))


class RetrainingsRoute(BenchbookHandler):
    """POST /monitors/<name>/retrainings."""

    @authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Start the retraining that open alerts call for, in the background and in the name of Jupyter's user."""
        from benchbook_lab.monitor_records import NoFields

        self.read_body(NoFields)
        await self.answer(start_retraining, name, self.services.launcher)


class LoopRoute(BenchbookHandler):
    """POST /monitors/<name>/loop."""

    @authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Switch what the monitor does by itself, in the name of Jupyter's user."""
        from benchbook_lab.monitor_records import LoopRequest

        await self.answer(switch, name, self.read_body(LoopRequest))


def list_monitors(asked: Asked, loop: Loop) -> list[records.MonitorItem]:
    """All monitors; while there is no project, none."""
    from benchbook.monitoring import pages
    from benchbook_lab.monitor_records import MonitorItem

    project = asked.project
    if project is None:
        return []
    return [MonitorItem(one, loop.problem(project, one.name)) for one in pages.list_monitors(project)]


def get_page(asked: Asked, name: str, query: PageQuery, loop: Loop, launcher: Launcher) -> records.MonitorAnswer:
    """The timeline, what could be retrained now, and what goes on in this server."""
    from benchbook.monitoring import pages
    from benchbook_lab.monitor_records import MonitorAnswer

    project = asked.need()
    page = pages.monitor_page(project, name, chunks=query.chunks, until=query.until, columns=query.columns)
    return MonitorAnswer(
        page=page,
        due=_due(project, name),
        problem=loop.problem(project, name),
        looping=page.loop != "off" and loop.is_running(project),
        retraining=launcher.is_running(project, _job(name)),
    )


def get_column(asked: Asked, name: str, query: ColumnQuery) -> ColumnView:
    """One cell of the heat map."""
    from benchbook.monitoring import pages

    return pages.column_view(asked.need(), name, query.chunk, query.column)


def get_rows(asked: Asked, name: str, query: RowsQuery) -> RowPage:
    """A slice of the rows of one chunk."""
    from benchbook.monitoring import pages

    return pages.chunk_rows(asked.need(), name, query.chunk, offset=query.offset, limit=query.limit)


def look(asked: Asked, name: str) -> records.Looked:
    """Look in a process of its own, because drift of a large chunk takes memory and time.

    Raises:
        BenchbookError: whatever the library says there, as if it had been called here.
    """
    from benchbook.monitoring import pages
    from benchbook_lab.monitor_records import Looked
    from benchbook_lab.work import Done

    project = asked.need()
    pages.find_monitor(project, name)
    with subprocess.Popen(
        _command("look", project, asked.user, name),
        cwd=project.root,
        stdin=subprocess.PIPE,  # held open: the child ends when this server does
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        lines = child.stdout.read().splitlines()
        child.wait()
    try:
        done = msgspec.json.decode(lines[-1] if lines else b"", type=Done)
    except msgspec.DecodeError as error:
        hint = "The details are in the log of Jupyter Server."
        raise errors.BenchbookError(f"Looking ended with exit code {child.returncode}.", hint=hint) from error
    if done.error:
        raise _error(done)
    return Looked(done.chunks, done.alerts)


def close(asked: Asked, name: str, request: records.CloseRequest) -> records.AlertsClosed:
    """Close the alerts."""
    from benchbook.monitoring import pages
    from benchbook.monitoring.alerting import close_alerts
    from benchbook_lab.monitor_records import AlertsClosed

    project = asked.need_as_user()
    pages.find_monitor(project, name)
    return AlertsClosed(close_alerts(project, name, request.reason, only=request.alerts))


def start_retraining(asked: Asked, name: str, launcher: Launcher) -> records.RetrainingStarted:
    """Start it after seeing that there is something to do: what is wrong is said here and not only in a log.

    Raises:
        NotFound: if there is no such monitor.
        InvalidInput: if it has no pipeline that retrains, or that cannot be planned with the chunk's params.
        Conflict: if no open alert calls for it, or one goes on already.
    """
    from benchbook.monitoring import pages
    from benchbook_lab.monitor_records import RetrainingStarted

    project = asked.need()
    if pages.find_monitor(project, name).retrain is None:
        hint = "Add `retrain: {pipeline: …, gate: …}` to it in benchbook.yaml."
        raise errors.InvalidInput(f"The monitor {name!r} has no pipeline that retrains.", hint=hint)
    due = _due(project, name)
    if due is None:
        hint = "Look at new data first; a chunk that had its retraining gets no second one unless that failed."
        raise errors.Conflict(f"No open alert of {name!r} calls for a retraining.", hint=hint)
    _check_plan(project, name, due.chunk)
    log = launcher.launch(project, _job(name), _command("retrain", project, asked.user, name), noun="retraining")
    return RetrainingStarted(due.chunk, log)


def switch(asked: Asked, name: str, request: records.LoopRequest) -> records.LoopRequest:
    """Switch the loop of one monitor."""
    from benchbook.monitoring import pages
    from benchbook.monitoring.switch import switch_loop

    project = asked.need_as_user()
    pages.find_monitor(project, name)
    switch_loop(project, name, request.loop)
    return request


def _due(project: Project, name: str) -> records.RetrainingDue | None:
    """The retraining that could begin now, or the one that has begun and not ended."""
    from benchbook.monitoring import pages
    from benchbook.monitoring.state import monitor_state
    from benchbook.pipelines.retraining import due
    from benchbook_lab.monitor_records import RetrainingDue

    retrain, state = pages.find_monitor(project, name).retrain, monitor_state(project, name)
    if retrain is None:
        return None
    begun = next((one for one in state.retrainings if one.outcome is None), None)
    if begun is not None:
        return RetrainingDue(begun.chunk, begun.alerts, begun=True)
    found = due(state, retrain, asked=True)
    return None if found is None else RetrainingDue(found[0].id, [alert.id for alert in found[1]], begun=False)


def _check_plan(project: Project, name: str, chunk: str) -> None:
    """Plan what the retraining would run: raises what the library says is wrong with it."""
    from benchbook.monitoring import pages
    from benchbook.monitoring.state import monitor_state
    from benchbook.pipelines.plan import plan_pipeline
    from benchbook.pipelines.retraining import params_for

    retrain, seen = pages.find_monitor(project, name).retrain, monitor_state(project, name).observed(chunk)
    if retrain is not None and seen is not None:
        plan_pipeline(retrain.pipeline, params_for(retrain, seen.chunk), project=project)


def _job(name: str) -> str:
    """What a monitor's retraining is called among the processes started from here; no pipeline can be called so."""
    return f"retrain@{name}"


def _command(what: str, project: Project, user: str, name: str) -> list[str]:
    return [sys.executable, "-P", "-m", "benchbook_lab.work", what, str(project.root), user, name]


def _error(done: Done) -> errors.BenchbookError:
    """The library's error of the child. What it did not find is no wrong address: the monitor asked for is there."""
    kinds = (errors.InvalidInput, errors.NotAllowed, errors.StoreBusy, errors.StorageFull, errors.StoreDamaged)
    kind = next((kind for kind in kinds if kind.__name__ == done.kind), errors.Conflict)
    return kind(done.error, hint=done.hint)
