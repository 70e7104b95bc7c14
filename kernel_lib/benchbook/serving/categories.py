"""The categories a fitted model knows, where that can be told: encoders that stand first on a column.

What cannot be told (an encoder behind another step that changes values, a transformer of another kind) is left out:
then nothing is said of unseen values, rather than something wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

_ENCODERS = ("OneHotEncoder", "OrdinalEncoder", "TargetEncoder")
_KEEPING = ("SimpleImputer",)
"""Steps before an encoder that keep columns and their order; what they fill in is a category like others."""


def known_categories(model: Any, columns: Sequence[str]) -> dict[str, frozenset[Any]]:
    """Return, for each input column whose categories are known, their set; ``columns`` are the model's inputs."""
    return dict(_walk(model, list(columns)))


def _walk(step: Any, columns: list[str]) -> Iterator[tuple[str, frozenset[Any]]]:
    name = type(step).__name__
    if not type(step).__module__.startswith("sklearn."):
        return
    if name == "Pipeline":
        yield from _walk(_first(step), columns)
    elif name == "ColumnTransformer":
        for _, inner, chosen in step.transformers_:
            names = _names(chosen, columns)
            if names is not None and not isinstance(inner, str):
                yield from _walk(inner, names)
    elif name in _ENCODERS:
        found = step.categories_
        if len(found) == len(columns):
            yield from ((column, frozenset(each.tolist())) for column, each in zip(columns, found, strict=True))


def _first(pipeline: Any) -> Any:
    """The first step that may change a value."""
    for _, step in pipeline.steps:
        passes = step is None or step == "passthrough" or type(step).__name__ in _KEEPING
        if not passes:
            return step
    return None


def _names(chosen: Any, columns: list[str]) -> list[str] | None:
    """The columns a part of a ColumnTransformer takes, or None if they are not told by name or number."""
    if isinstance(chosen, str):
        return [chosen]
    try:
        listed = list(chosen)
    except TypeError:
        return None
    if all(isinstance(one, str) for one in listed):
        return listed
    numbers = [one for one in listed if isinstance(one, int) and not isinstance(one, bool) and one < len(columns)]
    return [columns[one] for one in numbers] if len(numbers) == len(listed) else None
