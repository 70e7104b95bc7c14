"""Promotion: a guarded alias moves through its gate alone, once, and back in one action."""

from __future__ import annotations

import pytest

from benchbook.errors import Conflict, GateFailed, InvalidInput, NotAllowed, NotFound
from benchbook.gates import evaluate_gate, list_verdicts, promote, rollback
from benchbook.models import get_model, model_detail, register_model, set_alias
from benchbook.models.records import AliasChange
from benchbook.project import Project
from benchbook.store import Query
from library.gates.bench import FEATURES, flights, model, save_evaluation, strong, write_gate

BETTER = "metric: roc_auc, better_by: 0.005, cluster: day"


def champion(project: Project) -> int:
    """Where the alias points."""
    return get_model("delay@champion", project=project).version


def history() -> list[tuple[str, int, str, bool]]:
    """Kind, version, reason and force of every move, newest first."""
    return [(one.kind, one.version, one.reason, one.forced) for one in model_detail("delay").alias_history]


def test_what_passes_moves_the_alias(delay: Project) -> None:
    """The first passes for want of a champion, the better one takes its place; the history tells how and why."""
    write_gate(delay.root, BETTER)
    first, second = promote("delay", 1), promote("delay", "2", reason="spring")
    assert (first.state, first.previous, second.state, second.previous) == ("promoted", None, "promoted", 1)
    assert second.sentence == "delay:2 is delay@champion now in place of delay:1."
    assert champion(delay) == 2
    assert history() == [("promote", 2, "spring", False), ("promote", 1, "", False)]
    assert isinstance(model_detail("delay").alias_history[0], AliasChange)
    (data,) = delay.store.read(Query("SELECT data->>'$.verdict' FROM facts WHERE action = 'promote' AND seq > 6"))
    assert second.verdict is not None
    assert data == (second.verdict.id,)


def test_what_fails_moves_nothing(delay: Project) -> None:
    """The error carries the recorded verdict; the champion stays."""
    write_gate(delay.root, BETTER)
    promote("delay", 2)
    with pytest.raises(GateFailed, match="delay:1 did not pass release") as caught:
        promote("delay", "delay:1")
    assert caught.value.verdict == list_verdicts()[0]
    assert caught.value.status == 409
    assert champion(delay) == 2


def test_a_valid_verdict_is_used_again(delay: Project) -> None:
    """The same question is not asked twice; new data, another champion or another gate text ask anew."""
    write_gate(delay.root, "metric: roc_auc, min: 0.5")
    known = evaluate_gate("release", "delay:1")
    assert promote("delay", 1).verdict == known
    evaluate_gate("release", "delay:2")
    save_evaluation(day=1)
    promote("delay", 2)
    assert len(list_verdicts()) == 3
    rollback("delay")
    write_gate(delay.root, "metric: roc_auc, min: 0.51")
    promote("delay", 2)
    assert len(list_verdicts()) == 4


def test_promoting_what_is_there_changes_nothing(delay: Project) -> None:
    """Asked twice, as after a crash, it is promoted once."""
    write_gate(delay.root, "size_mb: 5")
    assert promote("delay", 2).state == "promoted"
    again = promote("delay", "champion")
    assert (again.state, again.sentence) == ("unchanged", "delay:2 is delay@champion already.")
    assert len(history()) == 1


def test_force_needs_a_reason_and_is_marked(delay: Project) -> None:
    """It moves the alias past a failing gate, whose verdict is recorded all the same."""
    write_gate(delay.root, "size_mb: 0.0001")
    with pytest.raises(InvalidInput, match="Forcing a promotion needs a reason"):
        promote("delay", 2, force=True, reason=" ")
    assert list_verdicts() == []
    done = promote("delay", 2, force=True, reason="the champion crashes")
    assert (done.state, done.forced, done.verdict == list_verdicts()[0]) == ("promoted", True, True)
    assert history() == [("promote", 2, "the champion crashes", True)]


