"""Verdicts as they were recorded: facts of the ledger, read back as the records they were made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from benchbook.errors import InvalidInput, NotFound
from benchbook.governance.records import Verdict
from benchbook.models import ModelVersion
from benchbook.project import Project, current_project
from benchbook.store.queries import gates as queries

if TYPE_CHECKING:
    from benchbook.store import Ask

_OF_THE_FACT = ("id", "time", "actor")


def verdict_data(verdict: Verdict) -> dict[str, Any]:
    """What the fact of a verdict holds; who, when and which gate stand in the fact itself."""
    data: dict[str, Any] = msgspec.to_builtins(verdict)
    kept = {key: value for key, value in data.items() if key not in (*_OF_THE_FACT, "gate")}
    return {**kept, "evidence": verdict.evidence}


def read_verdict(row: tuple[Any, ...]) -> Verdict:
    """The verdict behind a row (id, gate, data, time, actor)."""
    id_, gate, data, time, actor = row
    known = {**msgspec.json.decode(data), "gate": gate, "id": id_, "time": time, "actor": actor}
    return msgspec.convert(known, Verdict)


def get_verdict(id: str, *, project: Project | None = None) -> Verdict:  # noqa: A002  the word people know
    """One verdict by its id or an unambiguous beginning of it.

    Raises:
        NotFound: there is none.
        InvalidInput: the beginning fits several.
    """
    project = project or current_project()
    found = project.store.read(queries.verdict(id)) if id else []
    if not found:
        known = [row[0] for row in project.store.read(queries.newest_verdicts(5))]
        raise NotFound("verdict", id, known=known)
    if len(found) > 1:
        raise InvalidInput(f"{id!r} begins the ids of several verdicts.", hint="Give more of the id.")
    return read_verdict(found[0])


def list_verdicts(
    version: ModelVersion | None = None, *, limit: int = 50, project: Project | None = None
) -> list[Verdict]:
    """The newest verdicts, on one version or on all."""
    query = queries.newest_verdicts(limit) if version is None else queries.verdicts_on(version.name, version.version)
    return [read_verdict(row) for row in (project or current_project()).store.read(query)][:limit]


def verdicts_of(ask: Ask, gate: str, version: ModelVersion) -> list[Verdict]:
    """What a gate said of a version, newest first."""
    return [read_verdict(row) for row in ask(queries.verdicts_of(gate, version.name, version.version))]
