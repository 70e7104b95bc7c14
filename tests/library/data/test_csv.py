"""CSV files give back every row and value they hold: nothing in them is a comment, a guess half-way or a lost line."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from benchbook.data import load_dataset, save_dataset
from benchbook.data.engine import open_engine
from benchbook.data.tables import inspect_csv
from benchbook.errors import InvalidInput

pytestmark = pytest.mark.usefixtures("project")
MANY = "".join(f"{number},x{number}\n" for number in range(25_000))
"""More lines than DuckDB looks at by itself to find out how a file is written."""


def saved(folder: Path, text: str) -> Any:
    """Save and load a file with this text."""
    (folder / "in.csv").write_text(text, encoding="utf-8", newline="")
    version = save_dataset("x", folder / "in.csv")
    frame = load_dataset("x")
    assert version.rows == len(frame)
    return frame


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("issue,title\n1,a\n#12,b\n#13,c\n", [["1", "a"], ["#12", "b"], ["#13", "c"]]),
        ("a,b\nx,1\n#,2\ny,3\n", [["x", 1], ["#", 2], ["y", 3]]),
        ("#id;b\n1;x # y\n2;z\n", [[1, "x # y"], [2, "z"]]),
        ("a\n#1\n2\n", [["#1"], ["2"]]),
        ("a,b\n1,'tis\n2,x\n3,so'\n", [[1, "'tis"], [2, "x"], [3, "so'"]]),
        ('a,b\n1,"C:\\x\\"\n2,"C:\\y\\"\n', [[1, "C:\\x\\"], [2, "C:\\y\\"]]),
        ("a;b\n1;'x;y'\n2;'z'\n", [[1, "x;y"], [2, "z"]]),
        ('a,b\n1,"x \\"q\\", y"\n', [[1, 'x "q", y']]),
        ('a\tb\n1\t"x ""q"" y"\n', [[1, 'x "q" y']]),
    ],
)
def test_each_row_is_kept(text: str, rows: list[list[object]], tmp_path: Path) -> None:
    """No sign begins a comment; quotes, escapes and delimiters are those of the file."""
    assert saved(tmp_path, text).to_numpy(dtype=object).tolist() == rows


@pytest.mark.parametrize(
    ("tail", "last"),
    [('7,"a,b"\n', "a,b"), ('7,"a ""b"""\n', 'a "b"'), ('7,"a\nb"\n', "a\nb"), ("7,#9\n", "#9")],
)
def test_a_late_quote_is_a_quote(tail: str, last: str, tmp_path: Path) -> None:
    """How a file is written is found over all of it, also when its first quote stands far down."""
    frame = saved(tmp_path, "id,t\n" + MANY + tail)
    assert (len(frame), frame.iloc[-1].tolist()) == (25_001, [7, last])


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("a,A", ["a", "A"]),
        ("a_1,a", ["a_1", "a"]),
        ('"a ""b""",\'', ['a "b"', "'"]),
        ("a,", ["a", "column1"]),
        (",A", ["column0", "A"]),
        ("\ufeff a , A ", ["a", "A"]),
        ("1,2", ["column0", "column1"]),
    ],
)
def test_names_are_kept_as_written(header: str, names: list[str], tmp_path: Path) -> None:
    """Names that differ only in case stay apart; a column without a name is called by its position."""
    frame = saved(tmp_path, header + "\n1,2\n")
    assert frame.columns.tolist() == names
    assert frame.iloc[-1].tolist() == [1, 2]


@pytest.mark.parametrize("header", ["a,a", "a, a", '"a",a', "column1,"])
def test_two_columns_of_one_name_are_refused(header: str, tmp_path: Path) -> None:
    """As in frames and Parquet: which of the two is meant nobody could say."""
    (tmp_path / "in.csv").write_text(header + "\n1,2\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"in\.csv has more than one column named '(a|column1)'"):
        save_dataset("x", tmp_path / "in.csv")


_cells = st.text(st.sampled_from("ab1#,;'\"\\\n\t |"), max_size=4)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@example(rows=[(0, "", "\n"), (0, "", ""), (0, "", "\n1")], delimiter=";")
@given(rows=st.lists(st.tuples(st.integers(0, 9), _cells, _cells), max_size=6), delimiter=st.sampled_from(",;\t"))
def test_what_python_writes_is_counted_alike(rows: list[tuple[object, ...]], delimiter: str, tmp_path: Path) -> None:
    """Whatever stands in the cells: as many rows and columns are found as were written."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows([("a", "b", "c"), *rows])
    path = tmp_path / "in.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    with open_engine(path) as engine:
        table, count = inspect_csv(engine, path, "in.csv")
    assert (count, len(table.columns)) == (len(rows), 3)
