"""Requests that wait become one call of the model; what one request does wrong stays its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from benchbook.errors import BenchbookError, StorageFull
from benchbook.models import get_model, load_model, register_model
from benchbook.project import Project
from benchbook.serving import batching
from benchbook.serving.batching import Batcher, Busy, Job, predict_together
from benchbook.serving.rows import RowError
from benchbook.serving.served import Served, load_served

Make = Callable[..., Job]


@pytest.fixture
def served(project: Project) -> Served:
    """A model that fits its signature but fails on missing numbers."""
    from sklearn.linear_model import LinearRegression

    frame = pd.DataFrame({"x": [0.0, 1.0, 2.0]})
    register_model("line", LinearRegression().fit(frame, frame["x"] * 2), example=frame)
    return load_served(get_model("line"), project)


@pytest.fixture
def job(served: Served) -> Make:
    """Make a job of some values of `x`."""

    def make(*values: float | None) -> Job:
        rows: list[dict[str, Any]] = [{"x": value} for value in values]
        ids = [f"{value}" for value in values]
        return Job(served, served.reader.read(rows)[0], rows, ids, time.perf_counter())

    return make


def test_one_bad_request_fails_alone(job: Make) -> None:
    """The model refuses a row of one request: its neighbours are answered and logged, it is told its row."""
    lines: list[tuple[str, Any]] = []
    one, bad, two = predict_together([job(1.0, 2.0), job(3.0, 4.0, None, 5.0), job(6.0)], lines.extend)
    assert [round(value) for value in (*one.outputs, *two.outputs)] == [2, 4, 12]  # type: ignore[union-attr]
    assert isinstance(bad, RowError)
    assert (bad.status, bad.row) == (422, 2)
    assert "NaN" in bad.what
    assert [key for key, _ in lines] == ["1.0", "2.0", "6.0"]


def test_what_cannot_be_logged_is_not_told(job: Make) -> None:
    """With no space for the log every request of the call gets that error instead of a prediction."""

    def full(_lines: object) -> None:
        raise StorageFull("No space is left.")

    found = predict_together([job(1.0), job(2.0)], full)
    assert all(isinstance(one, StorageFull) for one in found)


def test_waiting_requests_become_one_call(job: Make, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of twenty requests at once the first goes alone, since it finds an idle model, and the others together."""
    calls: list[int] = []
    real = served.predict
    monkeypatch.setattr(served, "predict", lambda frame: calls.append(len(frame)) or real(frame))

    async def work() -> list[float]:
        batcher = Batcher(lambda _lines: None)
        found = await asyncio.gather(*(batcher.predict(job(float(number))) for number in range(20)))
        batcher.close()
        return [one.outputs[0] for one in found]

    assert asyncio.run(work()) == pytest.approx([number * 2.0 for number in range(20)])
    assert sum(calls) == 20
    assert len(calls) <= 2


def test_too_much_waiting_is_said(job: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit of waiting rows the answer is 503 at once, and what waits is still answered."""
    monkeypatch.setattr(batching, "WAITING_ROWS", 3)

    async def work() -> list[Any]:
        batcher = Batcher(lambda _lines: None)
        asked = [batcher.predict(job(1.0, 2.0)) for _ in range(3)]
        found = await asyncio.gather(*asked, return_exceptions=True)
        batcher.close()
        return found

    first, *rest = asyncio.run(work())
    assert len(first.outputs) == 2
    assert [type(one) for one in rest] == [Busy, Busy]
    assert isinstance(rest[0], BenchbookError)


def test_one_call_predicts_and_gives_probabilities(project: Project) -> None:
    """Where predict is the likeliest class, classes still come out as the model's own predict has them."""
    from sklearn.ensemble import RandomForestClassifier

    frame = pd.DataFrame({"x": range(60), "y": [number % 7 for number in range(60)]})
    forest = RandomForestClassifier(10, random_state=0).fit(frame, [["a", "b", "c"][n % 3] for n in range(60)])
    register_model("forest", forest, example=frame)
    served = load_served(get_model("forest"), project)
    found = served.predict(frame)
    assert found.outputs == load_model("forest").predict(frame).tolist()
    assert (served.classes, found.positive) == (["a", "b", "c"], None)


def test_models_of_other_kinds(project: Project) -> None:
    """Fitted on plain arrays, with several outputs, transforming: each answers with what its method gives."""
    import numpy as np
    from sklearn.linear_model import LinearRegression
    from sklearn.preprocessing import StandardScaler

    table = np.array([[0.0, 1.0], [1.0, 3.0], [2.0, 5.0]])
    models = {"plain": LinearRegression().fit(table, table[:, 0]), "two": LinearRegression().fit(table, table)}
    models["scale"] = StandardScaler().fit(pd.DataFrame(table, columns=["a", "b"]))
    for name, model in models.items():
        example = pd.DataFrame(table, columns=["a", "b"]) if name == "scale" else table
        register_model(name, model, example=example)
        served = load_served(get_model(name), project)
        found = served.predict(
            served.reader.frame(served.reader.read([dict(zip(_names(served), table[1].tolist(), strict=True))])[0])
        )
        expected = model.transform(example[1:2]) if name == "scale" else model.predict(table[1:2])
        assert np.asarray(found.outputs) == pytest.approx(expected)
        assert (found.probabilities, found.positive) == (None, None)


def _names(served: Served) -> list[str]:
    return [field.name for field in served.signature.inputs]
