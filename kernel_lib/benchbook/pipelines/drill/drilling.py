"""The fire drill itself: a sandbox, one course without a fault, one with each, grades, and one fact to remember it."""

from __future__ import annotations

import datetime as dt
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from benchbook.errors import Conflict, InvalidInput, NotAllowed, NotFound
from benchbook.gates import rollback
from benchbook.models import ModelVersion, get_model
from benchbook.models.registry import read_model
from benchbook.monitoring.alerting import close_alerts
from benchbook.pipelines.drill.catalogue import FAULTS, Broken, Fault, Scene
from benchbook.pipelines.drill.course import Course, Look
from benchbook.pipelines.drill.grading import Played, grade_control, grade_trial, is_felt, is_found
from benchbook.pipelines.drill.inputs import Input, rank_inputs
from benchbook.pipelines.drill.records import CONTROL, Drill, Settings, Trial
from benchbook.pipelines.drill.sandbox import Sandbox, open_sandbox
from benchbook.pipelines.drill.traffic import Traffic, recent_traffic
from benchbook.project import Project, current_project
from benchbook.store.queries import audit as queries

if TYPE_CHECKING:
    import pyarrow as pa

    from benchbook.project.monitor_config import MonitorConfig

NOUN = "drill"
ATTEMPTS = 2
"""Retrainings after which a fault that stays the same is played no further, and chunks in which none began."""
Tell = Callable[[str], None]


def run_drill(
    monitor: str,
    faults: Sequence[str] = (),
    settings: Settings | None = None,
    *,
    project: Project | None = None,
    tell: Tell = lambda _: None,
) -> Drill:
    """Break copies of recent traffic in known ways and grade what ``monitor`` makes of it; records the result.

    ``faults`` are names of `FAULTS`, all of them if empty. Everything happens in a sandbox that is removed at the end;
    the project itself gets one fact. ``tell`` hears how far it is.

    Raises:
        NotFound: there is no such monitor, fault, model or reference.
        InvalidInput: there are fewer than two chunks of traffic after the reference, or no input is called `column`.
        StoreBusy, StorageFull, NotAllowed: the sandbox cannot be made.
    """
    project, asked = project or current_project(), settings or Settings()
    began = time.time()
    chosen = [FAULTS[name] for name in _known(faults)]
    config = _monitor(project, monitor)
    retrain = asked.retrain and config.retrain is not None
    with open_sandbox(project, monitor, retrain=retrain, keep=asked.keep) as sandbox:
        traffic, notes = _traffic(sandbox, config, asked)
        first = min(asked.clean, len(traffic.moments) - 1)
        tell(f"The sandbox is ready{f': {sandbox.root}' if asked.keep else ''}.")
        served = get_model(f"{config.model}@{config.alias}", project=sandbox.first)
        model = read_model(served, project=sandbox.first)
        drill = _Drill(sandbox, traffic, first, asked, retrain, tell, (served, model))
        trials = drill.play(chosen, config)
        names = [moment.chunk.id for moment in traffic.moments]
        done = Drill(
            monitor=monitor,
            model=served.ref,
            data=traffic.sources[-1].version.ref,
            metric=config.metric,
            settings=msgspec.structs.replace(asked, retrain=retrain),
            clean=names[:first],
            faulty=names[first:],
            trials=trials,
            time=began,
            seconds=time.time() - began,
            notes=notes + _notes(config, asked, sandbox),
            sandbox=str(sandbox.root) if asked.keep else "",
        )
    _record(project, done)
    return done


def list_drills(monitor: str | None = None, *, project: Project | None = None, limit: int = 100) -> list[Drill]:
    """The drills so far, newest first, of one monitor or of all."""
    rows = (project or current_project()).store.read(queries.facts(0.0, NOUN, monitor, limit))
    return [msgspec.json.decode(row[-1], type=Drill) for row in rows]


