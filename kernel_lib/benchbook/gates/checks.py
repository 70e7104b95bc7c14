"""The checks of a gate, one function a kind: each asks, sees and says both in words.

A check that cannot be computed is an error with its reason, and the gate does not pass; the other checks go on, so that
one verdict tells everything that is wrong.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from benchbook.errors import BenchbookError, InvalidInput
from benchbook.gates.bootstrap import compare
from benchbook.gates.judging import Judge
from benchbook.gates.metrics import METRICS, metric_value
from benchbook.gates.trials import check_card, check_expected, check_latency, check_notebook, check_size
from benchbook.gates.words import asked, bounds, judged, one_line
from benchbook.governance.fairness import measure_fairness
from benchbook.governance.records import CheckResult, Interval
from benchbook.project.gate_config import CheckConfig

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_COMPUTING = (BenchbookError, ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError)
"""What a model raises on rows it cannot take; anything else is our own mistake and must be seen."""


def run_check(judge: Judge, check: CheckConfig, *, keep: bool) -> CheckResult:
    """Run one check; ``keep`` stores its evidence. Never raises for what cannot be computed."""
    kind = "comparison" if check.better_by is not None else check.kind
    try:
        result = _KINDS[kind](judge, check, keep)
    except _COMPUTING as error:
        seen = error.what if isinstance(error, BenchbookError) else f"{type(error).__name__}: {error}"
        return CheckResult(check.kind, "error", asked(check), one_line(seen), why=check.why)  # type: ignore[arg-type]
    return msgspec.structs.replace(result, why=check.why)


def seed_of(judge: Judge, check: CheckConfig) -> int:
    """The seed of a check: the same for the same versions, data and question, and nobody's choice."""
    prepared = judge.prepared
    digests = [one.digest for one in (prepared.version, prepared.against, prepared.data) if one is not None]
    text = msgspec.json.encode([digests, check], order="deterministic")
    return int.from_bytes(hashlib.sha256(text).digest()[:4], "big")


def _check_metric(judge: Judge, check: CheckConfig, _keep: bool) -> CheckResult:  # noqa: FBT001  one shape for all
    name = check.metric_name
    truth = _truth(judge, name)
    value = metric_value(name, truth, judge.given(judge.prepared.version, name))
    fits = all(value >= bound if sign == "≥" else value <= bound for sign, bound in bounds(check))
    seen = f"{name} {value:.4f} {judge.judged_on}"
    return CheckResult("metric", judged(fits), asked(check), seen, value=value)


def _check_comparison(judge: Judge, check: CheckConfig, _keep: bool) -> CheckResult:  # noqa: FBT001
    name, prepared = check.metric_name, judge.prepared
    alias, against = f"{prepared.config.model}@{prepared.config.alias}", prepared.against
    if against is None:
        value = metric_value(name, _truth(judge, name), judge.given(prepared.version, name))
        seen = f"{name} {value:.4f}; there is no {alias} yet to be better than"
        return CheckResult("metric", "passed", asked(check), seen, value=value)
    if against.version == prepared.version.version:
        return CheckResult("metric", "failed", asked(check), f"{against.ref} is {alias} already")
    made = compare(
        name,
        _truth(judge, name),
        judge.given(prepared.version, name),
        judge.given(against, name),
        clusters=_clusters(judge, check.cluster),
        confidence=float(check.confidence),
        seed=seed_of(judge, check),
    )
    enough = made.improvement >= float(check.better_by or 0.0)
    is_sure = made.interval.low > 0
    seen = (
        f"{name} {made.new:.4f} against {made.old:.4f} of {against.ref} {judge.judged_on}: an improvement of "
        f"{made.improvement:+.4f}, {_lower(made.interval, check.cluster)}"
    )
    return CheckResult(
        "metric",
        judged(enough and is_sure),
        asked(check),
        seen,
        value=made.new,
        before=made.old,
        interval=made.interval,
    )


def _lower(interval: Interval, cluster: str | None) -> str:
    units = f"{interval.units:,} values of {cluster}" if cluster else f"{interval.units:,} rows"
    return f"with {interval.confidence:.4g} confidence of at least {interval.low:+.4f} ({units} drawn)"


def _truth(judge: Judge, metric: str) -> Array:
    """The target, checked for what ``metric`` needs."""
    import numpy as np

    truth = judge.binary_truth(metric) if METRICS[metric].binary else judge.truth
    if METRICS[metric].binary and len(np.unique(truth)) < 2:
        only = next(value for value, number in judge.classes.items() if number == truth[0])
        raise InvalidInput(f"Every target is {only!r}: {metric} needs both classes.", hint="Judge on other data.")
    return truth


def _clusters(judge: Judge, column: str | None) -> Array | None:
    """Codes (n,) of the clusters of the rows; rows without a value are one cluster together."""
    import pandas as pd

    return None if column is None else pd.factorize(judge.rows[column], use_na_sentinel=False)[0]


def _check_fairness(judge: Judge, check: CheckConfig, _keep: bool) -> CheckResult:  # noqa: FBT001
    name, column = check.metric_name, check.fairness or ""
    truth = judge.binary_truth(name)
    predicted = judge.given(judge.prepared.version, "accuracy")
    found = measure_fairness(
        name, truth, predicted, judge.rows[column], min_rows=check.min_rows, seed=seed_of(judge, check)
    )
    if check.min_ratio is not None and found.ratio is None:
        raise InvalidInput(f"The {name} of every group is 0: they have no ratio.")
    broken = check.min_ratio is not None and found.ratio is not None and found.ratio < check.min_ratio
    broken = broken or (check.max_difference is not None and found.difference > check.max_difference)
    parts = [_measured("difference", found.difference, found.difference_interval)]
    if found.ratio is not None and found.ratio_interval is not None:
        parts.insert(0, _measured("ratio", found.ratio, found.ratio_interval))
    seen = f"{', '.join(parts)} between {len(found.groups)} groups"
    if found.left_out:
        seen += f"; {found.left_out} of fewer than {check.min_rows} rows left out"
    value = found.ratio if check.min_ratio is not None else found.difference
    return CheckResult("fairness", judged(not broken), asked(check), seen, value=value, groups=found.groups)


def _measured(word: str, value: float, interval: Interval) -> str:
    return f"{word} {value:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


_KINDS: dict[str, Callable[[Judge, CheckConfig, bool], CheckResult]] = {
    "metric": _check_metric,
    "comparison": _check_comparison,
    "fairness": _check_fairness,
    "expectations": check_expected,
    "latency_ms": check_latency,
    "size_mb": check_size,
    "notebook": check_notebook,
    "card": check_card,
}
