"""Questions about dataset versions."""

from __future__ import annotations

from benchbook.store.queries.versions import ALIASES
from benchbook.store.store import Query

_ROW = (
    "v.name, v.version, v.digest, v.format, v.size, v.rows, v.columns, v.profile, v.source, v.note, v.run, "
    f"epoch_us(v.created) / 1e6, v.actor, {ALIASES.format(noun='dataset')}"
)


def version(name: str, number: int) -> Query:
    """One version."""
    return Query(f"SELECT {_ROW} FROM dataset_versions v WHERE v.name = ? AND v.version = ?", (name, number))


def versions(name: str) -> Query:
    """All versions of a dataset, newest first."""
    return Query(f"SELECT {_ROW} FROM dataset_versions v WHERE v.name = ? ORDER BY v.version DESC", (name,))


def summaries() -> Query:
    """The newest version of every dataset with the number of its versions behind, newest first."""
    return Query(
        f"SELECT {_ROW}, n.versions FROM dataset_versions v "
        "JOIN (SELECT name, max(version) AS newest, count(*) AS versions FROM dataset_versions GROUP BY name) n "
        "ON v.name = n.name AND v.version = n.newest ORDER BY v.created DESC, v.name"
    )


def uses(name: str, number: int) -> Query:
    """role, run, name of the run, time of every run that made or used a version, newest first."""
    return Query(
        "SELECT l.role, l.run, max(r.name), max(epoch_us(l.time)) / 1e6 AS newest "
        "FROM links l JOIN runs r ON r.id = l.run "
        "WHERE l.noun = 'dataset' AND l.name = ? AND l.version = ? GROUP BY l.role, l.run ORDER BY newest DESC, l.run",
        (name, number),
    )
