"""A person's SQL over REST: reads everything, changes nothing, and cannot hold others up."""

from __future__ import annotations

import signal
import subprocess
import sys

import msgspec
import pytest

from benchbook.project import Project
from benchbook.store.locked_sql import MEMORY, SqlRequest
from benchbook.tracking import start_run
from server.conftest import Ask

HARMFUL = [
    "ATTACH 'x.duckdb'",
    "COPY runs TO 'x.csv'",
    "SELECT * FROM read_text('/etc/passwd')",
    "INSTALL httpfs",
    "PRAGMA database_list",
    "DELETE FROM runs",
    "SELECT 1; SELECT 2",
    "SELECT getenv('HOME')",
    "CREATE TABLE x (a INT)",
    "",
    "-- nothing",
]

ENDLESS = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t"


@pytest.fixture
def begun(project: Project) -> Project:
    """The project with three points of a metric in it."""
    with start_run("first", project=project) as run:
        for value in (1.0, float("nan"), float("inf")):
            run.log_metric("loss", value)
    return project


async def test_a_select_answers_columns_types_and_rows(ask: Ask, begun: Project) -> None:
    """Values arrive as JSON; what JSON has no word for as text, and integers beyond 2**53 too."""
    answer = await ask("sql", {"sql": "SELECT step, value, 9007199254740993 AS big FROM metrics ORDER BY step"})
    assert answer.json["columns"] == ["step", "value", "big"]
    assert answer.json["types"] == ["BIGINT", "DOUBLE", "BIGINT"]
    assert answer.json["rows"] == [
        [0, 1.0, "9007199254740993"],
        [1, "nan", "9007199254740993"],
        [2, "inf", "9007199254740993"],
    ]
    assert answer.json["truncated"] is False


async def test_every_type_has_a_form(ask: Ask, begun: Project) -> None:
    """Dates, decimals, bytes, lists, structs, maps and integers of any length do not break the answer."""
    sql = (
        "SELECT DATE '2026-01-02', 1.5::DECIMAL(9,2), 'ab'::BLOB, [1, 'nan'::DOUBLE], INTERVAL 1 DAY, MAP{[1]: 2},"
        " {'a': TIMESTAMPTZ '2026-01-02 00:00:00Z'}, MAP{'inf'::DOUBLE: 3},"
        " 170141183460469231731687303715884105727, NULL"
    )
    answer = await ask("sql", {"sql": sql})
    assert answer.status == 200, answer.json
    (row,) = answer.json["rows"]
    assert row[:6] == ["2026-01-02", "1.50", "YWI=", [1.0, "nan"], "1 day", {"[1]": 2}]
    assert row[6:] == [{"a": "2026-01-02 00:00:00+00"}, {"inf": 3}, str(2**127 - 1), None]


async def test_the_limit_holds(ask: Ask, begun: Project) -> None:
    """More rows than asked for are cut, and the answer says so."""
    answer = await ask("sql", {"sql": "SELECT * FROM metrics", "limit": 2})
    assert (len(answer.json["rows"]), answer.json["truncated"]) == (2, True)


@pytest.mark.parametrize("limit", [0, -1, 10_001, 2**70, "10", None])
async def test_a_limit_out_of_range_is_refused(ask: Ask, begun: Project, limit: object) -> None:
    """A page has 1 to 10,000 rows."""
    assert (await ask("sql", {"sql": "SELECT 1", "limit": limit})).status == 400


@pytest.mark.parametrize("sql", HARMFUL)
async def test_what_is_no_select_is_refused(ask: Ask, begun: Project, sql: str) -> None:
    """Writing, attaching, reading files, loading extensions, two statements: 400, and the project is as before."""
    answer = await ask("sql", {"sql": sql})
    assert (answer.status, answer.json["type"]) == (400, "InvalidInput"), answer
    assert (await ask("runs")).json["total"] == 1


def test_a_query_whose_asker_died_ends_by_itself(begun: Project) -> None:
    """The server may be killed while a query runs: the child has a deadline of its own."""
    assert begun.store.read_with(lambda ask: True)
    request = SqlRequest(str(begun.store.path), ENDLESS, 1, MEMORY, 1.0)
    command = [sys.executable, "-m", "benchbook.store.sql_child"]
    done = subprocess.run(command, input=msgspec.json.encode(request), capture_output=True, timeout=30, check=False)
    assert done.returncode == -signal.SIGALRM


async def test_a_file_of_the_project_is_no_module_of_python(
    ask: Ask, begun: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A `queue.py` beside the notebooks does not break the child that runs the query."""
    (begun.root / "queue.py").write_text("raise SystemExit('mine')")
    monkeypatch.chdir(begun.root)
    assert (await ask("sql", {"sql": "SELECT 1"})).json["rows"] == [[1]]


async def test_without_a_project_there_is_nothing_to_ask(ask: Ask) -> None:
    """SQL before the first run is a 404 that says how to begin."""
    assert (await ask("sql", {"sql": "SELECT 1"})).status == 404
