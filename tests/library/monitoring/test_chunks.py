"""Chunks follow from the data alone: the same data gives the same chunks, and only those that are over."""

from __future__ import annotations

import datetime as dt
import itertools

import pandas as pd
import pytest

from benchbook.data import save_dataset
from benchbook.data.versions import table_of
from benchbook.errors import InvalidInput
from benchbook.monitoring.chunks import chunk_table, column_place, cut
from benchbook.project import Project
from benchbook.project.monitor_config import MonitorConfig

NOW = dt.datetime(2013, 4, 1)  # noqa: DTZ001  the clock of the data, which has no zone


def frame(days: int = 90) -> pd.DataFrame:
    """One row every six hours from New Year's Day 2013."""
    when = pd.date_range("2013-01-01", periods=days * 4, freq="6h")
    return pd.DataFrame({"departs": when, "n": range(len(when)), "text": "a"})


def monitor(**given: object) -> MonitorConfig:
    """A monitor that differs from the plainest one by ``given``."""
    return MonitorConfig(model="m", data="d", reference="d:1", **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "first", "count"),
    [("month", "2013-01", 3), ("week", "2013-W01", 13), ("day", "2013-01-01", 90), ("hour", "2013-01-01 00:00", 360)],
)
def test_calendar_chunks_cover_every_row_once(project: Project, kind: str, first: str, count: int) -> None:
    """Hours to months, named by their time; together they hold all rows of the spans that are over."""
    version = save_dataset("d", frame())
    found = cut(monitor(chunk=kind, time="departs"), version, table_of(project, version), NOW)
    assert (found[0].id, len(found), sum(chunk.rows for chunk in found)) == (first, count, 360)
    assert all(one.end <= two.start for one, two in itertools.pairwise(found))


def test_a_span_that_goes_on_is_no_chunk_yet(project: Project) -> None:
    """The last month counts once the clock has passed its end, or later rows have."""
    version = save_dataset("d", frame(75))
    march = monitor(chunk="month", time="departs")
    table = table_of(project, version)
    assert [chunk.id for chunk in cut(march, version, table, NOW - dt.timedelta(days=12))] == ["2013-01", "2013-02"]
    assert [chunk.id for chunk in cut(march, version, table, NOW)][-1] == "2013-03"


def test_a_chunk_of_the_calendar_holds_its_rows(project: Project) -> None:
    """The rows from start to end, and no other; columns keep their names."""
    version = save_dataset("d", frame())
    table = table_of(project, version)
    february = cut(monitor(chunk="month", time="departs"), version, table, NOW)[1]
    with chunk_table(table, february, column_place(table, "departs", "d:1")) as part:
        rows = pd.read_parquet(part.path)
    assert list(rows) == ["departs", "n", "text"]
    assert (rows["departs"].min(), rows["departs"].max()) == (
        pd.Timestamp("2013-02-01"),
        pd.Timestamp("2013-02-28 18:00"),
    )


def test_chunks_of_rows_are_whole(project: Project) -> None:
    """What is left at the end waits for more rows; each chunk holds the rows of its places."""
    version = save_dataset("d", frame())
    table = table_of(project, version)
    found = cut(monitor(chunk_rows=100), version, table, NOW)
    assert [(chunk.id, chunk.first, chunk.last) for chunk in found] == [
        ("rows 100", 0, 99),
        ("rows 200", 100, 199),
        ("rows 300", 200, 299),
    ]
    with chunk_table(table, found[1], None) as part:
        assert list(pd.read_parquet(part.path)["n"]) == list(range(100, 200))


def test_a_version_is_a_chunk_by_itself(project: Project) -> None:
    """Without anything said, each new version is one chunk, and nothing is copied for it."""
    version = save_dataset("d", frame())
    table = table_of(project, version)
    (chunk,) = cut(monitor(), version, table, NOW)
    with chunk_table(table, chunk, None) as part:
        assert (chunk.id, chunk.rows, part) == ("v1", 360, table)


@pytest.mark.parametrize(
    ("column", "said"), [("n", "not a time"), ("text", "not a time"), ("when", "no column 'when'")]
)
def test_what_tells_no_time_is_refused(project: Project, column: str, said: str) -> None:
    """The text names the column, its type or the columns there are."""
    version = save_dataset("d", frame())
    with pytest.raises(InvalidInput, match=said):
        cut(monitor(chunk="day", time=column), version, table_of(project, version), NOW)


def test_rows_without_a_time_belong_to_no_chunk(project: Project) -> None:
    """A missing time is left out instead of ending the watch."""
    rows = frame()
    rows.loc[:9, "departs"] = pd.NaT
    version = save_dataset("d", rows)
    found = cut(monitor(chunk="month", time="departs"), version, table_of(project, version), NOW)
    assert sum(chunk.rows for chunk in found) == 350
