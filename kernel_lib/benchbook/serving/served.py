"""A model version ready to answer: unpacked, tried on its own example, and called so that no work is done twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from benchbook.data.values import json_value
from benchbook.errors import BenchbookError, InvalidInput
from benchbook.models import ModelVersion, load_model
from benchbook.models.records import Signature
from benchbook.refs import Ref
from benchbook.serving.categories import known_categories
from benchbook.serving.rows import RowReader, example_row

if TYPE_CHECKING:
    import pandas as pd

    from benchbook.project import Project

MODEL_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    MemoryError,
    NotImplementedError,
    RecursionError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What a model may raise when it is called: its own code and its libraries' decide, so the list is long."""


_LIKELIEST = ("ExtraTreesClassifier", "HistGradientBoostingClassifier", "RandomForestClassifier")
"""Classifiers of scikit-learn whose `predict` is the class of the highest `predict_proba`: one call does for both."""


class Predicted(msgspec.Struct, frozen=True):
    """Predictions of some rows, as JSON values; ``positive`` is each row's probability of a binary positive class."""

    outputs: list[Any]
    probabilities: list[list[float]] | None
    positive: list[float] | None


class Served:
    """One version in memory. Calling `predict` from one thread at a time is the caller's care.

    Raises:
        InvalidInput: the version has no signature, or its inputs cannot come as JSON.
    """

    def __init__(self, version: ModelVersion, model: Any) -> None:
        self.version = version
        self.signature = _signature(version)
        names = [field.name for field in self.signature.inputs]
        self.known = known_categories(model, names)
        self.reader = RowReader(self.signature, self.known)
        self._before, self._last = _split(model)
        self._method = getattr(self._last, self.signature.method)
        self._proba = getattr(self._last, "predict_proba", None) if self.signature.method == "predict" else None
        self._as_array = getattr(model, "feature_names_in_", None) is None
        self.classes = _classes(self._last) if self._proba is not None else []

    def predict(self, frame: pd.DataFrame) -> Predicted:
        """Return the predictions of a frame with the signature's columns; raises what the model raises."""
        given: Any = frame.to_numpy() if self._as_array else frame
        if self._before is not None:
            given = self._before.transform(given)
        shares = None if self._proba is None or not self.classes else self._proba(given)
        if shares is not None and type(self._last).__name__ in _LIKELIEST:
            outputs = _plain(self._last.classes_[shares.argmax(axis=1)])
        else:
            outputs = _plain(self._method(given))
        shares = None if shares is None else shares.tolist()
        positive = [row[1] for row in shares] if shares is not None and len(self.classes) == 2 else None
        return Predicted(outputs, shares, positive)


def load_served(version: ModelVersion, project: Project) -> Served:
    """Load ``version`` and try it on its example, so that its first answer is as quick as the others.

    Raises:
        BenchbookError: it cannot be loaded, or does not answer on its own example; says why.
    """
    served = Served(version, load_model(Ref(version.name, version=version.version), project=project))
    try:
        columns, _ = served.reader.read([example_row(served.signature)])
        served.predict(served.reader.frame(columns))
    except MODEL_ERRORS as error:
        what = f"{version.ref} fails on its own example: {type(error).__name__}: {str(error)[:300]}"
        raise InvalidInput(what, hint="Register it again with example=, from the rows it was fitted on.") from error
    return served


def _signature(version: ModelVersion) -> Signature:
    if version.signature is None:
        hint = "Register the model with a few rows of input: bb.register_model(name, model, example=X.head())."
        raise InvalidInput(f"{version.ref} has no signature, so its input cannot be checked.", hint=hint)
    return version.signature


def _split(model: Any) -> tuple[Any, Any]:
    """A pipeline as what comes before its last step and that step: predict and predict_proba share the first part."""
    from sklearn.pipeline import Pipeline

    if type(model) is Pipeline and len(model.steps) > 1 and not isinstance(model.steps[-1][1], str):
        return model[:-1], model.steps[-1][1]
    return None, model


def _classes(model: Any) -> list[str]:
    """Names of the classes in the order of probabilities; none for models of several outputs."""
    found = getattr(model, "classes_", None)
    if found is None or isinstance(found, list) or getattr(found, "ndim", 1) != 1:
        return []
    return [str(name) for name in found.tolist()]


def _plain(result: Any) -> list[Any]:
    import numpy as np

    array = np.asarray(result.toarray() if hasattr(result, "toarray") else result)
    values: list[Any] = array.tolist()
    return values if array.dtype.kind in "biuf" else [json_value(value) for value in values]


def explained(version: str, error: BaseException) -> BenchbookError:
    """What a model raised on rows that fit its signature, in words for who sent them."""
    if isinstance(error, BenchbookError):
        return error
    what = f"{version} cannot predict these rows: {type(error).__name__}: {str(error)[:500]}"
    return InvalidInput(what, hint="The rows fit the signature, but the model refuses them; missing values, perhaps?")
