"""Outcomes: what really happened, told by prediction id whenever it becomes known, also before the prediction is seen.

They are lines of a small stream of their own, which belongs to no run. Nothing is overwritten: of several outcomes of
one id the newest counts, and the others stay in history and are counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from benchbook.data.values import json_value
from benchbook.errors import InvalidInput
from benchbook.project import Project, current_project
from benchbook.refs import check_name, check_text
from benchbook.serving.records import OutcomesLogged
from benchbook.store import Stream
from benchbook.store.queries import predictions as queries

if TYPE_CHECKING:
    import pandas as pd

    from benchbook.store import Ask

STREAM = "outcomes"
"""The name outcome streams begin with; no run has such an id."""
_SHOWN = 10


def log_outcomes(
    model: str, outcomes: Mapping[Any, Any] | pd.DataFrame, *, project: Project | None = None
) -> OutcomesLogged:
    """Log what became of predictions of ``model``: a mapping of id to outcome, or a frame with columns id and outcome.

    All are logged or none. An outcome that is None or NaN is not known yet and is left out. Ids of which no prediction
    is known are logged all the same: labels may come first.

    Raises:
        InvalidInput: the model's name, the frame's columns, an id or an outcome cannot be one; names it.
        NotAllowed, StorageFull: nothing was logged.
    """
    check_name("model", model)
    project = project or current_project()
    lines, missing = _lines(model, outcomes)
    if lines:
        project.make()
        Stream.leave(project.folder / "streams", STREAM, "outcome", lines)
    ids = list(dict.fromkeys(key for key, _ in lines))

    def work(ask: Ask) -> tuple[int, int, list[str]]:
        history = ask(queries.outcomes(model, ids))
        known = {key for (key,) in ask(queries.predicted(model, ids))}
        repeated = sum(times > values for _, times, values in history)
        return repeated, sum(values > 1 for _, _, values in history), [key for key in ids if key not in known]

    repeated, contradicted, unknown = project.store.read_with(work)
    return OutcomesLogged(model, len(lines), missing, repeated, contradicted, len(unknown), unknown[:_SHOWN])


def _lines(model: str, outcomes: object) -> tuple[list[tuple[str, Any]], int]:
    lines: list[tuple[str, Any]] = []
    missing = 0
    for key, value in _pairs(outcomes):
        plain = _outcome(key, value)
        if plain is None:
            missing += 1
        else:
            lines.append((_id(key), {"model": model, "value": plain}))
    return lines, missing


def _pairs(outcomes: object) -> Iterable[tuple[Any, Any]]:
    if isinstance(outcomes, Mapping):
        return outcomes.items()
    columns = getattr(outcomes, "columns", None)
    if columns is None:
        what = f"Outcomes are a mapping such as {{'id': True}} or a DataFrame, not a {type(outcomes).__name__}."
        raise InvalidInput(what)
    names = [str(name) for name in columns]
    for name in ("id", "outcome"):
        if names.count(name) != 1:
            what = f"The frame of outcomes has {names.count(name)} columns named {name!r}."
            raise InvalidInput(what, hint=f"It has {', '.join(names[:10])}; rename two of them to id and outcome.")
    frame: Any = outcomes
    return zip(frame["id"].tolist(), frame["outcome"].tolist(), strict=True)


def _id(key: object) -> str:
    if isinstance(key, float) and key.is_integer():  # a column of ids that once held a missing one
        key = int(key)
    return check_text("prediction id", str(key) if isinstance(key, int) else key, limit=200)


def _outcome(key: object, value: object) -> Any:
    """The outcome as JSON has it, None where it is not known yet."""
    scalar = getattr(value, "item", None)
    if callable(scalar) and getattr(value, "ndim", 1) == 0:
        value = scalar()
    if (
        value is None
        or (isinstance(value, float) and math.isnan(value))
        or type(value).__name__ in ("NAType", "NaTType")
    ):
        return None
    plain = json_value(value)
    if not isinstance(plain, (bool, int, float, str)) or (isinstance(value, float) and math.isinf(value)):
        what = f"The outcome of {str(key)[:80]!r} is {str(value)[:80]!r}, neither a number, text nor true or false."
        raise InvalidInput(what)
    return plain
