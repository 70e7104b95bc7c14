"""What really happened against what the sources showed: a wrong order fails, other differences are told."""

from __future__ import annotations

import pytest

from benchbook.pipelines.evidence import differences, order_broken
from benchbook.pipelines.plan import Prepared, PreparedStep
from benchbook.pipelines.records import Access, Edge
from benchbook.provisioning.notebook_source import NotebookSource
from benchbook.tracking.records import Link


def step(name: str, *touches: str) -> PreparedStep:
    """A step whose source shows "+x" (makes), "-x" (loads) or "#ab" (loads content)."""
    roles = {"+": "makes", "-": "uses", "#": "uses"}
    source = NotebookSource(f"{name}.ipynb", "python", "", (), (), {})
    shown = [(roles[text[0]], text.lstrip("+-") if text[0] != "#" else "", text) for text in touches]
    return PreparedStep(name, source, {}, [Access(r, "dataset", n, c, 1, pinned=not n) for r, n, c in shown])  # type: ignore[arg-type]


def links(*happened: str) -> list[Link]:
    """What really happened: "+x" made, "-x" used."""
    return [Link("made" if h[0] == "+" else "used", "dataset", h[1:], 1, "abcd", 0.0) for h in happened]


def pipeline(*steps: PreparedStep, edges: str = "") -> Prepared:
    """A prepared pipeline in the order of ``steps``; ``edges`` such as "ab bc"."""
    return Prepared("p", {}, list(steps), [Edge(pair[0], pair[1], "") for pair in edges.split()])


def test_loading_what_a_later_step_makes_breaks_the_order() -> None:
    """The step saw the version of an earlier run; the sentence says what to write."""
    said = order_broken(pipeline(step("a"), step("b", "+x")), 0, links("-x"), {})
    assert "it loaded the dataset 'x', which step 'b' makes later" in said
    assert "`after: [b]` at step 'a'" in said


def test_making_what_an_earlier_step_loaded_breaks_the_order() -> None:
    """An unshown save may come too late for a step that has run."""
    said = order_broken(pipeline(step("a", "-x"), step("b")), 1, links("+x"), {"a": {("dataset", "x")}})
    assert "it made the dataset 'x', which step 'a' had loaded before" in said


def test_making_what_another_step_makes_in_no_order_is_told() -> None:
    """Which version is the newest would be chance."""
    assert "as step 'b' does, in no order" in order_broken(pipeline(step("a"), step("b", "+x")), 0, links("+x"), {})


@pytest.mark.parametrize(
    ("prepared", "place", "happened"),
    [
        (pipeline(step("a", "-x"), step("b", "+x"), edges="ab"), 0, links("-x")),
        (pipeline(step("a"), step("b", "+x"), edges="ab"), 0, links("-x")),
        (pipeline(step("a"), step("b", "+x")), 0, links("-y", "+z")),
        (pipeline(step("a", "#ab"), step("b", "+x")), 0, links("-x")),
        (pipeline(step("a", "+x"), step("b")), 1, links("-x")),
    ],
    ids=["shown", "told by after", "other things", "by content", "maker ran before"],
)
def test_what_changes_no_order_passes(prepared: Prepared, place: int, happened: list[Link]) -> None:
    """Only what would have demanded another order fails a step."""
    assert order_broken(prepared, place, happened, {}) == ""


def test_other_differences_are_told_in_words() -> None:
    """What the source did not show, and what it showed but did not happen."""
    assert differences(step("a", "-x", "+y"), links("-z", "+y")) == [
        "loaded the dataset 'z', which its source does not show",
        "did not load the dataset 'x', as its source shows",
    ]
    assert differences(step("a", "-x", "#ab"), links("-x", "-z")) == []
