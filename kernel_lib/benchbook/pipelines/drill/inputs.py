"""What the model looks at: the inputs its predictions hang on most, and its answers to rows that may be broken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from benchbook.data.profile import kind_of
from benchbook.errors import InvalidInput
from benchbook.models import validate
from benchbook.monitoring.watched import predictions_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from benchbook.data.records import Column
    from benchbook.models.records import Signature
    from benchbook.project.monitor_config import MonitorConfig

    Floats = NDArray[np.float64]

_ROWS = 2_000
Kind = Literal["number", "text"]


class Input(msgspec.Struct, frozen=True):
    """A column the model takes: its DuckDB type, and how far the predictions move when it is shuffled."""

    name: str
    type: str
    importance: float

    @property
    def kind(self) -> str:
        """Number, text, time, boolean or other."""
        return kind_of(self.type)


def answered(model: Any, signature: Signature | None, frame: pd.DataFrame, touched: NDArray[np.bool_]) -> Floats:
    """Predictions (n,), NaN for rows that the model or its signature refuses.

    Rows a fault has ``touched`` are asked for apart: served one by one, only they would have been refused.
    """
    import numpy as np

    found = np.full(len(frame), np.nan)
    for part in (touched, ~touched):
        if signature is None or not part.any():
            continue
        rows = frame.loc[part] if not part.all() else frame
        try:
            found[part] = np.asarray(predictions_of(model, validate(signature, rows)), dtype=float)
        except InvalidInput:  # refused, as the endpoint would have
            continue
    return found


def rank_inputs(
    model: Any,
    signature: Signature | None,
    monitor: MonitorConfig,
    columns: list[Column],
    frame: pd.DataFrame,
    seed: int,
) -> list[Input]:
    """The columns the model takes, those first on which its predictions hang most.

    By permutation (Breiman 2001), on what the model says instead of its loss, so no labels are needed: the mean
    absolute change of the prediction when the column is shuffled among at most 2,000 rows. Columns of one single value
    come last. Where nothing can be predicted, they come in the table's order.
    """
    import numpy as np

    known = {column.name: column.type for column in columns}
    names = [field.name for field in signature.inputs] if signature is not None else list(known)
    apart = {monitor.target, monitor.prediction, monitor.time}
    names = [name for name in names if name in known and name in frame and name not in apart]
    random = np.random.default_rng(seed)
    sample = frame.iloc[np.sort(random.permutation(len(frame))[:_ROWS])].reset_index(drop=True)
    everywhere = np.ones(len(sample), dtype=bool)
    plain = answered(model, signature, sample, everywhere)
    found = []
    for name in names:
        shuffled = sample[name].iloc[random.permutation(len(sample))].reset_index(drop=True)
        mixed = sample.assign(**{name: shuffled})
        moved = np.abs(answered(model, signature, mixed, everywhere) - plain)
        some = np.isfinite(moved).any()
        found.append(Input(name, known[name], float(np.nanmean(moved)) if some else 0.0))
    single = {name for name in names if sample[name].nunique(dropna=True) < 2}
    return sorted(found, key=lambda one: (one.name in single, -one.importance))
