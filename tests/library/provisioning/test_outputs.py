"""What is kept of outputs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from benchbook.provisioning.outputs import ERROR_LIMIT, OutputBudget, tidy_outputs


def stream(text: str, name: str = "stdout") -> dict[str, str]:
    """A stream output."""
    return {"output_type": "stream", "name": name, "text": text}


def test_a_budget_cuts_text_and_refuses_the_rest() -> None:
    """What fits is kept to the last character, and what does not is counted."""
    budget = OutputBudget(10)
    first, second = {"text": "12345678"}, {"text": "abcd"}
    assert budget.admit(first)
    assert budget.admit(second)
    assert not budget.admit({"data": {"image/png": "x" * 5}})
    assert (second["text"], budget.kept, budget.dropped) == ("ab", 10, 7)
    assert "0.0 MB more are not kept" in budget.note()


def test_a_huge_error_is_cut_to_its_beginning_and_end() -> None:
    """Of a message the beginning is kept, of a traceback the end."""
    error = {"output_type": "error", "ename": "E", "evalue": "a" * 10**7, "traceback": ["b" * 10**7, "last line"]}
    (tidy,) = tidy_outputs([error])
    assert len(tidy["evalue"]) <= ERROR_LIMIT + 1
    assert sum(map(len, tidy["traceback"])) <= ERROR_LIMIT + 1
    assert tidy["traceback"][-1] == "last line"


def test_cleared_output_no_longer_counts() -> None:
    """A live display that is redrawn for hours keeps being shown."""
    budget = OutputBudget(10)
    for _ in range(100):
        assert budget.admit({"data": {"text/plain": "x" * 9}})
        budget.clear()
    assert budget.note() == ""


def test_streams_are_joined_and_progress_bars_end_as_they_stood() -> None:
    """Neighbours of one stream become one output; overwritten lines go, line ends stay."""
    shown = {"output_type": "display_data", "data": {}}
    outputs = [stream("a\r\n1%\r"), stream("50%\r100%\r\n"), stream("e", "stderr"), shown, stream("z\r")]
    assert tidy_outputs(outputs) == [stream("a\n100%\n"), stream("e", "stderr"), shown, stream("z")]


@given(st.lists(st.text(alphabet="ab\n", max_size=20), max_size=20))
def test_joining_loses_nothing(texts: list[str]) -> None:
    """Without carriage returns the text stays what was printed."""
    joined = tidy_outputs([stream(text) for text in texts])
    assert "".join(output["text"] for output in joined) == "".join(texts)
    assert len(joined) == bool(texts)
