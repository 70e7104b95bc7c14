"""The rows and predictions that checks look at: data, models and what they predict, each made once, when needed.

Both versions of a comparison see the very same rows: those of the data that have a target.
"""

from __future__ import annotations

import warnings
from functools import cached_property
from typing import TYPE_CHECKING, Any

from benchbook.data.versions import read_frame
from benchbook.errors import InvalidInput
from benchbook.gates.metrics import METRICS
from benchbook.gates.plan import PreparedGate
from benchbook.models import ModelVersion, validate
from benchbook.models.registry import read_model
from benchbook.models.signature import feature_names
from benchbook.project import Project

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]


class Judge:
    """What the checks of one evaluation share. Its methods raise InvalidInput where something cannot be computed."""

    def __init__(self, project: Project, prepared: PreparedGate) -> None:
        self.project = project
        self.prepared = prepared
        self._models: dict[int, Any] = {}
        self._given: dict[tuple[int, str], Array] = {}

    @cached_property
    def everything(self) -> pd.DataFrame:
        """All rows of the data."""
        assert self.prepared.data is not None
        return read_frame(self.prepared.data, project=self.project)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The rows that have a target."""
        target = self.prepared.config.target
        assert self.prepared.data is not None
        frame = self.everything[self.everything[target].notna()]
        if frame.empty:
            raise InvalidInput(f"No row of {self.prepared.data.ref} has a value in {target!r}: nothing to judge on.")
        return frame

    @property
    def judged_on(self) -> str:
        """How many rows count, and how many cannot, in words."""
        without = len(self.everything) - len(self.rows)
        return f"on {len(self.rows):,} rows" + (f" ({without:,} without a target left out)" if without else "")

    def model(self, version: ModelVersion) -> Any:
        """The model itself."""
        if version.version not in self._models:
            self._models[version.version] = read_model(version, project=self.project)
        return self._models[version.version]

    def inputs(self, version: ModelVersion, rows: pd.DataFrame) -> pd.DataFrame:
        """``rows`` as the model takes them."""
        try:
            if version.signature is not None:
                return validate(version.signature, rows)
        except InvalidInput as error:
            raise InvalidInput(f"{version.ref} cannot take these rows: {error.what}", hint=error.hint) from error
        names = feature_names(self.model(version))
        return rows[names] if names else rows.drop(columns=[self.prepared.config.target or ""], errors="ignore")

    @cached_property
    def classes(self) -> dict[Any, int]:
        """The classes of the version judged, numbered; of two, number 1 is the positive one. Empty for numbers."""
        found = getattr(self.model(self.prepared.version), "classes_", None)
        return {} if found is None else {value: number for number, value in enumerate(found.tolist())}

    @cached_property
    def truth(self) -> Array:
        """The target (n,): class numbers, or the numbers themselves."""
        target = self.rows[self.prepared.config.target]
        return self._numbered(target, "the target") if self.classes else _finite(target, "of the targets")

    def binary_truth(self, metric: str) -> Array:
        """The target as 0 and 1, both of which must be there for metrics that compare them."""
        if len(self.classes) != 2:
            known = f"{len(self.classes)} classes" if self.classes else "no classes"
            raise InvalidInput(f"{metric} needs a model of two classes; {self.prepared.version.ref} has {known}.")
        return self.truth

    def given(self, version: ModelVersion, metric: str) -> Array:
        """What ``version`` predicts for the rows (n,), in the form that ``metric`` needs."""
        needs = METRICS[metric].needs
        if needs == "number" and self.classes:
            raise InvalidInput(f"{metric} is about numbers, and {version.ref} predicts classes.")
        if needs != "number" and not self.classes:
            raise InvalidInput(f"{metric} is about classes, and {version.ref} predicts numbers.")
        if (version.version, needs) not in self._given:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what scikit-learn says of names and versions changes no number
                self._given[version.version, needs] = self._predict(version, needs)
        return self._given[version.version, needs]

    def _predict(self, version: ModelVersion, needs: str) -> Array:
        model, inputs = self.model(version), self.inputs(version, self.rows)
        if self.classes and set(getattr(model, "classes_", [])) != set(self.classes):
            raise InvalidInput(f"{version.ref} knows other classes than {self.prepared.version.ref}.")
        if needs == "number":
            return _finite(model.predict(inputs), f"of the predictions of {version.ref}")
        if needs == "class":
            import pandas as pd

            return self._numbered(pd.Series(model.predict(inputs)), f"{version.ref}, a prediction,")
        if hasattr(model, "predict_proba"):
            positive = next(value for value, number in self.classes.items() if number == 1)
            column = list(model.classes_).index(positive)
            return _finite(model.predict_proba(inputs)[:, column], f"of the probabilities of {version.ref}")
        if needs == "probability" or not hasattr(model, "decision_function"):
            raise InvalidInput(f"{version.ref} ({version.estimator}) gives no {needs}.", hint="Ask for another metric.")
        return _finite(model.decision_function(inputs), f"of the scores of {version.ref}")

    def _numbered(self, values: pd.Series[Any], whose: str) -> Array:
        """Class numbers of ``values``."""
        import numpy as np

        numbers = np.array([self.classes.get(value, -1) for value in values.tolist()])
        if (numbers < 0).any():
            strange = values.tolist()[int(np.argmax(numbers < 0))]
            known = ", ".join(repr(value) for value in list(self.classes)[:5])
            raise InvalidInput(f"{whose} holds {strange!r}, which is no class of the model ({known}).")
        return numbers


def _finite(values: Any, whose: str) -> Array:
    """``values`` as finite floats (n,)."""
    import numpy as np

    try:
        numbers = np.asarray(values, dtype=float).ravel()
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"Not all {whose} are numbers: {error}.") from error
    bad = int((~np.isfinite(numbers)).sum())
    if bad:
        raise InvalidInput(f"{bad:,} of {len(numbers):,} {whose.removeprefix('of ')} are not finite numbers.")
    return numbers
