"""What a step really used and made, held against what its source showed.

The order came from the sources. If what happened would have demanded another order, the result cannot be trusted and
the step fails; everything else that differs is said, not punished.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from benchbook.pipelines.graph import ancestors
from benchbook.pipelines.plan import Prepared, PreparedStep
from benchbook.tracking.records import Link

Thing = tuple[str, str]
"""Noun and name."""


def order_broken(prepared: Prepared, place: int, links: Iterable[Link], seen: Mapping[str, set[Thing]]) -> str:
    """A sentence on why step number ``place`` stood at the wrong place, or nothing.

    ``seen`` holds what the steps that ran before really used.
    """
    step = prepared.steps[place]
    used, made = _happened(step, links, "used"), _happened(step, links, "made")
    for later in prepared.steps[place + 1 :]:
        early = sorted((used - made) & _shown(later, "makes") - _shown(step, "uses"))
        if early and step.name not in ancestors(later.name, prepared.edges):
            return (
                f"it loaded the {_said(early[0])}, which step {later.name!r} makes later, and its source did not show "
                f"that. Write `after: [{later.name}]` at step {step.name!r}, or the name as plain text in the notebook"
            )
    return _late_make(prepared, place, made - _shown(step, "makes"), seen)


def _late_make(prepared: Prepared, place: int, made: set[Thing], seen: Mapping[str, set[Thing]]) -> str:
    step = prepared.steps[place]
    before = ancestors(step.name, prepared.edges)
    for earlier in prepared.steps[:place]:
        late = sorted(made & seen.get(earlier.name, set()))
        if late and earlier.name not in before:
            return (
                f"it made the {_said(late[0])}, which step {earlier.name!r} had loaded before, and its source did not "
                f"show that. Write `after: [{step.name}]` at step {earlier.name!r}, or the reverse"
            )
    for other in prepared.steps:
        both = sorted(made & _shown(other, "makes"))
        ordered = other.name in before or step.name in ancestors(other.name, prepared.edges)
        if both and other is not step and not ordered:
            return (
                f"it made the {_said(both[0])}, as step {other.name!r} does, in no order. "
                f"Write `after:` at one of them, or give them different names"
            )
    return ""


def differences(step: PreparedStep, links: list[Link]) -> list[str]:
    """What ``step`` did other than its source shows, in sentences."""
    if not step.source.is_python:
        return []
    said: list[str] = []
    for role, past, word in (("uses", "used", "loaded"), ("makes", "made", "made")):
        shown, happened = _shown(step, role), _happened(step, links, past)
        said += [f"{word} the {_said(thing)}, which its source does not show" for thing in sorted(happened - shown)]
        missing = sorted(shown - {(link.noun, link.name) for link in links if link.role == past})
        said += [f"did not {_INFINITIVE[role]} the {_said(thing)}, as its source shows" for thing in missing]
    return said


_INFINITIVE: dict[str, str] = {"uses": "load", "makes": "make"}


def used_things(links: Iterable[Link]) -> set[Thing]:
    """What was used, by noun and name."""
    return {(link.noun, link.name) for link in links if link.role == "used"}


def _shown(step: PreparedStep, role: str) -> set[Thing]:
    return {(access.noun, access.name) for access in step.accesses if access.role == role and access.name}


def _happened(step: PreparedStep, links: Iterable[Link], role: str) -> set[Thing]:
    """What was used or made; not what was loaded by its content, for which no order matters."""
    contents = tuple(access.code.lstrip("#") for access in step.accesses if access.pinned and not access.name)
    return {
        (link.noun, link.name)
        for link in links
        if link.role == role and not (role == "used" and contents and link.digest.startswith(contents))
    }


def _said(thing: Thing) -> str:
    return f"{thing[0]} {thing[1]!r}"


def versions(links: Iterable[Link], role: str) -> list[Link]:
    """Versions used or made, each once."""
    found = {(link.noun, link.name, link.version): link for link in links if link.role == role}
    return list(found.values())
