"""Models: the list, the page of one version, and pointing an alias at a version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from benchbook.refs import Ref
from benchbook_lab.handler import BenchbookHandler
from benchbook_lab.place import Asked
from benchbook_lab.records import AliasRequest
from benchbook_lab.routes.versions import version_ref

if TYPE_CHECKING:
    from benchbook.models.records import ModelDetail, ModelSummary, ModelVersion


class ModelsRoute(BenchbookHandler):
    """GET /models."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Every model with its newest and its aliased versions."""
        await self.answer(list_models)


class ModelRoute(BenchbookHandler):
    """GET /models/<name>/<version>."""

    @authenticated
    @authorized
    async def get(self, name: str, version: str) -> None:
        """One version; ``latest`` is the newest, ``@alias`` the one an alias points at."""
        await self.answer(get_model, name, version)


class AliasesRoute(BenchbookHandler):
    """POST /models/<name>/aliases."""

    @authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Point an alias at a version, in the name of Jupyter's user."""
        await self.answer(set_alias, name, self.read_body(AliasRequest))


def list_models(asked: Asked) -> list[ModelSummary]:
    """All models; while there is no project, none."""
    from benchbook import models

    return [] if asked.project is None else models.list_models(project=asked.project)


def get_model(asked: Asked, name: str, version: str) -> ModelDetail:
    """The page of one version."""
    from benchbook import models

    return models.model_detail(version_ref("model", name, version), project=asked.need())


def set_alias(asked: Asked, name: str, request: AliasRequest) -> ModelVersion:
    """Set the alias and return the version it points at now."""
    from benchbook import models

    project = asked.need_as_user()
    models.set_alias(name, request.version, request.alias, project=project)
    return models.get_model(Ref(name, version=request.version), project=project)
