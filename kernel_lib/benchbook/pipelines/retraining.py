"""Retraining that an alert starts: pipeline, gate, alias. Each step is one fact, and each can be taken up by the next
process: `pursue` looks at what is recorded and does what comes next, until nothing does.

One lock for the project keeps two retrainings from running at once, here or in another process; its holder's death
frees it.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from benchbook.errors import BenchbookError, InvalidInput, StepFailed
from benchbook.monitoring.chunks import Chunk
from benchbook.monitoring.state import (
    NOUN,
    Alert,
    MonitorState,
    Observation,
    Outcome,
    Retraining,
    monitor_state,
    state_from,
)
from benchbook.project.monitor_config import MonitorConfig, RetrainConfig, hours_of
from benchbook.store.queries import monitors as queries

if TYPE_CHECKING:
    from benchbook.gates import Verdict
    from benchbook.project import Project
    from benchbook.project.gate_config import GateConfig
    from benchbook.store import Ask

TAG = "retraining"
"""The tag of a pipeline run that a retraining has started; its value is the fact that began it."""
_FIELD = re.compile(r"\{chunk\.(\w+)(?: *([+-]) *(\d{1,4}))?\}")
Tell = Callable[[str], None]


def due(state: MonitorState, retrain: RetrainConfig, *, asked: bool = False) -> tuple[Chunk, list[Alert]] | None:
    """The newest chunk with open alerts that call for a retraining, and these alerts; None if none is due.

    None too while one is under way, for a chunk that had its retraining (unless it failed and a person has ``asked``
    for another), and sooner than `every:` after the last one, both measured by the ends of their chunks.
    """
    if any(one.outcome is None for one in state.retrainings):
        return None
    had = {one.chunk for one in state.retrainings if not (asked and one.outcome == "failed")}
    for seen in reversed(state.latest):
        if seen.chunk.id in had:
            return None  # what is older was answered with it
        alerts = _calling(state, seen, retrain)
        if alerts and (asked or _far_enough(state, seen.chunk, retrain)):
            return seen.chunk, alerts
    return None


def _calling(state: MonitorState, seen: Observation, retrain: RetrainConfig) -> list[Alert]:
    """The open alerts of a chunk that call for a retraining: too few drifted columns do not, by themselves."""
    alerts = [alert for alert in seen.alerts if alert.kind in retrain.on and alert.id not in state.closed]
    moved = {alert.column for alert in alerts if alert.kind == "drift"}
    return alerts if len(moved) >= retrain.drifted or any(alert.kind != "drift" for alert in alerts) else []


def _far_enough(state: MonitorState, chunk: Chunk, retrain: RetrainConfig) -> bool:
    last = state.observed(state.retrainings[-1].chunk) if state.retrainings else None
    if last is None or not (last.chunk.end and chunk.end):
        return True
    between = dt.datetime.fromisoformat(chunk.end) - dt.datetime.fromisoformat(last.chunk.end)
    return between >= dt.timedelta(hours=hours_of(retrain.every) or 0)


def params_for(retrain: RetrainConfig, chunk: Chunk) -> dict[str, Any]:
    """The pipeline's params with the chunk's values in place of `{chunk.…}`.

    Raises:
        InvalidInput: for a field the chunk does not have.
    """
    start = dt.datetime.fromisoformat(chunk.start) if chunk.start else None
    known: dict[str, Any] = {"id": chunk.id, "data": chunk.data, "rows": chunk.rows}
    if start is not None:
        known |= {"start": chunk.start, "end": chunk.end, "year": start.year, "month": start.month, "day": start.day}
    return {name: _filled(name, value, known) for name, value in retrain.params.items()}


def _filled(name: str, value: Any, known: dict[str, Any]) -> Any:
    if not isinstance(value, str):
        return value

    def replaced(found: re.Match[str]) -> Any:
        field, sign, amount = found.groups()
        if field not in known:
            raise InvalidInput(
                f"The param {name!r} of the retraining asks for {found[0]}, which this chunk does not have.",
                hint=f"It has: {', '.join('chunk.' + key for key in known)}.",
            )
        if sign is None:
            return known[field]
        if not isinstance(known[field], int):
            raise InvalidInput(f"The param {name!r} of the retraining: {field!r} is no number to count from.")
        return known[field] + int(sign + amount)

    whole = _FIELD.fullmatch(value)
    return replaced(whole) if whole else _FIELD.sub(lambda found: str(replaced(found)), value)


@contextmanager
def only_one(project: Project, name: str = "retraining.lock") -> Iterator[bool]:
    """Hold the lock that keeps retrainings (or what else has the lock file ``name``) apart; False where another process
    has it. Its holder's death frees it.
    """
    project.make()
    fd = os.open(project.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(fd)


def pursue(project: Project, name: str, monitor: MonitorConfig, *, asked: bool = False, tell: Tell) -> bool:
    """Do all that is to be done of the monitor's retraining; whether anything was done.

    With ``ask: true`` in the file nothing is begun unless ``asked``; what was begun is always carried to its end, and
    what waited for approval is closed once people have decided.

    Raises:
        InvalidInput, NotFound: the pipeline, its params or the gate cannot be as they are; the alerts stay open.
    """
    retrain = monitor.retrain
    if retrain is None:
        return False
    with only_one(project) as free:
        if not free:
            return False
        state = monitor_state(project, name)
        if _settle(project, name, monitor, state, tell):
            return True
        open_one = next((one for one in state.retrainings if one.outcome is None), None)
        if open_one is None:
            if retrain.ask and not asked:
                return False
            open_one = _begin(project, name, retrain, asked=asked)
            if open_one is None:
                return False
            tell(f"{name}: retraining begins for {open_one.chunk}: pipeline {open_one.pipeline}, {open_one.params}")
        if open_one.status is None:
            open_one = _run(project, name, open_one, tell)
        _decide(project, name, monitor, retrain, open_one, tell)
    return True


def _settle(project: Project, name: str, monitor: MonitorConfig, state: MonitorState, tell: Tell) -> bool:
    """Record what people have decided since of versions that waited for approval; whether there was anything."""
    from benchbook.gates import list_approvals

    waiting = [one for one in state.retrainings if one.outcome == "waiting"]
    requests = list_approvals(project=project) if waiting else []
    settled = False
    for one in waiting:
        asked = next(
            (request for request in requests if (request.model, request.version) == (monitor.model, one.version)), None
        )
        if asked is None or asked.state == "waiting":
            continue
        outcome: Outcome = "promoted" if asked.state == "promoted" else "held"
        reason = f"{asked.sentence}."
        tell(f"{name}: {outcome} {monitor.model}:{one.version}: {reason}")
        data = {"start": one.fact, "outcome": outcome, "version": one.version, "reason": reason}
        project.store.record("decide", NOUN, name, lambda _, data=data: data)  # type: ignore[misc]
        settled = True
    return settled


def _begin(project: Project, name: str, retrain: RetrainConfig, *, asked: bool) -> Retraining | None:
    def decide(ask: Ask) -> dict[str, Any] | None:
        found = due(state_from(ask, name), retrain, asked=asked)
        if found is None:
            return None
        chunk, alerts = found
        params = params_for(retrain, chunk)
        ids = [alert.id for alert in alerts]
        return {"chunk": chunk.id, "pipeline": retrain.pipeline, "params": params, "alerts": ids}

    fact = project.store.record("start", NOUN, name, decide)
    return next((one for one in monitor_state(project, name).retrainings if fact and one.fact == fact.id), None)


def _run(project: Project, name: str, begun: Retraining, tell: Tell) -> Retraining:
    """Run the pipeline, or take over the run that a process killed since had finished."""
    from benchbook.pipelines.execute import execute_pipeline

    run = finished_run(project, begun.pipeline, TAG, begun.fact)
    status, reason = "finished", ""
    if run is None:
        try:
            result = execute_pipeline(begun.pipeline, begun.params, project=project, tags={TAG: begun.fact})
            run, status = result.run, result.status
            failed = result.failed_step
            reason = f"{failed.step}: {failed.failure.type}" if failed and failed.failure else ""
        except StepFailed as error:
            status, reason = "failed", error.what
    tell(f"{name}: pipeline {begun.pipeline} {status}" + (f" ({reason})" if reason else ""))
    data = {"start": begun.fact, "run": run, "status": status, "reason": reason}
    project.store.record("end", NOUN, name, lambda ask: None if _has(ask, name, begun, "status") else data)
    return msgspec.structs.replace(begun, run=run, status=status, reason=reason)


def finished_run(project: Project, pipeline: str, tag: str, fact: str) -> str | None:
    """The finished run of ``pipeline`` that the fact began, told by the run's ``tag``; None if there is none."""
    past = project.store.read(queries.tagged_run(pipeline, tag, fact))
    return next((run for run, status in past if status == "finished"), None)


