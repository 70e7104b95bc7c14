"""The language of `find_runs` and of filter boxes: SQL conditions over a run's fields, params, metrics and tags.

sqlglot parses it; every node must be on the white list below, so what reaches DuckDB is comparisons and nothing else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from benchbook.errors import InvalidInput

if TYPE_CHECKING:
    from sqlglot import exp

FIELDS = {
    "id": "r.id",
    "name": "r.name",
    "experiment": "r.experiment",
    "kind": "r.kind",
    "parent": "r.parent",
    "status": "r.status",
    "user": 'r."user"',
    "host": "r.host",
    "notebook": "r.notebook",
    "note": "r.note",
    "started": "r.started",
    "ended": "r.ended",
    "updated": "r.updated",
    "seconds": "epoch(coalesce(r.ended, r.updated) - r.started)",
}
_ALLOWED = [
    "And",
    "Or",
    "Not",
    "Paren",
    "EQ",
    "NEQ",
    "GT",
    "GTE",
    "LT",
    "LTE",
    "Like",
    "ILike",
    "In",
    "Is",
    "Null",
    "Between",
    "Literal",
    "Boolean",
    "Column",
    "Identifier",
    "Neg",
    "Tuple",
]
_LIMIT = 10_000
_HINT = "Example: metrics.auc > 0.7 AND params.model = 'hgb' AND status = 'finished'; quote odd keys: metrics.\"a b\"."
FIT = (
    "Numbers (metrics, seconds) are compared with numbers, text with text in quotes, times with '2024-05-31 12:00', "
    "and AND, OR, NOT join comparisons."
)
"""What a condition that could be read but not answered is told."""


class Filter(NamedTuple):
    """SQL pieces of a filter: joins with their parameters, a condition and an order."""

    joins: str
    params: tuple[Any, ...]
    where: str
    order: str


def build_filter(text: str, order_by: str) -> Filter:
    """Translate a condition (may be empty) and an order such as ``metrics.auc DESC, started``.

    Raises:
        InvalidInput: naming what is not understood and where.
    """
    for name, given in (("filter", text), ("order", order_by)):
        if not isinstance(given, str):
            raise InvalidInput(f"The {name} {given!r} is a {type(given).__name__}, not text.", hint=_HINT)
    joins = _Joins()
    where = _condition(text, joins) if text.strip() else "true"
    order = ", ".join([_order(part, joins) for part in _PARTS.findall(order_by) if part.strip()])
    tie = "r.started DESC, r.id"
    return Filter(" ".join(joins.sql), tuple(joins.params), where, f"{order}, {tie}" if order else tie)


class _Joins:
    """One left join per key that is asked about."""

    def __init__(self) -> None:
        self.sql: list[str] = []
        self.params: list[str] = []
        self._names: dict[tuple[str, str], str] = {}

    def column(self, parts: list[str], *, numeric: bool) -> str:
        """SQL for a field (``status``) or a key of a namespace (``metrics.auc``)."""
        if len(parts) == 1:
            if parts[0] not in FIELDS:
                raise InvalidInput(f"Runs have no field {parts[0]!r}; there are {', '.join(FIELDS)}.", hint=_HINT)
            return FIELDS[parts[0]]
        space, key = parts[0], ".".join(parts[1:])
        if space == "metrics":
            name = self._join("latest_metrics", key, "")
            return f"(CASE WHEN isnan({name}.value) THEN NULL ELSE {name}.value END)"
        if space == "params":
            name = self._join("params", key, " AND {}.newest")
            return f"{name}.number" if numeric else f"({name}.value->>'$')"
        if space == "tags":
            return f"{self._join('tags', key, '')}.value"
        raise InvalidInput(f"{space!r} is none of metrics, params, tags in {'.'.join(parts)!r}.", hint=_HINT)

    def _join(self, table: str, key: str, extra: str) -> str:
        name = self._names.get((table, key))
        if name is None:
            name = self._names[table, key] = f"j{len(self._names)}"
            self.sql.append(f"LEFT JOIN {table} {name} ON {name}.run = r.id AND {name}.key = ?{extra.format(name)}")
            self.params.append(key)
        return name


def _condition(text: str, joins: _Joins) -> str:
    from sqlglot import exp

    tree = _parse(text)
    for node in tree.walk():
        if type(node).__name__ not in _ALLOWED:
            shown = node.sql(dialect="duckdb")[:80]
            raise InvalidInput(f"The filter cannot use {shown!r}: comparisons only.", hint=_HINT)
    if isinstance(tree, (exp.Column, exp.Literal, exp.Neg, exp.Null, exp.Tuple)):
        raise InvalidInput(f"The filter {text!r} compares nothing.", hint=_HINT)

    def replace(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column):
            return node
        sql = joins.column([part.name for part in node.parts], numeric=_beside_number(node))
        return exp.Var(this=sql)

    return tree.transform(replace).sql(dialect="duckdb")


def _parse(text: str) -> exp.Expr:
    import sqlglot
    from sqlglot.errors import SqlglotError

    if len(text) > _LIMIT:
        raise InvalidInput(f"The filter has {len(text):,} characters; at most {_LIMIT:,} are read.", hint=_HINT)
    try:
        trees = sqlglot.parse(text, dialect="duckdb")
    except SqlglotError as error:
        raise InvalidInput(f"The filter {text!r} is not understood{_place(error)}.", hint=_HINT) from error
    except RecursionError as error:
        raise InvalidInput("The filter is nested too deep.", hint=_HINT) from error
    if len(trees) != 1 or trees[0] is None:
        raise InvalidInput(f"The filter {text!r} holds {len(trees)} statements, not one condition.", hint=_HINT)
    return trees[0]


def _beside_number(node: exp.Column) -> bool:
    """Whether a param is compared with a number: its numeric form is meant then."""
    from sqlglot import exp

    comparison = node.parent
    while isinstance(comparison, exp.Paren):
        comparison = comparison.parent
    beside = comparison.find_all(exp.Literal) if comparison is not None else ()
    return any(not other.is_string for other in beside)


def _place(error: Any) -> str:
    """Where sqlglot stopped: the word and its column."""
    found = error.errors[0] if getattr(error, "errors", None) else {}
    return f" at {found['highlight']!r}, character {found['col']}" if found.get("highlight") else ""


_PARTS = re.compile(r'(?:"[^"]*"|[^,])+')
"""A comma in quotes belongs to a key."""
_ORDER = re.compile(r"\s*(?P<column>.+?)(?:\s+(?P<way>ASC|DESC))?\s*", re.IGNORECASE | re.DOTALL)


def _order(text: str, joins: _Joins) -> str:
    match = _ORDER.fullmatch(text)
    assert match is not None
    parts = [_unquoted(part.strip()) for part in match["column"].split(".", 1)]
    column = joins.column(parts, numeric=True)
    way = (match["way"] or "ASC").upper()
    if parts[0] == "params" and len(parts) > 1:
        text_column = joins.column(parts, numeric=False)
        return f"{column} {way} NULLS LAST, {text_column} {way} NULLS LAST"
    return f"{column} {way} NULLS LAST"


def _unquoted(part: str) -> str:
    quoted = len(part) > 1 and part[0] == part[-1] == '"'
    return part[1:-1].replace('""', '"') if quoted else part
