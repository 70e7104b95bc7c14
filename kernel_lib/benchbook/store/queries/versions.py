"""Questions that are the same for all nouns with versions and aliases; ``noun`` is "dataset" or "model"."""

from __future__ import annotations

from benchbook.store.store import Query

_TABLES = {"dataset": "dataset_versions", "model": "model_versions"}

ALIASES = (
    "(SELECT array_agg(a.alias ORDER BY a.alias) FROM aliases a "
    "WHERE a.noun = '{noun}' AND a.name = v.name AND a.version = v.version)"
)
"""The aliases of a version, as a column."""


def names(noun: str) -> Query:
    """Every name there is."""
    return Query(f"SELECT DISTINCT name FROM {_TABLES[noun]}")


def numbers(noun: str, name: str) -> Query:
    """The version numbers of a name, newest first."""
    return Query(f"SELECT version FROM {_TABLES[noun]} WHERE name = ? ORDER BY version DESC", (name,))


def aliases(noun: str, name: str) -> Query:
    """alias, version of a name."""
    return Query("SELECT alias, version FROM aliases WHERE noun = ? AND name = ? ORDER BY alias", (noun, name))


def alias_history(noun: str, name: str) -> Query:
    """alias, version, time, actor, kind, reason, forced of every change, newest first."""
    return Query(
        "SELECT data->>'$.alias', CAST(data->>'$.version' AS BIGINT), epoch_us(time) / 1e6, actor, action, "
        "coalesce(data->>'$.reason', ''), coalesce(CAST(data->>'$.forced' AS BOOLEAN), false) FROM facts "
        "WHERE action IN ('set_alias', 'promote', 'rollback') AND noun = ? AND name = ? ORDER BY seq DESC",
        (noun, name),
    )


def with_digest(noun: str, prefix: str) -> Query:
    """name, version, digest of at most 20 versions whose digest begins with ``prefix``, newest first."""
    return Query(
        f"SELECT name, version, digest FROM {_TABLES[noun]} WHERE starts_with(digest, ?) "
        "ORDER BY created DESC, name, version DESC LIMIT 20",
        (prefix,),
    )


def run_notebook(run: str) -> Query:
    """The notebook of a run."""
    return Query("SELECT notebook FROM runs WHERE id = ?", (run,))