def _known(names: Sequence[str]) -> list[str]:
    for name in names:
        if name not in FAULTS:
            raise NotFound("fault", name, known=FAULTS)
    return [name for name in FAULTS if not names or name in names]


def _monitor(project: Project, name: str) -> MonitorConfig:
    monitors = project.config().monitors
    if name not in monitors:
        hint = "" if monitors else "benchbook.yaml describes no monitor; add one under `monitors:`."
        raise NotFound("monitor", name, known=monitors, hint=hint)
    return monitors[name]


def _traffic(sandbox: Sandbox, config: MonitorConfig, asked: Settings) -> tuple[Traffic, list[str]]:
    """Recent traffic; where the version that serves has learned from it, the one before serves in the sandbox again."""
    if asked.clean < 1 or asked.faulty < 1:
        raise InvalidInput(f"{asked.clean} clean and {asked.faulty} faulty chunks: at least one of each is needed.")
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    wanted, project = asked.clean + asked.faulty, sandbox.first
    serves = get_model(f"{config.model}@{config.alias}", project=project).ref
    traffic = recent_traffic(project, config, wanted, now)
    notes: list[str] = []
    while len(traffic.moments) < wanted and not config.reference:
        try:
            back = rollback(config.model, config.alias, reason="an earlier version knows less", project=project)
        except Conflict:  # none served before
            break
        traffic = recent_traffic(project, config, wanted, now)
        before = f"{back.model}:{back.version}, which served before, is drilled"
        notes = [f"{serves} has learned from the recent chunks; {before}."]
    if len(traffic.moments) < 2:
        raise InvalidInput(
            f"The monitor has {len(traffic.moments)} complete chunks of {config.data!r} after its reference; "
            f"a drill needs at least 2, one clean and one to break.",
            hint="Wait for more data, cut smaller chunks, or name an older `reference:`.",
        )
    return traffic, notes