def test_force_works_when_the_gate_cannot_be_asked(delay: Project) -> None:
    """With the data gone from the file, an emergency is still possible, and says that nobody judged."""
    write_gate(delay.root, "size_mb: 5", data="lost")
    with pytest.raises(InvalidInput, match="refers to nothing"):
        promote("delay", 2)
    done = promote("delay", 2, force=True, reason="now")
    assert (done.state, champion(delay), list_verdicts()) == ("promoted", 2, [])
    assert done.verdict is not None
    assert "could not be asked" in done.verdict.sentence


def test_rollback_goes_back_step_by_step(delay: Project) -> None:
    """One action goes to the version before, again one further, and never to one that was rolled back from."""
    strong()
    write_gate(delay.root, "size_mb: 5")
    for version in (1, 2, 3):
        promote("delay", version)
    first, second = rollback("delay", reason="complaints"), rollback("delay")
    assert (first.version, first.previous, second.version) == (2, 3, 1)
    assert history()[:2] == [("rollback", 1, "", False), ("rollback", 2, "complaints", False)]
    with pytest.raises(Conflict, match="no version before") as caught:
        rollback("delay")
    assert "version 1 only" in caught.value.hint
    promote("delay", 3)
    assert rollback("delay").version == 1


def test_rollback_of_nothing(delay: Project) -> None:
    """A model or alias that is not there is NotFound."""
    with pytest.raises(NotFound):
        rollback("delay")
    with pytest.raises(NotFound):
        rollback("dealy")


def test_a_guarded_alias_moves_no_other_way(delay: Project) -> None:
    """Neither set_alias nor register_model moves it, and a refused registration registers nothing."""
    write_gate(delay.root, "size_mb: 5")
    with pytest.raises(NotAllowed, match=r"delay@champion moves only through the gate 'release'.*\n.*promote"):
        set_alias("delay", 1, "champion")
    with pytest.raises(NotAllowed, match="moves only through the gate"):
        register_model("delay", model("wind"), example=flights(5)[FEATURES], alias="champion")
    assert get_model("delay").version == 2
    set_alias("delay", 1, "challenger")
    assert promote("delay", "challenger").version == 1


def test_without_or_with_a_broken_file_nothing_is_guarded(delay: Project) -> None:
    """No file guards nothing; one that cannot be read is warned of, and stops no training from registering."""
    set_alias("delay", 1, "champion")
    (delay.root / "benchbook.yaml").write_text("gates: [\n")
    with pytest.warns(RuntimeWarning, match="Whether a gate guards delay@champion is unknown"):
        set_alias("delay", 2, "champion")
    assert champion(delay) == 2


@pytest.mark.parametrize(
    ("arguments", "more", "error", "said"),
    [
        (("delay", 9), {}, NotFound, "versions 1, 2"),
        (("delay", "nobody"), {}, NotFound, "has no alias"),
        (("delay", "other:1"), {}, InvalidInput, "no version of 'delay'"),
        (("delay", True), {}, InvalidInput, "not text"),
        (("delay", 1), {"gate": "relase"}, NotFound, "Did you mean: release"),
        (("delay", 1), {"alias": "best"}, InvalidInput, "No gate in benchbook.yaml is about delay@best"),
        (("delay", 1), {"alias": "best", "gate": "release"}, InvalidInput, "guards delay@champion, not delay@best"),
        (("a/b", 1), {}, InvalidInput, "cannot hold '/'"),
    ],
)
def test_requests_that_cannot_be(
    delay: Project, arguments: tuple[str, int], more: dict[str, str], error: type[Exception], said: str
) -> None:
    """Each says what is not there; nothing is recorded."""
    write_gate(delay.root, "size_mb: 5")
    with pytest.raises(error) as caught:
        promote(*arguments, **more)
    assert said in str(caught.value)
    assert history() == []
