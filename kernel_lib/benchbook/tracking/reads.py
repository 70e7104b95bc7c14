"""Asking about runs: one run whole, pages of rows, tables as DataFrames, curves and logs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

import msgspec

from benchbook.errors import InvalidInput, NotFound
from benchbook.project import Project, current_project
from benchbook.store.lines import number
from benchbook.tracking.leading import leading_metric
from benchbook.tracking.records import (
    Artifact,
    Curve,
    Link,
    LogLine,
    MetricSummary,
    Number,
    Param,
    Progress,
    Run,
    RunFailure,
    RunPage,
    RunRow,
    Spark,
)
from benchbook.tracking.values import is_whole
from benchbook.versioning.records import CodeState, EnvironmentState

if TYPE_CHECKING:
    import pandas as pd

    from benchbook.store import Ask

_SPARK_POINTS = 32


def get_run(run: str, *, project: Project | None = None) -> Run:
    """Everything known of one run; ``run`` is its id or an unambiguous beginning of it.

    Raises:
        NotFound: if there is no such run; names those that are near.
        InvalidInput: if the beginning fits several.
    """
    return (project or current_project()).store.read_with(lambda ask: _run(ask, _full_id(ask, run)))


def list_runs(
    filter: str = "",  # noqa: A002  the word people know from every other tool
    *,
    order_by: str = "started DESC",
    limit: int = 100,
    offset: int = 0,
    kind: str | None = None,
    parent: str | None = None,
    metric: str | None = None,
    project: Project | None = None,
) -> RunPage:
    """One page of runs that match ``filter`` and how many match in all. ``metric`` is the one shown of each run.

    Raises:
        InvalidInput: if filter, order, limit or offset is not understood.
    """
    from benchbook.store.queries import runs as q

    if not (is_whole(limit, 1, 1_000) and is_whole(offset, 0, 2**62)):
        raise InvalidInput(f"limit={limit!r}, offset={offset!r}: limit is 1 to 1,000 and offset 0 or more.")
    selection = q.select_runs(filter, order_by, kind=kind, parent=parent)

    def work(ask: Ask) -> RunPage:
        total = ask(q.count(selection))[0][0]
        return RunPage(total=total, runs=_rows(ask, ask(q.page(selection, limit, offset)), metric))

    return (project or current_project()).store.read_with(work)


def find_runs(
    filter: str = "",  # noqa: A002
    *,
    order_by: str = "started DESC",
    limit: int = 1_000,
    project: Project | None = None,
) -> pd.DataFrame:
    """Runs as a DataFrame: their fields, then ``metrics.…``, ``params.…`` and ``tags.…`` columns.

    ``filter`` is a SQL condition: ``"metrics.auc > 0.7 AND params.model = 'hgb'"``.

    Raises:
        InvalidInput: if filter, order or limit is not understood.
    """
    import pandas as pd

    from benchbook.store.queries import runs as q

    if not is_whole(limit, 1, 10_000_000):
        raise InvalidInput(f"limit={limit!r}: ask for 1 to 10,000,000 runs.")
    selection = q.select_runs(filter, order_by)

    def work(ask: Ask) -> dict[str, Any]:
        ask(q.select_table(selection, limit))
        columns: dict[str, Any] = dict(ask.columns(q.table_rows()))
        height = len(columns["id"])
        for space in ("metrics", "params", "tags"):
            keys = [key for (key,) in ask(q.table_keys(space))]
            if keys:
                columns |= _pivot(space, keys, ask.columns(q.table_cells(space, keys)), height)
        return columns

    return pd.DataFrame((project or current_project()).store.read_with(work))


def _pivot(space: str, keys: list[str], cells: dict[str, Any], height: int) -> dict[str, Any]:
    """Long cells (pos, code, number, text) as one column (height,) per key, NaN or None where a run has none."""
    import numpy as np

    pos, code = np.asarray(cells["pos"], dtype=np.int64), np.asarray(cells["code"], dtype=np.int64)
    numbers = np.full((len(keys), height), np.nan)
    numbers[code, pos] = np.ma.filled(np.ma.asarray(cells["number"], dtype=float), np.nan)
    found: dict[str, Any] = {f"{space}.{key}": numbers[index] for index, key in enumerate(keys)}
    if space == "metrics":
        return found
    is_text = ~np.ma.getmaskarray(cells["text"])
    text_code, text_pos, text = code[is_text], pos[is_text], np.ma.getdata(cells["text"])[is_text]
    for index in np.unique(text_code):
        here = text_code == index
        mixed = numbers[index].astype(object)
        mixed[np.isnan(numbers[index])] = None
        mixed[text_pos[here]] = text[here]
        found[f"{space}.{keys[index]}"] = mixed
    return found


def metric_curves(
    run: str, keys: list[str] | None = None, *, points: int = 1_000, project: Project | None = None
) -> list[Curve]:
    """The curves of some (or all) metrics of a run, each thinned to about ``points`` points that keep every spike.

    Raises:
        NotFound: if there is no such run, or no such metric in it.
        InvalidInput: if ``points`` is not 2 to 100,000.
    """
    from benchbook.store.queries import runs as q

    if not 2 <= points <= 100_000:
        raise InvalidInput(f"points={points!r}: ask for 2 to 100,000 points a curve.")

    def work(ask: Ask) -> list[Curve]:
        full = _full_id(ask, run)
        known = [key for (key,) in ask(q.metric_keys(full))]
        missing = [key for key in keys or [] if key not in known]
        if missing:
            raise NotFound("metric", missing[0], known=known)
        rows = ask(q.curve(full, keys or known, points))
        return [_curve(full, key, [row[1:] for row in rows if row[0] == key]) for key in keys or known]

    return (project or current_project()).store.read_with(work)


def run_log(run: str, *, limit: int = 10_000, project: Project | None = None) -> list[LogLine]:
    """The last lines of text a run logged.

    Raises:
        NotFound: if there is no such run.
    """
    from benchbook.store.queries import runs as q

    def work(ask: Ask) -> list[LogLine]:
        return [LogLine(*row) for row in ask(q.log_lines(_full_id(ask, run), limit))]

    return (project or current_project()).store.read_with(work)


def _full_id(ask: Ask, run: str) -> str:
    from benchbook.store.queries import runs as q

    if not run:
        raise InvalidInput("A run is named by its id; this one is empty.", hint="bb.find_runs() lists the ids.")
    found = [row[0] for row in ask(q.ids_like(run))]
    if run in found or len(found) == 1:
        return run if run in found else str(found[0])
    if found:
        raise InvalidInput(f"{run!r} begins the ids of several runs: {', '.join(found)}.", hint="Give more of the id.")
    raise NotFound("run", run, known=[row[0] for row in ask(q.newest_ids())])


def _run(ask: Ask, run: str) -> Run:
    from benchbook.store.queries import runs as q

    *fields, host, pid, note = ask(q.row(run))[0]
    row = _rows(ask, [tuple(fields)], None)[0]
    snapshots: dict[str, str] = dict(ask(q.snapshots(run)))
    code, environment = snapshots.get("code"), snapshots.get("environment")
    return Run(
        id=row.id,
        name=row.name,
        experiment=row.experiment,
        kind=row.kind,
        parent=row.parent,
        status=row.status,
        started=row.started,
        ended=row.ended,
        updated=row.updated,
        user=row.user,
        host=host or "",
        pid=pid or 0,
        notebook=row.notebook,
        note=note or "",
        failure=_failure(fields[-1]),
        progress=row.progress,
        params=_params(ask(q.params(run))),
        metrics=[_summary(metric) for metric in ask(q.latest_metrics([run]))],
        tags=row.tags,
        artifacts=[Artifact(*found) for found in ask(q.artifacts(run))],
        links=[Link(*found) for found in ask(q.links(run))],
        children=_rows(ask, ask(q.children(run)), None),
        code=msgspec.json.decode(code, type=CodeState) if code else None,
        environment=msgspec.json.decode(environment, type=EnvironmentState) if environment else None,
        bad_lines=ask(q.bad_lines(run))[0][0],
    )


def _rows(ask: Ask, found: list[tuple[Any, ...]], metric: str | None) -> list[RunRow]:
    """List rows of the runs ``found``, with what lists show of each."""
    from benchbook.store.queries import runs as q

    ids = [row[0] for row in found]
    if not ids:
        return []
    latest: dict[str, dict[str, tuple[float, int]]] = {}
    for run, key, value, _low, _high, count, _step, _time in ask(q.latest_metrics(ids)):
        latest.setdefault(run, {})[key] = (value, count)
    counts = {run: {key: count for key, (_value, count) in found.items()} for run, found in latest.items()}
    leading = {run: leading_metric(of_run, metric) for run, of_run in counts.items()}
    points: dict[str, list[float]] = dict(
        ask(q.sparks([(run, key) for run, key in leading.items() if key], _SPARK_POINTS))
    )
    progress = {run: Progress(done, total) for run, done, total in ask(q.progress(ids))}
    tags: dict[str, dict[str, str]] = {}
    for run, key, value in ask(q.tags(ids)):
        tags.setdefault(run, {})[key] = value
    rows = []
    for run, name, experiment, kind, parent, status, started, ended, updated, user, notebook, failure in found:
        key = leading.get(run)
        spark = Spark(key, _number(latest[run][key][0]), [_number(v) for v in points.get(run, [])]) if key else None
        error = _failure(failure)
        rows.append(
            RunRow(
                id=run,
                name=name,
                experiment=experiment,
                kind=kind,
                parent=parent,
                status=status,
                started=started,
                ended=ended,
                updated=updated,
                user=user or "",
                notebook=notebook or "",
                error=f"{error.type}: {error.message}"[:300] if error else None,
                spark=spark,
                progress=progress.get(run),
                tags=tags.get(run, {}),
            )
        )
    return rows


def _summary(row: tuple[Any, ...]) -> MetricSummary:
    _run_id, key, value, low, high, count, step, time = row
    return MetricSummary(
        key=key,
        last=_number(value),
        min=None if low is None else _number(low),
        max=None if high is None else _number(high),
        count=count,
        step=step,
        time=time,
    )


def _params(rows: list[tuple[Any, ...]]) -> list[Param]:
    values: dict[str, list[Any]] = {}
    newest: dict[str, Any] = {}
    for key, text, is_newest in rows:
        value = None if text is None else msgspec.json.decode(text)
        values.setdefault(key, []).append(value)
        if is_newest:
            newest[key] = value
    return [Param(key, newest.get(key, history[-1]), history[:-1]) for key, history in values.items()]


def _curve(run: str, key: str, rows: list[tuple[Any, ...]]) -> Curve:
    return Curve(
        run=run,
        key=key,
        steps=[row[0] for row in rows],
        values=[_number(row[1]) for row in rows],
        times=[row[2] for row in rows],
        total=rows[0][3] if rows else 0,
    )


def _failure(text: str | None) -> RunFailure | None:
    return msgspec.json.decode(text, type=RunFailure) if text else None


def _number(value: float) -> Number:
    return value if math.isfinite(value) else cast("Number", number(value))
