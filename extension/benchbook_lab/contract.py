"""Writes `extension/src/contract.ts`, the one border between Python and TypeScript: `python -m benchbook_lab.contract`.

The TypeScript is printed straight from msgspec's own description of the records. The way over JSON Schema and a node
tool was tried: it needs four corrections, a dependency and a second language to say what these lines say alone.
"""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect as mi

from benchbook_lab.live import CHANGED_EVENT

_HEAD = """\
/**
 * What the server answers and accepts. Generated from the Python records; do not edit:
 * `python -m benchbook_lab.contract extension/src/contract.ts` writes it anew.
 */"""
_WIDTH = 100


def answers() -> Sequence[type]:
    """Every record the server sends; those inside them follow by themselves."""
    from benchbook.data.records import DatasetDetail, DatasetDiff, DatasetSummary, RowPage
    from benchbook.gates import ApprovalRequest, GateInfo, Promotion, Verdict
    from benchbook.governance import ModelCard
    from benchbook.governance.audit import Verification
    from benchbook.models.records import ModelDetail, ModelSummary
    from benchbook.monitoring.views import ColumnView
    from benchbook.pipelines.records import PipelineInfo
    from benchbook.serving import EndpointAccess, EndpointState
    from benchbook.tracking.records import Curve, LogLine, Run, RunPage
    from benchbook_lab import monitor_records as monitors
    from benchbook_lab import records as here

    library = [Run, RunPage, Curve, LogLine, DatasetSummary, DatasetDetail, DatasetDiff, RowPage]
    library += [ModelSummary, ModelDetail, PipelineInfo]
    library += [GateInfo, Verdict, Promotion, ApprovalRequest, Verification, ModelCard, EndpointState, EndpointAccess]
    own = [here.Judging, here.AuditLine]
    own += [here.ProjectInfo, here.Revision, here.NotebookAnswer, here.SqlAnswer]
    own += [monitors.MonitorItem, monitors.MonitorAnswer, monitors.Looked, monitors.RetrainingStarted]
    own += [monitors.AlertsClosed]
    return library + own + [ColumnView, here.PipelineStarted, here.ErrorBody, here.Changed]


def requests() -> Sequence[type]:
    """Every body the server accepts; their fields with defaults may be left out."""
    from benchbook_lab import monitor_records as monitors
    from benchbook_lab import records as here

    changes = [here.AliasRequest, here.EvaluateRequest, here.PromoteRequest, here.RollbackRequest, here.DecisionRequest]
    changes += [monitors.CloseRequest, monitors.LoopRequest]
    return [*changes, here.PipelineRequest, here.ServeRequest, here.SqlRequest]


def aliases() -> dict[str, Any]:
    """Types that deserve a name of their own in TypeScript."""
    from benchbook.data.records import DataFormat
    from benchbook.governance.records import CheckStatus
    from benchbook.monitoring.state import LoopMode
    from benchbook.project.monitor_config import AlertKind
    from benchbook.tracking.records import Number, RunKind, RunStatus
    from benchbook_lab.records import ChangedNoun

    named = {"MetricValue": Number, "RunKind": RunKind, "RunStatus": RunStatus}
    named |= {"AlertKind": AlertKind, "LoopMode": LoopMode, "CheckStatus": CheckStatus}
    return named | {"DataFormat": DataFormat, "ChangedNoun": ChangedNoun}


