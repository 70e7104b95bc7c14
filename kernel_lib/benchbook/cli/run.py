"""`benchbook run` and `benchbook plan`. Progress goes to standard error and results to standard output, so that
`--json` can be piped: live bars on a terminal, one line for each step elsewhere.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import click

from benchbook.cli.output import print_json, print_table, short
from benchbook.errors import InvalidInput

if TYPE_CHECKING:
    from rich.progress import Progress

    from benchbook.pipelines.records import PipelineResult, PlanStep, StepProgress, StepResult

_METRICS = 3
"""How many metrics of a step the summary shows."""
_PARAM_HELP = (
    "Give a param to every notebook that declares NAME; may be repeated. VALUE is a number, true, null, text, or \
[a list] or {a: mapping} in quotes."
)
_pipeline = click.argument("pipeline", required=False)
_params = click.option(
    "-p", "--param", "params", type=(str, str), multiple=True, metavar="NAME VALUE", help=_PARAM_HELP
)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")


@click.command()
@_pipeline
@_params
@_json
def run(pipeline: str | None, params: tuple[tuple[str, str], ...], *, as_json: bool) -> int:
    r"""Run the notebooks of PIPELINE, a name in benchbook.yaml (not needed for the only or the default one).

    Steps run in the order that follows from the datasets and models they load and save, each in a kernel of its own.
    Your notebooks are never written: the executed copy of each is kept with the step's run. The first step that fails
    ends the run; the message names notebook, cell and error.

    \b
    Examples:
      benchbook run                               the only pipeline, or the one marked `default: true`
      benchbook run flights -p year 2013          with a param
      benchbook run -p months '[1, 2, 3]'         with a list
      benchbook run --json > result.json          for a script

    Exit codes: 0 all steps finished, 1 a step failed, 2 something was wrong before the first step, 130 interrupted.
    """
    from benchbook.pipelines import execute_pipeline

    values = _values(params)
    _interrupt_on_end()
    with _progress() as tell:
        result = execute_pipeline(pipeline, values, progress=tell)
    if as_json:
        print_json(result)
    else:
        _print_result(result)
    return 1 if result.status == "failed" else 0


@click.command()
@_pipeline
@_params
@_json
def plan(pipeline: str | None, params: tuple[tuple[str, str], ...], *, as_json: bool) -> None:
    r"""Say what `benchbook run` would do, and why in that order. Runs nothing and writes nothing.

    What each notebook loads and saves is read from its source; names that are only known when it runs are listed.

    \b
    Examples:
      benchbook plan                              the only pipeline
      benchbook plan flights -p year 2013         with a param
    """
    from benchbook.pipelines import plan_pipeline

    planned = plan_pipeline(pipeline, _values(params))
    if as_json:
        print_json(planned)
        return
    click.secho(f"Pipeline {planned.pipeline}: {len(planned.steps)} steps", bold=True)
    for number, step in enumerate(planned.steps, 1):
        _print_planned(number, step)
    _print_watched(planned.pipeline)


def _print_watched(name: str) -> None:
    """Of a pipeline with `watch:`, whether `benchbook watch` would run it now, and why."""
    from benchbook.pipelines.reruns import changes_now
    from benchbook.project import current_project

    project = current_project()
    watch = project.config().pipelines[name].watch
    if watch is not None:
        why = changes_now(project, name, watch)
        said = f"would run it: {'; '.join(why)}" if why else "has tried this code and data"
        click.echo(f"\n`benchbook watch` {said}.")


def _values(params: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """The params as typed.

    Raises:
        InvalidInput: if a name is given twice or a value is no plain value.
    """
    from benchbook.project.config import parse_value

    values: dict[str, Any] = {}
    for name, text in params:
        if name in values:
            raise InvalidInput(f"The param {name!r} is given twice.", hint="Give each name once.")
        try:
            values[name] = parse_value(text)
        except InvalidInput as error:
            raise InvalidInput(f"-p {name}: {error.what}", hint=error.hint) from error
    return values


def _interrupt_on_end() -> None:
    """Being told to end, or losing the terminal, ends kernels and marks runs just as Ctrl-C does."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts background jobs with it ignored
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: signal.raise_signal(signal.SIGINT))


