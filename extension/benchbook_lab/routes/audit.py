"""The audit log: who did what, and whether the chain of facts holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from benchbook_lab.handler import BenchbookHandler
from benchbook_lab.place import Asked
from benchbook_lab.records import AuditLine

if TYPE_CHECKING:
    from benchbook.governance.audit import AuditEntry, Verification


class AuditQuery(msgspec.Struct, frozen=True):
    """Which facts: since a date or an age such as 7d, about which noun and name, and how many."""

    since: str | None = None
    noun: str | None = None
    name: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 200


class AuditRoute(BenchbookHandler):
    """GET /audit."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Facts in plain words, newest first."""
        await self.answer(list_audit, self.read_query(AuditQuery))


class VerificationRoute(BenchbookHandler):
    """GET /audit/verification."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Walk the whole chain."""
        await self.answer(verify_audit)


def list_audit(asked: Asked, query: AuditQuery) -> list[AuditLine]:
    """Facts; while there is no project, none."""
    from benchbook import governance

    if asked.project is None:
        return []
    entries = governance.list_audit(**msgspec.structs.asdict(query), project=asked.project)
    return [_line(entry) for entry in entries]


def verify_audit(asked: Asked) -> Verification:
    """Whether the chain holds; an empty one does."""
    from benchbook import governance
    from benchbook.governance.audit import Verification

    if asked.project is None:
        return Verification(True, 0, None, "No fact is recorded yet.")
    return governance.verify_audit(project=asked.project)


def _line(entry: AuditEntry) -> AuditLine:
    """A fact without its data, which can be as large as the profile of a dataset."""
    head = {name: getattr(entry, name) for name in AuditLine.__struct_fields__ if hasattr(entry, name)}
    version = entry.data.get("of") or entry.data.get("version")
    verdict = entry.id if entry.action == "evaluate" else entry.data.get("verdict")
    return AuditLine(**head, version=version, verdict=verdict)
