"""Finding runs: the filter language, its errors, tables and thinned curves."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from benchbook.errors import InvalidInput, NotFound, StoreDamaged
from benchbook.project import Project
from benchbook.tracking import find_runs, list_runs, metric_curves, start_run


@pytest.fixture
def _three(project: Project) -> None:
    for name, auc, model, depth in (("a", 0.6, "hgb", 3), ("b", 0.7, "rf", 6), ("c", math.nan, "hgb", "deep")):
        with start_run(name, params={"model": model, "depth": depth}, tags={"by": name}, experiment="x") as run:
            run.log_metrics({"auc": auc, "train/loss": 1 - depth / 10 if isinstance(depth, int) else 0.0})
            run.log_metrics({"a,b": float(name == "c"), 'a "q"': float(name != "b")})


@pytest.mark.usefixtures("_three")
@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("", "abc"),
        ("metrics.auc > 0.65", "b"),
        ("metrics.auc > 0", "ab"),
        ("metrics.auc IS NULL", "c"),
        ("params.model = 'hgb'", "ac"),
        ("params.depth >= 6", "b"),
        ("params.depth = 'deep'", "c"),
        ("params.depth IN (3, 6)", "ab"),
        ('metrics."train/loss" BETWEEN 0.3 AND 0.5', "b"),
        ("NOT (tags.by = 'a' OR name = 'b')", "c"),
        ("name LIKE '%a%' AND status = 'finished'", "a"),
        ("started > '2020-01-01' AND seconds >= 0", "abc"),
        ("metrics.nothing > 1", ""),
        ('metrics.auc > metrics."train/loss"', "b"),
        ("name = 'it''s'", ""),
        ("(params.depth) >= 6", "b"),
        ("(params.model) = 3", ""),
    ],
)
def test_conditions(condition: str, names: str) -> None:
    """Each condition selects the runs it says; NaN is larger and smaller than nothing."""
    assert sorted(run.name for run in list_runs(condition).runs) == list(names)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("metrics.auc >", "not understood"),
        ("auc > 1", "no field 'auc'"),
        ("metric.auc > 1", "none of metrics, params, tags"),
        ("metrics.auc", "compares nothing"),
        ("1", "compares nothing"),
        ("name = 'a'; DROP TABLE runs", "2 statements"),
        ("SELECT 1", "comparisons only"),
        ("id IN (SELECT id FROM runs)", "comparisons only"),
        ("read_text('/etc/passwd') = 'x'", "comparisons only"),
        ("name = getenv('HOME')", "comparisons only"),
        ("metrics.auc > 1 --", ""),
        ("(" * 3_000 + "1" + ")" * 3_000, "not understood|too deep"),
        ("name = 'a' OR " * 2_000 + "name = 'a'", "characters"),
        ("\x00", "not understood|compares nothing"),
    ],
)
def test_wrong_conditions_are_explained(condition: str, said: str, project: Project) -> None:
    """What is not a comparison never reaches the database: the error names it."""
    if not said:
        assert list_runs(condition).total == 0
        return
    with pytest.raises(InvalidInput, match=said):
        list_runs(condition)


UNFIT = [
    "status = 3",
    "started > 'yesterday'",
    "started > '99999999-01-01'",
    "metrics.auc > 'x'",
    "status AND name",
    "NOT status",
    "metrics.auc LIKE '0%'",
    "name IN (1, 'a')",
    "name BETWEEN 'a' AND 3",
    "name > metrics.auc",
    "-name = 'a'",
    "name = (1, 2)",
    "status IS 'x'",
    "tags.by = 3",
]


@pytest.mark.usefixtures("_three")
@pytest.mark.parametrize("condition", UNFIT)
def test_conditions_that_do_not_fit(condition: str) -> None:
    """What can be read but not compared is told as the asker's error, with the condition and what is wrong in it."""
    for ask in (find_runs, list_runs):
        with pytest.raises(InvalidInput) as caught:
            ask(condition)
        assert caught.value.what.startswith(f"The filter {condition!r} does not fit: ")
        assert "compared with" in caught.value.hint


def test_other_errors_are_not_the_asker_s(project: Project) -> None:
    """A store that is broken while a condition is asked stays what it is: broken."""
    with start_run("train"):
        pass
    project.store.path.mkdir()
    with pytest.raises(StoreDamaged, match="not what Benchbook made"):
        list_runs("metrics.auc > 1")


@pytest.mark.parametrize("ask", [find_runs, list_runs])
@pytest.mark.parametrize("given", [{"filter": None}, {"filter": 5}, {"order_by": None}, {"limit": "5"}, {"limit": 2.0}])
def test_values_of_another_kind(ask: Callable[..., object], given: dict[str, object], project: Project) -> None:
    """Text where text and a whole number where a number is asked for; the error shows the value."""
    (value,) = given.values()
    with pytest.raises(InvalidInput, match=repr(value)):
        ask(**given)


