"""The schema of `store.duckdb` as an ordered list of migrations; a released one is never edited, only followed.

Plain tables that run on PostgreSQL too: no foreign keys (DuckDB refuses to alter tables they point at), no sequences,
no indexes. Times are UTC timestamps; columns named ``file`` and ``seq`` say which line of which stream a row is from,
so that 'newest' means the same in whatever order streams are folded.
"""

from __future__ import annotations

from collections.abc import Callable

from duckdb import DuckDBPyConnection

from benchbook.errors import Conflict

_INITIAL = """
CREATE TABLE files (name VARCHAR, "offset" BIGINT, lines BIGINT, bad BIGINT, state VARCHAR, hash VARCHAR);
CREATE TABLE runs (
    id VARCHAR, name VARCHAR, experiment VARCHAR, kind VARCHAR, parent VARCHAR, status VARCHAR,
    started TIMESTAMP, ended TIMESTAMP, updated TIMESTAMP, "user" VARCHAR, host VARCHAR, pid BIGINT,
    notebook VARCHAR, note VARCHAR, failure VARCHAR);
CREATE TABLE params (
    run VARCHAR, key VARCHAR, value VARCHAR, number DOUBLE, time TIMESTAMP, file VARCHAR, seq BIGINT, newest BOOLEAN);
CREATE TABLE metrics (
    run VARCHAR, key VARCHAR, step BIGINT, value DOUBLE, time TIMESTAMP, file VARCHAR, seq BIGINT);
CREATE TABLE latest_metrics (
    run VARCHAR, key VARCHAR, value DOUBLE, step BIGINT, time TIMESTAMP, file VARCHAR, seq BIGINT,
    min DOUBLE, max DOUBLE, count BIGINT);
CREATE TABLE tags (run VARCHAR, key VARCHAR, value VARCHAR, time TIMESTAMP, file VARCHAR, seq BIGINT);
CREATE TABLE artifacts (
    run VARCHAR, path VARCHAR, digest VARCHAR, size BIGINT, media_type VARCHAR,
    time TIMESTAMP, file VARCHAR, seq BIGINT);
CREATE TABLE links (
    run VARCHAR, role VARCHAR, noun VARCHAR, name VARCHAR, version BIGINT, digest VARCHAR,
    time TIMESTAMP, file VARCHAR, seq BIGINT);
CREATE TABLE snapshots (run VARCHAR, kind VARCHAR, data VARCHAR, time TIMESTAMP, file VARCHAR, seq BIGINT);
CREATE TABLE progress (run VARCHAR, done BIGINT, total BIGINT, time TIMESTAMP, file VARCHAR, seq BIGINT);
CREATE TABLE log_lines (run VARCHAR, time TIMESTAMP, text VARCHAR, file VARCHAR, seq BIGINT);
CREATE TABLE facts (
    seq BIGINT, id VARCHAR, time TIMESTAMP, actor VARCHAR, action VARCHAR, noun VARCHAR, name VARCHAR, data VARCHAR);
CREATE TABLE dataset_versions (
    name VARCHAR, version BIGINT, digest VARCHAR, format VARCHAR, size BIGINT, rows BIGINT, columns VARCHAR,
    profile VARCHAR, source VARCHAR, note VARCHAR, run VARCHAR, created TIMESTAMP, actor VARCHAR);
CREATE TABLE model_versions (
    name VARCHAR, version BIGINT, digest VARCHAR, format VARCHAR, size BIGINT, estimator VARCHAR,
    signature VARCHAR, metrics VARCHAR, params VARCHAR, data VARCHAR, versions VARCHAR,
    note VARCHAR, run VARCHAR, created TIMESTAMP, actor VARCHAR);
CREATE TABLE aliases (
    noun VARCHAR, name VARCHAR, alias VARCHAR, version BIGINT, time TIMESTAMP, actor VARCHAR, seq BIGINT);
"""


def m001_initial(cursor: DuckDBPyConnection) -> None:
    """The tables of the first release."""
    cursor.execute(_INITIAL)


_PREDICTIONS = """
CREATE TABLE predictions (
    run VARCHAR, id VARCHAR, time TIMESTAMP, model VARCHAR, version BIGINT, inputs VARCHAR, output VARCHAR,
    probability DOUBLE, latency_ms DOUBLE, file VARCHAR, seq BIGINT);
CREATE TABLE outcomes (
    id VARCHAR, model VARCHAR, value VARCHAR, number DOUBLE, time TIMESTAMP, file VARCHAR, seq BIGINT, newest BOOLEAN);
"""


def m002_predictions(cursor: DuckDBPyConnection) -> None:
    """What endpoints predicted, and the outcomes that were logged later; an outcome that is replaced stays."""
    cursor.execute(_PREDICTIONS)


_GATES = """
CREATE TABLE verdicts (
    id VARCHAR, gate VARCHAR, model VARCHAR, version BIGINT, alias VARCHAR, against BIGINT, passed BOOLEAN,
    evidence VARCHAR, data VARCHAR, time TIMESTAMP, actor VARCHAR, seq BIGINT);
CREATE TABLE approvals (
    id VARCHAR, gate VARCHAR, model VARCHAR, alias VARCHAR, version BIGINT, previous BIGINT, verdict VARCHAR,
    approvers VARCHAR, needed BIGINT, by_another BOOLEAN, reason VARCHAR, time TIMESTAMP, actor VARCHAR, seq BIGINT);
CREATE TABLE decisions (
    request VARCHAR, approved BOOLEAN, reason VARCHAR, time TIMESTAMP, actor VARCHAR, seq BIGINT);
"""


def m003_gates(cursor: DuckDBPyConnection) -> None:
    """Verdicts of gates, requests for approval and the decisions on them."""
    cursor.execute(_GATES)


MIGRATIONS: list[Callable[[DuckDBPyConnection], None]] = [m001_initial, m002_predictions, m003_gates]


def migrate(cursor: DuckDBPyConnection) -> bool:
    """Bring the attached store up to date; each migration and its record are one transaction.

    Returns whether anything changed.

    Raises:
        Conflict: if a newer Benchbook has migrated this store further than this one knows.
    """
    have = cursor.execute(
        "SELECT count(*) FROM information_schema.tables"
        " WHERE table_catalog = current_database() AND table_name = 'migrations'"
    ).fetchall()[0][0]
    applied = cursor.execute("SELECT count(*) FROM migrations").fetchall()[0][0] if have else 0
    if applied > len(MIGRATIONS):
        raise Conflict(
            f"This project's store has schema {applied}; this Benchbook knows {len(MIGRATIONS)}.",
            hint="Update Benchbook; or delete .benchbook/store.duckdb, which is rebuilt from the streams.",
        )
    for number, migration in enumerate(MIGRATIONS[applied:], applied + 1):
        cursor.execute("BEGIN")
        if number == 1:
            cursor.execute("CREATE TABLE migrations (id BIGINT, name VARCHAR)")
        migration(cursor)
        cursor.execute("INSERT INTO migrations VALUES (?, ?)", [number, migration.__name__])
        cursor.execute("COMMIT")
    return applied < len(MIGRATIONS)
