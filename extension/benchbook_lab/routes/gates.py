"""Gates: what `benchbook.yaml` asks, letting one judge a version, and the verdicts on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from benchbook.refs import Ref, check_name
from benchbook_lab.handler import BenchbookHandler, encode
from benchbook_lab.judging import FIRST, HOLD, Job, Judges, Order
from benchbook_lab.place import Asked
from benchbook_lab.records import EvaluateRequest
from benchbook_lab.routes.versions import version_ref

if TYPE_CHECKING:
    from benchbook.gates import GateInfo, Verdict, VerdictHead


class VerdictsQuery(msgspec.Struct, frozen=True):
    """How many of the newest verdicts."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 100


class JudgingHandler(BenchbookHandler):
    """What the routes share that wait for a gate."""

    async def hold(self, job: Job, seconds: float = FIRST) -> None:
        """Answer what became of it, or 202 when that takes longer."""
        reply = await job.reply(seconds)
        self.set_status(202 if reply is None else reply.status)
        await self.finish(encode(job.told) if reply is None else bytes(reply.body))


class GatesRoute(BenchbookHandler):
    """GET /gates."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Every gate with its checks, what it guards and what it said last of each version."""
        await self.answer(list_gates)


class EvaluateRoute(JudgingHandler):
    """POST /gates/<name>/verdicts."""

    @authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Let it judge a version, in a process of its own; answers the verdict, or 202 while it takes longer."""
        request = self.read_body(EvaluateRequest)
        await self.hold(await self.call(start_judging, name, request, self.services.judges))


class JudgingRoute(JudgingHandler):
    """GET and DELETE /judgings/<id>."""

    @authenticated
    @authorized
    async def get(self, key: str) -> None:
        """Wait on for what becomes of it."""
        await self.hold(self.services.judges.find(key), HOLD)

    @authenticated
    @authorized
    async def delete(self, key: str) -> None:
        """End it."""
        job = self.services.judges.find(key)
        await self.services.lanes.run("process", job.cancel)
        self.set_status(204)
        await self.finish()


class VerdictsRoute(BenchbookHandler):
    """GET /verdicts."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """The newest verdicts, without their checks."""
        await self.answer(list_verdicts, self.read_query(VerdictsQuery))


class VerdictRoute(BenchbookHandler):
    """GET /verdicts/<id>."""

    @authenticated
    @authorized
    async def get(self, key: str) -> None:
        """One verdict with every check."""
        await self.answer(get_verdict, key)


class VersionVerdictsRoute(BenchbookHandler):
    """GET /models/<name>/<version>/verdicts."""

    @authenticated
    @authorized
    async def get(self, name: str, version: str) -> None:
        """The verdicts on one version, newest first, with every check."""
        await self.answer(verdicts_on, name, version)


def list_gates(asked: Asked) -> list[GateInfo]:
    """All gates; while there is no project, none."""
    from benchbook import gates

    return [] if asked.project is None else gates.list_gates(project=asked.project)


def start_judging(asked: Asked, name: str, request: EvaluateRequest, judges: Judges) -> Job:
    """Begin to judge, after a look whether gate and version are there: a mistake is then said at once.

    Raises:
        NotFound: there is no such gate or version.
        InvalidInput: `benchbook.yaml` is wrong.
    """
    from benchbook.gates.plan import pick_gate
    from benchbook.models import get_model

    project = asked.need()
    config = project.config()
    gate = pick_gate(config, check_name("gate", name), "")
    model = config.gates[gate].model
    get_model(Ref(model, version=request.version), project=project)
    place = (str(project.root), asked.user, model, request.version)
    return judges.start(Order("evaluate", *place, gate=gate))


def list_verdicts(asked: Asked, query: VerdictsQuery) -> list[VerdictHead]:
    """The newest verdicts; while there is no project, none."""
    from benchbook import gates

    if asked.project is None:
        return []
    found = gates.list_verdicts(limit=query.limit, project=asked.project)
    return [gates.verdict_head(verdict) for verdict in found]


def get_verdict(asked: Asked, key: str) -> Verdict:
    """One verdict."""
    from benchbook import gates

    return gates.get_verdict(key, project=asked.need())


def verdicts_on(asked: Asked, name: str, version: str) -> list[Verdict]:
    """What gates said of one version."""
    from benchbook import gates, models

    project = asked.need()
    found = models.get_model(version_ref("model", name, version), project=project)
    return gates.list_verdicts(found, project=project)
