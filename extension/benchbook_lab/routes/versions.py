"""How the two words of a path name one version, the same for datasets and models."""

from __future__ import annotations

from benchbook.refs import Ref, check_name, parse_ref


def version_ref(noun: str, name: str, version: str) -> Ref:
    """The ref that two words of a path stand for: a number, ``latest``, or ``@`` and an alias.

    Raises:
        InvalidInput: if they cannot name a version.
    """
    if version == "latest":
        return Ref(check_name(noun, name))
    joint = "" if version.startswith("@") else ":"
    return parse_ref(noun, f"{check_name(noun, name)}{joint}{version}")
