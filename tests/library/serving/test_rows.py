"""Rows become exactly the columns a model was registered for, of any kind; and what each model knows is found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchbook.errors import InvalidInput
from benchbook.models.records import Field, Signature
from benchbook.models.signature import _fields
from benchbook.serving.categories import known_categories
from benchbook.serving.rows import RowError, RowReader

KINDS: dict[str, tuple[Any, list[Any], list[Any]]] = {
    "int64": ([1, 2], [3, 4.0], [1.5, "1", True, 2**63]),
    "int8": (np.array([1, 2], dtype="int8"), [-128, 127], [128]),
    "uint16": (np.array([1, 2], dtype="uint16"), [0, 65535], [-1]),
    "Int64": (pd.array([1, None], dtype="Int64"), [3, None], [0.5]),
    "float32": (np.array([0.5, 1], dtype="float32"), [1, 2.5], [1e300, "x"]),
    "Float64": (pd.array([0.5, None], dtype="Float64"), [1, None], ["x"]),
    "bool": ([True, False], [False, True], [0, "true"]),
    "boolean": (pd.array([True, None], dtype="boolean"), [False, None], [1]),
    "str": (["a", "b"], ["c", None], [1, ["a"]]),
    "object": (np.array(["a", 1.5], dtype=object), ["c", None], [1]),
    "category": (pd.Categorical(["a", "b"]), ["a", "c"], [2]),
    "datetime64[us]": (
        pd.to_datetime(["2013-01-01", "2013-01-02"]).as_unit("us"),
        ["2013-02-01T10:00", None],
        ["x", "", 5],
    ),
    "datetime64[us, UTC]": (
        pd.to_datetime(["2013-01-01"] * 2, utc=True).as_unit("us"),
        ["2013-02-01T10:00Z", "2013-02-01T10:00+02:00"],
        ["2013-02-01", "99999-01-01T00:00Z"],
    ),
}


def reader(example: Any) -> tuple[RowReader, Field]:
    """A reader of one column `x` like the example's."""
    fields = _fields(pd.DataFrame({"x": example}))
    return RowReader(Signature(fields, []), {}), fields[0]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_column(kind: str) -> None:
    """Good values come out with the type of the example; each bad one is refused with row and column."""
    example, good, bad = KINDS[kind]
    read, field = reader(example)
    assert field.type == kind
    columns, _ = read.read([{"x": value} for value in good])
    frame = read.frame(columns)
    assert str(frame["x"].dtype) == kind
    assert frame["x"].isna().tolist() == [value is None for value in good]
    for value in bad:
        with pytest.raises(RowError, match="Row 1, column 'x'") as told:
            read.read([{"x": good[0]}, {"x": value}])
        assert told.value.status == 422


def test_missing_whole_numbers_become_fractions() -> None:
    """As pandas has it: a null among whole numbers or truth values makes the column floating, with NaN."""
    for example in ([1, 2], [True, False]):
        read, _ = reader(example)
        columns, warnings = read.read([{"x": example[0]}, {"x": None}])
        assert read.frame(columns)["x"].isna().tolist() == [False, True]
        assert "missing in 1 row" in warnings[0]


def test_a_type_that_json_cannot_bring_is_refused() -> None:
    """Not at the first request but before anything is served, naming the column and its type."""
    with pytest.raises(InvalidInput, match=r"'x' is of type timedelta64"):
        reader(pd.to_timedelta([1, 2], unit="s"))
    with pytest.raises(InvalidInput, match=r"'x' is of type interval"):
        reader(pd.interval_range(0, 2))


def test_known_categories_of_encoders() -> None:
    """Found in and behind pipelines, column transformers and imputers, by name or number; else nothing is said."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder

    frame = pd.DataFrame({"a": ["x", "y"], "b": ["u", "v"], "c": [1.0, 2.0], "d": ["k", "l"], "e": ["m", "n"]})
    upper = make_pipeline(FunctionTransformer(lambda given: given), OneHotEncoder())
    parts = [
        ("name", OneHotEncoder(), ["a"]),
        ("number", make_pipeline(SimpleImputer(strategy="most_frequent"), OrdinalEncoder()), [1]),
        ("changed", upper, ["d"]),
        ("mask", OneHotEncoder(), [False, False, False, False, True]),
        ("rest", "passthrough", ["c"]),
    ]
    model = make_pipeline(ColumnTransformer(parts), LogisticRegression()).fit(frame, [0, 1])
    assert known_categories(model, list(frame)) == {"a": {"x", "y"}, "b": {"u", "v"}}
    alone = OneHotEncoder().fit(frame[["a", "b"]])
    assert known_categories(alone, ["a", "b"]) == {"a": {"x", "y"}, "b": {"u", "v"}}
    assert known_categories(LogisticRegression().fit([[1.0], [2.0]], [0, 1]), ["x0"]) == {}
