"""A report as blocks (text, tables, plots, diffs) in the order of their weight; Markdown and HTML both draw these."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from benchbook.gates.ci.records import DataChange, MetricChange, Report, ValueChange
from benchbook.governance.html import GLYPHS, interval_text
from benchbook.governance.records import CheckResult, Verdict
from benchbook.monitoring.records import DriftReport
from benchbook.versioning.notebook_diff import NotebookDiff

COLOURS = {"now": "#d55e00", "before": "#0072b2"}
"""Vermilion and blue of Okabe & Ito's palette, as in drift reports: people who see no red can tell them apart."""
_ROWS = 60
_BARS = 8
_COMPARED = 5
_POINTS_OF_TEXT = "▁▂▃▄▅▆▇█"
_MOVED = 0.02
"""Jensen-Shannon distance below which a column is not worth a line."""


class Code(str):
    """Text that came from data, code or a name: shown letter by letter, never as prose."""

    __slots__ = ()


class Series(msgspec.Struct, frozen=True):
    """One line or one set of bars; "now" and "before" have colours of their own."""

    name: str
    values: list[float]


class Plot(msgspec.Struct, frozen=True):
    """A chart of aggregates: bars side by side for each label, or lines over the labels, which are steps then."""

    title: str
    kind: str
    labels: list[str]
    series: list[Series]


class Table(msgspec.Struct, frozen=True):
    """Rows of plain text, or `Code`."""

    head: list[str]
    rows: list[list[str]]


class Block(msgspec.Struct, frozen=True):
    """One part of a report; ``folded`` parts are opened by whoever wants to see them."""

    title: str
    text: str = ""
    table: Table | None = None
    plots: list[Plot] = []
    diff: list[str] = []
    drift: DriftReport | None = None
    folded: bool = False


def headline(report: Report) -> str:
    """The decision in a word, with its sign."""
    if report.passed is None:
        return "Not judged"
    if report.passed:
        return "✓ Passed"
    return "✕ Failed" if report.failure else "✕ Held back"


def blocks_of(report: Report) -> Iterator[Block]:
    """All that is to be shown below the sentence on top, the weightiest first."""
    if report.failure is not None and report.failure.step:
        yield _failure(report)
    for verdict in report.verdicts:
        yield _checks(verdict)
    yield from _metrics(report)
    yield from _fairness(report)
    yield from _data(report.data)
    yield from _values("Params", "param", report.params)
    yield from _curves(report)
    for notebook in report.notebooks:
        yield _notebook(notebook, report.compared_notebooks)
    yield from _values("Environment", "package", report.environment, folded=True)
    if report.gaps:
        title = f"Model card: {len(report.gaps)} missing"
        yield Block(title, table=Table(["missing"], [[gap] for gap in report.gaps[:_ROWS]]), folded=True)
    if report.notes:
        yield Block("Notes", table=Table(["note"], [[note] for note in report.notes if note]))


def _failure(report: Report) -> Block:
    failure = report.failure
    assert failure is not None
    cell = "" if failure.cell is None else str(failure.cell)
    row = [Code(failure.step), Code(failure.notebook), cell, Code(f"{failure.type}: {failure.message}")]
    return Block("Where it failed", table=Table(["step", "notebook", "code cell", "error"], [row]))


def _checks(verdict: Verdict) -> Block:
    """What one gate asked and saw, what is against it first."""
    on = f" on {verdict.data} (#{(verdict.data_digest or '')[:12]})" if verdict.data else ""
    against = (
        f", against {verdict.model}:{verdict.against}" if verdict.against else ", with nothing to be compared with"
    )
    text = f"{verdict.ref} judged{on}{against}; verdict {verdict.id[:12]}."
    ordered = sorted(verdict.checks, key=lambda check: check.status == "passed")
    rows = [[f"{GLYPHS[check.status]} {check.status}", check.asked, _seen(check), check.why] for check in ordered]
    return Block(f"Checks of gate {verdict.gate}", text, Table(["", "asked", "seen", "why"], rows))


def _seen(check: CheckResult) -> str:
    return " · ".join([check.seen, *check.details])


def _metrics(report: Report) -> Iterator[Block]:
    if not report.metrics:
        return
    rows = [_metric_row(one) for one in report.metrics[:_ROWS]]
    head = ["metric", "before", "now", "change", "improvement, at least", "measured"]
    how = "Judged: both versions on the same rows. Logged: as each run wrote it, perhaps on other rows."
    yield Block("Metrics before and after", how, Table(head, rows), _metric_plots(report.metrics))


def _metric_row(one: MetricChange) -> list[str]:
    change = "" if one.before is None or one.after is None else _change(one.after - one.before)
    sure = "" if one.interval is None else interval_text(one.interval).removeprefix("at least ")
    return [Code(one.name), _number(one.before), _number(one.after), change, sure, one.how]


def _change(by: float) -> str:
    return f"{'▲' if by > 0 else '▼'} {_short(by, '+')}" if by else "="


def _number(value: float | None) -> str:
    return "–" if value is None else _short(value)


