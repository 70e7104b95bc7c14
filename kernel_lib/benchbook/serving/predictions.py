"""Asking what was predicted: pages of predictions with their outcomes, a flat frame for statistics, counts by day."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec

from benchbook.errors import InvalidInput, NotFound
from benchbook.project import Project, current_project
from benchbook.refs import check_name
from benchbook.serving.records import PredictionCount
from benchbook.store.queries import predictions as queries

if TYPE_CHECKING:
    import pandas as pd

    from benchbook.store import Ask

Moment = dt.datetime | dt.date | str | float | int | None
LIMIT = 10_000_000
_LAST = 253_402_300_799 * 10**6
_FIELDS = ("id", "time", "version", "output", "probability", "latency_ms", "outcome", "inputs", "run")


def list_predictions(
    model: str,
    *,
    since: Moment = None,
    until: Moment = None,
    limit: int = 1_000,
    wrong: bool = False,
    project: Project | None = None,
) -> pd.DataFrame:
    """Return predictions of ``model`` from ``since`` to before ``until``, the newest first.

    Columns: id, time (UTC), version, output, probability (of a binary positive class, else NaN), latency_ms, outcome
    (None while unknown), inputs (a dict of what the model was given) and run (the endpoint's). ``wrong`` leaves only
    those whose outcome is another than the output. Times are datetimes (UTC where they name no zone), ISO text or
    seconds since the epoch.

    Raises:
        InvalidInput: a time or the limit cannot be one.
        NotFound: there is no such model; lists those there are.
    """
    import pandas as pd

    low, high = _range(since, until)
    if not 1 <= limit <= LIMIT:
        raise InvalidInput(f"limit={limit!r}: ask for 1 to {LIMIT:,} predictions.")

    def work(ask: Ask) -> list[tuple[Any, ...]]:
        _check_known(ask, model)
        return ask(queries.page(model, low, high, limit, wrong=wrong))

    found = (project or current_project()).store.read_with(work)
    columns: dict[str, Any] = dict(zip(_FIELDS, zip(*found, strict=True), strict=True)) if found else {}
    return pd.DataFrame(
        {
            "id": pd.Series(columns.get("id", ()), dtype="str"),
            "time": _times(columns.get("time", ())),
            "version": pd.Series(columns.get("version", ()), dtype="int64"),
            "output": _decoded(columns.get("output", ())),
            "probability": pd.Series(columns.get("probability", ()), dtype="float64"),
            "latency_ms": pd.Series(columns.get("latency_ms", ()), dtype="float64"),
            "outcome": _decoded(columns.get("outcome", ())),
            "inputs": _decoded(columns.get("inputs", ())),
            "run": pd.Series(columns.get("run", ()), dtype="str"),
        }
    )


def prediction_frame(
    model: str,
    *,
    since: Moment = None,
    until: Moment = None,
    limit: int = LIMIT,
    project: Project | None = None,
) -> pd.DataFrame:
    """Return predictions as one flat table that can be saved as Parquet, the oldest first; arguments and errors as
    `list_predictions`.

    The model's inputs have their own names; beside them stand ``prediction.id``, ``prediction.time``,
    ``prediction.version``, ``prediction.output``, ``prediction.probability`` and ``prediction.outcome``. A column of
    mixed kinds becomes text.
    """
    import pandas as pd

    found = list_predictions(model, since=since, until=until, limit=limit, project=project)[::-1].reset_index(drop=True)
    inputs = pd.DataFrame(found["inputs"].tolist(), index=found.index)
    ours = found.drop(columns=["inputs", "latency_ms", "run"]).add_prefix("prediction.")
    flat = pd.concat([inputs, ours], axis=1)
    return flat.assign(**{name: _plain_column(flat[name]) for name in flat.columns if flat[name].dtype == object})


def count_predictions(
    model: str, *, since: Moment = None, until: Moment = None, project: Project | None = None
) -> list[PredictionCount]:
    """Return how many predictions each version made on each day, the newest day first; raises as `list_predictions`."""
    low, high = _range(since, until)
    project = project or current_project()

    def work(ask: Ask) -> list[PredictionCount]:
        _check_known(ask, model)
        return [PredictionCount(*row) for row in ask(queries.counts(model, low, high))]

    return project.store.read_with(work)


def _check_known(ask: Ask, model: str) -> None:
    known = [name for (name,) in ask(queries.known_models())]
    if check_name("model", model) not in known:
        raise NotFound("model", model, known=known)


def _range(since: Moment, until: Moment) -> tuple[int, int]:
    low = 0 if since is None else _moment("since", since)
    return low, _LAST if until is None else _moment("until", until)


def _moment(name: str, given: Any) -> int:
    """Microseconds since the epoch."""
    try:
        if isinstance(given, str):
            given = dt.datetime.fromisoformat(given)
        elif isinstance(given, dt.date) and not isinstance(given, dt.datetime):
            given = dt.datetime(given.year, given.month, given.day, tzinfo=dt.UTC)
        if isinstance(given, dt.datetime):
            given = (given if given.tzinfo is not None else given.replace(tzinfo=dt.UTC)).timestamp()
        micros = round(float(given) * 1e6)  # NaN and infinities are no whole number
    except (TypeError, ValueError, OverflowError) as error:
        hint = "Give a datetime, ISO text such as '2013-04-01', or seconds since the epoch."
        raise InvalidInput(f"{name}={given!r} is no time.", hint=hint) from error
    return min(max(micros, 0), _LAST)


def _decoded(texts: Any) -> pd.Series[Any]:
    import pandas as pd

    decode = msgspec.json.decode
    return pd.Series([None if text is None else decode(text) for text in texts], dtype=object)


def _times(micros: Any) -> pd.Series[Any]:
    import pandas as pd

    return pd.Series(pd.to_datetime(pd.Series(list(micros), dtype="int64"), unit="us", utc=True))


def _plain_column(column: pd.Series[Any]) -> pd.Series[Any]:
    """A column of objects as numbers, truth values or text, whichever all its values are."""
    kinds = {type(value) for value in column.dropna()}
    if kinds <= {int, float}:
        return column.astype("float64")
    if kinds == {bool}:
        return column.astype("boolean")
    return column.map(lambda value: value if value is None else str(value)).astype("str")
