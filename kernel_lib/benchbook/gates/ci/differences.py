"""What differs between two runs of a pipeline: datasets, params, packages and notebooks."""

from __future__ import annotations

from typing import Any

import msgspec

from benchbook.data import diff_datasets, get_dataset
from benchbook.errors import BenchbookError
from benchbook.gates.ci.records import DataChange, ValueChange
from benchbook.gates.ci.subject import Base, Subject
from benchbook.governance.redaction import redact, redact_value
from benchbook.monitoring import compare_datasets
from benchbook.monitoring.records import DriftReport
from benchbook.objects import objects_of
from benchbook.project import Project
from benchbook.refs import Ref
from benchbook.tracking.records import Run
from benchbook.versioning.notebook_diff import NotebookDiff, diff_notebooks
from benchbook.versioning.snapshots import file_at

MOST_ROWS = 2_000_000
"""Tables with more rows are compared by their numbers of rows and columns only: a report must come soon."""
_DATASETS = 12
_DRIFTS = 4
_COLUMNS = 8
_VALUE = 200


def changed_data(project: Project, subject: Subject, base: Subject, notes: list[str]) -> list[DataChange]:
    """Datasets whose versions differ, those the run used first; what could not be compared says why."""
    now, was = _datasets(subject), _datasets(base)
    names = [name for name in [*now, *(name for name in was if name not in now)] if now.get(name) != was.get(name)]
    if len(names) > _DATASETS:
        notes.append(f"{len(names) - _DATASETS} more datasets differ.")
    found: list[DataChange] = []
    for name in names[:_DATASETS]:
        with_drift = sum(one.drift is not None for one in found) < _DRIFTS
        found.append(_data_change(project, name, was.get(name), now.get(name), with_drift=with_drift))
    return found


def _datasets(subject: Subject) -> dict[str, tuple[str, int]]:
    """Role and newest version of each dataset that the run used or made, by name."""
    found: dict[str, tuple[str, int]] = {}
    links = [link for step in subject.steps.values() for link in step.links if link.noun == "dataset"]
    made = {link.name for link in links if link.role == "made"}
    for link in sorted(links, key=lambda link: (link.name in made, link.version)):
        found[link.name] = ("made" if link.name in made else "used", link.version)
    return found


def _data_change(
    project: Project, name: str, was: tuple[str, int] | None, now: tuple[str, int] | None, *, with_drift: bool
) -> DataChange:
    before, after = (None if one is None else f"{name}:{one[1]}" for one in (was, now))
    role = (now or was or ("used", 0))[0]
    if before is None or after is None:
        return DataChange(
            name, role, before, after, "It is new here." if before is None else "It is not used any more."
        )
    if before == after:
        return DataChange(name, role, before, after, "The same version, in another role.")
    try:
        versions = [get_dataset(Ref(name, version=one[1]), project=project) for one in (was, now) if one is not None]
        rows = [version.rows or 0 for version in versions]
        if max(rows) > MOST_ROWS:
            summary = f"{rows[0]:,} rows before, {rows[1]:,} now; too many to compare here."
            return DataChange(name, role, before, after, summary)
        summary = diff_datasets(before, after, project=project).summary
        is_table = all(version.rows is not None for version in versions)
        drift = _drift(project, before, after) if is_table and with_drift and min(rows) > 0 else None
    except BenchbookError as error:
        return DataChange(name, role, before, after, f"They cannot be compared: {error.what}")
    return DataChange(name, role, before, after, summary, drift)


def _drift(project: Project, before: str, after: str) -> DriftReport:
    """The columns that moved most; their bars are shares, and categories are left out of a report that is posted."""
    report = compare_datasets(before, after, project=project)
    kept = [msgspec.structs.replace(column, vanished_categories=[]) for column in report.columns[:_COLUMNS]]
    return msgspec.structs.replace(report, columns=kept, seconds=0.0)


def changed_params(subject: Subject, base: Subject) -> list[ValueChange]:
    """Params of the steps that differ; those whose names speak of secrets are masked."""
    now, was = _params(subject), _params(base)
    if not was:
        return []
    return [_value_change(key, was, now) for key in sorted({**was, **now}) if _differs(key, was, now)]


def _params(subject: Subject) -> dict[str, Any]:
    return {f"{name}.{param.key}": param.value for name, step in subject.steps.items() for param in step.params}


_ABSENT = object()


def _differs(key: str, was: dict[str, Any], now: dict[str, Any]) -> bool:
    return bool(was.get(key, _ABSENT) != now.get(key, _ABSENT))


def _value_change(key: str, was: dict[str, Any], now: dict[str, Any]) -> ValueChange:
    before, after = (_shown(key, values[key]) if key in values else None for values in (was, now))
    return ValueChange(key, before, after)


def _shown(key: str, value: Any) -> str:
    text = redact_value(key, value)
    return text if len(text) <= _VALUE else text[:_VALUE] + "…"


def changed_environment(project: Project, subject: Subject, base: Subject, notes: list[str]) -> list[ValueChange]:
    """Python, platform and packages that differ."""
    try:
        now, was = _environment(project, subject), _environment(project, base)
    except BenchbookError as error:
        notes.append(f"The packages could not be compared: {error.what}")
        return []
    if not (now and was):
        return []
    return [_value_change(key, was, now) for key in sorted({**was, **now}) if _differs(key, was, now)]


def _environment(project: Project, subject: Subject) -> dict[str, str]:
    state = next((step.environment for step in reversed(list(subject.steps.values())) if step.environment), None)
    if state is None:
        return {}
    packages = msgspec.json.decode(objects_of(project).get_bytes(state.packages), type=dict[str, str])
    return {"Python": state.python, "platform": state.platform, **packages}


def changed_notebooks(project: Project, subject: Subject, base: Base) -> list[NotebookDiff]:
    """Notebooks of the steps that differ, from what each run kept, or from a commit of git."""
    now = {step.notebook: step for step in subject.steps.values() if step.notebook.endswith(".ipynb")}
    was = {step.notebook: step for step in base.subject.steps.values() if step.notebook.endswith(".ipynb")}
    paths = now if base.commit else {**now, **was}
    if not base.commit and not was:
        return []
    found = []
    for path in paths:
        after = _kept(project, now.get(path))
        before = file_at(project.root, base.commit, path) if base.commit else _kept(project, was.get(path))
        if isinstance(before, str) or isinstance(after, str):
            found.append(NotebookDiff(path, "unknown", problem=str(after if isinstance(after, str) else before)))
            continue
        found.append(diff_notebooks(path, before, after, clean=redact))
    return [one for one in found if one.status != "same"]


def _kept(project: Project, step: Run | None) -> bytes | str | None:
    """The notebook as it was saved when the step ran; as text why it is not known."""
    if step is None:
        return None
    if step.code is None or step.code.source is None:
        return f"Run {step.id} kept no copy of it."
    try:
        return objects_of(project).get_bytes(step.code.source)
    except BenchbookError as error:
        return error.what
