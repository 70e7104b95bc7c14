"""Drift of all columns together: can a classifier tell the chunk's rows from the reference's?

It sees what no column shows alone, such as two columns that were swapped or stopped moving together.
"""

# ruff: noqa: S608 (statements are built from positions and escaped literals only)

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from benchbook.data.engine import Engine, open_engine
from benchbook.data.profile import kind_of
from benchbook.data.tables import Table
from benchbook.monitoring import intervals, reading
from benchbook.monitoring.ranking import Ranking
from benchbook.monitoring.records import DomainDrift, Importance
from benchbook.monitoring.sketch import choose

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ROW_LIMIT = 10_000
AT_LEAST = 50
"""Rows of the shorter side below which no classifier is trained."""
_FOLDS = 5
_SHOWN = 10
_LARGE = 1e300


def domain_drift(
    reference: Table, chunk: Table, columns: Sequence[str] | None = None, *, rows: int = ROW_LIMIT, seed: int = 0
) -> DomainDrift:
    """Return the cross-validated ROC AUC of a classifier of chunk against reference rows, with a 95 % interval.

    The classifier two-sample test of Lopez-Paz & Oquab 2017, "Revisiting Classifier Two-Sample Tests", with histogram
    gradient boosting on at most ``rows`` rows of each side, drawn by ``seed``; categories go by number. The AUC is the
    mean of five folds, its variance DeLong's of each, widened because folds share training rows (Nadeau & Bengio
    2003, "Inference for the Generalization Error"). Columns are ranked by permutation importance (Breiman 2001) on a
    held-out fold. Columns of times are left out: they tell the sides apart by nature.

    Raises:
        InvalidInput: the reference has no such column, or a table cannot be read.
    """
    import numpy as np

    pairs = _pairs(reference, chunk, columns)
    with open_engine(reference.path, chunk.path) as engine:
        samples = [
            _sample(engine, table, [(places[side], type_) for *places, type_ in pairs], rows, seed)
            for side, table in enumerate((reference, chunk))
        ]
    sizes = (samples[0].num_rows, samples[1].num_rows)
    if not pairs:
        return DomainDrift(None, None, None, *sizes, reason="Both sides have no comparable column in common.")
    if min(sizes) < AT_LEAST:
        reason = f"{min(sizes)} rows are too few; at least {AT_LEAST} a side are needed."
        return DomainDrift(None, None, None, *sizes, reason=reason)
    features = np.column_stack([_feature(samples, at, kind_of(type_)) for at, (*_, type_) in enumerate(pairs)])
    is_chunk = np.repeat([False, True], sizes)
    return _classified(features, is_chunk, [reference.columns[before].name for before, *_ in pairs], seed)


def _pairs(reference: Table, chunk: Table, columns: Sequence[str] | None) -> list[tuple[int, int, str]]:
    """Place before, place after and type of the columns of one kind on both sides."""
    after = {column.name: (place, column.type) for place, column in enumerate(chunk.columns)}
    found = []
    for place, column in choose(reference, columns):
        kind = kind_of(column.type)
        there = after.get(column.name)
        if there is not None and kind in ("number", "text", "boolean") and kind_of(there[1]) == kind:
            found.append((place, there[0], column.type))
    return found


def _sample(engine: Engine, table: Table, columns: list[tuple[int, str]], rows: int, seed: int) -> Any:
    """Rows whose number hashes lowest: the same ones each time, whatever the threads do."""
    reading.load(engine, table, "side", [place for place, _ in columns])
    asked = ", ".join(
        f"{f'c{place}::DOUBLE' if kind_of(type_) == 'number' else reading.category_key(f'c{place}', type_)} AS f{at}"
        for at, (place, type_) in enumerate(columns)
    )
    return engine.arrow(
        f"SELECT {asked or '1 AS none'} FROM (SELECT *, row_number() OVER () AS row FROM side) "
        f"ORDER BY hash(row + {int(seed)}), row LIMIT {int(rows)}"
    )


def _feature(samples: list[Any], at: int, kind: str) -> Floats:
    import numpy as np
    import pyarrow as pa

    both = pa.chunked_array(
        [chunk for sample in samples for chunk in sample.column(at).chunks], samples[0].field(at).type
    )
    both = both.combine_chunks()
    if kind != "number":
        both = both.dictionary_encode().indices
    values = np.asarray(both.to_numpy(zero_copy_only=False), dtype=float)
    # Trees only compare. Numbers that no value has stand for what the library does not take: infinities, and columns
    # that are missing in all rows of a fold.
    plain: Floats = np.nan_to_num(np.clip(values, -_LARGE, _LARGE), nan=-2 * _LARGE)
    return plain


def _classified(features: Floats, is_chunk: NDArray[np.bool_], names: list[str], seed: int) -> DomainDrift:
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedKFold
    from threadpoolctl import threadpool_limits

    aucs, variances, importances = [], [], []
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed).split(features, is_chunk)
    # One thread: OpenMP's threads wait for each other, which beside a busy kernel took twenty times as long.
    with threadpool_limits(1):
        for number, (train, test) in enumerate(folds):
            model = HistGradientBoostingClassifier(
                max_iter=50, learning_rate=0.2, max_leaf_nodes=15, early_stopping=False, random_state=seed
            ).fit(features[train], is_chunk[train])
            scores = model.predict_proba(features[test])[:, 1]
            aucs.append(_auc(scores, is_chunk[test]))
            variances.append(intervals.delong_variance(scores, is_chunk[test]) or 0.0)
            if number == _FOLDS - 1:
                importances = _importances(model, features[test], is_chunk[test], names, aucs[-1], seed)
    mean = float(np.mean(aucs))
    # Of the mean: one part 1 / folds, and the share of test to training rows, 1 / (folds - 1), for what they share.
    shared = 1 / _FOLDS + 1 / (_FOLDS - 1)
    half = intervals.Z * math.sqrt(shared * float(np.mean(variances)))
    counts = (int((~is_chunk).sum()), int(is_chunk.sum()))
    return DomainDrift(mean, max(0.0, mean - half), min(1.0, mean + half), *counts, importances)


def _importances(
    model: Any, features: Floats, truth: NDArray[np.bool_], names: list[str], auc: float, seed: int
) -> list[Importance]:
    import numpy as np

    random = np.random.default_rng(seed)
    found = []
    for at, name in enumerate(names):
        shuffled = features.copy()
        random.shuffle(shuffled[:, at])
        found.append(Importance(name, auc - _auc(model.predict_proba(shuffled)[:, 1], truth)))
    return sorted(found, key=lambda one: -one.drop)[:_SHOWN]


def _auc(scores: Floats, truth: NDArray[np.bool_]) -> float:
    auc = Ranking(scores).roc_auc(truth.astype(float))
    assert auc is not None
    return auc