@pytest.mark.usefixtures("_three")
@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("name", "abc"),
        ("name DESC", "cba"),
        ("metrics.auc DESC", "bac"),
        ("metrics.auc", "abc"),
        ("params.model, name DESC", "cab"),
        ('metrics."train/loss" DESC', "abc"),
        ('metrics."a,b" DESC, name', "cab"),
        ('metrics."a ""q""", name DESC', "bca"),
    ],
)
def test_orders(order: str, names: str) -> None:
    """Runs come in the order asked for; those without a value (or with NaN) last, whichever way."""
    assert [run.name for run in list_runs(order_by=order).runs] == list(names)


@pytest.mark.parametrize("order", ["auc", "metrics.auc; DROP TABLE runs", "(SELECT 1)", "name NULLS", "1"])
def test_wrong_orders_are_refused(order: str, project: Project) -> None:
    """An order is a field or a key, nothing else."""
    try:
        assert list_runs(order_by=order).total == 0  # a key may have any name: then it is only a key
    except InvalidInput as error:
        assert "no field" in str(error)  # noqa: PT017  either outcome is safe; both are checked


@pytest.mark.usefixtures("_three")
def test_pages_do_not_overlap() -> None:
    """Pages of one order hold each run once and know the true total."""
    pages = [list_runs(order_by="experiment", limit=1, offset=offset) for offset in range(3)]
    assert {page.total for page in pages} == {3}
    assert sorted(page.runs[0].name for page in pages) == ["a", "b", "c"]


@pytest.mark.parametrize("page", [{"limit": 0}, {"limit": -1}, {"limit": 1001}, {"offset": -1}])
def test_page_limits(page: dict[str, int], project: Project) -> None:
    """A page has 1 to 1,000 runs and begins at 0 or later."""
    with pytest.raises(InvalidInput, match="limit is 1 to 1,000"):
        list_runs(**page)


@pytest.mark.usefixtures("_three")
def test_table_of_runs() -> None:
    """find_runs gives one row a run and one column a key: numbers as floats, mixed params as they are."""
    frame = find_runs(order_by="name")
    assert frame["name"].tolist() == ["a", "b", "c"]
    assert frame["metrics.auc"].tolist()[:2] == [0.6, 0.7]
    assert math.isnan(frame["metrics.auc"][2])
    assert frame["params.depth"].tolist() == [3, 6, "deep"]
    assert frame["params.model"].tolist() == ["hgb", "rf", "hgb"]
    assert frame["tags.by"].tolist() == ["a", "b", "c"]
    assert len(find_runs("metrics.auc > 5")) == 0
    assert find_runs(limit=1).shape[0] == 1


def test_thinned_curves_keep_spikes(project: Project) -> None:
    """100,000 points drawn with 200 still show the one that spiked, the first and the end."""
    with start_run("train") as run:
        for step in range(100_000):
            run.log_metric("loss", 1000.0 if step == 54_321 else step / 1e6, step)
    (curve,) = metric_curves(run.id, ["loss"], points=200)
    assert curve.total == 100_000
    assert len(curve.steps) <= 200
    assert 1000.0 in curve.values
    assert (curve.steps[0], curve.steps[-1]) == (0, 99_999)
    assert curve.steps == sorted(curve.steps)


def test_unknown_metric_lists_the_known(project: Project) -> None:
    """Asking for a metric the run lacks names those it has."""
    with start_run("train") as run:
        run.log_metric("loss", 1.0)
    with pytest.raises(NotFound, match="loss"):
        metric_curves(run.id, ["lss"])


@pytest.mark.parametrize(
    ("points", "shown"),
    [
        ({}, None),
        ({"profit": 1}, "profit"),
        ({"rows": 1, "columns": 1}, None),
        ({"rows": 1, "loss": 30}, "loss"),
        ({"loss": 30, "valid_roc_auc": 1, "logistic_valid_roc_auc": 1}, "valid_roc_auc"),
        ({"accuracy": 1, "eval/f1": 1}, "eval/f1"),
    ],
)
def test_a_list_shows_one_metric(points: dict[str, int], shown: str | None, project: Project) -> None:
    """A score first, then what moves, then the only one; facts that are no score are not shown as one."""
    with start_run("train") as run:
        for key, count in points.items():
            for step in range(count):
                run.log_metric(key, 0.5, step)
    (row,) = list_runs().runs
    assert (row.spark.key if row.spark else None) == shown
    if points:
        picked = list_runs(metric="loss").runs[0].spark
        assert (picked.key if picked else None) == ("loss" if "loss" in points else shown)
