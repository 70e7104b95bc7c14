"""Which metrics of a run are shown where there is room for few: final scores first, then what has most points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_SCORES = ("roc_auc", "auc", "average_precision", "f1", "accuracy", "r2", "rmse", "mae", "score")


def by_weight(keys: Iterable[str]) -> list[str]:
    """``keys`` with well-known scores first: named exactly so, then such as ``valid_roc_auc``; the others as given."""
    return sorted(keys, key=_weight)


def leading_metric(counts: Mapping[str, int], wanted: str | None = None) -> str | None:
    """The one metric a list shows of a run, or None: a row of facts that are no score tells nothing.

    ``wanted`` if the run has it, else a score, else the one with most points if it moves, else the only one there is.
    """
    if wanted in counts:
        return wanted
    first = next(iter(by_weight(counts)), None)
    if first is None or _weight(first)[0] < len(_SCORES) or len(counts) == 1:
        return first
    longest = max(counts, key=lambda key: (counts[key], key))
    return longest if counts[longest] > 1 else None


def _weight(key: str) -> tuple[int, int, str]:
    name = key.rpartition("/")[2]
    for rank, score in enumerate(_SCORES):
        if name == score or name.endswith((f"_{score}", f".{score}")):
            return rank, len(key), key
    return len(_SCORES), 0, ""
