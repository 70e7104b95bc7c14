"""Users' SQL: one SELECT, and nothing else gets through, out, or on for long."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchbook.errors import BenchbookError, InvalidInput
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


@pytest.mark.parametrize(
    ("sql", "answer"),
    [
        ("170141183460469231731687303715884105727", "170141183460469231731687303715884105727"),
        ("[170141183460469231731687303715884105727, 1]", ["170141183460469231731687303715884105727", 1]),
        ("sum(1)", 1),
        ("18446744073709551615::UBIGINT", 18446744073709551615),
        ("1.50::DECIMAL(9, 2)", "1.50"),
        ("INTERVAL '1 month -3 days'", "1 month -3 days"),
        ("'c0ffee00-0000-4000-8000-000000000000'::UUID", "c0ffee00-0000-4000-8000-000000000000"),
        ("'ab'::BLOB", b"ab"),
        ("{'a b': 1, 't': TIMESTAMP '2026-01-02'}", {"a b": 1, "t": "2026-01-02 00:00:00"}),
        ("MAP{1: DATE '2026-01-02'}", {1: "2026-01-02"}),
        ("MAP{[1]: 2}", {"[1]": 2}),
        ("(1, TIME '03:04:05')", [1, "03:04:05"]),
        ("[TIMESTAMP '2026-01-02 03:04:05', NULL]", ["2026-01-02 03:04:05", None]),
        ("TIMESTAMP '2026-01-02 03:04:05.5'", "2026-01-02T03:04:05.5"),
        ("TIMESTAMPTZ '2026-01-02 03:04:05+02'", "2026-01-02T01:04:05Z"),
        ("TIMESTAMP_NS '2026-01-02 03:04:05.123456789'", "2026-01-02T03:04:05.123456789"),
        ("TIMETZ '03:04:05+15:59:59'", "03:04:05+15:59:59"),
        ("DATE '99999-01-01'", "99999-01-01"),
        ("'infinity'::DATE", "infinity"),
        ("'101'::BIT", "101"),
        ("'a'::ENUM('a', 'b')", "a"),
        ("union_value(t := TIME '03:04:05')", "03:04:05"),
        ("5::VARIANT", "5"),
        ("NULL::TIMESTAMPTZ", None),
    ],
)
def test_every_type_has_an_answer(sql: str, answer: object, store: Store) -> None:
    """Whatever a SELECT gives is answered without loss: as it is where Python can hold it, else as text."""
    assert store.run_sql(f"SELECT {sql}").rows == [[answer]]


@pytest.mark.parametrize("sql", ["SELECT 'é;' AS a; -- c ;\n", "SELECT 1 /* ; */ ;;", "VALUES (now())", "FROM runs;"])
def test_ends_of_statements(sql: str, store: Store) -> None:
    """A semicolon and comments behind the statement, in whatever alphabet, are no part of it."""
    assert len(store.run_sql(sql).rows) == 1


def test_order_and_doubled_names_are_kept(store: Store) -> None:
    """Rows come in the order asked for, columns under the names asked for."""
    result = store.run_sql("SELECT i AS a, now() AS a FROM range(5) t(i) ORDER BY i DESC", limit=3)
    assert (result.columns, [row[0] for row in result.rows], result.truncated) == (["a", "a"], [4, 3, 2], True)


@pytest.mark.parametrize("sql", ["SELECT\n  nothing\nFROM runs", "SELECT 1,\n  'a'::VARCHAR[]"])
def test_errors_say_the_line(sql: str, store: Store) -> None:
    """The line is that of the user's own text, for what is refused before it runs and while it does."""
    with pytest.raises(InvalidInput, match=r"LINE 2:   "):
        store.run_sql(sql)


@pytest.mark.parametrize("sql", [None, 5, b"SELECT 1", "SELECT '\ud800'"])
def test_what_is_no_text_is_refused(sql: object, store: Store) -> None:
    """SQL is text; nothing is started for anything else."""
    with pytest.raises(InvalidInput, match="The SQL"):
        store.run_sql(sql)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("end", "said", "is_asker_s"),
    [
        ("kill -9 $$", "3 GB of memory", True),
        ("exit 77", "3 GB of memory", True),
        ("echo first >&2; echo last >&2; exit 1", "ended with code 1 and said: last", False),
    ],
)
def test_memory_is_told_from_other_ends(
    end: str, said: str, is_asker_s: bool, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that its limit or the kernel ended used too much; one that broke is told with what it said last."""
    child = tmp_path / "child"
    child.write_text(f"#!/bin/sh\n{end}\n")
    child.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(child))
    with pytest.raises(BenchbookError, match=said) as caught:
        store.run_sql("SELECT 1")
    assert isinstance(caught.value, InvalidInput) == is_asker_s


def test_rows_are_limited(store: Store) -> None:
    """More rows than asked for are cut, and it is said."""
    result = store.run_sql("SELECT * FROM range(100)", limit=7)
    assert (len(result.rows), result.truncated) == (7, True)
    assert store.run_sql("SELECT * FROM range(7)", limit=7).truncated is False


@pytest.mark.parametrize(
    "limits", [{"limit": 0}, {"limit": -1}, {"limit": 10**9}, {"seconds": 0}, {"seconds": 1e9}, {"limit": "5"}]
)
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
