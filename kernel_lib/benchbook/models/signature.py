"""What a model takes and gives, learned from an example; and the check of new data against it.

An example shows a few rows, so the check refuses what cannot be meant (a missing column, text for a number) and lets
pass what a model may well handle (a missing number, extra columns, whole numbers for fractions).
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from benchbook.data.values import json_value
from benchbook.errors import InvalidInput, StoreDamaged
from benchbook.models.records import Field, Signature

if TYPE_CHECKING:
    import pandas as pd

_ROWS = 100
_NUMBERS = "iufb"
_COLUMN_LIMIT = 20_000


def make_signature(model: Any, example: object) -> Signature:
    """Return the signature of ``model``, trying it on up to 100 rows of ``example``.

    Raises:
        InvalidInput: the example is no table, has no rows, or the model fails on it.
    """
    frame = as_frame(example).head(_ROWS)
    if frame.empty:
        raise InvalidInput("The example has no rows or no columns.", hint="Give a few rows: example=X.head().")
    features = feature_names(model)
    if features and not _is_frame(example) and len(features) == frame.shape[1]:
        frame = frame.set_axis(features, axis=1)
    if features and set(features) <= set(frame.columns):
        frame = frame[features]
    method = next((name for name in ("predict", "transform") if hasattr(model, name)), None)
    if method is None:
        raise InvalidInput(f"A {type(model).__qualname__} neither predicts nor transforms.", hint="Leave out example=.")
    given: Any = frame if features or _is_frame(example) else frame.to_numpy()
    try:
        result = getattr(model, method)(given)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        hint = "Give rows as the model was fitted on, for example example=X_train.head()."
        raise InvalidInput(f"The model fails on the example: {error}", hint=hint) from error
    return Signature(_fields(frame), _fields(as_frame(result, prefix="prediction")), method)


def validate(signature: Signature, data: object) -> pd.DataFrame:
    """Return ``data`` with exactly the model's columns in their order, checked against the signature.

    Raises:
        InvalidInput: naming column, value and what is expected.
    """
    frame = as_frame(data)
    missing = [field.name for field in signature.inputs if field.name not in frame.columns]
    if missing:
        near = get_close_matches(missing[0], list(frame.columns), n=1, cutoff=0.6)
        hint = f"Is {near[0]!r} meant?" if near else f"The model takes: {', '.join(f.name for f in signature.inputs)}."
        raise InvalidInput(f"The data lacks columns that the model takes: {', '.join(missing[:5])}.", hint=hint)
    for field in signature.inputs:
        _check_column(field, frame[field.name])
    return frame[[field.name for field in signature.inputs]]


def check_estimator(ref: str, model: Any, estimator: str, signature: Signature | None) -> None:
    """Check that an unpacked model is the one that was recorded.

    Raises:
        StoreDamaged: its class, feature names or number of features are others.
    """
    found = class_name(model)
    if found != estimator:
        raise StoreDamaged(f"{ref} was recorded as {estimator}, but its bytes hold a {found}.")
    if signature is None:
        return
    wanted = [field.name for field in signature.inputs]
    names = feature_names(model)
    count = getattr(model, "n_features_in_", None)
    if names and names != wanted:
        raise StoreDamaged(f"{ref} takes {names[:5]}…, but its signature says {wanted[:5]}…")
    if not names and count is not None and count != len(wanted):
        raise StoreDamaged(f"{ref} takes {count} features, but its signature says {len(wanted)}.")


def feature_names(model: Any) -> list[str]:
    """Return the names of the columns a model was fitted on; none if it was fitted on a plain array."""
    found = getattr(model, "feature_names_in_", None)
    return [] if found is None else [str(name) for name in found]


def class_name(model: object) -> str:
    """Return the model's class as a dotted name, private modules left out where a public one shows the same class."""
    import sys

    kind = type(model)
    module = kind.__module__
    public = ".".join(part for part in module.split(".") if not part.startswith("_"))
    if public != module and getattr(sys.modules.get(public), kind.__qualname__, None) is kind:
        module = public
    return f"{module}.{kind.__qualname__}"


