"""The audit log: the ledger's facts in plain words, and the proof that none was changed, removed or put in between.

Listing asks the store; proving reads the ledger itself, line by line, and trusts nothing that was made from it.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from benchbook.errors import InvalidInput, NotAllowed, StoreDamaged
from benchbook.project import Project, current_project
from benchbook.store.ledger import Fact, Ledger
from benchbook.store.queries import audit as queries

LIMIT = 1_000_000
_UNITS = {"min": 60, "h": 3600, "d": 86400, "w": 604800}
_AGO = re.compile(r"(\d{1,6})\s*(min|h|d|w)")


class AuditEntry(msgspec.Struct, frozen=True):
    """One fact: who did what, when, as a sentence and as recorded. ``forced`` ones went past a gate."""

    seq: int
    id: str
    time: float
    actor: str
    action: str
    noun: str
    name: str
    sentence: str
    forced: bool
    data: dict[str, Any]


class Verification(msgspec.Struct, frozen=True):
    """Whether the chain of facts holds; where it does not, ``line`` is the first bad line of the ledger (from 1)."""

    ok: bool
    facts: int
    line: int | None
    message: str
    hint: str = ""


def list_audit(
    *,
    since: float | str | None = None,
    noun: str | None = None,
    name: str | None = None,
    limit: int = 100,
    project: Project | None = None,
) -> list[AuditEntry]:
    """Facts, newest first; ``since`` is a time in seconds, a date such as "2013-05-01", or an age such as "7d".

    Raises:
        InvalidInput: ``since`` or ``limit`` is not understood.
        StoreDamaged: the chain is broken.
    """
    if not 1 <= limit <= LIMIT:
        raise InvalidInput(f"limit={limit!r}: ask for 1 to {LIMIT:,} facts.")
    query = queries.facts(parse_since(since), noun, name, limit)
    rows = (project or current_project()).store.read(query)
    return [_entry(*row) for row in rows]


def verify_audit(*, project: Project | None = None) -> Verification:
    """Walk the whole chain: each line must be whole, carry its own hash and follow from the line before.

    A chain cannot tell that its last lines were cut off; an export kept elsewhere can. Never raises for a broken one.
    """
    ledger = _ledger(project)
    count, end = 0, 0
    try:
        for entry in ledger.entries():
            count, end = entry.fact.seq, entry.end
    except StoreDamaged as error:
        return Verification(False, count, count + 1, error.what, error.hint)
    torn = ledger.size() - end
    note = f"; the last {torn} bytes are an unfinished line, which is no fact" if torn else ""
    return Verification(True, count, None, f"{count} facts, every line follows from the one before{note}.")


def export_audit(
    path: str | Path,
    *,
    since: float | str | None = None,
    noun: str | None = None,
    name: str | None = None,
    project: Project | None = None,
) -> int:
    """Write the matching lines of the ledger to ``path``, oldest first, exactly as they stand; returns how many.

    Without conditions the file is a whole chain that can be verified elsewhere.

    Raises:
        InvalidInput: ``since`` is not understood.
        NotAllowed: the file cannot be written.
        StoreDamaged: the chain is broken; nothing was written.
    """
    begin = parse_since(since)
    kept = [
        line
        for fact, line in _lines(_ledger(project))
        if fact.time >= begin and noun in (None, fact.noun) and name in (None, fact.name)
    ]
    try:
        Path(path).write_bytes(b"".join(kept))
    except OSError as error:
        raise NotAllowed(f"{path} cannot be written: {error.strerror}.", hint="Choose another file.") from error
    return len(kept)


def parse_since(since: float | str | None) -> float:
    """A point in time as seconds since the epoch; 0 for None.

    Raises:
        InvalidInput: it is neither a number, a date, nor an age.
    """
    if since is None or isinstance(since, (int, float)):
        return float(since or 0.0)
    age = _AGO.fullmatch(since.strip())
    if age is not None:
        return max(0.0, time.time() - int(age[1]) * _UNITS[age[2]])
    try:
        moment = dt.datetime.fromisoformat(since.strip())
    except ValueError as error:
        hint = "Give a date such as 2013-05-01, or an age such as 30min, 12h, 7d or 2w."
        raise InvalidInput(f"{since[:80]!r} is no time.", hint=hint) from error
    return max(0.0, moment.timestamp())


def _ledger(project: Project | None) -> Ledger:
    return Ledger((project or current_project()).folder / "ledger.jsonl")


def _lines(ledger: Ledger) -> Iterator[tuple[Fact, bytes]]:
    text = ledger.path.read_bytes() if ledger.path.exists() else b""
    begin = 0
    for entry in ledger.entries():
        yield entry.fact, text[begin : entry.end]
        begin = entry.end


def _entry(seq: int, id_: str, when: float, actor: str, action: str, noun: str, name: str, text: str) -> AuditEntry:
    data = msgspec.json.decode(text)
    say = _SENTENCES.get((action, noun))
    sentence = say(name, data) if say else f"{action} {noun} {name}"
    return AuditEntry(seq, id_, when, actor, action, noun, name, sentence, bool(data.get("forced")), data)


def _because(data: dict[str, Any]) -> str:
    return f": {data['reason']}" if data.get("reason") else ""


def _save(name: str, data: dict[str, Any]) -> str:
    rows = data.get("rows")
    return f"saved {name}:{data.get('version')}" + ("" if rows is None else f" ({rows:,} rows)")


def _register(name: str, data: dict[str, Any]) -> str:
    run = f" from run {data['run']}" if data.get("run") else ""
    return f"registered {name}:{data.get('version')} ({str(data.get('estimator')).rpartition('.')[2]}){run}"


def _evaluate(name: str, data: dict[str, Any]) -> str:
    return f"asked gate {name}: {data.get('sentence')}"


def _request(name: str, data: dict[str, Any]) -> str:
    return f"asked for approval that {name}:{data.get('version')} becomes {data.get('alias')}{_because(data)}"


def _decided(word: str) -> Callable[[str, dict[str, Any]], str]:
    return lambda name, data: f"{word} that {name}:{data.get('of')} becomes {data.get('alias')}{_because(data)}"


def _promote(name: str, data: dict[str, Any]) -> str:
    before = f" in place of version {data['previous']}" if data.get("previous") else ""
    how = "FORCED" if data.get("forced") else "promoted"
    return f"{how} {name}:{data.get('version')} to {data.get('alias')}{before}{_because(data)}"


def _rollback(name: str, data: dict[str, Any]) -> str:
    moved = f"from version {data.get('previous')} to version {data.get('version')}"
    return f"rolled {name}@{data.get('alias')} back {moved}{_because(data)}"


def _drill(name: str, data: dict[str, Any]) -> str:
    grades = [f"{trial.get('fault')} {trial.get('grade')}" for trial in data.get("trials", [])]
    return f"held a fire drill of the monitor {name}: {', '.join(grades)}"


def _point(name: str, data: dict[str, Any]) -> str:
    return f"pointed {name}@{data.get('alias')} at version {data.get('version')}"


def _started(name: str, data: dict[str, Any]) -> str:
    return f"started pipeline {name}: {'; '.join(data.get('why', []))}"


def _decided_on(name: str, data: dict[str, Any]) -> str:
    version = f" version {data['version']}" if data.get("version") else ""
    return f"let pipeline {name} end: {data.get('outcome')}{version}{_because(data)}"


def _observe(name: str, data: dict[str, Any]) -> str:
    chunk, alerts = data.get("chunk") or {}, data.get("alerts") or []
    return f"saw {chunk.get('id')} by monitor {name}: {len(alerts)} alert{'' if len(alerts) == 1 else 's'}"


def _retrain(name: str, data: dict[str, Any]) -> str:
    return f"began to retrain for monitor {name}, {data.get('chunk')}, by pipeline {data.get('pipeline')}"


def _decide(name: str, data: dict[str, Any]) -> str:
    return f"ended the retraining for monitor {name}: {data.get('outcome')}{_because(data)}"


def _ended(what: str) -> Callable[[str, dict[str, Any]], str]:
    def said(name: str, data: dict[str, Any]) -> str:
        return f"saw the run {data.get('run') or '(none)'} of {what} {name} end: {data.get('status')}{_because(data)}"

    return said


def _close(name: str, data: dict[str, Any]) -> str:
    alerts = data.get("alerts") or []
    return f"closed {len(alerts)} alert{'' if len(alerts) == 1 else 's'} of monitor {name}{_because(data)}"


_SENTENCES: dict[tuple[str, str], Callable[[str, dict[str, Any]], str]] = {
    ("save", "dataset"): _save,
    ("register", "model"): _register,
    ("set_alias", "dataset"): _point,
    ("set_alias", "model"): _point,
    ("evaluate", "gate"): _evaluate,
    ("request", "model"): _request,
    ("approve", "model"): _decided("approved"),
    ("reject", "model"): _decided("rejected"),
    ("promote", "model"): _promote,
    ("rollback", "model"): _rollback,
    ("run", "drill"): _drill,
    ("start", "pipeline"): _started,
    ("end", "pipeline"): _ended("pipeline"),
    ("decide", "pipeline"): _decided_on,
    ("tell", "pipeline"): lambda name, _: f"sent the notice about pipeline {name}",
    ("observe", "monitor"): _observe,
    ("start", "monitor"): _retrain,
    ("end", "monitor"): _ended("the retraining for monitor"),
    ("decide", "monitor"): _decide,
    ("close", "monitor"): _close,
    ("switch", "monitor"): lambda name, data: f"switched the loop of monitor {name} to {data.get('loop')}",
}
