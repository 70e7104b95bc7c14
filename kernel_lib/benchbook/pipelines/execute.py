"""Runs a pipeline: each step a run of its own under the pipeline's run, in order, up to the first failure.

The status of a step comes from evidence (error outputs, the kernel's death, what was really loaded and saved), not from
the absence of an exception. Notebooks are run from the plan's copies, so the source files are never opened for writing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any, Literal

from benchbook.errors import StepFailed
from benchbook.pipelines.evidence import Thing, differences, order_broken, used_things, versions
from benchbook.pipelines.params import effective_params
from benchbook.pipelines.plan import Prepared, PreparedStep, prepare
from benchbook.pipelines.records import PipelineResult, StepProgress, StepResult
from benchbook.project import Project, current_project
from benchbook.provisioning import CellFailure, ColdExecutor, Execution, Executor, Kernel, NotebookJob, choose_kernel
from benchbook.tracking import ActiveRun, get_run, start_run
from benchbook.tracking.records import RunFailure
from benchbook.tracking.run import MESSAGE_LIMIT, shortened

OnProgress = Callable[[StepProgress], None]


def run_pipeline(
    name: str | None = None,
    params: Mapping[str, Any] | None = None,
    *,
    project: Project | None = None,
    progress: OnProgress | None = None,
) -> PipelineResult:
    """Run the pipeline ``name`` of `benchbook.yaml` (or the default, or only, one) with ``params``.

    ``progress`` is told of each step and cell. Everything is checked before the first step begins.

    Raises:
        InvalidInput, NotFound: if `benchbook.yaml`, a notebook, a param or the name is wrong; nothing has run then.
        StepFailed: when a step fails, naming notebook, cell and error; later steps have not run.
    """
    result = execute_pipeline(name, params, project=project, progress=progress)
    failed = result.failed_step
    if failed is not None and failed.failure is not None:
        raise step_failed(failed, failed.failure)
    return result


def execute_pipeline(
    name: str | None = None,
    params: Mapping[str, Any] | None = None,
    *,
    project: Project | None = None,
    progress: OnProgress | None = None,
    executor: Executor | None = None,
    tags: Mapping[str, str] | None = None,
) -> PipelineResult:
    """As `run_pipeline`, but a failed step is part of the answer instead of an error; ``tags`` are those of its run.

    Raises:
        InvalidInput, NotFound: if `benchbook.yaml`, a notebook, a param or the name is wrong; nothing has run then.
        KeyboardInterrupt: after an interrupt; the kernel has ended and the runs are marked as failed.
    """
    project = project or current_project()
    prepared = prepare(name, params, project=project)
    kernels = {
        step.name: choose_kernel(step.source.language, step.source.kernel, notebook=step.source.path)
        for step in prepared.steps
    }
    return _PipelineRun(project, prepared, kernels, executor or ColdExecutor(), progress or _ignore).run(tags)


def step_failed(step: StepResult, failure: RunFailure) -> StepFailed:
    """The failure of ``step`` as an error."""
    return StepFailed(
        _told(step.step, step.notebook, failure),
        hint=f"The executed copy is an artifact of run {step.run}; correct the notebook and run the pipeline again.",
        step=step.step,
        notebook=step.notebook,
        cell=failure.cell,
        ename=failure.type,
        evalue=failure.message,
        traceback=failure.traceback,
    )


class _PipelineRun:
    """One run of a pipeline."""

    def __init__(
        self,
        project: Project,
        prepared: Prepared,
        kernels: Mapping[str, Kernel],
        executor: Executor,
        progress: OnProgress,
    ) -> None:
        self.project = project
        self.prepared = prepared
        self.kernels = kernels
        self.executor = executor
        self.progress = progress
        self.used: dict[str, set[Thing]] = {}

    def run(self, tags: Mapping[str, str] | None) -> PipelineResult:
        began = time.monotonic()
        name, params = self.prepared.name, self.prepared.params
        results: list[StepResult] = []
        with start_run(name, params=params, experiment=name, tags=tags, kind="pipeline", project=self.project) as run:
            for place in range(len(self.prepared.steps)):
                run.log_progress(place, len(self.prepared.steps))
                results.append(self._step(place, run))
                if results[-1].status == "failed":
                    break
            else:
                run.log_progress(len(results), len(results))
            ended: Literal["finished", "failed"] = "failed" if results[-1].status == "failed" else "finished"
            if ended == "failed":
                run.finish("failed", _as_pipeline_failure(results[-1]))
        waiting = self.prepared.steps[len(results) :]
        results += [StepResult(step.name, step.source.path, "waiting") for step in waiting]
        return PipelineResult(name, run.id, ended, time.monotonic() - began, params, results)

    def _step(self, place: int, pipeline: ActiveRun) -> StepResult:
        step = self.prepared.steps[place]
        path = self.project.root / step.source.path
        with start_run(
            step.name,
            params=effective_params(step.source, step.params),
            experiment=self.prepared.name,
            kind="step",
            parent=pipeline.id,
            notebook=str(path),
            project=self.project,
        ) as run:
            env = {
                "BENCHBOOK_PROJECT": str(self.project.root),
                "BENCHBOOK_RUN": run.id,
                "BENCHBOOK_NOTEBOOK": str(path),
            }
            job = NotebookJob(
                step.source.content, step.source.path, self.kernels[step.name], path.parent, step.params, env
            )
            teller = _Teller(self.progress, step.name, place + 1, len(self.prepared.steps), run)
            teller.cell(0, len(step.source.cells))  # before the kernel starts, which takes its time
            execution = self.executor.execute(job, teller.cell)
            _keep_copy(run, step, execution)
            if execution.failure is not None and execution.failure.kind == "interrupted":
                raise KeyboardInterrupt
            result = self._judge(place, run, execution)
            run.finish("failed" if result.failure else "finished", result.failure)
            teller.end(result)
        return result

    def _judge(self, place: int, run: ActiveRun, execution: Execution) -> StepResult:
        """What became of a step, by its cells and by what it really used and made."""
        step = self.prepared.steps[place]
        known = get_run(run.id, project=self.project)
        failure = _as_failure(execution.failure, step.source.path) if execution.failure else None
        warnings = differences(step, known.links) if failure is None else []
        broken = order_broken(self.prepared, place, known.links, self.used) if failure is None else ""
        if broken:
            failure = RunFailure("WrongOrder", f"{broken}.", notebook=step.source.path)
        if warnings:
            run.set_tag("warning", "; ".join(warnings))
        self.used[step.name] = used_things(known.links)
        return StepResult(
            step=step.name,
            notebook=step.source.path,
            status="failed" if failure else "finished",
            run=run.id,
            seconds=execution.seconds,
            metrics={metric.key: metric.last for metric in known.metrics},
            used=versions(known.links, "used"),
            made=versions(known.links, "made"),
            warnings=warnings,
            failure=failure,
        )


class _Teller:
    """Tells how far a step is: to whoever asked, and to the step's run, so that JupyterLab sees it too."""

    def __init__(self, progress: OnProgress, step: str, index: int, count: int, run: ActiveRun) -> None:
        self._progress = progress
        self._step = step
        self._index = index
        self._count = count
        self._run = run
        self._at = (0, 0)
        self._began = time.monotonic()

    def cell(self, done: int, total: int) -> None:
        self._at = (done, total)
        self._run.log_progress(done, total)
        seconds = time.monotonic() - self._began
        told = StepProgress(self._step, self._index, self._count, "running", done, total, self._run.id, seconds)
        self._progress(told)

    def end(self, result: StepResult) -> None:
        place = (self._step, self._index, self._count)
        self._progress(StepProgress(*place, result.status, *self._at, self._run.id, result.seconds))


