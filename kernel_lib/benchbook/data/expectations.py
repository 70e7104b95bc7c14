"""Expectations: what must hold of a dataset, counted by DuckDB where the table lies.

Counts in the engine instead of pandera: a rule needs a number of rows and a few examples, not the table in memory as
pandas would hold it, and columns go by position as everywhere in this room.
"""

# ruff: noqa: S608 (statements are built from positions and escaped literals only)

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, Literal

import msgspec

from benchbook.data.engine import Engine, open_engine
from benchbook.data.profile import kind_of
from benchbook.data.records import Column, DatasetVersion
from benchbook.data.tables import Table, names
from benchbook.data.values import iso_time, json_value
from benchbook.data.versions import get_dataset, table_of
from benchbook.errors import InvalidInput
from benchbook.project import Project, current_project
from benchbook.project.gate_config import ExpectationConfig
from benchbook.refs import Ref

EXAMPLES = 5
"""How many of the values that break a rule are shown."""
_EXAMPLE_LIMIT = 80


class ExpectationResult(msgspec.Struct, frozen=True):
    """How one rule fared: what it asked and what was seen; ``failing`` rows of ``rows``, a few of their values."""

    rule: str
    status: Literal["passed", "failed", "error"]
    seen: str
    failing: int = 0
    rows: int = 0
    examples: list[str] = []
    why: str = ""


def check_expectations(
    ref: str | Ref | DatasetVersion,
    rules: Sequence[ExpectationConfig] | None = None,
    *,
    project: Project | None = None,
) -> list[ExpectationResult]:
    """Check a version against ``rules``, or against those that `benchbook.yaml` has for its dataset.

    It changes nothing. A rule that cannot be computed is an "error" with its reason; it does not hide the others.

    Raises:
        InvalidInput: the version is no table, or nothing is expected of the dataset.
        NotFound: there is no such version.
        StoreDamaged: its bytes are gone.
        StorageFull: the table fits neither in memory nor in spill space.
    """
    project = project or current_project()
    version = ref if isinstance(ref, DatasetVersion) else get_dataset(ref, project=project)
    if rules is None:
        rules = project.config().expectations.get(version.name, [])
    if not rules:
        hint = f"Write `{version.name}:` under `expectations:` in benchbook.yaml."
        raise InvalidInput(f"Nothing is expected of the dataset {version.name!r}.", hint=hint)
    table = table_of(project, version)
    with open_engine(table.path) as engine:
        kind = "TABLE" if table.format == "csv" else "VIEW"  # CSV is parsed once
        engine.run(f"CREATE TEMP {kind} data AS SELECT {', '.join(names(len(table.columns)))} FROM {table.scan()}")
        (rows,) = engine.row("SELECT count(*) FROM data")
        return [result for rule in rules for result in _check(engine, table, rule, rows)]


def _check(engine: Engine, table: Table, rule: ExpectationConfig, rows: int) -> list[ExpectationResult]:
    if rule.column is None:
        return [_check_rows(rule, rows)]
    position = next((at for at, column in enumerate(table.columns) if column.name == rule.column), None)
    if position is None:
        known = [column.name for column in table.columns]
        near = get_close_matches(rule.column, known, n=3) or known[:5]
        seen = f"there is no column {rule.column!r}; there are {', '.join(near)}"
        return [ExpectationResult(f"column {rule.column}", "failed", seen, rows, rows, why=rule.why)]
    return [_counted(engine, part, rows, rule) for part in _parts(f"c{position}", table.columns[position], rule)]


def _check_rows(rule: ExpectationConfig, rows: int) -> ExpectationResult:
    low, high = rule.rows_min, rule.rows_max
    asked = [f"at least {low:,} rows"] if low is not None else []
    asked += [f"at most {high:,} rows"] if high is not None else []
    fits = (low is None or rows >= low) and (high is None or rows <= high)
    said = f"{rows:,} rows"
    return ExpectationResult(" and ".join(asked), "passed" if fits else "failed", said, rows=rows, why=rule.why)


class _Part(msgspec.Struct, frozen=True):
    """One rule of one column as SQL: rows where ``broken`` holds break it, of which the share ``allowed`` may."""

    rule: str
    value: str
    broken: str
    params: list[Any] = []
    allowed: float = 0.0
    is_time: bool = False
    problem: str = ""


