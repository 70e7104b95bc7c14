"""Collects what a report says from what is recorded: it asks and changes nothing, and computes nothing twice.

Everything that people or data wrote is masked by `redact` at one place, when the report is whole.
"""

from __future__ import annotations

from typing import Any

import msgspec

from benchbook.errors import BenchbookError
from benchbook.gates.ci.differences import changed_data, changed_environment, changed_notebooks, changed_params
from benchbook.gates.ci.records import Curve, Failure, MetricChange, Report
from benchbook.gates.ci.subject import Base, Subject, find_base, find_subject, verdicts_on
from benchbook.governance.cards import card_gaps, written_card
from benchbook.governance.records import CheckResult, Verdict
from benchbook.governance.redaction import redact
from benchbook.project import Project, current_project
from benchbook.tracking.leading import by_weight
from benchbook.tracking.reads import metric_curves
from benchbook.tracking.records import Run

_POINTS = 40
_CURVES = 4


def make_report(subject: str | None = None, *, base: str | None = None, project: Project | None = None) -> Report:
    """Report on ``subject``: a pipeline's name, a model ref or a run; the newest pipeline run when not given.

    ``base`` is what it is held against: `@champion`, a ref, a run, or a branch, tag or commit of git; when not given,
    the version the gate compared with, else the champion, else the run before.

    Raises:
        NotFound: subject or base is not there.
        InvalidInput: either can be several, or benchbook.yaml is wrong.
    """
    project = project or current_project()
    found = find_subject(project, subject)
    verdicts = verdicts_on(project, found)
    against = find_base(project, base, found, verdicts)
    notes: list[str] = []
    passed, sentence = _decision(found, verdicts)
    report = Report(
        about=found.about,
        pipeline=found.pipeline,
        run=found.run.id if found.run else None,
        base=against.words,
        passed=passed,
        sentence=sentence,
        failure=_failure(found),
        verdicts=verdicts,
        metrics=_metrics(found, against, verdicts),
        curves=_curves(project, found, against),
        data=changed_data(project, found, against.subject, notes),
        params=changed_params(found, against.subject),
        environment=changed_environment(project, found, against.subject, notes),
        notebooks=changed_notebooks(project, found, against),
        compared_notebooks=against.commit[:10] if against.commit else "",
        gaps=_gaps(project, found),
        notes=notes,
    )
    return masked(report)


def report_not_started(pipeline: str, why: BenchbookError) -> Report:
    """The report of a pipeline that could not even begin."""
    failure = Failure("", "", None, type(why).__name__, why.what)
    sentence = f"The pipeline {pipeline} did not start: {why.what}"
    return masked(Report(f"pipeline {pipeline}", pipeline, None, "", False, sentence, failure, notes=[why.hint]))


def masked(report: Report) -> Report:
    """``report`` with every text in it redacted."""
    return msgspec.convert(_walk(msgspec.to_builtins(report)), Report)


def _walk(value: Any) -> Any:
    match value:
        case str():
            return redact(value)
        case list():
            return [_walk(part) for part in value]
        case dict():
            return {key: _walk(part) for key, part in value.items()}
    return value


def _decision(subject: Subject, verdicts: list[Verdict]) -> tuple[bool | None, str]:
    """Whether it passed, and the sentence that stands on top."""
    run = subject.run
    if run is not None and run.status == "failed":
        said = run.failure.message if run.failure else "it ended without a reason"
        return False, said if said.startswith("Step ") else f"{subject.about} failed: {said}"
    if verdicts:
        worst = sorted(verdicts, key=lambda verdict: verdict.passed)
        return all(verdict.passed for verdict in verdicts), " ".join(verdict.sentence for verdict in worst)
    made = ", ".join(version.ref for version in subject.models.values())
    if made:
        return None, f"No gate has judged {made} yet; ask one: benchbook gate {next(iter(subject.models.values())).ref}"
    return None, f"{subject.about} finished; it made no model version that a gate could judge."


def _failure(subject: Subject) -> Failure | None:
    bad = next((step for step in subject.steps.values() if step.status == "failed"), None)
    if bad is None or bad.failure is None:
        return None
    failure = bad.failure
    return Failure(bad.name, failure.notebook, failure.cell, failure.type, failure.message[:2_000])


def _gaps(project: Project, subject: Subject) -> list[str]:
    return [
        f"{version.ref}, {gap}"
        for version in subject.models.values()
        for gap in card_gaps(version, written_card(project, version.name))
    ]


def _metrics(subject: Subject, base: Base, verdicts: list[Verdict]) -> list[MetricChange]:
    """What the gates measured on the same rows, then what the runs logged."""
    judged = [
        MetricChange(_metric_of(check), check.before, check.value, "judged", check.interval)
        for verdict in verdicts
        for check in verdict.checks
        if check.kind == "metric" and check.value is not None
    ]
    # A metric that was also compared need not stand twice.
    compared = {one.name for one in judged if one.before is not None}
    judged = [one for one in judged if one.before is not None or one.name not in compared]
    after, before = _logged(subject), _logged(base.subject)
    logged = [MetricChange(key, before.get(key), after.get(key), "logged") for key in by_weight({**after, **before})]
    return list(dict.fromkeys(judged)) + logged


def _metric_of(check: CheckResult) -> str:
    return check.asked.partition(" ")[0]


def _logged(subject: Subject) -> dict[str, float]:
    """Newest values by key; where several steps have a key, with the step's name before it."""
    found: dict[str, list[tuple[str, float]]] = {}
    for name, step in subject.steps.items():
        for metric in step.metrics:
            if isinstance(metric.last, (int, float)):
                found.setdefault(metric.key, []).append((name, float(metric.last)))
    if not subject.steps:
        return {
            key: float(value)
            for version in subject.models.values()
            for key, value in version.metrics.items()
            if isinstance(value, (int, float))
        }
    return {
        key if len(of_steps) == 1 else f"{name}/{key}": value
        for key, of_steps in found.items()
        for name, value in of_steps
    }


def _curves(project: Project, subject: Subject, base: Base) -> list[Curve]:
    """Metrics that moved over their steps, those of well-known names first."""
    found: list[Curve] = []
    for name, step in subject.steps.items():
        keys = by_weight(metric.key for metric in step.metrics if metric.count > 2)[: _CURVES - len(found)]
        before = base.subject.steps.get(name)
        found += [_curve(project, key, step, before) for key in keys]
    return found


def _curve(project: Project, key: str, step: Run, before: Run | None) -> Curve:
    now = metric_curves(step.id, [key], points=_POINTS, project=project)[0]
    numbers = [
        (at, float(value)) for at, value in zip(now.steps, now.values, strict=True) if not isinstance(value, str)
    ]
    earlier: list[float] = []
    if before is not None and any(metric.key == key for metric in before.metrics):
        was = metric_curves(before.id, [key], points=_POINTS, project=project)[0]
        earlier = [float(value) for value in was.values if not isinstance(value, str)]
    return Curve(key, [at for at, _ in numbers], [value for _, value in numbers], earlier)
