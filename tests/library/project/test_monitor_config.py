"""Monitors in `benchbook.yaml`: what nobody could satisfy is said at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchbook.errors import InvalidInput
from benchbook.project.config import read_config
from benchbook.project.monitor_config import hours_of

TEXT = """\
pipelines:
  retrain: {{steps: [{{notebook: a.ipynb}}]}}
gates:
  release:
    model: delay
    data: evaluation
    target: late
    checks: [{{metric: roc_auc, min: 0.6}}]
  other:
    model: other
    data: evaluation
    target: late
    checks: [{{metric: roc_auc, min: 0.6}}]
monitors:
  delay:
    model: delay
    data: history
    reference: history:1
    {line}
"""


def read(folder: Path, line: str) -> object:
    """What a file with ``line`` in its monitor says."""
    path = folder / "benchbook.yaml"
    path.write_text(TEXT.format(line=line))
    return read_config(path).monitors["delay"]


def test_a_monitor_is_read_with_its_retraining(tmp_path: Path) -> None:
    """Whole numbers stand where fractions may, and what is left out has a default."""
    found = read(tmp_path, "max_drop: 1\n    retrain: {pipeline: retrain, gate: release, every: 2w}")
    assert (found.max_drop, found.alias, found.retrain.every) == (1, "champion", "2w")  # type: ignore[attr-defined]
    assert found.retrain.on == ["drift", "performance", "estimate"]  # type: ignore[attr-defined]


def test_a_reference_may_be_left_out(tmp_path: Path) -> None:
    """Then chunks are compared with what the version that serves has learned from."""
    path = tmp_path / "benchbook.yaml"
    path.write_text(TEXT.format(line="max_drop: 0.1").replace("    reference: history:1\n", ""))
    assert read_config(path).monitors["delay"].reference == ""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("chunk: month", r"line 19, monitors.delay.chunk is 'month', but nothing says when"),
        ("chunk: year", "is 'year'"),
        ("chunk_rows: 1", "chunk_rows is 1"),
        ("chunk_rows: 10\n    chunk: day\n    time: t", "no `chunk:` beside"),
        ("metric: auc", "no metric known here"),
        ("max_drop: 0", "not above 0"),
        ("label_delay: soon", "not a span of time"),
        ("retrain: {pipeline: retrain, gate: release, drifted: 0}", "drifted is 0, not from 1 up"),
        ("alias: 'a b'", "cannot hold ' '"),
        ("notify_url: http://example.org", "not an https://"),
        ("notify_url: file:///etc/passwd", "not an https://"),
        ("retrain: {pipeline: nightly, gate: release}", "`pipelines:` does not have"),
        ("retrain: {pipeline: retrain, gate: strict}", "`gates:` does not have"),
        ("retrain: {pipeline: retrain, gate: other}", "guards other@champion and not delay@champion"),
        ("retrain: {pipeline: retrain, gate: release, every: often}", "not a span of time"),
        ("retrain: {pipeline: retrain, gate: release, on: [rain]}", "'rain', which is no kind of alert"),
        ("retrain: {pipeline: retrain, gate: release, on: []}", "is empty"),
    ],
)
def test_what_cannot_be_is_said_at_its_line(tmp_path: Path, line: str, said: str) -> None:
    """File, line and key stand in the text, with what to write instead."""
    with pytest.raises(InvalidInput, match=said):
        read(tmp_path, line)


@pytest.mark.parametrize(("span", "hours"), [("12h", 12), ("7d", 168), ("4 w", 672), ("1.5d", None), ("-1d", None)])
def test_spans(span: str, hours: int | None) -> None:
    """Whole hours, days and weeks."""
    assert hours_of(span) == hours
