"""Expectations: each rule is counted over the whole table, and what breaks it is shown, a few values at most."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchbook.data import ExpectationResult, check_expectations, save_dataset
from benchbook.errors import InvalidInput, StoreDamaged
from benchbook.objects import objects_of
from benchbook.project import Project
from benchbook.project.gate_config import ExpectationConfig as Rule

FRAME = pd.DataFrame(
    {
        "late": [0.0, 1.0, np.nan, 1.0],
        "distance": [100, 200, 9000, 9000],
        "carrier": ["UA", "B6", "XX", None],
        "day": pd.to_datetime(["2013-01-01", "2013-01-02", "2013-02-01", "2013-02-01"]),
        "dry": [True, False, True, True],
        "id": [1, 2, 3, 4],
    }
)


@pytest.fixture
def features(project: Project) -> Project:
    """A project with a small table."""
    save_dataset("features", FRAME)
    return project


def one(rule: Rule) -> ExpectationResult:
    """How ``rule`` fares on the table."""
    (result,) = check_expectations("features", [rule])
    return result


@pytest.mark.parametrize(
    ("rule", "status", "failing", "examples"),
    [
        (Rule("late", missing=0), "failed", 1, []),
        (Rule("late", missing=0.25), "passed", 1, []),
        (Rule("carrier", missing=0.2), "failed", 1, []),
        (Rule("distance", min=100), "passed", 0, []),
        (Rule("distance", max=6000), "failed", 2, ["9000 (2×)"]),
        (Rule("late", max=0.5), "failed", 2, ["1.0 (2×)"]),
        (Rule("day", max="2013-01-31"), "failed", 2, ["2013-02-01T00:00:00 (2×)"]),
        (Rule("carrier", in_=["UA", "B6"]), "failed", 1, ["XX"]),
        (Rule("late", in_=[0, 1]), "passed", 0, []),
        (Rule("dry", in_=[True]), "failed", 1, ["false"]),
        (Rule("id", unique=True), "passed", 0, []),
        (Rule("distance", unique=True), "failed", 2, ["9000 (2×)"]),
        (Rule("carrier", matches="[A-Z0-9]{2}"), "passed", 0, []),
        (Rule("carrier", matches="[A-Z]"), "failed", 3, ["B6", "UA", "XX"]),
    ],
)
def test_each_rule_is_counted(features: Project, rule: Rule, status: str, failing: int, examples: list[str]) -> None:
    """Missing values (NaN too) break only `missing`; other rules look at the values that are there."""
    result = one(rule)
    assert (result.status, result.failing, result.examples, result.rows) == (status, failing, examples, 4)


def test_rows_are_counted(features: Project) -> None:
    """Too few and too many rows fail, at the bound it passes."""
    told = [one(Rule(rows_min=4)), one(Rule(rows_min=5)), one(Rule(rows_max=3)), one(Rule(rows_min=1, rows_max=9))]
    assert [result.status for result in told] == ["passed", "failed", "failed", "passed"]
    assert (told[1].rule, told[1].seen) == ("at least 5 rows", "4 rows")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Rule("distence", missing=0), "there is no column 'distence'; there are distance"),
        (Rule("carrier", min=3), "carrier is VARCHAR, which cannot be compared with 3"),
        (Rule("distance", min="a"), "cannot be compared with 'a'"),
        (Rule("day", min="no day"), "no day"),
        (Rule("carrier", matches="(?=U)UA"), "invalid perl operator"),
    ],
)
def test_a_rule_that_does_not_fit_says_so(features: Project, rule: Rule, said: str) -> None:
    """A vanished column fails; a comparison that means nothing, or a pattern unknown to the engine, is an error."""
    result = one(rule)
    assert result.status == ("failed" if "no column" in said else "error")
    assert said in result.seen


def test_several_rules_of_a_column_are_told_apart(features: Project) -> None:
    """One entry with three rules gives three results, each with the reason given."""
    told = check_expectations("features", [Rule("distance", missing=0, min=0, max=10, why="by contract")])
    assert [(result.status, result.why) for result in told] == [
        ("passed", "by contract"),
        ("passed", "by contract"),
        ("failed", "by contract"),
    ]


def test_rules_come_from_the_file(features: Project) -> None:
    """Without rules given, those of `benchbook.yaml` count; none at all is a wrong request."""
    (features.root / "benchbook.yaml").write_text("expectations: {features: [{column: id, unique: true}]}\n")
    assert [result.rule for result in check_expectations("features")] == ["id is unique"]
    save_dataset("other", FRAME)
    with pytest.raises(InvalidInput, match="Nothing is expected of the dataset 'other'"):
        check_expectations("other")


def test_examples_are_few_and_short(project: Project) -> None:
    """A column full of long broken values shows five of them, cut; hostile text stays text."""
    save_dataset("wide", pd.DataFrame({'a"; DROP TABLE data; --': [f"{n}" * 500 for n in range(10, 60)]}))
    (result,) = check_expectations("wide", [Rule('a"; DROP TABLE data; --', in_=["x'); --"])])
    assert (result.failing, len(result.examples)) == (50, 5)
    assert max(map(len, result.examples)) <= 81


def test_an_empty_csv_table_and_a_lost_one(project: Project, tmp_path: Path) -> None:
    """No rows: counts hold; bytes that are gone are told by the version's name; a file is no table."""
    (tmp_path / "a.csv").write_text("x,y\n")
    version = save_dataset("a", tmp_path / "a.csv")
    told = check_expectations("a", [Rule("x", missing=0), Rule(rows_min=1)])
    assert [result.status for result in told] == ["passed", "failed"]
    objects_of(project).local_path(version.digest).unlink()
    with pytest.raises(StoreDamaged, match="bytes of a:1 are gone"):
        check_expectations("a", [Rule(rows_min=1)])
    (tmp_path / "b.bin").write_bytes(b"x")
    save_dataset("b", tmp_path / "b.bin")
    with pytest.raises(InvalidInput, match="not a table"):
        check_expectations("b", [Rule(rows_min=1)])


def test_dates_compare_as_dates(project: Project) -> None:
    """A DATE column takes bounds written as text."""
    save_dataset("d", pd.DataFrame({"day": [dt.date(2013, 1, 1), dt.date(2013, 3, 1)]}))
    (result,) = check_expectations("d", [Rule("day", min="2013-02-01")])
    assert (result.status, result.examples) == ("failed", ["2013-01-01"])
