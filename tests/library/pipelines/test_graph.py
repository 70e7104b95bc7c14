"""The order of steps: makers before users, `after:`, the file's own order where nothing else decides."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from benchbook.errors import InvalidInput
from benchbook.pipelines.graph import Node, ancestors, order_steps
from benchbook.pipelines.records import Access, Edge


def node(name: str, *touches: str, after: Sequence[str] = ()) -> Node:
    """A step that touches "+x" (makes), "-x" (loads), "-m@a" (loads by alias), "=m@a" (gives the alias)."""
    roles = {"+": "makes", "-": "uses", "=": "marks"}
    found = [(roles[text[0]], *text[1:].partition("@")) for text in touches]
    return Node(name, after, [Access(r, "dataset", n, n, 1, pinned=bool(a), alias=a) for r, n, _, a in found])  # type: ignore[arg-type]


def order(*nodes: Node) -> str:
    """The order as one word."""
    return "".join(order_steps(nodes)[0])


def test_makers_come_before_users_with_the_reason() -> None:
    """The file may name steps in any order; the edge says what decided."""
    names, edges = order_steps([node("c", "-y"), node("b", "-x", "+y"), node("a", "+x")])
    assert names == ["a", "b", "c"]
    assert edges == [Edge("b", "c", "makes the dataset 'y'"), Edge("a", "b", "makes the dataset 'x'")]
    assert ancestors("c", edges) == {"a", "b"}


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ([node("b"), node("a"), node("c")], "bac"),
        ([node("b", "-x"), node("c"), node("a", "+x")], "cab"),
        ([node("b", after=["a"]), node("a")], "ab"),
        ([node("a", "-x", "+x")], "a"),
        ([node("b", "-x", "+x"), node("a", "+x")], "ab"),
        ([node("a", "+x"), node("b", "+x", after=["a"]), node("c", "-x")], "abc"),
        ([node("c", "-x"), node("a", "+x"), node("b", "+x", after=["c"])], "acb"),
        ([node("t", "-m@champ", "+m"), node("e", "-m", "=m@champ")], "te"),
        ([node("p", "-m@champ"), node("e", "=m@champ"), node("t", "+m")], "tep"),
        ([node("p", "-m@other"), node("t", "+m")], "tp"),
    ],
)
def test_the_order_is_stable_and_sensible(nodes: list[Node], expected: str) -> None:
    """File order among the ready; aliases wait where they can; loading what one also saves waits for nobody."""
    assert order(*nodes) == expected


def test_a_cycle_shows_its_path_and_reasons() -> None:
    """The message can be acted on: it names each step of the circle and why."""
    with pytest.raises(InvalidInput, match="in a circle: a → b → c → a") as caught:
        order(node("a", "-z", "+x"), node("b", "-x", "+y"), node("c", "-y", "+z"), node("d", "-x"))
    assert "a before b: it makes the dataset 'x'" in caught.value.what


def test_after_alone_can_make_a_cycle() -> None:
    """Two steps that wait for each other by `after:` are refused."""
    with pytest.raises(InvalidInput, match=r"a → b → a \(a before b: `after:` says so"):
        order(node("a", after=["b"]), node("b", after=["a"]))


@pytest.mark.parametrize("nodes", [[node("a", "+x"), node("b", "+x")], [node("a", "-x", "+x"), node("b", "-x", "+x")]])
def test_two_makers_of_one_thing_need_an_order(nodes: list[Node]) -> None:
    """Otherwise the newest version would depend on chance; the hint says what to write."""
    with pytest.raises(InvalidInput, match="'a' and 'b' both make the dataset 'x'") as caught:
        order(*nodes)
    assert "`after: [a]` at 'b'" in caught.value.hint


def test_a_thousand_steps_are_ordered_at_once() -> None:
    """A long chain costs no recursion and little time."""
    chain = [node(f"s{n:04}", f"-x{n}", f"+x{n + 1}") for n in range(1_000)]
    assert order_steps(chain[::-1])[0] == [step.name for step in chain]
