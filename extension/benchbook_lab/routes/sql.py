"""Read-only SQL that a person typed. The library runs it in a child process with limits; here it has its own lane."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from benchbook.errors import InvalidInput
from benchbook.store.locked_sql import json_cell
from benchbook_lab.handler import BenchbookHandler
from benchbook_lab.place import Asked
from benchbook_lab.records import SqlAnswer, SqlRequest

ROW_LIMIT = 10_000


class SqlRoute(BenchbookHandler):
    """POST /sql."""

    lane = "sql"

    @authenticated
    @authorized
    async def post(self) -> None:
        """The rows of one SELECT."""
        await self.answer(run_sql, self.read_body(SqlRequest))


def run_sql(asked: Asked, request: SqlRequest) -> SqlAnswer:
    """Run the SELECT.

    Raises:
        InvalidInput: for a limit out of range, anything but one SELECT, or what takes too long or too much memory.
    """
    if not 1 <= request.limit <= ROW_LIMIT:
        raise InvalidInput(f"limit={request.limit}: a page shows 1 to {ROW_LIMIT:,} rows.")
    result = asked.need().store.run_sql(request.sql, limit=request.limit)
    rows = [[json_cell(cell) for cell in row] for row in result.rows]
    return SqlAnswer(result.columns, result.types, rows, result.truncated)