def _has(ask: Ask, name: str, begun: Retraining, field: str) -> bool:
    now = next(one for one in state_from(ask, name).retrainings if one.fact == begun.fact)
    return getattr(now, field) is not None


def _decide(
    project: Project, name: str, monitor: MonitorConfig, retrain: RetrainConfig, begun: Retraining, tell: Tell
) -> None:
    if begun.status == "failed" or begun.run is None:
        outcome, version, reason = "failed", None, begun.reason or "the pipeline failed"
    else:
        outcome, version, reason = judge_made(project, monitor, retrain.gate, begun.run)
    tell(f"{name}: {outcome}" + (f" {monitor.model}:{version}" if version else "") + f": {reason}")
    data = {"start": begun.fact, "outcome": outcome, "version": version, "reason": reason}
    project.store.record("decide", NOUN, name, lambda ask: None if _has(ask, name, begun, "outcome") else data)


def judge_made(
    project: Project, guarded: MonitorConfig | GateConfig, gate: str, run: str
) -> tuple[Outcome, int | None, str]:
    """Let the gate decide about each version that a finished pipeline run made, as `choose` does.

    What the gate cannot judge has failed, with the reason.
    """
    made = [version for (version,) in project.store.read(queries.made_models(run, guarded.model))]
    if not made:
        return "failed", None, f"the pipeline made no version of {guarded.model}"
    try:
        return choose(project, guarded, gate, made)
    except BenchbookError as error:
        return "failed", None, str(error)


