"""Evaluating a gate: every check says what it asked and saw, and the verdict is recorded whole or not at all."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.metrics import roc_auc_score

from benchbook.data import get_dataset, load_dataset, save_dataset
from benchbook.gates import Verdict, check_gate, evaluate_gate, get_verdict, list_verdicts
from benchbook.models import load_model, register_model, set_alias
from benchbook.objects import objects_of
from benchbook.project import Project
from benchbook.store import Query
from benchbook.tracking import get_run, start_run
from library.gates.bench import FEATURES, flights, save_evaluation, strong, write_gate
from library.pipelines.notebooks import write_notebook


def verdict_of(project: Project, *checks: str, ref: str = "delay:2", **more: str) -> Verdict:
    """What a gate of these checks says, only asked."""
    write_gate(project.root, *checks, **more)
    return check_gate("release", ref)


def seen(verdict: Verdict) -> list[tuple[str, str]]:
    """Status and words of each check."""
    return [(check.status, check.seen) for check in verdict.checks]


def test_metric_is_scikit_learns_and_bounds_decide(delay: Project) -> None:
    """The value judged is that of scikit-learn on the very rows; at the bound it passes."""
    frame = flights()
    value = roc_auc_score(frame["late"], load_model("delay:2").predict_proba(frame[FEATURES])[:, 1])
    checks = (f"metric: roc_auc, min: {value}", "metric: roc_auc, max: 0.6", "metric: log_loss, max: 9")
    verdict = verdict_of(delay, *checks)
    assert [check.status for check in verdict.checks] == ["passed", "failed", "passed"]
    assert verdict.checks[0].value == pytest.approx(value, abs=1e-12)
    assert "2,000 rows" in verdict.checks[0].seen
    assert "did not pass release, 1 of 3 checks are against it: roc_auc ≤ 0.6" in verdict.sentence


def test_better_than_the_champion(delay: Project) -> None:
    """Without champion the comparison passes; the strong version beats the weak one; the reverse and itself fail."""
    check = "metric: roc_auc, better_by: 0.05, cluster: day"
    first = verdict_of(delay, check)
    (delay.root / "benchbook.yaml").unlink()
    set_alias("delay", 1, "champion")
    better = verdict_of(delay, check)
    same = check_gate("release", "delay:1")
    assert (first.passed, first.against, better.passed, better.against) == (True, None, True, 1)
    assert "no delay@champion yet" in first.checks[0].seen
    (made,) = better.checks
    assert made.interval is not None
    assert (made.interval.units, made.interval.high) == (20, None)
    assert 0.05 < made.interval.low < (made.value or 0) - (made.before or 0)
    assert seen(same) == [("failed", "delay:1 is delay@champion already")]


def test_an_equal_version_is_not_better(delay: Project) -> None:
    """Registered twice, the same model is not better than itself, whatever the margin."""
    set_alias("delay", 2, "champion")
    register_model("delay", load_model("delay:2"), example=flights(5)[FEATURES])
    verdict = verdict_of(delay, "metric: roc_auc, better_by: 0", ref="delay:3")
    assert not verdict.passed
    assert "an improvement of +0.0000" in verdict.checks[0].seen


def test_fairness_latency_size(delay: Project) -> None:
    """Each is measured and said; the tiny carrier appears nowhere."""
    verdict = verdict_of(
        delay,
        "fairness: carrier, min_ratio: 0.8, max_difference: 0.2, min_rows: 200",
        "fairness: carrier, metric: recall, min_ratio: 1, min_rows: 200",
        "latency_ms: 10000",
        "latency_ms: 0.0001",
        "size_mb: 5",
        "size_mb: 0.001, why: phones",
    )
    assert [check.status for check in verdict.checks] == ["passed", "failed", "passed", "failed", "passed", "failed"]
    assert [group.group for group in verdict.checks[0].groups] == ["B6", "UA"]
    assert "XX" not in repr(verdict)
    assert verdict.checks[5].why == "phones"


def test_expectations_are_those_of_the_version_judged(delay: Project) -> None:
    """What breaks them is shown; the dataset judged on is the one looked at."""
    rules = "expectations:\n  evaluation:\n    - {column: carrier, in: [UA, B6]}\n    - {rows_min: 10}\n"
    (check,) = verdict_of(delay, "expectations: evaluation", more=rules).checks
    assert (check.status, check.seen) == ("failed", "1 of 2 hold for evaluation:1")
    assert check.details == ["carrier is one of UA, B6: 7 of 2,000 rows are not so, such as XX (7×)"]


def test_expectations_of_what_it_was_trained_on(project: Project) -> None:
    """Of another dataset, the version that the model's run loaded is looked at, not a newer one."""
    save_evaluation()
    save_dataset("features", flights(100))
    with start_run("train"):
        load_dataset("features")
        strong()
    save_dataset("features", flights(50))
    rules = "expectations:\n  features:\n    - {rows_min: 100}\n"
    verdict = verdict_of(project, "expectations: features", ref="delay:1", more=rules)
    assert seen(verdict) == [("passed", "1 of 1 hold for features:1")]


