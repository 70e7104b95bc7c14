"""`benchbook drill`: would the alarms ring? Known faults in a copy of recent traffic, and a grade for each."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Any

import click

from benchbook.cli.output import print_json, print_table
from benchbook.errors import InvalidInput

if TYPE_CHECKING:
    from benchbook.pipelines.drill import Drill, Trial

_COLOURS = {"A": "green", "B": "yellow", "C": "yellow", "F": "red", "-": None}


_FAULTS = """\b
Faults:
  unit         a number comes in another unit (x 1.609, miles read as kilometres)
  category     a category comes that was never seen (20 % of rows)
  missing      30 % of a column's values are missing
  small-shift  a number is shifted by 0.3 standard deviations
  large-shift  a number is shifted by 1 standard deviation
  swap         two columns of numbers stand in each other's place
  late-labels  what came true is known 2 chunks later than usual
  concept      the answers turn round, more of them from chunk to chunk (A up to one chunk late)
"""


@click.command(epilog=_FAULTS)
@click.argument("monitor", required=False)
@click.option("--fault", "faults", multiple=True, metavar="NAME", help="Only this fault; may be given again.")
@click.option("--column", metavar="NAME", help="Where faults strike; the input that matters most if not given.")
@click.option("--clean", default=2, show_default=True, metavar="N", help="Chunks before the fault begins.")
@click.option("--chunks", "faulty", default=4, show_default=True, metavar="N", help="Chunks with the fault.")
@click.option(
    "--no-retrain", "retrain", flag_value=False, default=True, help="Alarms alone: a fault ends once one rang."
)
@click.option("--seed", default=0, show_default=True, metavar="N", help="Another number draws other rows.")
@click.option("--keep", is_flag=True, help="Leave the sandbox where it is, to look into it.")
@click.option("--past", is_flag=True, help="List the drills so far, of MONITOR or of all, instead.")
@click.option("--json", "as_json", is_flag=True, help="Print the records as JSON.")
def drill(monitor: str | None, faults: tuple[str, ...], *, past: bool, as_json: bool, **settings: Any) -> int:
    r"""Rehearse: break a copy of recent traffic in known ways, and grade the alarms of MONITOR.

    The newest chunks come again in a sandbox, a project of its own in a temporary folder: first clean, then with one
    fault at a time. The real monitor looks, its alerts start the real retraining, the real gate decides. Nothing of it
    reaches your project, its data or anybody who gets alerts; one line in the ledger remembers the grades.

    \b
      A  rang in the first faulty chunk, naming the column    B  rang late, or by its effect alone
      C  both of these                                        F  did not ring; it is said what to change

    \b
    Examples:
      benchbook drill delay                             every fault, with retraining
      benchbook drill delay --no-retrain                the alarms alone, which is much faster
      benchbook drill delay --fault unit --column distance
      benchbook drill delay --past                      how it went before

    Exit code 1 if a fault went unseen, or every chunk rings without one.
    """
    from benchbook.pipelines.drill import Settings, list_drills, run_drill

    if past:
        return _print_past(list_drills(monitor), as_json=as_json)
    if monitor is None:
        hint = "benchbook drill delay; or --past for the drills so far."
        raise InvalidInput("Say which monitor to drill.", hint=hint)
    # A polite end takes the sandbox with it, as Ctrl-C does.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        done = run_drill(monitor, faults, Settings(**settings), tell=lambda text: click.echo(text, err=True))
    finally:
        signal.signal(signal.SIGTERM, before)
    if as_json:
        print_json(done)
    else:
        _print(done)
    return int(not done.passed)


def _print(done: Drill) -> None:
    click.secho(f"\nFire drill of {done.monitor}", bold=True)
    faulty = f"{done.faulty[0]} to {done.faulty[-1]}" if len(done.faulty) > 1 else done.faulty[0]
    click.echo(f"{done.model} on {done.data}; clean {', '.join(done.clean)}; faulty {faulty}; {done.seconds:.0f} s")
    columns = ("fault", "grade", "rang", "late", done.metric, "retraining")
    print_table(columns, [_row(trial) for trial in done.trials], empty="")
    for trial in done.trials:
        mark = click.style(trial.grade, fg=_COLOURS[trial.grade])
        click.echo(f"{mark} {trial.fault}: {trial.what}. {trial.sentence}")
        for one in trial.retrained[-1:]:
            click.echo(f"    retrained for {one.chunk}, {one.outcome}: {one.reason}")
        for note in trial.notes:
            click.echo(f"    {note}")
    for note in done.notes:
        click.echo(f"Note: {note}", err=True)
    if done.sandbox:
        click.echo(f"The sandbox is in {done.sandbox}: benchbook --project {done.sandbox}/control monitor")


def _row(trial: Trial) -> tuple[str, ...]:
    first = trial.rung[0] if trial.rung else None
    rang = f"{first.kind} {first.column}".strip() if first else ""
    late = "" if first is None or trial.grade == "-" else str(first.late)
    return trial.fault, trial.grade, rang, late if trial.columns else "", _metric(trial), trial.mended


def _metric(trial: Trial) -> str:
    """The metric without the fault, with it, and once retrained."""
    if trial.recovery is not None:
        one = trial.recovery
        told = [one.before, one.during] + ([] if one.after is None else [one.after])
    else:
        pairs = [(seen.undisturbed, seen.truth) for seen in trial.chunks[-1:]]
        told = [value for pair in pairs for value in pair if value is not None]
    words = [f"{value:.3f}" for value in told]
    return " → ".join(dict.fromkeys(words) if trial.recovery is None else words)


def _print_past(drills: list[Drill], *, as_json: bool) -> int:
    if as_json:
        print_json(drills)
        return 0
    rows = [
        (
            time.strftime("%Y-%m-%d %H:%M", time.localtime(done.time)),
            done.monitor,
            done.model,
            " ".join(f"{trial.fault} {trial.grade}" for trial in done.trials),
            f"{done.seconds:.0f} s",
        )
        for done in drills
    ]
    print_table(("when", "monitor", "model", "grades", "took"), rows, empty="No drill yet: benchbook drill MONITOR.")
    return 0