@dataclass
class _Drill:
    """The courses of one drill: all begin after the same clean chunks, which are watched once."""

    sandbox: Sandbox
    traffic: Traffic
    first: int
    asked: Settings
    retrain: bool
    tell: Tell
    served: tuple[ModelVersion, Any]
    """The version that is drilled, and its model: read once for all courses."""
    inputs: tuple[Input, ...] = ()

    def play(self, faults: list[Fault], config: MonitorConfig) -> list[Trial]:
        """The course without a fault, then one with each; raises as `play_clean`."""
        control = self.play_clean()
        trials = [grade_control(control, config)]
        _told(self.tell, trials[0])
        for fault in faults:
            trials.append(self.play_fault(fault, control))
            _told(self.tell, trials[-1])
        return trials

    def play_clean(self) -> Played:
        """The clean chunks in the first project, then the others in a fork of it, nothing broken and nothing retrained.

        Raises:
            InvalidInput: no input is called as the column that was asked for.
        """
        project, name = self.sandbox.first, self.sandbox.monitor
        self.sandbox.pass_over(self.traffic.passed)
        self._rank()
        course = Course(project, name, self.traffic, self.served)
        looks = [self._play(course, place, CONTROL, retrain=False) for place in range(self.first)]
        close_alerts(project, name, "before the drill")
        course = Course(self.sandbox.fork(CONTROL), name, self.traffic, self.served)
        course.places |= {look.chunk: look.place for look in looks}
        places = range(self.first, len(self.traffic.moments))
        looks += [self._play(course, place, CONTROL, retrain=False) for place in places]
        return Played(course, looks, self.first)

    def play_fault(self, fault: Fault, control: Played) -> Trial:
        """One fault in a fork of its own."""
        monitor, faulty = self.sandbox.config, len(self.traffic.moments) - self.first
        scene = Scene(monitor, [*self.inputs], self.asked.column, self._clean_rows(), faulty, self.asked.seed)
        try:
            broken = fault.make(scene)
            course = Course(self.sandbox.fork(fault.name), self.sandbox.monitor, self.traffic, self.served, broken)
            looks = self._looks(fault, broken, course, control)
        except InvalidInput as error:
            return Trial(fault.name, fault.title, [], "-", f"Not applicable: {error.what}")
        return grade_trial(fault, broken, Played(course, looks, self.first), control, monitor)

    def _looks(self, fault: Fault, broken: Broken, course: Course, control: Played) -> list[Look]:
        looks: list[Look] = []
        promoted = False
        for place in range(self.first, len(self.traffic.moments)):
            looks.append(self._play(course, place, fault.name, retrain=self.retrain and not promoted))
            if promoted:  # one chunk after a promotion shows whether it helped
                break
            promoted = any(one.outcome == "promoted" for one in looks[-1].retrained)
            played = Played(course, looks, self.first)
            if not promoted and self._is_over(fault, broken, played, control):
                break
        return looks

    def _is_over(self, fault: Fault, broken: Broken, played: Played, control: Played) -> bool:
        """Whether more chunks would tell nothing new; a fault that grows is always played to its end if retrained."""
        found = is_found(fault, broken, played, control, self.sandbox.config)
        if not self.retrain:
            return found or (len(played.looks) > fault.patience and is_felt(played, control, self.sandbox.config))
        tried = sum(len(look.retrained) for look in played.looks)
        enough = tried >= ATTEMPTS or (not tried and len(played.looks) >= ATTEMPTS)
        return found and enough and not fault.grows

    def _play(self, course: Course, place: int, title: str, *, retrain: bool) -> Look:
        look = course.play(place, first_faulty=self.first, retrain=retrain, tell=lambda text: self.tell(f"  {text}"))
        alerts = [alert for seen in look.observations for alert in seen.alerts]
        rang = ", ".join(dict.fromkeys(f"{alert.kind} {alert.column}".strip() for alert in alerts)) or "quiet"
        self.tell(f"  {title}: {look.chunk}, {rang}")
        return look

    def _rank(self) -> None:
        monitor = self.sandbox.config
        version, model = self.served
        frame = self._clean_rows().to_pandas().reset_index(drop=True)
        columns = self.traffic.columns
        self.inputs = tuple(rank_inputs(model, version.signature, monitor, columns, frame, self.asked.seed))
        names = [one.name for one in self.inputs]
        column = self.asked.column
        if column is not None and column not in names:
            raise InvalidInput(f"{version.ref} takes no column {column!r}.", hint=f"It takes {', '.join(names)}.")

    def _clean_rows(self) -> pa.Table:
        """The rows of the clean chunks; of the newest version's source alone, so that all have one schema."""
        import pyarrow as pa

        clean = self.traffic.moments[: self.first]
        source = clean[-1].source
        rows = sum(moment.rows.astype(int) for moment in clean if moment.source == source) > 0
        return self.traffic.sources[source].table.filter(pa.array(rows))


def _told(tell: Tell, trial: Trial) -> None:
    tell(f"{trial.fault}: {trial.grade}. {trial.sentence}")


def _notes(config: MonitorConfig, asked: Settings, sandbox: Sandbox) -> list[str]:
    notes = []
    if asked.retrain and config.retrain is None:
        notes.append("The monitor has no `retrain:`, so nothing was retrained.")
    elif asked.retrain and config.retrain is not None and config.retrain.ask:
        notes.append("Outside, a retraining waits until a person starts it (`ask: true`); the drill did not wait.")
    if sandbox.left_out:
        notes.append(f"Not copied into the sandbox: {', '.join(sandbox.left_out[:8])}.")
    return notes


def _record(project: Project, drill: Drill) -> None:
    data: dict[str, Any] = msgspec.to_builtins(drill)
    try:
        project.store.record("run", NOUN, drill.monitor, lambda _: data)
    except NotAllowed as error:
        warnings.warn(f"The drill could not be recorded: {error}", RuntimeWarning, stacklevel=2)
