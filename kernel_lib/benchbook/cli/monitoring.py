"""`benchbook monitor` and `benchbook watch`: what was seen of the models that are watched, and the loop itself."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

import click

from benchbook.cli.output import ago, print_json, print_table
from benchbook.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from benchbook.monitoring.state import LoopMode, MonitorState
    from benchbook.monitoring.views import PastAccuracy
    from benchbook.project import Project
    from benchbook.project.monitor_config import MonitorConfig

_name = click.argument("name", required=False)


@click.command()
@_name
@click.option("--retrain", is_flag=True, help="Start the retraining that the open alerts call for, and see it through.")
@click.option("--close", "reason", metavar="REASON", help="Answer all open alerts of NAME with a reason.")
@click.option(
    "--loop",
    "mode",
    type=click.Choice(["off", "ask", "on"]),
    help="What NAME does by itself while JupyterLab is open: nothing, look and alert, or retrain and promote too.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the records as JSON.")
def monitor(name: str | None, *, retrain: bool, reason: str | None, mode: LoopMode | None, as_json: bool) -> int:
    r"""Look at new chunks of the monitor NAME (or all of benchbook.yaml), and show what was seen.

    Nothing is retrained unless you ask for it; `benchbook watch` does the whole loop.

    \b
      benchbook monitor                              every monitor
      benchbook monitor delay --retrain              go on from its open alerts
      benchbook monitor delay --close "known: blizzard"
      benchbook monitor delay --loop ask             JupyterLab looks by itself, and asks before it retrains

    Exit code 1 while alerts are open.
    """
    from benchbook.monitoring.alerting import close_alerts
    from benchbook.monitoring.observing import observe
    from benchbook.monitoring.past import past_accuracy
    from benchbook.monitoring.state import monitor_state
    from benchbook.monitoring.switch import switch_loop
    from benchbook.pipelines.retraining import pursue
    from benchbook.project import current_project

    project = current_project()
    monitors = _chosen(name, project.config().monitors)
    if (retrain or reason is not None or mode is not None) and name is None:
        raise InvalidInput("Say which monitor.", hint=f"There are: {', '.join(monitors)}.")
    states = []
    for one, config in monitors.items():
        if mode is not None:
            switch_loop(project, one, mode)
        observe(project, one, config)
        if reason is not None:
            close_alerts(project, one, reason)
        if retrain:
            pursue(project, one, config, asked=True, tell=lambda text: click.echo(text, err=True))
        states.append(monitor_state(project, one))
    if as_json:
        print_json(states)
    else:
        for state in states:
            _print(state, past_accuracy(state, monitors[state.name]))
    return int(any(state.open_alerts for state in states))


def _chosen(name: str | None, monitors: dict[str, MonitorConfig]) -> dict[str, MonitorConfig]:
    if not monitors:
        hint = "Add one under `monitors:`, as the README shows."
        raise InvalidInput("benchbook.yaml describes no monitor.", hint=hint)
    if name is None:
        return monitors
    if name not in monitors:
        raise NotFound("monitor", name, known=monitors)
    return {name: monitors[name]}


def _print(state: MonitorState, past: PastAccuracy | None) -> None:
    from benchbook.monitoring.past import sentence

    click.secho(f"\nMonitor {state.name}", bold=True)
    rows = []
    for seen in state.latest[-24:]:
        retrained = next((one for one in reversed(state.retrainings) if one.chunk == seen.chunk.id), None)
        rows.append(
            (
                seen.chunk.id,
                f"{seen.chunk.rows:,}",
                seen.model,
                f"{seen.performance[0]:.3f}" if seen.performance else "",
                f"{seen.estimate[0]:.3f}" if seen.estimate else "",
                ", ".join(f"{column} {js:.2f}" for column, js in list(seen.drift.items())[:3]),
                str(len(seen.alerts)) if seen.alerts else "",
                "" if retrained is None else str(retrained.outcome or "under way"),
            )
        )
    columns = ("chunk", "rows", "model", "metric", "estimated", "moved most", "alerts", "retrained")
    print_table(columns, rows, empty="Nothing was seen yet: save a new version of its dataset.")
    if past is not None:
        click.echo(sentence(past))
    for alert in state.open_alerts[-20:]:
        click.echo(f"{click.style('!', fg='red')} {alert.id.split('/')[1]}  {alert.kind}: {alert.message}")
    last = state.retrainings[-1] if state.retrainings else None
    if last is not None:
        click.echo(f"Last retraining, {ago(last.time)}, for {last.chunk}: {last.outcome or 'under way'}. {last.reason}")


@click.command()
@_name
@click.option("--once", is_flag=True, help="Take one turn and end.")
@click.option(
    "--start", is_flag=True, help="Run the pipeline NAME once, though its code and data were tried or it asks."
)
def watch(name: str | None, *, once: bool, start: bool) -> int:
    r"""Keep the loop going: look at new data, tell alerts, retrain, and let the gate decide. Ends with Ctrl-C.

    A pipeline with `watch:` in benchbook.yaml is run when its code or data changed; the gate promotes or holds what it
    made. The same code and data are tried once. Whatever stops the loop, the next start goes on from what is recorded;
    two of them do not get into each other's way.

    \b
      benchbook watch              every monitor and every pipeline with `watch:`
      benchbook watch delay        one of them
      benchbook watch flights --start
      benchbook watch --once       one turn, for a scheduler; exit code 1 if something went wrong
    """
    from benchbook.pipelines.watching import turn
    from benchbook.pipelines.watching import watch as go_on
    from benchbook.project import current_project

    project = current_project()
    _check_watched(project, name)
    if start:
        return _start(project, name)
    if once:
        return int(not turn(project, only=name, tell=click.echo))
    end = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: end.set())
    click.echo(f"Watching {project.root}. End with Ctrl-C.", err=True)
    go_on(project, end, only=name, tell=click.echo)
    return 0


def _check_watched(project: Project, name: str | None) -> None:
    """Check that there is something to watch, and that ``name`` is of it."""
    config = project.config()
    watched = [one for one, pipeline in config.pipelines.items() if pipeline.watch is not None]
    if not watched:
        _chosen(name, config.monitors)
    elif name is not None and name not in (*watched, *config.monitors):
        raise NotFound("monitor or watched pipeline", name, known=[*watched, *config.monitors])


def _start(project: Project, name: str | None) -> int:
    """Run one watched pipeline because a person wants it; 1 if that failed or nothing could be begun."""
    from benchbook.pipelines.reruns import list_reruns, pursue_changes

    pipeline = project.config().pipelines.get(name or "")
    if name is None or pipeline is None or pipeline.watch is None:
        raise InvalidInput("Say which pipeline to start.", hint="Name one that has `watch:` in benchbook.yaml.")
    if not pursue_changes(project, name, pipeline.watch, asked=True, tell=click.echo):
        click.echo("A run of the loop is under way already.", err=True)
        return 1
    return int(list_reruns(project, name)[-1].outcome == "failed")
