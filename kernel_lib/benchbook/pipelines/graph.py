"""The order of steps: who makes comes before who uses, plus what `after:` says; stable as the file is written.

Two rules settle what is not obvious. A load of the newest version waits for its makers; a load of a version or alias,
and giving an alias, come after them too, unless something else demands the contrary (then the earlier one is meant).
And steps that make the same thing must stand in an order, by `after:` or because one loads what the other makes, or
"newest" would depend on chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import pairwise

from benchbook.errors import InvalidInput
from benchbook.pipelines.records import Access, Edge


@dataclass(frozen=True)
class Node:
    """A step as the graph sees it."""

    name: str
    after: Sequence[str] = ()
    accesses: Sequence[Access] = ()

    def touches(self, role: str, noun: str, name: str, *, firmly: bool = False) -> bool:
        """Whether the step does ``role`` with the ``noun`` ``name``; ``firmly``: with the newest version."""
        return any((a.role, a.noun, a.name) == (role, noun, name) and not (firmly and a.pinned) for a in self.accesses)


@dataclass
class _Links:
    """Edges with their reasons, and who comes before whom through any number of them."""

    edges: dict[tuple[str, str], Edge] = field(default_factory=dict)
    before: dict[str, set[str]] = field(default_factory=dict)

    def add(self, first: str, then: str, reason: str) -> None:
        self.edges.setdefault((first, then), Edge(first, then, reason))
        self.before.setdefault(then, set()).add(first)

    def precedes(self, first: str, then: str) -> bool:
        """Whether ``first`` must come before ``then``."""
        waiting, seen = [then], {then}
        while waiting:
            for name in self.before.get(waiting.pop(), set()) - seen:
                if name == first:
                    return True
                seen.add(name)
                waiting.append(name)
        return False


def order_steps(nodes: Sequence[Node]) -> tuple[list[str], list[Edge]]:
    """The names of ``nodes`` in the order in which they run, and the edges that say why.

    Raises:
        InvalidInput: showing the path of a cycle, or two steps that make the same thing in no order.
    """
    links = _Links()
    for node in nodes:
        for first in node.after:
            links.add(first, node.name, "`after:` says so")
    _refuse_cycle(nodes, links)
    makers = _makers(nodes)
    _link_firm(nodes, makers, links)
    _refuse_cycle(nodes, links)
    _link_pinned(nodes, makers, links)
    for (noun, name), steps in makers.items():
        _refuse_unordered(noun, name, steps, links)
    return _sorted(nodes, links)[0], list(links.edges.values())


def ancestors(name: str, edges: Iterable[Edge]) -> set[str]:
    """All steps that must come before ``name``."""
    links = _Links()
    every = set()
    for edge in edges:
        links.add(edge.before, edge.after, edge.reason)
        every.add(edge.before)
    return {first for first in every if links.precedes(first, name)}


def _makers(nodes: Sequence[Node]) -> dict[tuple[str, str], list[Node]]:
    makers: dict[tuple[str, str], list[Node]] = {}
    for node in nodes:
        for noun, name in dict.fromkeys((a.noun, a.name) for a in node.accesses if a.role == "makes" and a.name):
            makers.setdefault((noun, name), []).append(node)
    return makers


def _link_firm(nodes: Sequence[Node], makers: Mapping[tuple[str, str], list[Node]], links: _Links) -> None:
    """Makers before the users of the newest version; not those that `after:` has put behind the user."""
    told = _Links(dict(links.edges), {name: set(first) for name, first in links.before.items()})
    for node in nodes:
        for noun, name in dict.fromkeys((a.noun, a.name) for a in node.accesses if a.role == "uses" and not a.pinned):
            for maker in makers.get((noun, name), []):
                if maker is node or told.precedes(node.name, maker.name):
                    continue
                both = node.touches("makes", noun, name) and maker.touches("uses", noun, name, firmly=True)
                if not (both and not told.precedes(maker.name, node.name)):
                    links.add(maker.name, node.name, f"makes the {noun} {name!r}")


def _link_pinned(nodes: Sequence[Node], makers: Mapping[tuple[str, str], list[Node]], links: _Links) -> None:
    """Makers (or those who give the alias) before users of a version or alias, where nothing demands the contrary."""
    for node in nodes:
        for access in node.accesses:
            if not access.name or not (access.role == "marks" or (access.role == "uses" and access.pinned)):
                continue
            for first, reason in _providers(access, nodes, makers):
                if first is not node and not links.precedes(node.name, first.name):
                    links.add(first.name, node.name, reason)


def _providers(
    access: Access, nodes: Sequence[Node], makers: Mapping[tuple[str, str], list[Node]]
) -> list[tuple[Node, str]]:
    markers: list[tuple[Node, str]] = []
    if access.role == "uses" and access.alias:
        wanted = ("marks", access.noun, access.name, access.alias)
        gives = [node for node in nodes if any((a.role, a.noun, a.name, a.alias) == wanted for a in node.accesses)]
        markers = [(node, f"gives the alias '{access.ref}'") for node in gives]
    made = [(node, f"makes the {access.noun} {access.name!r}") for node in makers.get((access.noun, access.name), [])]
    return markers or made


def _refuse_cycle(nodes: Sequence[Node], links: _Links) -> None:
    stuck = _sorted(nodes, links)[1]
    for name in stuck:  # the first may only wait for the circle, without standing in it
        path = _way(name, name, links)
        if path:
            edges = [links.edges[pair] for pair in pairwise(path)]
            told = "; ".join(f"{edge.before} before {edge.after}: {_said(edge)}" for edge in edges)
            raise InvalidInput(
                f"The steps wait for each other in a circle: {' → '.join(path)} ({told}).",
                hint="Remove one of these: an `after:`, or a load of what a later step makes.",
            )


def _said(edge: Edge) -> str:
    return edge.reason if edge.reason.startswith("`") else f"it {edge.reason}"


def _way(first: str, last: str, links: _Links) -> list[str]:
    """The shortest path along the edges from ``first`` to ``last`` (at least one edge), or nothing."""
    after: dict[str, list[str]] = {}
    for before, then in links.edges:
        after.setdefault(before, []).append(then)
    paths, seen = [[first]], set()
    while paths:
        path = paths.pop(0)
        for name in after.get(path[-1], []):
            if name == last:
                return [*path, name]
            if name not in seen:
                seen.add(name)
                paths.append([*path, name])
    return []


def _refuse_unordered(noun: str, name: str, steps: Sequence[Node], links: _Links) -> None:
    for place, step in enumerate(steps):
        for other in steps[place + 1 :]:
            if not links.precedes(step.name, other.name) and not links.precedes(other.name, step.name):
                raise InvalidInput(
                    f"The steps {step.name!r} and {other.name!r} both make the {noun} {name!r}, in no order.",
                    hint=f"Give them different names, or write `after: [{step.name}]` at {other.name!r}.",
                )


def _sorted(nodes: Sequence[Node], links: _Links) -> tuple[list[str], list[str]]:
    """The order, always taking what stands first in the file among what is ready; and what never gets ready."""
    place = {node.name: number for number, node in enumerate(nodes)}
    waits = {node.name: len(links.before.get(node.name, ())) for node in nodes}
    after: dict[str, list[str]] = {}
    for before, then in links.edges:
        after.setdefault(before, []).append(then)
    ready = [place[name] for name, count in waits.items() if not count]
    order: list[str] = []
    while ready:
        name = nodes[heappop(ready)].name
        order.append(name)
        for then in after.get(name, []):
            waits[then] -= 1
            if not waits[then]:
                heappush(ready, place[then])
    return order, [name for name, count in waits.items() if count]