class Printer:
    """Prints records as interfaces, sorted by name, each type of ``named`` under its name."""

    def __init__(self, named: dict[str, Any]) -> None:
        self.named = [(name, mi.type_info(kind)) for name, kind in named.items()]
        self.structs: dict[str, str] = {}

    def add(self, kind: type, *, request: bool = False) -> None:
        """Print ``kind`` and, through its fields, every record inside it."""
        info = mi.type_info(kind)
        assert isinstance(info, mi.StructType)
        self._struct(info, request=request)

    def text(self) -> str:
        """The whole file."""
        unions = [(name, _wrap(f"export type {name} =", self._members(kind, top=True))) for name, kind in self.named]
        return "\n\n".join([_HEAD, _event(), *(text for _, text in sorted([*unions, *self.structs.items()]))]) + "\n"

    def _struct(self, info: mi.StructType, *, request: bool) -> str:
        name = info.cls.__name__
        if name not in self.structs:
            self.structs[name] = ""
            lines = [self._field(field, request=request) for field in info.fields]
            self.structs[name] = "\n".join([*_doc(info.cls), f"export interface {name} {{", *lines, "}"])
        return name

    def _field(self, field: mi.Field, *, request: bool) -> str:
        always = field.required or not (request or field.default is field.default_factory is msgspec.NODEFAULT)
        mark = "" if always else "?"
        return _wrap(f"  {field.encode_name}{mark}:", self._members(field.type, top=False))

    def _members(self, kind: mi.Type, *, top: bool) -> list[str]:
        """What stands between the bars of a union, one text for anything else; ``top`` spells a named type out."""
        names = [] if top else [name for name, named in self.named if named == kind]
        if names:
            return names
        if isinstance(kind, mi.LiteralType):
            return [f"'{value}'" for value in kind.values]
        if not isinstance(kind, mi.UnionType):
            return [self._plain(kind)]
        rest = tuple(member for member in kind.types if not isinstance(member, mi.NoneType))
        if len(rest) < len(kind.types):
            return [*self._members(mi.UnionType(rest) if len(rest) > 1 else rest[0], top=False), "null"]
        return [text for member in kind.types for text in self._members(member, top=False)]

    def _plain(self, kind: mi.Type) -> str:
        if isinstance(kind, mi.StructType):
            return self._struct(kind, request=False)
        if isinstance(kind, mi.ListType):
            members = self._members(kind.item_type, top=False)
            return f"({' | '.join(members)})[]" if len(members) > 1 else f"{members[0]}[]"
        if isinstance(kind, mi.TupleType):
            return f"[{', '.join(' | '.join(self._members(item, top=False)) for item in kind.item_types)}]"
        if isinstance(kind, mi.DictType):
            return f"Record<string, {' | '.join(self._members(kind.value_type, top=False))}>"
        return _SIMPLE[type(kind)]


_SIMPLE: dict[type[mi.Type], str] = {
    mi.AnyType: "unknown",
    mi.BoolType: "boolean",
    mi.FloatType: "number",
    mi.IntType: "number",
    mi.NoneType: "null",
    mi.StrType: "string",
}


def _event() -> str:
    return f"/** The event schema that `Changed` travels under. */\nexport const CHANGED_EVENT = '{CHANGED_EVENT}';"


def _wrap(head: str, members: list[str]) -> str:
    """One line where it fits, else one member a line, as prettier has it."""
    line = f"{head} {' | '.join(members)};"
    if len(line) <= _WIDTH:
        return line
    indent = " " * (len(head) - len(head.lstrip()) + 2)
    return "\n".join([head, *(f"{indent}| {member}" for member in members)]) + ";"


def _doc(cls: type) -> Iterator[str]:
    lines = (inspect.getdoc(cls) or "").replace("``", "`").replace("*/", "* /").splitlines()
    if len(lines) == 1:
        yield f"/** {lines[0]} */"
    elif lines:
        yield from ["/**", *(f" * {line}".rstrip() for line in lines), " */"]


def contract() -> str:
    """The text of `contract.ts`."""
    printer = Printer(aliases())
    for kind in answers():
        printer.add(kind)
    for kind in requests():
        printer.add(kind, request=True)
    return printer.text()


def main(arguments: list[str] | None = None) -> int:
    """Write the file, or with ``--check`` only say (exit code 1) that it is stale."""
    parser = argparse.ArgumentParser(prog="python -m benchbook_lab.contract", description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if the file is stale")
    parser.add_argument("path", type=Path, help="usually extension/src/contract.ts")
    given = parser.parse_args(arguments)
    text = contract()
    if not given.check:
        given.path.write_text(text, encoding="utf-8")
        return 0
    fresh = given.path.is_file() and given.path.read_text(encoding="utf-8") == text
    if not fresh:
        sys.stderr.write(f"{given.path} is stale: run python -m benchbook_lab.contract {given.path}\n")
    return 0 if fresh else 1


if __name__ == "__main__":
    raise SystemExit(main())
