"""What serving's tests share: a fitted model, rows for it, and asking a real endpoint over HTTP."""

from __future__ import annotations

import http.client
import json
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from benchbook.serving import EndpointProcess

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

ROW = {"carrier": "UA", "hour": 7.5, "weekday": 3, "dark": False}


class Reply(NamedTuple):
    """Status, headers and JSON of an answer."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]


def flights(rows: int = 400, seed: int = 0) -> pd.DataFrame:
    """Rows as the models of these tests take them: text, a fraction, a whole number, a truth value."""
    chance = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "carrier": chance.choice(["AA", "UA", "WN"], rows),
            "hour": np.where(chance.random(rows) < 0.1, np.nan, chance.uniform(5, 23, rows)),
            "weekday": chance.integers(0, 7, rows),
            "dark": chance.random(rows) < 0.3,
        }
    )


def late(frame: pd.DataFrame) -> pd.Series[bool]:
    """What the models learn."""
    return (frame["hour"].fillna(12) + frame["weekday"]) > 16


@cache
def fitted(seed: int = 0) -> Pipeline:
    """A classifier as the template `flights` has it."""
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder

    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    encode = ColumnTransformer([("category", encoder, ["carrier"])], remainder="passthrough")
    frame = flights(seed=seed)
    trees = HistGradientBoostingClassifier(max_iter=10, random_state=seed)
    return make_pipeline(encode, trees).fit(frame, late(frame))


def ask(endpoint: EndpointProcess, method: str, path: str, body: object = None, **headers: str | None) -> Reply:
    """Ask an endpoint; ``body`` is bytes, or becomes JSON. A header given as None is left out."""
    content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    said: dict[str, str | None] = {"authorization": f"Bearer {endpoint.token}", "content-type": "application/json"}
    said |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection(endpoint.url.removeprefix("http://"), timeout=30)
    try:
        sent = {name: value for name, value in said.items() if value is not None}
        connection.request(method, path, content, sent)
        answer = connection.getresponse()
        text = answer.read()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, found, json.loads(text) if "json" in found.get("content-type", "") else {"": text})
    finally:
        connection.close()


def predict(endpoint: EndpointProcess, *rows: dict[str, Any], **body: Any) -> Reply:
    """Ask for predictions of rows."""
    return ask(endpoint, "POST", "/predict", {"rows": rows, **body})
