"""Promotions: moving an alias through the gate that guards it, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from benchbook.refs import Ref, check_name
from benchbook_lab.handler import BenchbookHandler
from benchbook_lab.judging import Job, Judges, Order
from benchbook_lab.place import Asked
from benchbook_lab.records import PromoteRequest, RollbackRequest
from benchbook_lab.routes.gates import JudgingHandler

if TYPE_CHECKING:
    from benchbook.gates import Promotion


class PromotionsRoute(JudgingHandler):
    """POST /models/<name>/promotions."""

    @authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Let the gate decide, in a process of its own; 409 with the verdict if it says no, 202 while it takes long."""
        request = self.read_body(PromoteRequest)
        await self.hold(await self.call(start_promotion, name, request, self.services.judges))


class RollbacksRoute(BenchbookHandler):
    """POST /models/<name>/rollbacks."""

    @authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Point an alias back at the version before."""
        await self.answer(roll_back, name, self.read_body(RollbackRequest))


def start_promotion(asked: Asked, name: str, request: PromoteRequest, judges: Judges) -> Job:
    """Begin to promote, after a look whether everything named is there: a mistake is then said at once.

    Raises:
        NotFound: there is no such version.
        InvalidInput: no gate guards the alias, or force comes without a reason.
    """
    from benchbook.gates.plan import pick_gate
    from benchbook.governance.approvals import check_reason
    from benchbook.models import get_model

    project = asked.need()
    get_model(Ref(check_name("model", name), version=request.version), project=project)
    pick_gate(project.config(), None, name, check_name("alias", request.alias))
    if request.force:
        check_reason("forcing a promotion", request.reason)
    place = (str(project.root), asked.user, name, request.version)
    order = Order("promote", *place, alias=request.alias, force=request.force, reason=request.reason)
    return judges.start(order)


def roll_back(asked: Asked, name: str, request: RollbackRequest) -> Promotion:
    """Point the alias back."""
    from benchbook import gates

    project = asked.need_as_user()
    return gates.rollback(check_name("model", name), request.alias, reason=request.reason, project=project)
