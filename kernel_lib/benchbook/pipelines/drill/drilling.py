"""The fire drill itself: a sandbox, one course without a fault, one with each, grades, and one fact that remembers it."""

from __future__ import annotations

import datetime as dt
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from benchbook.errors import InvalidInput, NotAllowed, NotFound
from benchbook.models import get_model
from benchbook.models.registry import read_model
from benchbook.monitoring.alerting import close_alerts
from benchbook.pipelines.drill.catalogue import FAULTS, Broken, Fault, Scene
from benchbook.pipelines.drill.course import Course, Look
from benchbook.pipelines.drill.grading import Played, grade_control, grade_trial, is_found
from benchbook.pipelines.drill.inputs import Input, rank_inputs
from benchbook.pipelines.drill.records import CONTROL, Drill, Trial
from benchbook.pipelines.drill.sandbox import Sandbox, open_sandbox
from benchbook.pipelines.drill.traffic import Traffic, recent_traffic
from benchbook.project import Project, current_project
from benchbook.store.queries import audit as queries

if TYPE_CHECKING:
    import pyarrow as pa

    from benchbook.project.monitor_config import MonitorConfig

NOUN = "drill"
CLEAN = 2
FAULTY = 4
Tell = Callable[[str], None]


def run_drill(
    monitor: str,
    faults: Sequence[str] = (),
    *,
    column: str | None = None,
    clean: int = CLEAN,
    faulty: int = FAULTY,
    retrain: bool = True,
    seed: int = 0,
    keep: bool = False,
    project: Project | None = None,
    tell: Tell = lambda _: None,
) -> Drill:
    """Break copies of recent traffic in known ways and grade what ``monitor`` makes of it; records the result.

    ``faults`` are names of `FAULTS`, all of them if empty; ``column`` is where they strike, else the input on which
    predictions hang most. The newest ``clean`` + ``faulty`` chunks are played again, or as many as there are. Without
    ``retrain`` a fault ends once its alarm rang. Everything happens in a sandbox that is removed unless ``keep``: the
    project itself gets one fact, at the end.

    Raises:
        NotFound: there is no such monitor, fault, model or reference.
        InvalidInput: there are fewer than two chunks of traffic after the reference, or no input is called ``column``.
        StoreBusy, StorageFull, NotAllowed: the sandbox cannot be made.
    """
    project = project or current_project()
    began = time.time()
    chosen = [FAULTS[name] for name in _known(faults)]
    config = _monitor(project, monitor)
    traffic = _traffic(project, monitor, config, clean, faulty)
    first = min(clean, len(traffic.moments) - 1)
    with open_sandbox(project, monitor, retrain=retrain and config.retrain is not None, keep=keep) as sandbox:
        tell(f"Sandbox: {sandbox.root}" if keep else "The sandbox is ready.")
        drill = _Drill(sandbox, traffic, first, seed, column, tell)
        control = drill.play_clean()
        trials = [grade_control(control, config)]
        _told(tell, trials[0])
        for fault in chosen:
            trials.append(drill.play_fault(fault, control, retrain=retrain and config.retrain is not None))
            _told(tell, trials[-1])
        names = [moment.chunk.id for moment in traffic.moments]
        done = Drill(
            monitor=monitor,
            model=drill.served,
            data=traffic.sources[-1].version.ref,
            metric=config.metric,
            seed=seed,
            clean=names[:first],
            faulty=names[first:],
            trials=trials,
            retrain=retrain and config.retrain is not None,
            time=began,
            seconds=time.time() - began,
            notes=_notes(config, sandbox, retrain=retrain),
            sandbox=str(sandbox.root) if keep else "",
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


def _traffic(project: Project, name: str, config: MonitorConfig, clean: int, faulty: int) -> Traffic:
    if clean < 1 or faulty < 1:
        raise InvalidInput(f"{clean} clean and {faulty} faulty chunks: at least one of each is needed.")
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    traffic = recent_traffic(project, config, clean + faulty, now)
    if len(traffic.moments) < 2:
        raise InvalidInput(
            f"The monitor {name!r} has {len(traffic.moments)} complete chunks of {config.data!r} after its reference; "
            f"a drill needs at least 2, one clean and one to break.",
            hint="Wait for more data, cut smaller chunks, or name an older `reference:`.",
        )
    return traffic


@dataclass
class _Drill:
    """The courses of one drill: all begin after the same clean chunks, which are watched once."""

    sandbox: Sandbox
    traffic: Traffic
    first: int
    seed: int
    column: str | None
    tell: Tell
    served: str = ""
    inputs: tuple[Input, ...] = ()

    def play_clean(self) -> Played:
        """The clean chunks in the first project, then the others in a fork of it, nothing broken and nothing retrained.

        Raises:
            InvalidInput: no input is called as the column that was asked for.
        """
        project, name = self.sandbox.first, self.sandbox.monitor
        self.sandbox.pass_over(self.traffic.passed)
        self._rank()
        course = Course(project, name, self.traffic)
        looks = [self._play(course, place, CONTROL, retrain=False) for place in range(self.first)]
        close_alerts(project, name, "before the drill")
        course = Course(self.sandbox.fork(CONTROL), name, self.traffic)
        course.places |= {look.chunk: look.place for look in looks}
        places = range(self.first, len(self.traffic.moments))
        looks += [self._play(course, place, CONTROL, retrain=False) for place in places]
        return Played(course, looks, self.first)

    def play_fault(self, fault: Fault, control: Played, *, retrain: bool) -> Trial:
        """One fault in a fork of its own."""
        monitor = self.sandbox.config
        scene = Scene(monitor, [*self.inputs], self.column, self._clean_rows(), self._faulty, self.seed)
        try:
            broken = fault.make(scene)
            course = Course(self.sandbox.fork(fault.name), self.sandbox.monitor, self.traffic, broken)
            looks = self._looks(fault, broken, course, control, retrain=retrain)
        except InvalidInput as error:
            return Trial(fault.name, fault.title, [], "-", f"Not applicable: {error.what}")
        return grade_trial(fault, broken, Played(course, looks, self.first), control, monitor)

    def _looks(self, fault: Fault, broken: Broken, course: Course, control: Played, *, retrain: bool) -> list[Look]:
        looks: list[Look] = []
        promoted = False
        for place in range(self.first, len(self.traffic.moments)):
            looks.append(self._play(course, place, fault.name, retrain=retrain))
            found = is_found(fault, broken, Played(course, looks, self.first), control, self.sandbox.config)
            if promoted or (found and not retrain):  # one chunk after a promotion shows whether it helped
                break
            promoted = any(one.outcome == "promoted" for one in looks[-1].retrained)
        return looks

    @property
    def _faulty(self) -> int:
        return len(self.traffic.moments) - self.first

    def _play(self, course: Course, place: int, title: str, *, retrain: bool) -> Look:
        look = course.play(place, first_faulty=self.first, retrain=retrain, tell=lambda text: self.tell(f"  {text}"))
        alerts = [alert for seen in look.observations for alert in seen.alerts]
        rang = ", ".join(dict.fromkeys(f"{alert.kind} {alert.column}".strip() for alert in alerts)) or "quiet"
        self.tell(f"  {title}: {look.chunk}, {rang}")
        return look

    def _rank(self) -> None:
        project, monitor = self.sandbox.first, self.sandbox.config
        version = get_model(f"{monitor.model}@{monitor.alias}", project=project)
        model = read_model(version, project=project)
        frame = self._clean_rows().to_pandas().reset_index(drop=True)
        columns = self.traffic.columns
        self.served = version.ref
        self.inputs = tuple(rank_inputs(model, version.signature, monitor, columns, frame, self.seed))
        names = [one.name for one in self.inputs]
        if self.column is not None and self.column not in names:
            raise InvalidInput(f"{version.ref} takes no column {self.column!r}.", hint=f"It takes {', '.join(names)}.")

    def _clean_rows(self) -> pa.Table:
        """The rows of the clean chunks; of the newest version's source alone, so that all have one schema."""
        import pyarrow as pa

        clean = self.traffic.moments[: self.first]
        source = clean[-1].source
        rows = sum(moment.rows.astype(int) for moment in clean if moment.source == source) > 0
        return self.traffic.sources[source].table.filter(pa.array(rows))


def _told(tell: Tell, trial: Trial) -> None:
    tell(f"{trial.fault}: {trial.grade}. {trial.sentence}")


def _notes(config: MonitorConfig, sandbox: Sandbox, *, retrain: bool) -> list[str]:
    notes = []
    if retrain and config.retrain is None:
        notes.append("The monitor has no `retrain:`, so nothing was retrained.")
    elif retrain and config.retrain is not None and config.retrain.ask:
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
