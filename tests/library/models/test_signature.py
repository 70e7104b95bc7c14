"""Signatures: what a model takes and gives, learned from an example and held against new data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchbook.errors import InvalidInput
from benchbook.models.records import Field, Signature
from benchbook.models.signature import make_signature, validate

X = pd.DataFrame(
    {"dist": [1.0, 2.0, None, 4.0] * 5, "hour": range(20), "carrier": ["UA", "AA"] * 10, "late": [True, False] * 10}
)
ENCODE = make_column_transformer((OneHotEncoder(), ["carrier"]), remainder="passthrough")


@pytest.fixture(scope="module")
def model() -> Any:
    """A classifier of named columns of four types."""
    return make_pipeline(ENCODE, HistGradientBoostingClassifier(max_iter=2)).fit(X, ["yes", "no"] * 10)


def test_frame_example(model: Any):
    """Columns keep names, types, whether a value was missing, and one example; outputs are those of predict."""
    assert make_signature(model, X) == Signature(
        [
            Field("dist", "float64", True, 1.0),
            Field("hour", "int64", False, 0),
            Field("carrier", "str", False, "UA"),
            Field("late", "bool", False, True),
        ],
        [Field("prediction", "str", False, str(model.predict(X)[0]))],
        "predict",
    )


def test_extra_columns_are_no_part_of_it(model: Any):
    """Columns of the example that the model was not fitted on are left out."""
    assert [field.name for field in make_signature(model, X.assign(extra=1)).inputs] == list(X.columns)


def test_array_example():
    """A model fitted on an array gets columns x0, x1 and so on; several outputs are numbered."""
    rows = np.arange(40.0).reshape(20, 2)
    scaler = StandardScaler().fit(rows)
    signature = make_signature(scaler, rows)
    assert [field.name for field in signature.inputs] == ["x0", "x1"]
    assert ([field.name for field in signature.outputs], signature.method) == (
        ["prediction0", "prediction1"],
        "transform",
    )
    assert make_signature(KMeans(2, n_init=1).fit(rows), rows[:3]).outputs[0].type == "int32"


@pytest.mark.parametrize(
    "example", [[], X.head(0), np.zeros((0, 4)), np.zeros(3), np.zeros((2, 2, 2)), [[1], [1, 2]], "x", 3]
)
def test_examples_that_are_no_table(model: Any, example: object):
    """An example without rows, or that is no table, is refused with what to give."""
    with pytest.raises(InvalidInput, match="example"):
        make_signature(model, example)


def test_example_the_model_fails_on(model: Any):
    """When the model cannot predict on the example, its own words are in the error."""
    with pytest.raises(InvalidInput, match="fails on the example"):
        make_signature(model, X.drop(columns="hour"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"hour": None}, r"lacks columns that the model takes: hour"),
        ({"dist": "far"}, r"Column 'dist' holds 'far' \(row 0\); the model takes float64, for example 1.0"),
        ({"dist": "1.5"}, r"Column 'dist' holds '1.5' \(str values\)"),
        ({"hour": 1.5}, r"Column 'hour' holds 1.5 \(row 0\); the model takes int64"),
        ({"carrier": 3}, r"Column 'carrier' holds 3 \(int64 values\); the model takes str"),
        ({"hour": pd.Timestamp("2013-01-01")}, r"Column 'hour' holds"),
    ],
)
def test_data_that_does_not_fit(model: Any, change: dict[str, Any], said: str):
    """A missing column or a value of another kind is refused by column, value and what is taken."""
    ((name, value),) = change.items()
    data = X.drop(columns=name) if value is None else X.assign(**change)
    with pytest.raises(InvalidInput, match=said):
        validate(make_signature(model, X), data)


def test_near_column_is_named(model: Any):
    """A column with nearly the right name is suggested."""
    with pytest.raises(InvalidInput, match="Is 'Carrier' meant"):
        validate(make_signature(model, X), X.rename(columns={"carrier": "Carrier"}))


@pytest.mark.parametrize(
    "data",
    [
        X.iloc[:, ::-1],
        X.assign(extra="x"),
        X.astype({"hour": "float64", "carrier": "category"}),
        X.assign(dist=1),
        X.assign(dist=np.nan),
        X.head(0),
        X.astype({"hour": "Int16"}),
    ],
    ids=["order", "extra", "types", "whole", "missing", "empty", "nullable"],
)
def test_data_that_fits(model: Any, data: pd.DataFrame):
    """Another order, extra columns, kindred types and missing numbers pass; the result has the model's columns."""
    assert list(validate(make_signature(model, X), data).columns) == list(X.columns)


def test_regressor_output():
    """A regressor's output is a number."""
    rows = X[["hour"]]
    model = HistGradientBoostingRegressor(max_iter=1).fit(rows, range(20))
    (output,) = make_signature(model, rows).outputs
    assert (output.name, output.type, output.optional) == ("prediction", "float64", False)
