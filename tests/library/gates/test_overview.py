"""Every gate as it stands: what it asks and guards, and the newest verdict of each version."""

from __future__ import annotations

import pytest

from benchbook.errors import InvalidInput
from benchbook.gates import evaluate_gate, list_gates, promote, verdict_head
from benchbook.project import Project
from library.gates.bench import write_gate


def test_a_gate_tells_what_it_asks_and_guards(delay: Project) -> None:
    """Checks in the words of their verdicts, the policy, and where the alias points."""
    write_gate(delay.root, "size_mb: 5, why: it must fit", "metric: f1, min: 0.1", approval="approvers: [ann, ben]")
    (gate,) = list_gates(project=delay)
    assert (gate.name, gate.model, gate.alias, gate.data, gate.target) == (
        "release",
        "delay",
        "champion",
        "evaluation",
        "late",
    )
    assert [(check.kind, check.asked, check.why) for check in gate.checks] == [
        ("size_mb", "at most 5 MB", "it must fit"),
        ("metric", "f1 ≥ 0.1", ""),
    ]
    assert (gate.approvers, gate.needed, gate.by_another) == (["ann", "ben"], 1, False)
    assert (gate.current, gate.newest, gate.judged) == (None, 2, [])


def test_the_newest_verdict_of_each_version(delay: Project) -> None:
    """Asked twice, the later one counts; the version judged last comes first."""
    write_gate(delay.root, "metric: roc_auc, min: 0.99")
    evaluate_gate("release", "delay:2", project=delay)
    first = evaluate_gate("release", "delay:1", project=delay)
    write_gate(delay.root, "size_mb: 5")
    second = evaluate_gate("release", "delay:2", project=delay)
    (gate,) = list_gates(project=delay)
    assert gate.judged == [verdict_head(second), verdict_head(first)]
    assert [(one.version, one.passed) for one in gate.judged] == [(2, True), (1, False)]


def test_it_follows_the_alias(delay: Project) -> None:
    """A promotion is seen in where the alias points."""
    write_gate(delay.root, "size_mb: 5")
    promote("delay", 2, project=delay)
    assert list_gates(project=delay)[0].current == 2


def test_a_gate_of_an_unknown_model_and_no_gate_at_all(delay: Project) -> None:
    """A gate may be written before its model is registered; without the file there is none."""
    write_gate(delay.root, "size_mb: 5")
    text = (delay.root / "benchbook.yaml").read_text().replace("model: delay", "model: later")
    (delay.root / "benchbook.yaml").write_text(text)
    (gate,) = list_gates(project=delay)
    assert (gate.current, gate.newest, gate.judged) == (None, None, [])
    (delay.root / "benchbook.yaml").unlink()
    assert list_gates(project=delay) == []


def test_a_wrong_file_is_said(delay: Project) -> None:
    """With file and line."""
    (delay.root / "benchbook.yaml").write_text("gates: {release: {model: delay, checks: []}}\n")
    with pytest.raises(InvalidInput, match=r"benchbook\.yaml, line 1"):
        list_gates(project=delay)
