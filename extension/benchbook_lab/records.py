"""Answers and requests that exist only between server and browser; all others are the library's own records.

They stand here and not in the library because the library does not know that a server calls it.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

ChangedNoun = Literal["project", "run", "dataset", "model", "gate", "monitor"]


class ProjectInfo(msgspec.Struct, frozen=True):
    """The project this server shows. While `exists` is false there is none yet and `root` is where it would be made.

    `user` is who is named by what is recorded from here.
    """

    name: str
    root: str
    exists: bool
    revision: str
    version: str
    user: str


class Revision(msgspec.Struct, frozen=True):
    """Changes whenever anything was logged or recorded, or a writer died; empty while there is no project."""

    revision: str


class NotebookAnswer(msgspec.Struct, frozen=True):
    """The notebook of a run as nbformat JSON, or null where none was kept or what was kept is none.

    `executed` tells a run's own copy with outputs from the source as it was; `cut` counts outputs left out for size.
    """

    notebook: dict[str, Any] | None
    path: str
    executed: bool
    cut: int


class SqlAnswer(msgspec.Struct, frozen=True):
    """Rows of a user's query as JSON values; `types` are DuckDB's; `truncated` when there were more than `limit`."""

    columns: list[str]
    types: list[str]
    rows: list[list[Any]]
    truncated: bool


class PipelineStarted(msgspec.Struct, frozen=True):
    """A pipeline run was started in the background; what it prints goes to `log`, a path inside the project."""

    run: str | None
    started: bool
    log: str


class ErrorBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """What every refused request answers: what was wrong, the next step, the error's class, names that look alike.

    A promotion that its gate refuses (GateFailed) brings the verdict.
    """

    message: str
    hint: str
    type: str
    near: list[str] | msgspec.UnsetType = msgspec.UNSET
    verdict: Any = msgspec.UNSET


class Judging(msgspec.Struct, frozen=True):
    """The 202 of a gate that is still being asked: ask `judgings/<id>` for what becomes of it, or end it there."""

    id: str
    model: str
    version: int
    started: float


class AuditLine(msgspec.Struct, frozen=True):
    """One fact of the audit log in plain words; ``verdict`` is the one it records or rests on."""

    seq: int
    id: str
    time: float
    actor: str
    action: str
    noun: str
    name: str
    sentence: str
    forced: bool
    version: int | None
    verdict: str | None


class Changed(msgspec.Struct, frozen=True):
    """Data of a change event: a hint to go and ask. An empty `id` means several of that noun, or all."""

    noun: ChangedNoun
    id: str
    revision: str


class AliasRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Point `alias` of a model at `version`."""

    alias: str
    version: int


class SqlRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One read-only SELECT over everything Benchbook knows; at most `limit` rows come back."""

    sql: str
    limit: int = 1_000


class PipelineRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Start a pipeline with `params` in place of those of `benchbook.yaml`."""

    params: dict[str, Any] = {}


class EvaluateRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let a gate judge `version` of its model, and record the verdict."""

    version: int


class PromoteRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let the gate that guards `alias` decide whether it moves to `version`; `force` moves it anyway, for a reason."""

    version: int
    alias: str
    force: bool = False
    reason: str = ""


class RollbackRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Point `alias` back at the version before."""

    alias: str
    reason: str = ""


class DecisionRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Approve or reject a promotion, and why."""

    reason: str = ""


class ServeRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Start an endpoint on this machine for `ref`, such as delay@champion."""

    ref: str
