"""A gate that refers to nothing is refused before anything is judged, with its line and what there is instead."""

from __future__ import annotations

import pytest

from benchbook.errors import InvalidInput, NotFound
from benchbook.gates import check_gate, evaluate_gate
from benchbook.gates.plan import prepare_gate
from benchbook.project import Project
from benchbook.store import Query
from library.gates.bench import project_of, save_evaluation, write_gate
from library.pipelines.notebooks import write_notebook


@pytest.mark.parametrize(
    ("more", "check", "said", "hint"),
    [
        ({"data": "evaluatoin"}, "size_mb: 1", "line 4, gates.release.data refers to nothing", "mean: evaluation"),
        ({"data": "evaluation:9"}, "size_mb: 1", "line 4, gates.release.data refers to nothing", "version 1 only"),
        ({"target": "lat"}, "size_mb: 1", "line 5, gates.release.target is 'lat', and evaluation:1 has", "late"),
        ({}, "fairness: carier, min_ratio: 1", r"line 7, gates.release.checks[0].fairness is 'carier'", "carrier"),
        ({}, "metric: f1, better_by: 0, cluster: dya", r"checks[0].cluster is 'dya'", "day"),
        ({}, "notebook: behavior.ipynb", "line 7, gate 'release': the notebook 'behavior.ipynb' does not", "plain"),
        ({}, "notebook: plain.ipynb", "does not assign `model_ref`", "model_ref = "),
        ({"more": "expectations: {other: [{rows_min: 1}]}\n"}, "expectations: other", "refers to nothing", ""),
    ],
)  # fmt: skip
def test_what_refers_to_nothing(delay: Project, more: dict[str, str], check: str, said: str, hint: str) -> None:
    """Data, columns, notebooks: the error names the line and the nearest thing that exists; nothing is recorded."""
    write_notebook(delay.root / "plain.ipynb", "1")
    write_gate(delay.root, check, **more)
    with pytest.raises(InvalidInput) as caught:
        evaluate_gate("release", "delay:2")
    assert said in caught.value.what
    assert hint in caught.value.hint
    assert delay.store.read(Query("SELECT count(*) FROM verdicts")) == [(0,)]


def test_names_that_are_not_there(delay: Project) -> None:
    """An unknown gate, version or model, and a gate of another model."""
    write_gate(delay.root, "size_mb: 1")
    with pytest.raises(NotFound, match="Did you mean: release"):
        check_gate("relaese", "delay")
    with pytest.raises(NotFound, match="versions 1, 2"):
        check_gate("release", "delay:7")
    with pytest.raises(NotFound, match="There is no model 'dealy'"):
        check_gate("release", "dealy")
    text = (delay.root / "benchbook.yaml").read_text()
    (delay.root / "benchbook.yaml").write_text(text.replace("model: delay", "model: other"))
    with pytest.raises(InvalidInput, match="judges the model 'other', not 'delay'"):
        check_gate("release", "delay")
    with pytest.raises(InvalidInput, match=r"No gate in benchbook\.yaml is about the model 'delay'"):
        check_gate(None, "delay")


def test_a_policy_that_leaves_nobody(delay: Project) -> None:
    """With `by_another`, the author of a version is no approver of it: said before anybody waits."""
    author = delay.store.actor
    write_gate(delay.root, "size_mb: 5", approval=f"approvers: [{author}], by_another: true")
    with pytest.raises(InvalidInput, match=r"line 6, gates.release.approval can be satisfied by nobody"):
        check_gate("release", "delay:2")


def test_the_digest_is_that_of_the_question(delay: Project) -> None:
    """Another check, notebook or rule is another question; another approver or comment is not."""
    write_notebook(delay.root / "a.ipynb", "1", params="model_ref = ''")

    def digest(*checks: str, **more: str) -> str:
        write_gate(delay.root, *checks, **more)
        return prepare_gate(delay, None, "delay:2").digest

    one = digest("notebook: a.ipynb")
    assert one == digest("notebook: a.ipynb", approval="approvers: [ann]", more="# a comment\n")
    others = {digest("notebook: a.ipynb", "size_mb: 3")}
    write_notebook(delay.root / "a.ipynb", "2", params="model_ref = ''")
    others.add(digest("notebook: a.ipynb"))
    rules = "expectations: {evaluation: [{rows_min: %d}]}\n"
    others |= {digest("expectations: evaluation", more=rules % rows) for rows in (1, 2)}
    before = digest("expectations: evaluation", more=rules % 1)
    save_evaluation(day=1)
    others.add(digest("expectations: evaluation", more=rules % 1))
    assert len(others | {one}) == 6
    assert before in others


def test_a_gate_sees_the_alias_of_now(delay: Project) -> None:
    """What it compares with is looked up when it is asked."""
    write_gate(delay.root, "size_mb: 5")
    assert prepare_gate(project_of(delay.root, "ann"), "release", "delay:2").against is None
