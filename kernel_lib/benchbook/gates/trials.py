"""Checks that try things instead of measuring predictions: expectations, latency, size, notebooks, the model card."""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING

from benchbook.data import check_expectations
from benchbook.errors import InvalidInput
from benchbook.gates.words import asked, judged, one_line
from benchbook.governance.cards import card_gaps
from benchbook.governance.records import CheckResult, CheckStatus
from benchbook.objects import objects_of
from benchbook.project.gate_config import CheckConfig
from benchbook.provisioning import CellFailure, ColdExecutor, NotebookJob, choose_kernel

if TYPE_CHECKING:
    from benchbook.gates.judging import Judge
    from benchbook.provisioning.notebook_source import NotebookSource

_WARM, _CALLS, _LONGEST = 10, 200, 10.0
_DETAILS = 10


def check_expected(judge: Judge, check: CheckConfig, _keep: bool) -> CheckResult:  # noqa: FBT001  one shape for all
    """Whether all that is expected of a dataset holds."""
    name = check.expectations or ""
    version = judge.prepared.expected[name]
    results = check_expectations(version, judge.prepared.rules[name], project=judge.project)
    bad = [result for result in results if result.status != "passed"]
    details = [
        f"{result.rule}: {result.seen}" + (f", such as {', '.join(result.examples)}" if result.examples else "")
        for result in bad[:_DETAILS]
    ]
    details += [f"and {len(bad) - _DETAILS} more"] if len(bad) > _DETAILS else []
    seen = f"{len(results) - len(bad)} of {len(results)} hold for {version.ref}"
    status: CheckStatus = judged(not bad)
    if bad and all(result.status == "error" for result in bad):
        status = "error"
    return CheckResult("expectations", status, asked(check), seen, details=details)


def check_latency(judge: Judge, check: CheckConfig, _keep: bool) -> CheckResult:  # noqa: FBT001
    """Whether single rows are predicted fast enough: the 95th percentile of calls in this process, after warming up."""
    import numpy as np

    version = judge.prepared.version
    model, rows = judge.model(version), judge.inputs(version, judge.everything.head(50))
    if rows.empty:
        raise InvalidInput("The data has no rows to predict.")
    singles = [rows.iloc[[at]] for at in range(len(rows))]
    taken: list[float] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        until = time.perf_counter() + _LONGEST
        for call in range(_WARM + _CALLS):
            began = time.perf_counter()
            model.predict(singles[call % len(singles)])
            ended = time.perf_counter()
            taken.append(1e3 * (ended - began))
            if ended > until and len(taken) > 1:
                break
    measured = taken[_WARM:] or taken[1:]
    value = float(np.quantile(measured, 0.95))
    status = judged(value <= float(check.latency_ms or 0))
    seen = (
        f"{value:.2f} ms at the 95th percentile, {np.median(measured):.2f} ms in the middle, of {len(measured)} calls"
    )
    return CheckResult("latency_ms", status, asked(check), seen, value=value)


def check_size(judge: Judge, check: CheckConfig, _keep: bool) -> CheckResult:  # noqa: FBT001
    """Whether the stored model is small enough."""
    value = judge.prepared.version.size / 1e6
    status = judged(value <= float(check.size_mb or 0))
    return CheckResult("size_mb", status, asked(check), f"{value:.3g} MB", value=value)


def check_card(judge: Judge, check: CheckConfig, _keep: bool) -> CheckResult:  # noqa: FBT001
    """Whether the model card has no gap, apart from the verdict that is being made."""
    gaps = card_gaps(judge.prepared.version, judge.prepared.card)
    seen = f"{len(gaps)} gaps" if gaps else "no gap"
    return CheckResult("card", judged(not gaps), asked(check), seen, details=gaps[:_DETAILS])


def check_notebook(judge: Judge, check: CheckConfig, keep: bool) -> CheckResult:  # noqa: FBT001
    """Whether a notebook of assertions runs through, as a pipeline step would; its executed copy is the evidence.

    Raises:
        KeyboardInterrupt: after an interrupt; the kernel has ended.
    """
    source = judge.prepared.notebooks[check.notebook or ""]
    path = judge.project.root / source.path
    kernel = choose_kernel(source.language, source.kernel, notebook=source.path)
    env = {"BENCHBOOK_PROJECT": str(judge.project.root), "BENCHBOOK_NOTEBOOK": str(path), "BENCHBOOK_RUN": ""}
    job = NotebookJob(source.content, source.path, kernel, path.parent, _params(judge, source), env)
    done = ColdExecutor().execute(job, lambda _done, _total: None)
    failure = done.failure
    if failure is not None and failure.kind == "interrupted":
        raise KeyboardInterrupt
    evidence = [_kept(judge, done.content)] if keep else []
    if failure is None:
        seen = f"all {len(source.cells)} cells ran, in {done.seconds:.1f} s"
        return CheckResult("notebook", "passed", asked(check), seen, evidence=evidence)
    status: CheckStatus = "failed" if failure.ename == "AssertionError" else "error"
    details = failure.traceback.strip().splitlines()[-_DETAILS:]
    seen = _failed_at(failure)
    return CheckResult("notebook", status, asked(check), seen, details=details, evidence=evidence)


def _params(judge: Judge, source: NotebookSource) -> dict[str, str]:
    """What the notebook is told, of what it asks to be told."""
    prepared = judge.prepared
    told = {"model_ref": prepared.version.ref}
    if prepared.data is not None:
        told["data_ref"] = prepared.data.ref
    declared = {parameter.name for parameter in source.parameters}
    return {name: value for name, value in told.items() if name in declared}


def _kept(judge: Judge, content: dict[str, object]) -> str:
    import nbformat

    text = nbformat.writes(nbformat.from_dict(content))  # type: ignore[no-untyped-call]
    return objects_of(judge.project).put_bytes(text.encode("utf-8", "replace")).id


def _failed_at(failure: CellFailure) -> str:
    where = f"code cell {failure.cell}: " if failure.cell else ""
    return one_line(f"{where}{failure.ename}: {failure.evalue}")
