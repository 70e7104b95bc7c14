"""Masks what looks like a secret in text that leaves the project: reports, and whatever is posted for others to read.

A pattern can miss a secret and can mask what is none; both are better than to promise more. So values of environment
variables whose names speak of secrets are masked as they are, wherever they stand.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

MASK = "•••"
_WORD = r"(?:pass(?:word|wd|phrase)|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)s?"
_NAME = re.compile(_WORD, re.IGNORECASE)
_SHORTEST = 6
_PATTERNS: list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]] = [
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), MASK),
    (re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"), MASK),
    (re.compile(r"\bgh[pousr]_[A-Za-z0-9]{20,}\b|\bgithub_pat_\w{20,}\b|\bglpat-[\w-]{16,}"), MASK),
    (re.compile(r"\bxox[abprs]-[\w-]{10,}|\bhf_[A-Za-z0-9]{20,}\b|\bsk-[\w-]{20,}"), MASK),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"), MASK),
    (re.compile(r"(?i)\b(bearer|basic) [\w.~+/=-]{8,}"), rf"\1 {MASK}"),
    (re.compile(r"(\b[a-z][a-z0-9+.-]{1,20}://)[^\s/@:]*:[^\s/@]+@", re.IGNORECASE), rf"\1{MASK}@"),
    # name = "value", 'name': 'value', --name "value"
    (
        re.compile(rf"(?i)([\w.-]{{0,60}}{_WORD}[\w-]{{0,60}}[\"']?\s{{0,4}}[:=,]?\s{{0,4}})([\"'])([^\"'\n]+)\2"),
        rf"\1\2{MASK}\2",
    ),
    # NAME=value, name: value; a call such as token = read() is no value
    (
        re.compile(
            rf"(?i)\b([\w.-]{{0,60}}{_WORD}[\w-]{{0,60}}(?:=|: ))([^\s\"'(){{}}\[\],;|&<>]{{{_SHORTEST},}})(?![\w(.])"
        ),
        rf"\1{MASK}",
    ),
]


def redact(text: str) -> str:
    """``text`` with `MASK` in place of keys, tokens, passwords and values of secret environment variables."""
    for value in _secret_values():
        text = text.replace(value, MASK)
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def redact_value(name: str, value: Any) -> str:
    """A param or setting as text, masked where its name speaks of a secret; numbers never are one (`max_tokens`)."""
    if isinstance(value, str) and value and _NAME.search(name):
        return MASK
    return redact(str(value))


def _secret_values() -> list[str]:
    """Longest first, so that one that holds another goes whole."""
    found = {value for name, value in os.environ.items() if len(value) >= _SHORTEST and _NAME.search(name)}
    return sorted(found, key=len, reverse=True)