def _parts(c: str, column: Column, rule: ExpectationConfig) -> list[_Part]:
    kind = kind_of(column.type)
    present = f"({c} IS NOT NULL AND NOT isnan({c}))" if column.type in ("FLOAT", "DOUBLE") else f"{c} IS NOT NULL"
    name = column.name
    parts: list[_Part] = []
    if rule.missing is not None:
        asked = (
            f"{name} has no missing value" if rule.missing == 0 else f"{name} is missing in {rule.missing:.4g} at most"
        )
        parts.append(_Part(asked, "", f"NOT {present}", allowed=float(rule.missing)))
    for bound, sign, word in ((rule.min, "<", "at least"), (rule.max, ">", "at most")):
        if bound is not None:
            parts.append(_bound(c, column, bound, f"{present} AND {c} {sign}", f"{name} is {word} {bound}"))
    if rule.in_ is not None:
        listed = ", ".join(str(value) for value in rule.in_[:8]) + (", …" if len(rule.in_) > 8 else "")
        numeric = kind == "number" and all(_is_number(value) for value in rule.in_)
        cast, values = ("::DOUBLE", rule.in_) if numeric else ("::VARCHAR", [_as_text(value) for value in rule.in_])
        broken = f"{present} AND {c}{cast} NOT IN ({', '.join('?' * len(values))})"
        parts.append(_Part(f"{name} is one of {listed}", c, broken, list(values), is_time=kind == "time"))
    if rule.unique:
        doubled = f"{c} IN (SELECT {c} FROM data WHERE {present} GROUP BY {c} HAVING count(*) > 1)"
        parts.append(_Part(f"{name} is unique", c, f"{present} AND {doubled}", is_time=kind == "time"))
    if rule.matches is not None:
        broken = f"{present} AND NOT regexp_full_match({c}::VARCHAR, ?)"
        parts.append(_Part(f"{name} matches {rule.matches}", c, broken, [rule.matches]))
    return parts


def _bound(c: str, column: Column, bound: float | str, head: str, asked: str) -> _Part:
    kind = kind_of(column.type)
    if kind == "time" and isinstance(bound, str):
        return _Part(asked, c, f"{head} ?::{column.type}", [bound], is_time=True)
    if kind == "number" and not isinstance(bound, str):
        return _Part(asked, c, f"{head} ?", [bound])
    problem = f"{column.name} is {column.type}, which cannot be compared with {bound!r}"
    return _Part(asked, c, "false", problem=problem)


def _counted(engine: Engine, part: _Part, rows: int, rule: ExpectationConfig) -> ExpectationResult:
    if part.problem:
        return ExpectationResult(part.rule, "error", part.problem, rows=rows, why=rule.why)
    try:
        (failing,) = engine.row(f"SELECT count(*) FROM data WHERE {part.broken}", part.params)
        examples = _examples(engine, part) if failing and part.value else []
    except InvalidInput as error:  # a pattern RE2 does not know, a date that is none
        return ExpectationResult(part.rule, "error", error.what, rows=rows, why=rule.why)
    status: Literal["passed", "failed"] = "passed" if failing <= part.allowed * rows else "failed"
    seen = "every row" if not failing else f"{failing:,} of {rows:,} rows are not so"
    if not part.value and failing:
        seen = f"{failing:,} of {rows:,} rows ({failing / rows:.2%}) are missing"
    return ExpectationResult(part.rule, status, seen, failing, rows, examples, rule.why)


def _examples(engine: Engine, part: _Part) -> list[str]:
    """The most frequent values that break a rule."""
    found = engine.rows(
        f"SELECT {part.value}::VARCHAR, count(*) AS n FROM data WHERE {part.broken} "
        f"GROUP BY {part.value} ORDER BY n DESC, {part.value} LIMIT {EXAMPLES}",
        part.params,
    )
    return [_short(iso_time(value) if part.is_time else value, count) for value, count in found]


def _short(value: str | None, count: int) -> str:
    text = str(json_value(value))
    text = text if len(text) <= _EXAMPLE_LIMIT else text[:_EXAMPLE_LIMIT] + "…"
    return text if count == 1 else f"{text} ({count:,}×)"


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
