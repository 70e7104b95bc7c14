"""Gates, expectations and cards in `benchbook.yaml`: what nobody can satisfy is refused when it is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchbook.errors import InvalidInput
from benchbook.project.config import read_config
from benchbook.project.gate_config import ApprovalConfig, CheckConfig, ExpectationConfig

GOOD = """\
expectations:
  features:
    - {column: late, missing: 0}
    - {column: carrier, in: [UA, B6], unique: true, matches: '[A-Z0-9]+', why: two airlines}
    - {rows_min: 1000}
gates:
  release:
    model: delay
    data: evaluation
    target: late
    checks:
      - {metric: roc_auc, min: 0.6}
      - {metric: roc_auc, better_by: 0.005, cluster: day}
      - {expectations: features}
      - {fairness: carrier, min_ratio: 0.8}
      - {latency_ms: 50}
      - {notebook: checks/behaviour.ipynb}
      - {card: complete}
    approval: {approvers: [ann, ben], by_another: true}
cards:
  delay: {intended_use: planning}
"""


def refusal(folder: Path, text: str) -> str:
    """What ``text`` is refused with."""
    (folder / "benchbook.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        read_config(folder / "benchbook.yaml")
    return str(caught.value)


def gate(check: str = "size_mb: 1", more: str = "") -> str:
    """A file of one gate whose only check stands on line 6."""
    head = "gates:\n  g:\n    model: m\n"
    return f"{head}    {more or 'alias: champion'}\n    checks:\n      - {{{check}}}\n"


def test_a_gate_is_read_as_it_is_written(tmp_path: Path) -> None:
    """Every kind of check, expectation, policy and card comes out as the record it means."""
    (tmp_path / "benchbook.yaml").write_text(GOOD, encoding="utf-8")
    config = read_config(tmp_path / "benchbook.yaml")
    release = config.gates["release"]
    kinds = ["metric", "metric", "expectations", "fairness", "latency_ms", "notebook", "card"]
    assert [check.kind for check in release.checks] == kinds
    assert release.checks[3] == CheckConfig(fairness="carrier", min_ratio=0.8)
    assert release.checks[3].metric_name == "selection_rate"
    assert release.approval == ApprovalConfig(["ann", "ben"], 1, by_another=True)
    wanted = ExpectationConfig("carrier", in_=["UA", "B6"], unique=True, matches="[A-Z0-9]+", why="two airlines")
    assert config.expectations["features"][1] == wanted
    assert config.cards["delay"].intended_use == "planning"


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("why: none", r"line 6, gates.g.checks\[0\] is no check.*\n.*exactly one of"),
        ("size_mb: 1, latency_ms: 2", r"line 6, .* is 2 checks at once"),
        ("size_mb: 1, min: 2", r"checks\[0\].min means nothing at a size_mb check"),
        ("size_mb: 0", "which nothing can stay below"),
        ("metric: rocauc, min: 0", r"'rocauc', which is no metric known here(.|\n)*Did you mean 'roc_auc'"),
        ("metric: roc_auc", "asks nothing of its metric"),
        ("metric: roc_auc, min: 0.1, better_by: 0", "both bounds and `better_by`"),
        ("metric: roc_auc, min: 0.9, max: 0.6", r"min is 0.9, which no value up to 0.6 can reach.*\n.*Swap"),
        ("metric: roc_auc, min: 0.9, cluster: day", "cluster means nothing without `better_by`"),
        ("metric: roc_auc, better_by: -1", "below 0"),
        ("metric: roc_auc, better_by: 0, confidence: 1", "confidence is 1, not from 0.5"),
        ("metric: roc_auc, min: 0.6", "needs `data:` at the gate"),
        ("metric: roc_auc, min: high", "is 'high', text; a number is expected"),
        ("expectations: features", "'features', of which nothing is expected"),
        ("fairness: carrier", "asks nothing of its groups"),
        ("fairness: carrier, min_ratio: 2", "min_ratio is 2, not from 0 to 1"),
        ("fairness: carrier, min_ratio: 1, metric: rmse", "'rmse', which is no metric known here"),
        ("fairness: carrier, min_ratio: 1, min_rows: 0", "min_rows is 0, below 1"),
        ("notebook: ../a.ipynb", "leads out of its folder"),
        ("card: full", "is 'full', text; 'complete' is expected"),
    ],
)
def test_checks_that_cannot_be_meant(tmp_path: Path, check: str, said: str) -> None:
    """Each is named with file, line and key, and with what to write instead."""
    with pytest.raises(InvalidInput, match=said):
        raise InvalidInput(refusal(tmp_path, gate(check)))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("approval: {approvers: []}", "line 4, gates.g.approval.approvers names nobody"),
        ("approval: {approvers: [ann, ann]}", "names 'ann' twice"),
        ("approval: {approvers: [ann], count: 2}", "count is 2, but 1 may approve"),
        ("approval: {approvers: [ann], count: 0}", "count is 0"),
        ("approval: {}", "lacks the key 'approvers'"),
        ("alias: a/b", "alias name 'a/b' cannot hold '/'"),
        ("data: 'a:b'", "needs a version number"),
    ],
)
def test_policies_nobody_can_satisfy(tmp_path: Path, more: str, said: str) -> None:
    """An approval that cannot be had, or an alias that cannot be, is refused where it is written."""
    assert said in refusal(tmp_path, gate(more=more))


def test_two_gates_cannot_guard_one_alias(tmp_path: Path) -> None:
    """Which of the two decides would be a guess."""
    second = gate().replace("gates:\n  g:", "  h:")
    assert "line 8, gates.h guards m@champion, as the gate 'g' does" in refusal(tmp_path, gate() + second)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{}", "expects nothing"),
        ("{missing: 0}", "lacks `column:`"),
        ("{column: a}", "expects nothing of its column"),
        ("{column: a, rows_min: 1}", "mixes a column with a number of rows"),
        ("{column: a, missing: 1.5}", "not a share from 0 to 1"),
        ("{column: a, in: []}", "allows no value at all"),
        ("{column: a, min: 3, max: 2}", "Swap the two"),
        ("{column: a, min: 3, max: '2'}", "both as numbers or both as text"),
        ("{column: a, matches: '('}", "no regular expression"),
        ("{rows_min: 5, rows_max: 4}", "which no value up to 4 can reach"),
        ("{column: a, unique: 1}", "true or false is expected"),
    ],
)
def test_expectations_that_cannot_be_meant(tmp_path: Path, rule: str, said: str) -> None:
    """A rule that no data can satisfy, or that says nothing, is refused with its line."""
    told = refusal(tmp_path, f"expectations:\n  d:\n    - {rule}\n")
    assert "line 3" in told
    assert said in told
