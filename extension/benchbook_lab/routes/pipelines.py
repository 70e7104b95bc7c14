"""Pipelines: what `benchbook.yaml` describes, and starting one in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from benchbook.refs import check_name
from benchbook_lab.handler import BenchbookHandler
from benchbook_lab.place import Asked
from benchbook_lab.records import PipelineRequest, PipelineStarted

if TYPE_CHECKING:
    from benchbook.pipelines.records import PipelineInfo
    from benchbook_lab.launcher import Launcher


class PipelinesRoute(BenchbookHandler):
    """GET /pipelines."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Every pipeline with its steps."""
        await self.answer(list_pipelines)


class PipelineRunsRoute(BenchbookHandler):
    """POST /pipelines/<name>/runs."""

    @authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Start a pipeline."""
        await self.answer(start_pipeline, name, self.read_body(PipelineRequest), self.services.launcher)


def list_pipelines(asked: Asked) -> list[PipelineInfo]:
    """Every pipeline, in the order of `benchbook.yaml`; while there is no project, none."""
    from benchbook.pipelines.plan import list_pipelines

    return [] if asked.project is None else list_pipelines(project=asked.project)


def start_pipeline(asked: Asked, name: str, request: PipelineRequest, launcher: Launcher) -> PipelineStarted:
    """Start ``name`` after planning it: what is wrong with it is said here and not only in a log.

    Raises:
        NotFound: if there is no such pipeline.
        InvalidInput: if it cannot be planned with these params.
        Conflict: if it was started from this server and goes on.
    """
    from benchbook.pipelines.plan import plan_pipeline

    project = asked.need()
    plan = plan_pipeline(check_name("pipeline", name), request.params, project=project)
    return launcher.start(project, plan.pipeline, request.params)
