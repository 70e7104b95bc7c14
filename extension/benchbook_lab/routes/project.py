"""What this server shows, and whether anything changed since the browser last looked."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from benchbook_lab.handler import BenchbookHandler
from benchbook_lab.place import Asked, revision_of
from benchbook_lab.records import ProjectInfo, Revision


class ProjectRoute(BenchbookHandler):
    """GET /project."""

    lane = "quick"
    _track_activity = False

    @authenticated
    @authorized
    async def get(self) -> None:
        """Name, root and revision of the project, or where it would be made."""
        await self.answer(get_project, str(self.services.place.future_root()))


class RevisionRoute(BenchbookHandler):
    """GET /revision; asked every few seconds, so it must not keep an idle server alive."""

    lane = "quick"
    _track_activity = False

    @authenticated
    @authorized
    async def get(self) -> None:
        """A text that changes whenever anything was recorded."""
        await self.answer(get_revision)


def get_project(asked: Asked, future_root: str) -> ProjectInfo:
    """The project of this server."""
    import benchbook
    from benchbook.project.locate import user_name

    project, about = asked.project, (benchbook.__version__, asked.user or user_name())
    if project is None:
        return ProjectInfo("", future_root, False, "", *about)
    return ProjectInfo(project.name, str(project.root), True, revision_of(project), *about)


def get_revision(asked: Asked) -> Revision:
    """The project's revision."""
    return Revision("" if asked.project is None else revision_of(asked.project))