def _short(value: float, sign: str = "") -> str:
    """Four digits that matter, or a whole number with its thousands parted."""
    return f"{value:{sign},.0f}" if 1_000 <= abs(value) < 1e15 else f"{value:{sign}.4g}"


def _metric_plots(metrics: list[MetricChange]) -> list[Plot]:
    """Bars before and now, of metrics that lie between 0 and 1 on both sides, so that one axis fits all."""
    both: dict[str, MetricChange] = {}
    for one in metrics:
        if one.before is not None and one.after is not None:
            both.setdefault(one.name, one)  # what was judged comes before what was logged
    fit = [one for one in both.values() if 0 <= (one.before or 0) <= 1 and 0 <= (one.after or 0) <= 1][:_COMPARED]
    if not fit:
        return []
    names = [one.name for one in fit]
    now, before = [one.after or 0.0 for one in fit], [one.before or 0.0 for one in fit]
    return [Plot("Metrics before and now", "bars", names, [Series("before", before), Series("now", now)])]


def _fairness(report: Report) -> Iterator[Block]:
    for verdict in report.verdicts:
        for check in verdict.checks:
            if check.groups:
                rows = [
                    [Code(one.group), f"{one.rows:,}", f"{one.value:.4f}", interval_text(one.interval)]
                    for one in check.groups[:_ROWS]
                ]
                shown = check.groups[:_BARS]
                plot = Plot(
                    check.asked, "bars", [one.group for one in shown], [Series("now", [o.value for o in shown])]
                )
                table = Table(["group", "rows", "value", "95 % interval"], rows)
                yield Block(f"By group: {check.asked}", check.seen, table, [plot], folded=True)


def _data(changes: list[DataChange]) -> Iterator[Block]:
    if not changes:
        return
    rows = [[Code(one.name), one.role, _version(one.before), _version(one.after), one.summary] for one in changes]
    yield Block("Data", table=Table(["dataset", "role", "before", "now", "what changed"], rows))
    for one in changes:
        moved = [column for column in one.drift.columns if (column.js or 0) > _MOVED] if one.drift else []
        if one.drift is None or not moved:
            continue
        table = [
            [
                Code(column.name),
                column.kind,
                f"{column.js or 0:.3f}",
                _missing(column.missing_before, column.missing_after),
            ]
            for column in moved
        ]
        plot = Plot(
            "Distance of the columns that moved most",
            "bars",
            [column.name for column in moved],
            [Series("distance", [column.js or 0.0 for column in moved])],
        )
        head = ["column", "kind", "distance", "missing"]
        text = "Jensen-Shannon distance: 0 is equal, 1 has nothing in common."
        yield Block(f"Columns of {one.name} that moved", text, Table(head, table), [plot], drift=one.drift, folded=True)


def _version(ref: str | None) -> str:
    return "–" if ref is None else Code(ref)


def _missing(before: float | None, after: float | None) -> str:
    return " → ".join("–" if share is None else f"{share:.1%}" for share in (before, after)) if before or after else ""


def _values(title: str, noun: str, changes: list[ValueChange], *, folded: bool = False) -> Iterator[Block]:
    if changes:
        rows = [
            [Code(one.name), *("–" if value is None else Code(value) for value in (one.before, one.after))]
            for one in changes[:_ROWS]
        ]
        more = f"{len(changes) - _ROWS} more differ." if len(changes) > _ROWS else ""
        yield Block(title, more, Table([noun, "before", "now"], rows), folded=folded)


def _curves(report: Report) -> Iterator[Block]:
    for curve in report.curves:
        if len(curve.after) < 2:
            continue
        series = [Series("now", curve.after)]
        series += [Series("before", curve.before)] if len(curve.before) > 1 else []
        rows = [
            [one.name, Code(sparkline(one.values)), _number(one.values[0]), _number(one.values[-1])] for one in series
        ]
        plot = Plot(f"{curve.name} by step", "lines", [str(step) for step in curve.steps], series)
        yield Block(f"Curve of {curve.name}", "", Table(["", "curve", "first", "last"], rows), [plot], folded=True)


def sparkline(values: list[float]) -> str:
    """Values as a row of small bars, which every screen and e-mail can show."""
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    return "".join(_POINTS_OF_TEXT[round((value - low) / span * (len(_POINTS_OF_TEXT) - 1))] for value in values)


def _notebook(notebook: NotebookDiff, commit: str) -> Block:
    counts = {
        status: sum(cell.status == status for cell in notebook.cells) for status in ("changed", "added", "removed")
    }
    said = ", ".join(
        f"{count} {'cell' if count == 1 else 'cells'} {status}" for status, count in counts.items() if count
    )
    more = f"; {notebook.left_out} more cells differ" if notebook.left_out else ""
    whose = f" since commit {commit}" if commit else ""
    text = notebook.problem or f"The notebook is {notebook.status}{whose}: {said or 'cells moved'}{more}."
    lines: list[str] = []
    for cell in notebook.cells:
        lines += [f"@@ cell {cell.number}, {cell.kind}, {cell.status} @@", *cell.lines]
    return Block(f"Notebook {notebook.path}", text, diff=lines, folded=True)