# ------------------------------------------------------------------------------------------------------- progress


def _progress() -> AbstractContextManager[Callable[[StepProgress], None]]:
    return _Bars() if sys.stderr.isatty() else nullcontext(_print_progress)


def _print_progress(told: StepProgress) -> None:
    head = f"[{told.index}/{told.count}] {told.step}"
    if told.status != "running":
        click.echo(f"{head}: {told.status} after {told.seconds:.1f} s, {told.done} of {told.total} cells", err=True)
    elif told.done == 0:
        click.echo(f"{head}: running, run {told.run}", err=True)


class _Bars:
    """A live bar for each step that has begun."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._bars: Progress = Progress(
            SpinnerColumn(finished_text=" "),
            TextColumn("{task.description}"),
            BarColumn(bar_width=32),
            TextColumn("{task.fields[cells]}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[state]}"),
            console=Console(stderr=True),
        )
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Callable[[StepProgress], None]:
        self._bars.start()
        return self._tell

    def __exit__(self, *_error: object) -> None:
        self._bars.stop()

    def _tell(self, told: StepProgress) -> None:
        from rich.markup import escape

        if told.step not in self._tasks:
            name = escape(f"[{told.index}/{told.count}] {told.step}")
            self._tasks[told.step] = self._bars.add_task(name, total=None, cells="", state="")
        state = {"running": "", "finished": "[green]finished", "failed": "[red]failed"}[told.status]
        cells = f"{told.done}/{told.total} cells"
        task = self._tasks[told.step]
        self._bars.update(task, completed=told.done, total=told.total or None, cells=cells, state=state)
        if told.status != "running":
            self._bars.stop_task(task)


# -------------------------------------------------------------------------------------------------------- results


def _print_result(result: PipelineResult) -> None:
    """The summary: steps with state, time, run and metrics; what was made; the failure, if there is one."""
    from benchbook.pipelines.execute import step_failed

    click.secho(f"\nPipeline {result.pipeline}", bold=True, nl=False)
    click.echo(f", run {result.run}")
    columns = ("step", "state", "took", "run", "metrics")
    print_table(columns, [_result_row(step) for step in result.steps], empty="")
    for noun in ("dataset", "model"):
        made = [f"{link.name}:{link.version}" for step in result.steps for link in step.made if link.noun == noun]
        if made:
            click.echo(f"{noun.capitalize()}s: {', '.join(dict.fromkeys(made))}")
    for step in result.steps:
        for warning in step.warnings:
            click.echo(f"Note: step {step.step!r} {warning}.")
    failed = result.failed_step
    if failed is not None and failed.failure is not None:
        if failed.failure.traceback:
            click.echo(f"\n{failed.failure.traceback}", err=True)
        click.secho("Failed: ", fg="red", nl=False, err=True)
        click.echo(str(step_failed(failed, failed.failure)), err=True)
    word = "finished" if result.status == "finished" else "failed"
    click.secho(f"{word.capitalize()} in {result.seconds:.1f} s", fg="green" if word == "finished" else "red")


def _result_row(step: StepResult) -> tuple[str, str, str, str, str]:
    from benchbook.tracking.leading import by_weight

    keys = by_weight(step.metrics)
    shown = [f"{key} {short(step.metrics[key])}" for key in keys[:_METRICS]]
    metrics = ", ".join(shown) + (f", {len(keys) - _METRICS} more" if len(keys) > _METRICS else "")
    seconds = f"{step.seconds:.1f} s" if step.run else ""
    return step.step, step.status, seconds, step.run or "", metrics


def _print_planned(number: int, step: PlanStep) -> None:
    """One step of a plan, with the reason for each step it waits for."""
    click.echo(f"\n{number:3} ", nl=False)
    click.secho(step.name, bold=True, nl=False)
    click.echo(f"  {step.notebook}")
    params = ", ".join(f"{name}={value!r}" for name, value in step.params.items())
    parts = [("after", reason) for reason in step.reasons]
    parts += [("loads", ", ".join(step.uses)), ("saves", ", ".join(step.makes)), ("params", params)]
    parts += [("unsure", f"{doubt}; use `after:` if the order matters") for doubt in step.unsure]
    for word, text in parts:
        if text:
            click.echo(f"    {word:7} {text}")
