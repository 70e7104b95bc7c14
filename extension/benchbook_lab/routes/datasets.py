"""Datasets: the list, the page of one version, and its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from benchbook_lab.handler import BenchbookHandler
from benchbook_lab.place import Asked
from benchbook_lab.routes.versions import version_ref

if TYPE_CHECKING:
    from benchbook.data.records import DatasetDetail, DatasetSummary, RowPage


class RowsQuery(msgspec.Struct, frozen=True):
    """Which slice of the rows."""

    limit: Annotated[int, msgspec.Meta(ge=0, le=1_000)] = 100
    offset: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000_000)] = 0


class DatasetsRoute(BenchbookHandler):
    """GET /datasets."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Every dataset with its newest version."""
        await self.answer(list_datasets)


class DatasetRoute(BenchbookHandler):
    """GET /datasets/<name>/<version>."""

    @authenticated
    @authorized
    async def get(self, name: str, version: str) -> None:
        """One version; ``latest`` is the newest, ``@alias`` the one an alias points at."""
        await self.answer(get_dataset, name, version)


class RowsRoute(BenchbookHandler):
    """GET /datasets/<name>/<version>/rows."""

    @authenticated
    @authorized
    async def get(self, name: str, version: str) -> None:
        """A slice of its rows."""
        await self.answer(get_rows, name, version, self.read_query(RowsQuery))


def list_datasets(asked: Asked) -> list[DatasetSummary]:
    """All datasets; while there is no project, none."""
    from benchbook import data

    return [] if asked.project is None else data.list_datasets(project=asked.project)


def get_dataset(asked: Asked, name: str, version: str) -> DatasetDetail:
    """The page of one version."""
    from benchbook import data

    return data.dataset_detail(version_ref("dataset", name, version), project=asked.need())


def get_rows(asked: Asked, name: str, version: str, query: RowsQuery) -> RowPage:
    """A slice of the rows of one version."""
    from benchbook import data

    ref = version_ref("dataset", name, version)
    return data.dataset_rows(ref, offset=query.offset, limit=query.limit, project=asked.need())