def as_frame(data: object, *, prefix: str = "x") -> pd.DataFrame:
    """Return a table as a DataFrame with text as column names; columns of arrays are called x0, x1 and so on.

    Raises:
        InvalidInput: it is no table of at most two dimensions.
    """
    import numpy as np
    import pandas as pd

    if isinstance(data, pd.Series):
        data = data.to_frame(prefix if data.name is None else str(data.name))
    if isinstance(data, pd.DataFrame):
        return data.set_axis([str(name) for name in data.columns], axis=1)
    dense = data.toarray() if hasattr(data, "toarray") else data
    try:
        array = np.asarray(dense)
    except ValueError as error:
        what = f"A {type(data).__qualname__} whose rows differ in length is no table of examples."
        raise InvalidInput(what) from error
    if array.ndim == 1 and prefix != "x":
        return pd.DataFrame({prefix: array})
    if array.ndim != 2 or array.shape[1] > _COLUMN_LIMIT:
        hint = "Give a DataFrame or an array of rows and columns; one row is array.reshape(1, -1)."
        raise InvalidInput(f"A {type(data).__qualname__} of shape {array.shape} is no table of examples.", hint=hint)
    return pd.DataFrame(array, columns=[f"{prefix}{at}" for at in range(array.shape[1])])


def _is_frame(example: object) -> bool:
    import pandas as pd

    return isinstance(example, pd.DataFrame)


def _fields(frame: pd.DataFrame) -> list[Field]:
    fields = []
    for at, name in enumerate(frame.columns):
        column = frame.iloc[:, at]
        present = column.dropna()
        first = json_value(present.iloc[0]) if len(present) else None
        fields.append(Field(str(name), str(column.dtype), bool(column.isna().any()), first))
    return fields


def _check_column(field: Field, column: pd.Series[Any]) -> None:
    if _is_number(field.type):
        _check_numbers(field, column)
    elif field.type in ("str", "string", "object", "category") and getattr(column.dtype, "kind", "O") in _NUMBERS:
        if column.notna().any() and not isinstance(field.example, (int, float)):
            raise _unfit(field, str(column.dropna().iloc[0]), f"{column.dtype} values")
    elif field.type.startswith("datetime") and getattr(column.dtype, "kind", "O") != "M":
        raise _unfit(field, str(column.iloc[0]) if len(column) else "", f"{column.dtype} values")


def _check_numbers(field: Field, column: pd.Series[Any]) -> None:
    import pandas as pd

    numbers = pd.to_numeric(column, errors="coerce") if getattr(column.dtype, "kind", "O") not in _NUMBERS else column
    wrong = column[numbers.isna() & column.notna()]
    if len(wrong):
        raise _unfit(field, repr(wrong.iloc[0]), f"row {wrong.index[0]}")
    if getattr(column.dtype, "kind", "O") not in _NUMBERS and column.notna().any():
        raise _unfit(field, repr(column.dropna().iloc[0]), f"{column.dtype} values")
    if field.type.lower().startswith(("int", "uint")) and getattr(column.dtype, "kind", "") == "f":
        fractions = numbers[(numbers % 1 != 0) & numbers.notna()]
        if len(fractions):
            raise _unfit(field, repr(float(fractions.iloc[0])), f"row {fractions.index[0]}")


def _is_number(type_: str) -> bool:
    return type_.lower().startswith(("int", "uint", "float", "bool"))


def _unfit(field: Field, value: str, place: str) -> InvalidInput:
    example = "" if field.example is None else f", for example {field.example!r}"
    return InvalidInput(
        f"Column {field.name!r} holds {value[:80]} ({place}); the model takes {field.type}{example}.",
        hint="Convert the column as it was converted for training.",
    )
