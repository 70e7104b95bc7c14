"""The child process of `locked_sql`: reads one request, answers on standard output, and is thrown away."""

from __future__ import annotations

import re
import resource
import signal
import sys
from collections.abc import Callable
from typing import Any

import duckdb
import msgspec
from duckdb.sqltypes import DuckDBPyType

from benchbook.store.locked_sql import OUT_OF_MEMORY, SqlFailure, SqlRequest, SqlResult


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
    connection.execute("SET TimeZone = 'UTC'")
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
    try:
        asked = connection.sql(_without_end(request.sql))
    except duckdb.Error:
        connection.execute(statements[0])  # is refused for the same reason, but says in which line
        raise
    kinds = list(asked.types)
    sent = [_sent(kind) for kind in kinds]
    as_sent = [f"CAST(#{at} AS {kind}) AS c{at}" for at, kind in enumerate(sent, 1)]
    rows = asked.limit(request.limit + 1).project(", ".join(as_sent)).fetchall()
    found = [list(row) for row in rows[: request.limit]]
    finish = [(at, how) for at, how in enumerate(map(_finish_by, kinds, sent)) if how is not None]
    for row in found:
        for at, how in finish:
            row[at] = how(row[at])
    return SqlResult(list(asked.columns), [str(kind) for kind in kinds], found, len(rows) > request.limit)


def _without_end(sql: str) -> str:
    """The statement without the semicolon and the comments behind it: it is going to stand in parentheses."""
    text = sql.encode()
    for start, kind in reversed(duckdb.tokenize(sql)):
        if kind != duckdb.token_type.comment and text[start : start + 1] != b";":
            break
        text = text[:start]
    return text.decode()


def _placed(error: str, sql: str) -> str:
    """The error with the line number it has in the user's own text, which stood in parentheses."""
    found = re.search(r"LINE \d+: (.*)", error)
    lines = sql.splitlines()
    if found is None or found[1] not in lines:
        return error
    return error.replace(found[0], f"LINE {lines.index(found[1]) + 1}: {found[1]}")


def _sent(kind: DuckDBPyType) -> str:
    """The type as which values travel: what Python and msgpack hold without loss as it is, all else as DuckDB's text.

    Python's dates end with the year 9999 and know no infinity, its times no nanoseconds, its durations no months; and
    DuckDB needs a package of its own (pytz) to hand out times with a zone.
    """
    inner: Any = kind.children if kind.id in _NESTED else ()
    match kind.id:
        case "list":
            return f"{_sent(inner[0][1])}[]"
        case "array":
            return f"{_sent(inner[0][1])}[{inner[1][1]}]"
        case "struct":
            return f"STRUCT({', '.join(f'{_quoted(name)} {_sent(child)}' for name, child in inner)})"
        case "tuple":
            return f"TUPLE({', '.join(_sent(child) for _, child in inner)})"
        case "map":
            (_, key), (_, value) = inner
            return f"MAP({'VARCHAR' if key.id in _NESTED else _sent(key)}, {_sent(value)})"
    return str(kind) if kind.id in _AS_THEY_ARE else "VARCHAR"


_NESTED = ("list", "array", "struct", "tuple", "map")
_AS_THEY_ARE = (
    "boolean",
    "tinyint",
    "smallint",
    "integer",
    "bigint",
    "hugeint",
    "utinyint",
    "usmallint",
    "uinteger",
    "ubigint",
    "uhugeint",
    "float",
    "double",
    "blob",
)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _finish_by(kind: DuckDBPyType, sent: str) -> Callable[[Any], Any] | None:
    if kind.id.startswith("timestamp"):
        return _iso
    return _within_64_bits if "HUGEINT" in sent else None


def _iso(value: Any) -> Any:
    """`2026-01-02 03:04:05+00` as `2026-01-02T03:04:05Z`."""
    return value if value is None else value.replace(" ", "T", 1).removesuffix("+00") + "Z" * value.endswith("+00")


def _within_64_bits(value: Any) -> Any:
    """Longer integers have no form in msgpack: they travel as text, alone or inside of something."""
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**64 else str(value)
    if isinstance(value, dict):
        return {_within_64_bits(key): _within_64_bits(item) for key, item in value.items()}
    return [_within_64_bits(item) for item in value] if isinstance(value, (list, tuple)) else value


def main() -> int:
    """Answer one request; the exit code `OUT_OF_MEMORY` means that its limit ended it."""
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=SqlRequest)
    resource.setrlimit(resource.RLIMIT_AS, (request.memory, request.memory))
    signal.setitimer(signal.ITIMER_REAL, request.seconds)
    answer: SqlResult | SqlFailure
    try:
        answer = _run(request)
    except duckdb.Error as error:
        answer = SqlFailure(_placed(str(error), request.sql))
    except MemoryError:
        return OUT_OF_MEMORY
    sys.stdout.buffer.write(msgspec.msgpack.encode(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
