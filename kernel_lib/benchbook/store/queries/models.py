"""Questions about model versions, and what a registration takes over from its run."""

from __future__ import annotations

from benchbook.store.queries.versions import ALIASES
from benchbook.store.store import Query

_ROW = (
    "v.name, v.version, v.digest, v.format, v.size, v.estimator, v.signature, v.metrics, v.params, v.data, v.versions, "
    f"v.note, v.run, epoch_us(v.created) / 1e6, v.actor, {ALIASES.format(noun='model')}"
)


def version(name: str, number: int) -> Query:
    """One version."""
    return Query(f"SELECT {_ROW} FROM model_versions v WHERE v.name = ? AND v.version = ?", (name, number))


def versions(name: str) -> Query:
    """All versions of a model, newest first."""
    return Query(f"SELECT {_ROW} FROM model_versions v WHERE v.name = ? ORDER BY v.version DESC", (name,))


def all_versions() -> Query:
    """All versions of all models, the newest of each model first."""
    return Query(f"SELECT {_ROW} FROM model_versions v ORDER BY v.name, v.version DESC")


def run_metrics(run: str) -> Query:
    """key, newest value of every metric of a run."""
    return Query("SELECT key, value FROM latest_metrics WHERE run = ? ORDER BY key", (run,))


def run_params(run: str) -> Query:
    """key, newest value as JSON text of every param of a run."""
    return Query("SELECT key, value FROM params WHERE run = ? AND newest ORDER BY key", (run,))


def run_datasets(run: str) -> Query:
    """name, version of every dataset version a run used."""
    return Query(
        "SELECT DISTINCT name, version FROM links WHERE run = ? AND noun = 'dataset' AND role = 'used' "
        "ORDER BY name, version",
        (run,),
    )


def run_name(run: str) -> Query:
    """The name of a run."""
    return Query("SELECT name FROM runs WHERE id = ?", (run,))
