"""Endpoints: those that serve, starting and stopping one, and what a caller of one needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from benchbook_lab.handler import BenchbookHandler
from benchbook_lab.place import Asked
from benchbook_lab.records import ServeRequest

if TYPE_CHECKING:
    from benchbook.serving import EndpointAccess, EndpointState


class EndpointsRoute(BenchbookHandler):
    """GET and POST /endpoints."""

    lane = "process"

    @authenticated
    @authorized
    async def get(self) -> None:
        """Those that serve and those that ended last; never with a token."""
        await self.answer(list_endpoints)

    @authenticated
    @authorized
    async def post(self) -> None:
        """Start one as a process of its own, which goes on when Jupyter ends; answers when it serves."""
        await self.answer(start_endpoint, self.read_body(ServeRequest))


class EndpointRoute(BenchbookHandler):
    """DELETE /endpoints/<run>."""

    lane = "process"

    @authenticated
    @authorized
    async def delete(self, run: str) -> None:
        """End one; requests under way are answered first."""
        await self.call(stop_endpoint, run)
        self.set_status(204)
        await self.finish()


class AccessRoute(BenchbookHandler):
    """POST /endpoints/<run>/access: a POST, because who may only read the project is not to call its endpoints."""

    lane = "process"

    @authenticated
    @authorized
    async def post(self, run: str) -> None:
        """Address, token and a line of curl, for the moment when somebody copies them."""
        self.set_header("Cache-Control", "no-store")
        await self.answer(get_access, run)


def list_endpoints(asked: Asked) -> list[EndpointState]:
    """All endpoints; while there is no project, none."""
    from benchbook import serving

    return [] if asked.project is None else serving.endpoint_states(project=asked.project)


def start_endpoint(asked: Asked, request: ServeRequest) -> EndpointState:
    """Start one, after a look whether the version is there: a mistake is then said at once.

    Raises:
        NotFound: there is no such version.
        InvalidInput: the ref cannot be one.
        BenchbookError: it did not start; with what it said.
    """
    from benchbook import models, serving

    project = asked.need()
    models.get_model(request.ref, project=project)
    started = serving.start_endpoint(request.ref, project=project)
    return next(one for one in serving.endpoint_states(project=project) if one.run == started.run)


def stop_endpoint(asked: Asked, run: str) -> None:
    """End one."""
    from benchbook import serving

    serving.stop_endpoint(run, project=asked.need())


def get_access(asked: Asked, run: str) -> EndpointAccess:
    """What a caller needs."""
    from benchbook import serving

    return serving.endpoint_access(run, project=asked.need())
