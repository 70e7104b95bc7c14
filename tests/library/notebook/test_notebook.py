"""The face inside a cell: the live view follows its run and ends with it; SQL answers with a DataFrame."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pandas as pd
import pytest

import benchbook as bb
from benchbook.errors import Conflict, InvalidInput
from benchbook.project import Project


@pytest.fixture(autouse=True)
def _no_run_left(project: Project) -> Iterator[None]:
    yield
    while bb.current_run() is not None:
        bb.finish_run()


def wait_until(true: Callable[[], bool]) -> None:
    """Wait at most ten seconds."""
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_live_view_moves_and_ends(project: Project) -> None:
    """Metrics logged after the view was made appear in it; when the run ends, so does its refreshing."""
    run = bb.start_run("train", params={"depth": 6})
    view = bb.live()
    assert "depth" in view.widget.value
    run.log_metric("auc", 0.73211)
    wait_until(lambda: "0.7321" in view.widget.value)
    run.finish()
    wait_until(lambda: "finished" in view.widget.value and not view.running)


def test_the_cell_run_again_after_the_end_shows_the_last_run(project: Project) -> None:
    """A notebook run a second time to its end must not break at the cell with the view."""
    bb.start_run("train").finish()
    view = bb.live()
    assert "finished" in view.widget.value
    wait_until(lambda: not view.running)


def test_running_the_cell_again_replaces_the_view(project: Project) -> None:
    """A second view of the same run ends the first one's refreshing: views never pile up."""
    bb.start_run("train")
    first, second = bb.live(), bb.live()
    wait_until(lambda: not first.running)
    assert second.running
    second.stop()


def test_live_view_reads_well_without_a_kernel(project: Project) -> None:
    """The output holds the widget and plain HTML of the present state, without script."""
    with bb.start_run("<script>alert(1)</script>"):
        bundle = bb.live()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "running" in bundle["text/html"]
    assert "<script" not in bundle["text/html"]


def test_live_without_a_run_says_how(project: Project) -> None:
    """Without a run there is nothing to show, and the error tells how to start one."""
    with pytest.raises(Conflict, match="start_run"):
        bb.live()


def test_sql_answers_with_pandas_own_types(project: Project) -> None:
    """Times become pandas' own where it has a form for them and stay text where not; nothing raises."""
    frame = bb.sql(
        "SELECT now() AS now, DATE '2026-01-02' AS day, [TIMESTAMP '2026-01-02'] AS list, DATE '99999-01-01' AS late,"
        " TIMESTAMP_NS '2026-01-02 03:04:05.123456789' AS ns, 'infinity'::TIMESTAMP AS never, NULL::TIMESTAMP AS none,"
        " 170141183460469231731687303715884105727 AS long, sum(1) AS short"
    )
    (row,) = frame.itertuples(index=False)
    assert str(frame["now"].dtype) == "datetime64[us, UTC]"
    assert (row.day, row.ns.nanosecond, row.none) == (pd.Timestamp("2026-01-02"), 789, pd.NaT)
    assert (row.list, row.late, row.never) == (["2026-01-02 00:00:00"], "99999-01-01", "infinity")
    assert (row.long, row.short, frame["short"].dtype.kind) == (2**127 - 1, 1, "i")
    with pytest.raises(InvalidInput, match="not text"):
        bb.sql(None)


def test_sql_answers_with_a_frame(project: Project) -> None:
    """Columns, numbers and times arrive as such; a cut answer says so."""
    with bb.start_run("train") as run:
        for step in range(5):
            run.log_metric("loss", float(step))
    frame = bb.sql("SELECT key, avg(value) AS mean, max(time) AS last FROM metrics GROUP BY key")
    assert frame[["key", "mean"]].to_dict("records") == [{"key": "loss", "mean": 2.0}]
    assert pd.api.types.is_datetime64_any_dtype(frame["last"])
    with pytest.warns(UserWarning, match="first 2 rows"):
        assert len(bb.sql("SELECT * FROM metrics", limit=2)) == 2
    with pytest.raises(InvalidInput, match="DROP is not a SELECT"):
        bb.sql("DROP TABLE runs")
