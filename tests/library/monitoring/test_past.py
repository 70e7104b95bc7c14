"""What a monitor's own estimates were worth, and the switch of its loop."""

from __future__ import annotations

import msgspec
import pytest

from benchbook.errors import InvalidInput
from benchbook.monitoring.chunks import Chunk
from benchbook.monitoring.past import past_accuracy, sentence
from benchbook.monitoring.state import MonitorState, Observation, Observed, monitor_state
from benchbook.monitoring.switch import switch_loop, switched_on
from benchbook.project import Project
from benchbook.project.monitor_config import MonitorConfig

MONITOR = MonitorConfig("delay", "history", "history:1", max_drop=0.05)
YAML = """\
pipelines: {p: {steps: [{notebook: p.ipynb}]}}
gates: {g: {model: delay, data: d, target: y, checks: [{metric: roc_auc, min: 0.5}]}}
monitors:
  a: {model: delay, data: d, reference: 'd:1', retrain: {pipeline: p, gate: g}}
  b: {model: delay, data: d, reference: 'd:1'}
"""


def look(chunk: str, said: float | None, true: float | None, *, model: str = "delay:1") -> Observed:
    """One look at a chunk: its estimate and what labels showed, each ± 0.04."""

    def around(value: float | None) -> tuple[float, float, float] | None:
        return None if value is None else (value, value - 0.04, value + 0.04)

    seen = Observation(
        Chunk(chunk, "d:2", 9), model, "d:1", "", {}, "roc_auc", around(true), around(said), None, None, []
    )
    return Observed(f"f{chunk}", 1.0, seen)


def state(*looks: Observed) -> MonitorState:
    """The state after these looks."""
    return MonitorState("m", list(looks), [], {})


def test_estimates_are_graded_by_what_labels_showed() -> None:
    """The first estimate of a chunk counts, also where the later look estimates anew or no more."""
    past = past_accuracy(
        state(look("1", 0.80, None), look("2", 0.70, None), look("1", 0.79, 0.78), look("2", None, 0.80)), MONITOR
    )
    assert past is not None
    assert (past.chunks, past.within, past.tolerance) == (2, 1, 0.05)
    assert (past.error, past.bias) == (pytest.approx(0.06), pytest.approx(-0.04))
    assert past.inside == 0.5
    assert sentence(past) == (
        "Estimates were within ±0.05 of the truth in 1 of 2 chunks; 0.060 off on average, 0.040 too low."
    )


def test_an_estimate_of_another_version_is_not_graded() -> None:
    """What was said of one version's predictions tells nothing of another's; without pairs there is no grade."""
    looks = look("1", 0.8, None), look("1", None, 0.6, model="delay:2")
    assert past_accuracy(state(*looks), MONITOR) is None
    assert past_accuracy(state(look("1", 0.8, None)), MONITOR) is None
    assert past_accuracy(state(look("1", 0.8, 0.8)), msgspec.structs.replace(MONITOR, metric="rmse")) is None


def test_the_switch_is_a_fact(project: Project) -> None:
    """Off at first; the same again records nothing; where it asks, the retraining asks, and nowhere else."""
    (project.root / "benchbook.yaml").write_text(YAML)
    assert switched_on(project) == {}
    switch_loop(project, "a", "ask")
    before = project.store.revision()
    switch_loop(project, "a", "ask")
    assert project.store.revision() == before
    switch_loop(project, "b", "on")
    asks = {name: one.retrain and one.retrain.ask for name, one in switched_on(project).items()}
    assert asks == {"a": True, "b": None}
    switch_loop(project, "a", "on")
    assert switched_on(project)["a"].retrain == project.config().monitors["a"].retrain
    switch_loop(project, "a", "off")
    assert (list(switched_on(project)), monitor_state(project, "a").loop) == (["b"], "off")
    with pytest.raises(InvalidInput, match="maybe"):
        switch_loop(project, "a", "maybe")  # type: ignore[arg-type]
