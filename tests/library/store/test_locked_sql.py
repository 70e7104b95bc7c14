"""Users' SQL: one SELECT, and nothing else gets through, out, or on for long."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchbook.errors import InvalidInput
from benchbook.store import Query, Store, Stream

Begin = Callable[..., Stream]


@pytest.fixture(autouse=True)
def _run(begin: Begin) -> None:
    begin().append("metric", "loss", float("nan"), 0)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM runs",
        "WITH a AS (SELECT 1 AS x) SELECT * FROM a",
        "SHOW TABLES",
        "DESCRIBE runs",
        "EXPLAIN SELECT 1",
    ],
)
def test_reading_works(sql: str, store: Store) -> None:
    """Whatever only reads is answered with columns, types and rows."""
    result = store.run_sql(sql)
    assert result.rows
    assert len(result.columns) == len(result.types) == len(result.rows[0])


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE runs",
        "INSERT INTO runs (id) VALUES ('x')",
        "SELECT 1; DROP TABLE runs",
        "ATTACH '/tmp/x.duckdb' AS x",
        "DETACH project",
        "COPY runs TO '/tmp/stolen.csv'",
        "EXPORT DATABASE '/tmp/stolen'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "PRAGMA database_list",
        "CREATE TEMP TABLE t AS SELECT 1",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM glob('/*')",
        "SELECT getenv('HOME')",
        "SELECT * FROM duckdb_secrets() WHERE 1 = bogus",
        "CALL pragma_version()",
        "",
        "not sql at all",
    ],
)
def test_everything_else_is_refused(sql: str, store: Store) -> None:
    """Writing, attaching, reaching files or settings, several statements and nonsense are refused in words."""
    before = store.read(Query("SELECT count(*) FROM runs"))
    with pytest.raises(InvalidInput, match="The SQL was refused"):
        store.run_sql(sql)
    assert store.read(Query("SELECT count(*) FROM runs")) == before
    assert list((store.folder / "tmp").iterdir()) == []


def test_endless_query_is_stopped(store: Store) -> None:
    """A query without end is ended at its deadline, and nobody had to wait for it."""
    endless = "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r"
    with pytest.raises(InvalidInput, match=r"longer than 0\.5 s"):
        store.run_sql(endless, seconds=0.5)
    assert list((store.folder / "tmp").iterdir()) == []


@pytest.mark.parametrize("sql", ["SELECT len(range(2000000000))", "SELECT length(repeat('x', 4000000000))"])
def test_huge_value_is_stopped(sql: str, store: Store) -> None:
    """A single value larger than memory ends the child, not the caller."""
    with pytest.raises(InvalidInput, match=r"Out of Memory|memory|longer than"):
        store.run_sql(sql, seconds=20)


def test_rows_are_limited(store: Store) -> None:
    """More rows than asked for are cut, and it is said."""
    result = store.run_sql("SELECT * FROM range(100)", limit=7)
    assert (len(result.rows), result.truncated) == (7, True)
    assert store.run_sql("SELECT * FROM range(7)", limit=7).truncated is False


@pytest.mark.parametrize("limits", [{"limit": 0}, {"limit": -1}, {"limit": 10**9}, {"seconds": 0}, {"seconds": 1e9}])
def test_limits_are_sane(limits: dict[str, float], store: Store) -> None:
    """Nonsense limits are refused before anything runs."""
    with pytest.raises(InvalidInput, match=next(iter(limits))):
        store.run_sql("SELECT 1", **limits)  # type: ignore[arg-type]


def test_users_see_live_runs(store: Store, begin: Begin) -> None:
    """SQL sees what was logged a moment ago, NaN included."""
    begin("second").append("metric", "loss", 2.0, 0)
    rows = store.run_sql("SELECT run, value FROM metrics ORDER BY run").rows
    assert [row[0] for row in rows] == ["run1", "second"]
    assert rows[0][1] != rows[0][1]


def test_asking_an_empty_project_makes_nothing(tmp_path: Path) -> None:
    """SQL in a folder in which nothing was recorded is answered, and leaves no file there."""
    empty = tmp_path / "empty"
    empty.mkdir()
    assert Store(empty / ".benchbook").run_sql("SELECT count(*) FROM runs").rows == [[0]]
    assert list(empty.iterdir()) == []


def test_copies_of_killed_askers_are_swept(store: Store) -> None:
    """A copy left behind by a killed process is removed by a later query, a fresh one (of another asker) is not."""
    tmp = store.folder / "tmp"
    tmp.mkdir()
    for name, age in (("ask-1-old.duckdb", 7200), ("ask-2-new.duckdb", 0)):
        (tmp / name).touch()
        os.utime(tmp / name, (time.time() - age, time.time() - age))
    store.run_sql("SELECT 1")
    assert [path.name for path in tmp.iterdir()] == ["ask-2-new.duckdb"]


def test_name_of_a_path_is_quoted(tmp_path: Path) -> None:
    """A project in a folder with quotes and spaces in its name works like any other."""
    store = Store(tmp_path / 'it\'s a "folder"' / ".benchbook")
    store.record("x", "dataset", "d", lambda _ask: {})
    assert store.run_sql("SELECT count(*) FROM facts").rows == [[1]]
