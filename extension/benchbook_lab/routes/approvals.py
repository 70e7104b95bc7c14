"""Approvals: promotions that wait for people, and their word on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from benchbook_lab.handler import BenchbookHandler
from benchbook_lab.place import Asked
from benchbook_lab.records import DecisionRequest

if TYPE_CHECKING:
    from benchbook.gates import ApprovalRequest, Promotion


class ApprovalsQuery(msgspec.Struct, frozen=True):
    """Whether only those that wait."""

    waiting: bool = False


class ApprovalsRoute(BenchbookHandler):
    """GET /approvals."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Every request for approval, newest first."""
        await self.answer(list_approvals, self.read_query(ApprovalsQuery))


class ApproveRoute(BenchbookHandler):
    """POST /approvals/<id>/approve."""

    @authenticated
    @authorized
    async def post(self, key: str) -> None:
        """Say yes; the last yes that is needed moves the alias."""
        await self.answer(approve, key, self.read_body(DecisionRequest))


class RejectRoute(BenchbookHandler):
    """POST /approvals/<id>/reject."""

    @authenticated
    @authorized
    async def post(self, key: str) -> None:
        """Say no, for good."""
        await self.answer(reject, key, self.read_body(DecisionRequest))


def list_approvals(asked: Asked, query: ApprovalsQuery) -> list[ApprovalRequest]:
    """All requests; while there is no project, none."""
    from benchbook import gates

    return [] if asked.project is None else gates.list_approvals(waiting=query.waiting, project=asked.project)


def approve(asked: Asked, key: str, request: DecisionRequest) -> Promotion:
    """Say yes."""
    from benchbook import gates

    return gates.approve(key, request.reason, project=asked.need_as_user())


def reject(asked: Asked, key: str, request: DecisionRequest) -> ApprovalRequest:
    """Say no."""
    from benchbook import gates

    return gates.reject(key, request.reason, project=asked.need_as_user())
