"""Refs: how people point at a version (`flights`, `flights:3`, `delay@champion`, `#ab12…`), and what names may be.

Names of datasets, models and aliases stand in refs, URLs and file names, so they are plain words; all other text
(run names, metric keys, tags, notes) may hold anything but control characters.
"""

from __future__ import annotations

import re
import unicodedata

import msgspec

from benchbook.errors import InvalidInput

_NAME = re.compile(r"[^\W_][\w.-]*", re.UNICODE)
_NAME_LIMIT = 100
_TEXT_LIMIT = 2_000
_DIGEST = re.compile(r"[0-9a-f]{4,64}")


class Ref(msgspec.Struct, frozen=True):
    """One parsed ref. At most one of ``version`` and ``alias`` is set; ``digest`` excludes all others.

    No version, alias or digest means the newest version.
    """

    name: str = ""
    version: int | None = None
    alias: str | None = None
    digest: str | None = None

    def __str__(self) -> str:
        if self.digest is not None:
            return f"#{self.digest}"
        if self.version is not None:
            return f"{self.name}:{self.version}"
        return f"{self.name}@{self.alias}" if self.alias is not None else self.name


def check_name(noun: str, name: object) -> str:
    """Return ``name`` if it can name a ``noun`` that stands in refs and paths.

    Letters of any script, digits, ``_``, ``-`` and ``.``, beginning with a letter or digit, at most 100 characters.

    Raises:
        InvalidInput: with the offending character or length.
    """
    if not isinstance(name, str):
        raise InvalidInput(f"The {noun} name {name!r} is a {type(name).__name__}, not text.")
    rule = "Use letters, digits, '_', '-' and '.', beginning with a letter or digit, at most 100 characters."
    if not name:
        raise InvalidInput(f"The {noun} name is empty.", hint=rule)
    if len(name) > _NAME_LIMIT:
        raise InvalidInput(f"The {noun} name {name[:40]!r}… has {len(name)} characters.", hint=rule)
    if unicodedata.normalize("NFC", name) != name:
        raise InvalidInput(f"The {noun} name {name!r} is not in Unicode's NFC form: two names could look the same.")
    if not _NAME.fullmatch(name) or name.endswith("."):
        bad = next((c for c in name if not re.match(r"[\w.-]", c)), name[0] if name[0] in "_.-" else name[-1])
        raise InvalidInput(f"The {noun} name {name!r} cannot hold {bad!r} there.", hint=rule)
    return name


def check_text(noun: str, text: object, *, limit: int = _TEXT_LIMIT) -> str:
    """Return ``text`` if it can label something (run name, metric key, tag): any text without control characters.

    Raises:
        InvalidInput: if it is not text, empty, longer than ``limit``, or holds a control character or lone surrogate.
    """
    if not isinstance(text, str):
        raise InvalidInput(f"The {noun} {text!r} is a {type(text).__name__}, not text.")
    if not text.strip():
        raise InvalidInput(f"The {noun} is empty.")
    if len(text) > limit:
        raise InvalidInput(f"The {noun} {text[:40]!r}… has {len(text)} characters; at most {limit} are kept.")
    bad = next((c for c in text if unicodedata.category(c) in ("Cc", "Cs")), None)
    if bad is not None:
        raise InvalidInput(f"The {noun} {text[:80]!r} holds the control character {bad!r}.")
    return text


def parse_ref(noun: str, ref: object) -> Ref:
    """Parse a ref to a version of a ``noun`` ("dataset" or "model").

    Raises:
        InvalidInput: if it is none of ``name``, ``name:3``, ``name@alias``, ``#digest``.
    """
    if isinstance(ref, Ref):
        return ref
    if not isinstance(ref, str):
        raise InvalidInput(f"The {noun} ref {ref!r} is a {type(ref).__name__}, not text such as 'name:3'.")
    if ref.startswith("#"):
        if not _DIGEST.fullmatch(ref[1:]):
            raise InvalidInput(f"The {noun} ref {ref[:80]!r} is no content id: 4 to 64 characters of 0-9a-f after '#'.")
        return Ref(digest=ref[1:])
    if ":" in ref:
        name, _, version = ref.partition(":")
        if not (version.isascii() and version.isdigit() and int(version[:10]) > 0 and len(version) < 10):
            raise InvalidInput(f"The {noun} ref {ref[:80]!r} needs a version number from 1 up after ':'.")
        return Ref(check_name(noun, name), version=int(version))
    name, at, alias = ref.partition("@")
    if at:
        return Ref(check_name(noun, name), alias=check_name("alias", alias))
    return Ref(check_name(noun, name))