def test_a_notebook_of_assertions(delay: Project) -> None:
    """It is told what to test, a false assertion fails, another error is an error; the executed copy is kept."""
    params = "model_ref = 'delay'\ndata_ref = ''"
    load = "import benchbook as bb\nmodel = bb.load_model(model_ref)\nassert data_ref == 'evaluation:1'"
    write_notebook(delay.root / "good.ipynb", load, "assert model_ref == 'delay:2'", params=params)
    write_notebook(delay.root / "false.ipynb", "x = 1", "assert x == 2, 'x is one'", params="model_ref = ''")
    write_notebook(delay.root / "broken.ipynb", "nothing_like_this", params="model_ref = ''")
    write_gate(delay.root, "notebook: good.ipynb", "notebook: false.ipynb", "notebook: broken.ipynb")
    verdict = evaluate_gate("release", "delay:2")
    assert [check.status for check in verdict.checks] == ["passed", "failed", "error"]
    assert verdict.checks[1].seen == "code cell 3: AssertionError: x is one"
    assert "NameError" in verdict.checks[2].seen
    (digest,) = verdict.checks[0].evidence
    assert rb"model_ref = \"delay:2\"" in objects_of(delay).get_bytes(digest)


def test_the_verdict_is_recorded_for_good(delay: Project) -> None:
    """It is read back as it was given, survives a rebuild, and the newest comes first."""
    write_gate(delay.root, "metric: roc_auc, min: 0.6", "size_mb: 0.0001")
    first, second = evaluate_gate("release", "delay:1"), evaluate_gate(None, "delay")
    assert (first.passed, first.id != "", first.actor) == (False, True, delay.user)
    (delay.folder / "store.duckdb").unlink()
    assert list_verdicts() == [second, first]
    assert get_verdict(first.id[:8]) == first
    assert second.ref == "delay:2"
    assert second._repr_html_().count("<tr>") == 2


def test_asking_changes_nothing(delay: Project) -> None:
    """No fact, no object and no line of a run comes from `check_gate`."""
    write_notebook(delay.root / "good.ipynb", "1", params="model_ref = ''")

    def state() -> tuple[bytes, int]:
        objects = sum(path.is_file() for path in (delay.folder / "objects").rglob("*"))
        return (delay.folder / "ledger.jsonl").read_bytes(), objects

    before = state()
    verdict_of(delay, "metric: roc_auc, min: 0.6", "latency_ms: 999", "notebook: good.ipynb")
    assert state() == before
    with start_run("looking") as run:  # its own snapshots are objects, so it begins only here
        verdict_of(delay, "metric: roc_auc, min: 0.6", "latency_ms: 999")
    assert get_run(run.id).links == []


def test_the_same_question_has_the_same_answer(delay: Project) -> None:
    """Seeds come from what is judged, so asking again gives the very same record."""
    checks = ("metric: roc_auc, better_by: 0", "fairness: carrier, min_ratio: 0.1, min_rows: 200")
    set_alias("delay", 1, "champion")
    assert verdict_of(delay, *checks) == verdict_of(delay, *checks)


