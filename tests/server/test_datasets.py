"""Dataset versions over REST are exactly the library's records."""

from __future__ import annotations

import msgspec
import pandas as pd
import pytest

from benchbook.data import dataset_detail, dataset_rows, list_datasets, save_dataset
from benchbook.models import set_alias
from benchbook.project import Project
from server.conftest import Ask


@pytest.fixture
def flights(project: Project) -> Project:
    """Two versions of a small table; the first is `stable`."""
    frame = pd.DataFrame(
        {"id": [1, 2**60, 3], "delay": [1.5, float("nan"), float("inf")], "carrier": ["AA", None, "<b>"]}
    )
    save_dataset("flights", frame, project=project)
    save_dataset("flights", frame.head(2), project=project)
    set_alias("flights", 1, "stable", noun="dataset", project=project)
    return project


async def test_the_list_is_the_library_s(ask: Ask, flights: Project) -> None:
    """GET /datasets answers what `list_datasets` returns."""
    answer = await ask("datasets")
    assert answer.json == msgspec.to_builtins(list_datasets(project=flights))
    assert (answer.json[0]["name"], answer.json[0]["versions"]) == ("flights", 2)


@pytest.mark.parametrize(("word", "version"), [("1", 1), ("2", 2), ("latest", 2), ("@stable", 1)])
async def test_a_version_is_named_by_number_alias_or_latest(
    ask: Ask, flights: Project, word: str, version: int
) -> None:
    """The page of a version is `dataset_detail`, however the version is named."""
    answer = await ask(f"datasets/flights/{word}")
    assert answer.json["version"]["version"] == version
    expected = msgspec.json.decode(msgspec.json.encode(dataset_detail(f"flights:{version}", project=flights)))
    assert [column["name"] for column in answer.json["profile"]["columns"]] == ["id", "delay", "carrier"]
    assert {**answer.json, "profile": None} == {**expected, "profile": None}


async def test_rows_are_pages(ask: Ask, flights: Project) -> None:
    """GET …/rows answers a slice; long integers are text, and missing values are null."""
    answer = await ask("datasets/flights/1/rows?offset=1&limit=2")
    assert [column["name"] for column in answer.json["columns"]] == ["id", "delay", "carrier"]
    assert [row[0] for row in answer.json["rows"]] == [str(2**60), 3]
    assert [row[2] for row in answer.json["rows"]] == [None, "<b>"]
    assert (answer.json["offset"], answer.json["total"]) == (1, 3)
    assert len(dataset_rows("flights:1", 1, 2, project=flights).rows) == 2


@pytest.mark.parametrize("path", ["flihgts/latest", "flights/3", "flights/@champion", "flights/99999999/rows"])
async def test_what_is_not_there_is_a_404(ask: Ask, flights: Project, path: str) -> None:
    """A name, version or alias that does not exist is not found, and the answer helps."""
    answer = await ask(f"datasets/{path}")
    assert (answer.status, answer.json["type"]) == (404, "NotFound")
    assert answer.json["hint"]


@pytest.mark.parametrize(
    "path", ["flights/0", "flights/-1", "flights/1.5", "flights/@", "flights/@a%20b", "fl%20ights/1"]
)
async def test_what_cannot_be_a_version_is_a_400(ask: Ask, flights: Project, path: str) -> None:
    """What is no number, alias or name is refused before anything is looked up."""
    assert (await ask(f"datasets/{path}")).status == 400


async def test_near_names_are_listed(ask: Ask, flights: Project) -> None:
    """A mistyped dataset lists the names like it."""
    assert (await ask("datasets/flihgts/latest")).json["near"] == ["flights"]
