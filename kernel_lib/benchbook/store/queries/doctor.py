"""Questions of the check-up: what the store says it holds, to be compared with what is on the disk."""

from __future__ import annotations

from benchbook.store.store import Query


def files() -> Query:
    """Name and folded bytes of every stream."""
    return Query("SELECT name, \"offset\" FROM files WHERE state <> 'ledger'")


def fact_count() -> Query:
    """How many facts are folded."""
    return Query("SELECT count(*) FROM facts")


def digests() -> Query:
    """Every content id that something points at, what that is, and whether it is the manifest of a folder."""
    return Query(
        """SELECT digest, min(what), bool_or(folder) FROM (
    SELECT digest, 'artifact ' || path || ' of run ' || run AS what, false AS folder FROM artifacts
    UNION ALL SELECT digest, 'dataset ' || name || ':' || version, format = 'folder' FROM dataset_versions
    UNION ALL SELECT profile, 'the profile of ' || name || ':' || version, false FROM dataset_versions
    UNION ALL SELECT digest, 'model ' || name || ':' || version, false FROM model_versions
    UNION ALL SELECT data->>'$.diff', 'the uncommitted code of run ' || run, false FROM snapshots WHERE kind = 'code'
    UNION ALL SELECT data->>'$.source', 'the source of run ' || run, false FROM snapshots WHERE kind = 'code'
    UNION ALL SELECT data->>'$.packages', 'the packages of run ' || run, false FROM snapshots
        WHERE kind = 'environment'
    UNION ALL SELECT unnest(from_json(evidence, '["VARCHAR"]')), 'the evidence of gate ' || gate, false FROM verdicts
) WHERE digest IS NOT NULL GROUP BY digest ORDER BY 2"""
    )
