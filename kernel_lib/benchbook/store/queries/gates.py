"""Questions about verdicts of gates, requests for approval and the decisions on them."""

from __future__ import annotations

from benchbook.store.store import Query

_VERDICT = "SELECT id, gate, data, epoch_us(time) / 1e6, actor FROM verdicts"
_REQUEST = (
    "SELECT a.id, a.gate, a.model, a.alias, a.version, a.previous, a.verdict, a.approvers, a.needed, a.by_another, "
    "a.reason, epoch_us(a.time) / 1e6, a.actor, "
    "(SELECT v.version FROM aliases v WHERE v.noun = 'model' AND v.name = a.model AND v.alias = a.alias), "
    "(SELECT m.actor FROM model_versions m WHERE m.name = a.model AND m.version = a.version LIMIT 1), "
    "EXISTS (SELECT 1 FROM facts f WHERE f.action = 'promote' AND f.data->>'$.approval' = a.id), "
    "EXISTS (SELECT 1 FROM approvals o WHERE o.model = a.model AND o.alias = a.alias AND o.seq > a.seq) "
    "FROM approvals a"
)


def verdicts_of(gate: str, model: str, version: int) -> Query:
    """id, gate, data, time, actor of the verdicts a gate gave on a version, newest first."""
    return Query(
        f"{_VERDICT} WHERE gate = ? AND model = ? AND version = ? ORDER BY seq DESC LIMIT 50", (gate, model, version)
    )


def verdicts_on(model: str, version: int) -> Query:
    """id, gate, data, time, actor of all verdicts on a version, newest first."""
    return Query(f"{_VERDICT} WHERE model = ? AND version = ? ORDER BY seq DESC LIMIT 50", (model, version))


def newest_of_each(gate: str, model: str) -> Query:
    """id, gate, data, time, actor of the newest verdict a gate gave on each version, newest first."""
    return Query(
        f"{_VERDICT} WHERE seq IN (SELECT max(seq) FROM verdicts WHERE gate = ? AND model = ? GROUP BY version) "
        "ORDER BY seq DESC LIMIT 200",
        (gate, model),
    )


def verdict(prefix: str) -> Query:
    """id, gate, data, time, actor of at most two verdicts whose id begins with ``prefix``."""
    return Query(f"{_VERDICT} WHERE starts_with(id, ?) ORDER BY seq DESC LIMIT 2", (prefix,))


def newest_verdicts(limit: int) -> Query:
    """id, gate, data, time, actor of the newest verdicts."""
    return Query(f"{_VERDICT} ORDER BY seq DESC LIMIT ?", (limit,))


def requests() -> Query:
    """All requests for approval, newest first, each with the alias' present target, the version's author, whether a
    promotion came of it and whether a later request replaced it.
    """
    return Query(f"{_REQUEST} ORDER BY a.seq DESC")


def decisions() -> Query:
    """request, actor, approved, reason, time of every decision, oldest first."""
    return Query(
        "SELECT request, actor, approved, coalesce(reason, ''), epoch_us(time) / 1e6 FROM decisions ORDER BY seq"
    )


def promotions_of(model: str, version: int) -> Query:
    """alias, actor, time, reason, forced, request of every promotion of a version, newest first."""
    return Query(
        "SELECT data->>'$.alias', actor, epoch_us(time) / 1e6, coalesce(data->>'$.reason', ''), "
        "coalesce(CAST(data->>'$.forced' AS BOOLEAN), false), data->>'$.approval' FROM facts "
        "WHERE action = 'promote' AND name = ? AND CAST(data->>'$.version' AS BIGINT) = ? ORDER BY seq DESC",
        (model, version),
    )
