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
    """Every content id that something points at, and what that is."""
    return Query(
        """SELECT digest, any_value(what) FROM (
    SELECT digest, 'artifact ' || path || ' of run ' || run AS what FROM artifacts
    UNION ALL SELECT digest, 'dataset ' || name || ':' || version FROM dataset_versions
    UNION ALL SELECT profile, 'the profile of ' || name || ':' || version FROM dataset_versions
    UNION ALL SELECT digest, 'model ' || name || ':' || version FROM model_versions
    UNION ALL SELECT unnest(from_json(evidence, '["VARCHAR"]')), 'the evidence of gate ' || gate FROM verdicts
) WHERE digest IS NOT NULL GROUP BY digest ORDER BY 2"""
    )
