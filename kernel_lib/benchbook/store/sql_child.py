"""The child process of `locked_sql`: reads one request, answers on standard output, and is thrown away."""

from __future__ import annotations

import resource
import signal
import sys
from typing import Any

import duckdb
import msgspec

from benchbook.store.locked_sql import SqlFailure, SqlRequest, SqlResult


def _connect(request: SqlRequest) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": 2,
            "memory_limit": "1GB",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
        },
    )
    path = request.path.replace("'", "''")
    connection.execute(f"ATTACH '{path}' AS project (READ_ONLY)")
    connection.execute("USE project")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _run(request: SqlRequest) -> SqlResult | SqlFailure:
    connection = _connect(request)
    statements = connection.extract_statements(request.sql)
    if len(statements) != 1:
        return SqlFailure(f"it holds {len(statements)} statements, not one")
    if statements[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        return SqlFailure(f"{statements[0].type.name} is not a SELECT: users' SQL only reads")
    cursor = connection.execute(statements[0])
    described = cursor.description or []
    rows = cursor.fetchmany(request.limit + 1)
    return SqlResult(
        [str(column[0]) for column in described],
        [str(column[1]) for column in described],
        [list(row) for row in rows[: request.limit]],
        len(rows) > request.limit,
    )


def _plain(value: Any) -> Any:
    """Values msgpack has no form for travel as their text."""
    return str(value)


def main() -> int:
    """Answer one request. Exit code 1 means that a limit ended it."""
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=SqlRequest)
    resource.setrlimit(resource.RLIMIT_AS, (request.memory, request.memory))
    signal.setitimer(signal.ITIMER_REAL, request.seconds)
    answer: SqlResult | SqlFailure
    try:
        answer = _run(request)
    except duckdb.Error as error:
        answer = SqlFailure(str(error))
    except MemoryError:
        return 1
    sys.stdout.buffer.write(msgspec.msgpack.encode(answer, enc_hook=_plain))
    return 0


if __name__ == "__main__":
    sys.exit(main())