def _ignore(_progress: StepProgress) -> None:
    """Nobody asked."""


def _keep_copy(run: ActiveRun, step: PreparedStep, execution: Execution) -> None:
    import nbformat

    copy = nbformat.writes(nbformat.from_dict(execution.content))  # type: ignore[no-untyped-call]
    run.log_bytes(copy.encode("utf-8", "replace"), f"{PurePosixPath(step.source.path).stem}.ipynb")


def _as_failure(failure: CellFailure, notebook: str) -> RunFailure:
    message = f"called sys.exit ({failure.evalue})" if failure.kind == "exit" else failure.evalue
    return RunFailure(failure.ename, shortened(message), failure.traceback[-MESSAGE_LIMIT:], notebook, failure.cell)


def _as_pipeline_failure(step: StepResult) -> RunFailure:
    failure = step.failure or RunFailure("StepFailed", "")
    return RunFailure("StepFailed", _told(step.step, step.notebook, failure), "", step.notebook, failure.cell)


def _told(step: str, notebook: str, failure: RunFailure) -> str:
    """One sentence: step, notebook, cell and error."""
    where = f"{notebook!r}" + (f", code cell {failure.cell}" if failure.cell else "")
    if failure.type in ("SystemExit", "KernelDied", "WrongOrder"):
        return f"Step {step!r} failed ({where}): {failure.message}"
    return f"Step {step!r} failed ({where}): {failure.type}: {failure.message}"