def choose(
    project: Project, guarded: MonitorConfig | GateConfig, gate: str, made: list[int]
) -> tuple[Outcome, int | None, str]:
    """Let the gate judge every version of ``made``, and promote the best of those that pass.

    Raises:
        InvalidInput, NotFound: the gate refers to what is not there.
    """
    from benchbook.gates import evaluate_gate, promote
    from benchbook.gates.plan import target_of

    model, alias = guarded.model, guarded.alias
    now = target_of(project, model, alias)
    if now is not None and now.version in made:  # a process killed since had promoted it
        return "promoted", now.version, f"{now.ref} is {alias}"
    verdicts = [evaluate_gate(gate, f"{model}:{version}", project=project) for version in made]
    passed = sorted((verdict for verdict in verdicts if verdict.passed), key=_gain)
    if not passed:
        return "held", None, " ".join(verdict.sentence for verdict in verdicts)
    best = promote(model, passed[-1].version, gate=gate, project=project)
    outcome: Outcome = "waiting" if best.state == "waiting" else "promoted"
    return outcome, best.version, best.sentence


def _gain(verdict: Verdict) -> tuple[float, int]:
    """By how much a version beats the one that serves, by the first check that compares them; newer wins a tie."""
    gains = [one.value - one.before for one in verdict.checks if one.value is not None and one.before is not None]
    return (gains[0] if gains else 0.0), verdict.version
