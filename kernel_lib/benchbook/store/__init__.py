"""The only room that opens the store: streams, ledger, folding, schema and queries (DESIGN decision D1).

Importing it is cheap; DuckDB is imported when something is first read or recorded, never by a process that only logs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchbook.store.current import current_stream, drop_stream, outside_runs, push_stream
from benchbook.store.revision import facts_revision, revision_of
from benchbook.store.stream import Stream

if TYPE_CHECKING:
    from benchbook.store.ledger import Fact
    from benchbook.store.locked_sql import SqlResult
    from benchbook.store.store import Ask, NewFact, Query, Store

__all__ = [
    "Ask",
    "Fact",
    "NewFact",
    "Query",
    "SqlResult",
    "Store",
    "Stream",
    "current_stream",
    "drop_stream",
    "facts_revision",
    "outside_runs",
    "push_stream",
    "revision_of",
]

_LAZY = {
    "Ask": "store",
    "Fact": "ledger",
    "NewFact": "store",
    "Query": "store",
    "SqlResult": "locked_sql",
    "Store": "store",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(name)
    import importlib

    return getattr(importlib.import_module(f"benchbook.store.{_LAZY[name]}"), name)
