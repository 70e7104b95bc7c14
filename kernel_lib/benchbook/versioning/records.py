"""What is kept of the code and the environment of a run, as plain frozen records."""

from __future__ import annotations

import msgspec


class CodeState(msgspec.Struct, frozen=True):
    """The code as it was: git commit and branch (None outside git), digest of the uncommitted diff, notebook source."""

    commit: str | None = None
    branch: str | None = None
    dirty: bool = False
    diff: str | None = None
    notebook: str = ""
    source: str | None = None


class EnvironmentState(msgspec.Struct, frozen=True):
    """Where the run ran: Python, platform, hardware (``memory`` in bytes) and the digest of the full package list."""

    python: str
    platform: str
    machine: str
    processor: str
    cores: int
    memory: int
    packages: str
    package_count: int
    key_packages: dict[str, str]
