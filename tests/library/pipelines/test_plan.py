"""Plans: params reach the notebooks that declare them, everything is checked first, and nothing is run or written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from benchbook.errors import InvalidInput, NotFound
from benchbook.pipelines import list_pipelines, plan_pipeline
from benchbook.pipelines.records import Edge, Plan, PlanStep
from benchbook.project import Project
from library.pipelines.notebooks import write_notebook, write_pipeline

BB = "import benchbook as bb\n"


def test_a_plan_says_order_reasons_params_and_doubts(project: Project) -> None:
    """Steps as they would run, with the notebook's own params under the given ones; no store is made by asking."""
    write_notebook(project.root / "use.ipynb", f"{BB}bb.load_dataset(f'flights-{{month}}')", params="month = 1\nk = 2")
    write_notebook(
        project.root / "make.ipynb", f"{BB}bb.save_dataset(f'flights-{{m}}', 1); bb.load_model(x())", params="m = 7"
    )
    write_pipeline(project.root, {"notebook": "use.ipynb", "params": {"k": 3}}, "make.ipynb", params={"month": 5})
    reason = "makes the dataset 'flights-7'"
    unsure = "cell 2 loads a model whose name is only known when it runs: x()"
    assert plan_pipeline(params={"month": 7}) == Plan(
        "p",
        {"month": 7},
        [
            PlanStep("make", "make.ipynb", {"m": 7}, [], [], [], ["flights-7"], [unsure]),
            PlanStep("use", "use.ipynb", {"month": 7, "k": 3}, ["make"], [f"make: {reason}"], ["flights-7"], [], []),
        ],
        [Edge("make", "use", reason)],
    )
    assert not project.folder.exists()


@pytest.mark.parametrize(
    "name",
    [
        "a-b",
        "1a",
        "",
        "a b",
        "class",
        "None",
        "__import__",
        "__import__('os')",
        "x\nimport os",
        "x = 1; y",
        "é" * 101,
        7,
    ],
)
def test_a_param_name_that_is_no_plain_identifier_is_refused(project: Project, name: Any) -> None:
    """Names become code, so only plain identifiers get that far."""
    write_notebook(project.root / "n.ipynb", "1", params="a = 1")
    write_pipeline(project.root, "n.ipynb")
    with pytest.raises(InvalidInput, match="The param name"):
        plan_pipeline(params={name: 1})


@pytest.mark.parametrize("value", [object(), {1, 2}, (1,), b"x", {1: 2}, {"a": [object()]}, "x" * 2_000_000, print])
def test_a_param_value_that_is_not_plain_data_is_refused(project: Project, value: object) -> None:
    """Values are data: text, numbers, true, null, lists and mappings of these."""
    write_notebook(project.root / "n.ipynb", "1", params="a = 1")
    write_pipeline(project.root, "n.ipynb")
    with pytest.raises(InvalidInput, match="The value of the param 'a'"):
        plan_pipeline(params={"a": value})


def test_params_nested_without_end_are_refused(project: Project) -> None:
    """A list that holds itself is no data."""
    write_notebook(project.root / "n.ipynb", "1", params="a = 1")
    write_pipeline(project.root, "n.ipynb")
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(InvalidInput, match="nested deeper"):
        plan_pipeline(params={"a": loop})


@pytest.mark.parametrize(
    ("step", "shared", "given", "said"),
    [
        ({}, {}, {"dept": 1}, "'dept' given for this run is unknown: no notebook .*\n.*Declared: depth"),
        ({}, {"dept": 1}, {}, "'dept' in benchbook.yaml is unknown"),
        ({"dept": 1}, {}, {}, "'dept' of step 'n' in benchbook.yaml is unknown: the notebook 'n.ipynb' does"),
    ],
)  # fmt: skip
def test_a_param_that_no_notebook_declares_is_refused(
    project: Project, step: Mapping[str, Any], shared: Mapping[str, Any], given: Mapping[str, Any], said: str
) -> None:
    """A typo would otherwise run for an hour with the old value; near names are listed."""
    write_notebook(project.root / "n.ipynb", "1", params="depth = 1")
    write_pipeline(project.root, {"notebook": "n.ipynb", "params": step}, params=shared)
    with pytest.raises(InvalidInput, match=said):
        plan_pipeline(params=given)


def test_params_for_a_notebook_without_a_parameters_cell_are_refused(project: Project) -> None:
    """The error says which cell to tag, and how."""
    write_notebook(project.root / "n.ipynb", "depth = 1")
    write_pipeline(project.root, "n.ipynb")
    with pytest.raises(InvalidInput, match=r"no cell tagged 'parameters'.\n.*Property Inspector.*'n.ipynb'"):
        plan_pipeline(params={"depth": 2})


def test_a_pipeline_that_cannot_be_planned_does_not_hide_the_others(project: Project) -> None:
    """The list shows what is wrong with the one, and the steps of the other."""
    write_notebook(project.root / "good.ipynb", f"{BB}bb.save_dataset('d', 1)")
    steps = "steps: [{notebook: %s.ipynb}]"
    text = f"pipelines: {{good: {{{steps % 'good'}}}, bad: {{{steps % 'gone'}}}}}"
    (project.root / "benchbook.yaml").write_text(text)
    good, bad = list_pipelines()
    assert (good.error, good.steps[0].makes) == ("", ["d"])
    assert "'gone.ipynb' does not exist" in bad.error
    assert bad.steps[0].notebook == "gone.ipynb"


def test_a_project_without_pipelines_has_an_empty_list(project: Project) -> None:
    """Nothing written yet is no error for a list, but one for a plan."""
    assert list_pipelines() == []
    with pytest.raises(InvalidInput, match=r"There is no benchbook.yaml"):
        plan_pipeline()
    write_pipeline(project.root, "n.ipynb", name="flights")
    with pytest.raises(NotFound, match="Did you mean: flights"):
        plan_pipeline("flihgts")
