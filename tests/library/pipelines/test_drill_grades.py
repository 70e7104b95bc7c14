"""What a retraining brought is told by the chunks themselves, each beside the same chunk without a fault."""

from __future__ import annotations

import pytest

from benchbook.pipelines.drill.grading import recovery_of
from benchbook.pipelines.drill.records import Recovery, Retrained, Seen, Trial
from benchbook.project.monitor_config import MonitorConfig


def told(*pairs: tuple[str, float | None, float | None], metric: str = "roc_auc") -> tuple[Recovery | None, str]:
    """Recovery and its word for chunks of model, truth with and truth without the fault."""
    chunks = [Seen(f"c{at}", model, truth, clean, 100) for at, (model, truth, clean) in enumerate(pairs)]
    recovery = recovery_of(chunks, MonitorConfig("m", "history", metric=metric, max_drop=0.1))
    promoted = [Retrained("c0", "promoted", 2, "")] if len({model for model, *_ in pairs}) > 1 else []
    return recovery, Trial("unit", "", ["x"], "A", "", chunks=chunks, retrained=promoted, recovery=recovery).mended


def test_what_came_back_is_a_share_of_what_was_lost() -> None:
    """0.2 lost, 0.05 of it still missing: three quarters came back."""
    recovery, word = told(("m:1", 0.7, 0.9), ("m:2", 0.85, 0.9))
    assert recovery == Recovery(0.9, 0.7, 0.85, pytest.approx(0.75))
    assert word == "recovered 75%"


def test_a_metric_that_should_be_low_is_read_the_other_way() -> None:
    """An error that rises is a loss."""
    recovery, word = told(("m:1", 3.0, 2.0), ("m:2", 2.0, 2.0), metric="rmse")
    assert recovery == Recovery(2.0, 3.0, 2.0, 1.0)
    assert word == "recovered 100%"


@pytest.mark.parametrize(
    ("pairs", "word"),
    [
        ([("m:1", 0.88, 0.9), ("m:2", 0.89, 0.9)], "promoted"),
        ([("m:1", 0.88, 0.9), ("m:2", 0.70, 0.9)], "made it worse"),
        ([("m:1", 0.70, 0.9), ("m:2", 0.60, 0.9)], "made it worse"),
        ([("m:1", 0.70, 0.9), ("m:2", 0.71, 0.9)], "did not help"),
        ([("m:1", 0.70, 0.9)], "none"),
        ([("m:1", 0.90, 0.9)], ""),
        ([("m:1", None, None)], ""),
    ],
)
def test_each_end_has_its_word(pairs: list[tuple[str, float | None, float | None]], word: str) -> None:
    """A promotion that does harm is no recovery, even where the fault itself did little."""
    assert told(*pairs)[1] == word
