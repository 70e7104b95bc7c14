"""The loop of code and data: a change runs the pipeline, the gate judges what it made, it is promoted or held, told.

Each step is one fact in the ledger, as for retrainings: a process killed between two of them leaves a state from which
the next goes on. One state of code and data is tried once; another one, or a person, starts it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from benchbook.errors import BenchbookError, StepFailed
from benchbook.governance.redaction import redact
from benchbook.monitoring.notices import send_notice
from benchbook.pipelines.changes import State, differences, pipeline_state
from benchbook.pipelines.retraining import finished_run, judge_made, only_one
from benchbook.project.watch_config import WatchConfig
from benchbook.store.queries import pipelines as queries

if TYPE_CHECKING:
    from benchbook.project import Project
    from benchbook.store import Ask

NOUN = "pipeline"
TAG = "change"
"""The tag of a pipeline run that a change has started; its value is the fact that began it."""
Outcome = Literal["promoted", "held", "waiting", "failed", "ran"]
Tell = Callable[[str], None]
_WHY = 5


class Rerun(msgspec.Struct, frozen=True):
    """A run that a change started: the state it was for, why, and what came of it; later fields are None until then."""

    fact: str
    time: float
    parts: dict[str, str]
    why: list[str]
    run: str | None = None
    status: Literal["finished", "failed"] | None = None
    outcome: Outcome | None = None
    version: int | None = None
    reason: str = ""
    told: bool = False


def list_reruns(project: Project, name: str) -> list[Rerun]:
    """What changes have started of the pipeline ``name``, oldest first."""
    return _folded(project.store.read(queries.history(name)))


def _folded(rows: Iterable[tuple[Any, ...]]) -> list[Rerun]:
    found: dict[str, Rerun] = {}
    for fact, time, action, text in rows:
        data = msgspec.json.decode(text)
        if action == "start":
            found[fact] = Rerun(fact, time, data["parts"], data["why"])
        elif action in ("end", "decide"):
            known = {key: value for key, value in data.items() if key in Rerun.__struct_fields__}
            found[data["start"]] = msgspec.structs.replace(found[data["start"]], **known)
        elif action == "tell":
            found[data["start"]] = msgspec.structs.replace(found[data["start"]], told=True)
    return list(found.values())


def changes_now(project: Project, name: str, watch: WatchConfig) -> list[str]:
    """Why the loop would run the pipeline ``name`` now, in sentences, the last being the steps it reaches; or nothing.

    Raises:
        InvalidInput, NotFound: the pipeline cannot be planned.
    """
    history = list_reruns(project, name)
    state = pipeline_state(project, name, watch)
    changed = differences(history[-1].parts if history else None, state.parts)
    return _why(state, changed) if changed else []


def pursue_changes(project: Project, name: str, watch: WatchConfig, *, asked: bool = False, tell: Tell) -> bool:
    """Do all that is to be done of one change of the pipeline ``name``; whether anything was done.

    ``asked``: a person wants it to run although this state was tried, or although `ask: true` waits for one. While a
    retraining or another change is under way in any process, nothing is done.

    Raises:
        InvalidInput, NotFound: the pipeline cannot be planned; nothing was begun.
    """
    with only_one(project) as free:
        if not free:
            return False
        history = list_reruns(project, name)
        last = history[-1] if history else None
        if last is None or last.outcome is not None:
            _notify(project, name, watch, last)
            last = _begin(project, name, watch, last, asked=asked, tell=tell)
            if last is None:
                return False
        elif last.status is None and _is_overtaken(project, name, watch, last):
            last = _end(project, name, last, None, "failed", "code or data changed before it had run")
        if last.status is None:
            last = _run(project, name, last, tell)
        _notify(project, name, watch, _decide(project, name, watch, last, tell))
    return True


def _begin(
    project: Project, name: str, watch: WatchConfig, last: Rerun | None, *, asked: bool, tell: Tell
) -> Rerun | None:
    state = pipeline_state(project, name, watch)
    changed = differences(last.parts if last else None, state.parts)
    if not changed and not asked:
        return None
    why = _why(state, changed)
    if watch.ask and not asked:
        tell(f"{name}: {why[0]}. `benchbook watch {name} --start` runs it.")
        return None
    data = {"parts": state.parts, "why": why}
    known = last.fact if last else None

    def decide(ask: Ask) -> dict[str, Any] | None:
        now = _folded(ask(queries.history(name)))
        return data if (now[-1].fact if now else None) == known else None  # another process was first

    fact = project.store.record("start", NOUN, name, decide)
    if fact is None:
        return None
    tell(f"{name}: it runs, because {'; '.join(why)}")
    return Rerun(fact.id, fact.time, state.parts, why)


def _why(state: State, changed: dict[str, str]) -> list[str]:
    """The changes in sentences, and the steps they reach."""
    if not changed:
        return ["somebody asked for it"]
    said = list(dict.fromkeys(changed.values()))
    more = [f"and {len(said) - _WHY} more"] if len(said) > _WHY else []
    return [*said[:_WHY], *more, f"stale: {', '.join(state.stale(changed)) or 'none of its steps'}"]


def _is_overtaken(project: Project, name: str, watch: WatchConfig, begun: Rerun) -> bool:
    """Whether what a killed process had begun is about a state that is gone, and no run of it was finished."""
    return (
        finished_run(project, name, TAG, begun.fact) is None
        and pipeline_state(project, name, watch).parts != begun.parts
    )


def _run(project: Project, name: str, begun: Rerun, tell: Tell) -> Rerun:
    """Run the pipeline, or take over the run that a process killed since had finished."""
    from benchbook.pipelines.execute import execute_pipeline

    run = finished_run(project, name, TAG, begun.fact)
    status: Literal["finished", "failed"] = "finished"
    reason = ""
    if run is None:
        try:
            result = execute_pipeline(name, None, project=project, tags={TAG: begun.fact})
            run, status = result.run, result.status
            failed = result.failed_step
            if failed is not None and failed.failure is not None:
                reason = redact(f"{failed.step}: {failed.failure.type}: {failed.failure.message}")[:500]
        except StepFailed as error:
            status, reason = "failed", redact(error.what)
    tell(f"{name}: pipeline {status}" + (f" ({reason})" if reason else ""))
    return _end(project, name, begun, run, status, reason)


def _end(
    project: Project, name: str, begun: Rerun, run: str | None, status: Literal["finished", "failed"], reason: str
) -> Rerun:
    data = {"start": begun.fact, "run": run, "status": status, "reason": reason}
    _record(project, "end", name, begun, "status", data)
    return msgspec.structs.replace(begun, run=run, status=status, reason=reason)


def _decide(project: Project, name: str, watch: WatchConfig, begun: Rerun, tell: Tell) -> Rerun:
    outcome, version, reason = _judge(project, watch, begun)
    model = project.config().gates[watch.gate].model if version else ""
    tell(f"{name}: {outcome}" + (f" {model}:{version}" if version else "") + (f": {reason}" if reason else ""))
    data = {"start": begun.fact, "outcome": outcome, "version": version, "reason": reason}
    _record(project, "decide", name, begun, "outcome", data)
    return msgspec.structs.replace(begun, outcome=outcome, version=version, reason=reason)


def _judge(project: Project, watch: WatchConfig, begun: Rerun) -> tuple[Outcome, int | None, str]:
    """Let the gate decide about each version that was made; the best of those that pass takes the alias."""
    if begun.status == "failed" or begun.run is None:
        return "failed", None, begun.reason or "the pipeline failed"
    if not watch.gate:
        return "ran", None, ""
    try:
        outcome, version, reason = judge_made(project, project.config().gates[watch.gate], watch.gate, begun.run)
    except BenchbookError as error:  # benchbook.yaml cannot be read any more
        outcome, version, reason = "failed", None, str(error)
    return outcome, version, redact(reason) if outcome == "failed" else reason


def _record(project: Project, action: str, name: str, begun: Rerun, field: str, data: dict[str, Any]) -> None:
    """Record a step of a rerun, unless it is recorded already."""

    def decide(ask: Ask) -> dict[str, Any] | None:
        now = next(one for one in _folded(ask(queries.history(name))) if one.fact == begun.fact)
        return data if not getattr(now, field) else None

    project.store.record(action, NOUN, name, decide)


def _notify(project: Project, name: str, watch: WatchConfig, done: Rerun | None) -> None:
    """Send what came of it, at least once: the fact that says so follows the sending."""
    if done is None or done.told or not (watch.notify_file or watch.notify_url):
        return
    body = {
        "pipeline": name,
        "project": project.name,
        "outcome": done.outcome,
        "version": done.version,
        "reason": done.reason,
        "why": done.why,
        "run": done.run,
    }
    send_notice(project, f"pipeline {name!r}", watch, body)
    _record(project, "tell", name, done, "told", {"start": done.fact})