@pytest.mark.parametrize(
    ("changes", "check", "said"),
    [
        ({"late": 1}, "metric: roc_auc, min: 0", "Every target is 1: roc_auc needs both classes"),
        ({"late": None}, "metric: accuracy, min: 0", "No row of evaluation:1 has a value in 'late'"),
        ({"late": 7}, "metric: accuracy, min: 0", "the target holds 7, which is no class of the model (0, 1)"),
        ({"wind": "calm"}, "metric: accuracy, min: 0", "delay:1 cannot take these rows: Column 'wind' holds 'calm'"),
        ({"wind": np.inf}, "metric: accuracy, min: 0", "infinity"),
        ({}, "metric: rmse, max: 9", "rmse is about numbers, and delay:1 predicts classes"),
        ({"day": 3}, "metric: accuracy, better_by: 0, cluster: day", "There is 1 to draw from"),
        ({}, "fairness: carrier, min_ratio: 1, min_rows: 99999", "0 of 3 groups"),
        ({"late": 0}, "fairness: carrier, metric: recall, min_ratio: 1, min_rows: 9", "is undefined"),
    ],
)
def test_what_cannot_be_computed_is_an_error(
    project: Project, changes: dict[str, object], check: str, said: str
) -> None:
    """The check says why, the gate does not pass, the next check is still made, and the verdict is whole."""
    save_evaluation(**changes)
    strong()
    strong(alias="champion")
    write_gate(project.root, check, "size_mb: 5")
    verdict = evaluate_gate("release", "delay:1")
    assert [one.status for one in verdict.checks] == ["error", "passed"]
    assert said in verdict.checks[0].seen
    assert not verdict.passed
    assert project.store.read(Query("SELECT count(*) FROM verdicts")) == [(1,)]


def test_rows_without_target_are_left_out_and_said(project: Project) -> None:
    """They cannot be judged; how many they are stands beside the value."""
    save_evaluation(late=flights()["late"].where(flights().index >= 100))
    strong()
    (check,) = verdict_of(project, "metric: accuracy, min: 0.5", ref="delay").checks
    assert (check.status, check.seen.partition("on ")[2]) == ("passed", "1,900 rows (100 without a target left out)")


def test_numbers_are_judged_too_and_infinite_ones_are_not(project: Project) -> None:
    """A regression has its metrics; predictions that are no numbers make the check an error."""
    save_evaluation(late=flights()["distance"] * 3)
    model = LinearRegression().fit(flights()[FEATURES], flights()["distance"] * 3)
    register_model("delay", model, example=flights(5)[FEATURES])
    checks = ("metric: rmse, max: 0.001", "metric: r2, min: 0.99", "metric: roc_auc, min: 0")
    good = verdict_of(project, *checks, ref="delay")
    assert [check.status for check in good.checks] == ["passed", "passed", "error"]
    model.coef_ = np.array([np.nan, 1.0])
    register_model("delay", model, example=flights(5)[FEATURES])
    (bad,) = verdict_of(project, "metric: rmse, max: 1", ref="delay:2").checks
    assert (bad.status, bad.seen) == ("error", "2,000 of 2,000 the predictions of delay:2 are not finite numbers")


def test_deleted_bytes_are_an_error(delay: Project) -> None:
    """Data whose bytes are gone cannot be judged on; the check says so and the others are made."""
    objects_of(delay).local_path(get_dataset("evaluation").digest).unlink()
    write_gate(delay.root, "metric: roc_auc, min: 0", "size_mb: 5")
    verdict = evaluate_gate("release", "delay:2")
    assert [check.status for check in verdict.checks] == ["error", "passed"]
    assert "The bytes of evaluation:1 are gone" in verdict.checks[0].seen


def test_verdicts_round_trip_as_json(delay: Project) -> None:
    """What `--json` prints can be read back whole."""
    verdict = verdict_of(delay, "fairness: carrier, min_ratio: 0.1, min_rows: 200", "card: complete")
    assert msgspec.json.decode(msgspec.json.encode(verdict), type=Verdict) == verdict
