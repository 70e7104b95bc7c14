"""From a ref to one version, and aliases: the same for everything that has versions, so models use this too."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from benchbook.errors import InvalidInput, NotFound
from benchbook.refs import Ref, check_name, parse_ref
from benchbook.store.queries import versions as queries

if TYPE_CHECKING:
    from typing import Any

    from benchbook.project import Project
    from benchbook.store import Ask

NOUNS = ("dataset", "model")


def find_version(ask: Ask, noun: str, ref: str | Ref) -> tuple[str, int]:
    """Return name and number of the version a ref points at.

    Raises:
        InvalidInput: the ref cannot be parsed, or several contents begin with its digest.
        NotFound: with near names, or with the versions or aliases there are.
    """
    parsed = parse_ref(noun, ref)
    if parsed.digest is not None:
        return _with_digest(ask, noun, parsed.digest)
    numbers = [number for (number,) in ask(queries.numbers(noun, parsed.name))]
    if not numbers:
        raise NotFound(noun, parsed.name, known=[name for (name,) in ask(queries.names(noun))])
    if parsed.alias is not None:
        return parsed.name, _with_alias(ask, noun, parsed)
    if parsed.version is not None and parsed.version not in numbers:
        raise NotFound(noun, str(parsed), hint=f"{parsed.name} has {_listed(numbers)}.")
    return parsed.name, numbers[0] if parsed.version is None else parsed.version


def point_alias(project: Project, noun: str, name: str, version: object, alias: str) -> tuple[str, int]:
    """Let ``alias`` of ``name`` mean ``version`` from now on; pointing it where it points already records nothing.

    Raises:
        InvalidInput: the noun, name, version or alias cannot be one.
        NotFound: there is no such version.
    """
    if noun not in NOUNS:
        raise InvalidInput(f"A {noun!r} has no aliases.", hint="Give noun='model' or noun='dataset'.")
    check_name(noun, name)
    check_alias(alias)
    if not isinstance(version, int) or isinstance(version, bool):
        raise InvalidInput(f"The version of an alias is a number such as 3, not {version!r}.")

    def decide(ask: Ask) -> dict[str, Any] | None:
        if not 0 < version < 2**63:
            raise NotFound(noun, f"{name}:{version}", hint="Versions count from 1 up.")
        find_version(ask, noun, Ref(name, version=version))
        same = (alias, version) in ask(queries.aliases(noun, name))
        return None if same else {"alias": alias, "version": version}

    project.store.record("set_alias", noun, name, decide)
    return name, version


def check_alias(alias: object) -> str:
    """Return ``alias`` if it can be one.

    Raises:
        InvalidInput: it is no name, a number, or 'latest', which always means the newest version.
    """
    name = check_name("alias", alias)
    if name == "latest" or name.isdecimal():
        raise InvalidInput(
            f"{name!r} cannot be an alias.", hint="A ref without version means the newest; ':3' means version 3."
        )
    return name


def _with_digest(ask: Ask, noun: str, prefix: str) -> tuple[str, int]:
    found = ask(queries.with_digest(noun, prefix))
    if not found:
        raise NotFound(noun, f"#{prefix}", hint=f"No {noun} version has content that begins with {prefix}.")
    if len({digest for _, _, digest in found}) > 1:
        listed = ", ".join(f"{name}:{version} #{digest[: len(prefix) + 4]}" for name, version, digest in found[:5])
        raise InvalidInput(f"Several contents begin with #{prefix}.", hint=f"Give more of it: {listed}.")
    return str(found[0][0]), int(found[0][1])


def _with_alias(ask: Ask, noun: str, ref: Ref) -> int:
    known: dict[str, int] = dict(ask(queries.aliases(noun, ref.name)))
    if ref.alias not in known:
        listed = ", ".join(f"{alias} (version {version})" for alias, version in known.items())
        near = get_close_matches(ref.alias or "", known, n=1)
        asked = f"Did you mean {ref.name}@{near[0]}? " if near else ""
        hint = asked + (f"{ref.name} has the aliases {listed}." if known else f"{ref.name} has no alias yet.")
        raise NotFound(noun, str(ref), hint=hint)
    return int(known[ref.alias])


def _listed(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"version {numbers[0]} only"
    shown = ", ".join(map(str, sorted(numbers)[:12]))
    return f"versions {shown}" + (f" and {len(numbers) - 12} more up to {numbers[0]}" if len(numbers) > 12 else "")
