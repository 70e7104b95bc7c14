"""Reading notebooks: parameters, language, magics; and what is refused, with cell and line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchbook.errors import InvalidInput
from benchbook.provisioning.notebook_source import Parameter, read_notebook
from library.pipelines.notebooks import write_notebook


def test_the_parameters_cell_tells_names_types_and_values(tmp_path: Path) -> None:
    """Literal values are known; for others the code is kept instead of guessed."""
    cell = (
        "depth: int = 6\nrate = 1e-3  # per step\nnames = ['a', None]\nday = date.today()\nlimit: float | None = None\n"
    )
    source = read_notebook(write_notebook(tmp_path / "n.ipynb", "1", params=cell), "n.ipynb")
    assert source.parameters == (
        Parameter("depth", "int", 6, "6"),
        Parameter("rate", "float", 0.001, "0.001"),
        Parameter("names", "list", ["a", None], "['a', None]"),
        Parameter("day", "expression", None, "date.today()"),
        Parameter("limit", "float | None", None, "None"),
    )
    assert [parameter.is_written_out for parameter in source.parameters] == [True, True, True, False, True]


def test_ipython_syntax_is_understood(tmp_path: Path) -> None:
    """Magics, shell lines, help and top-level await are no syntax errors."""
    cells = ["%matplotlib inline\n!ls\nx = !pwd\nlen?", "%%bash\nif [ ; then", "%%time\ny = 1", "await z()", "", "\n\n"]
    source = read_notebook(write_notebook(tmp_path / "n.ipynb", *cells), "n.ipynb")
    assert source.is_python
    assert len(source.cells) == len(cells)
    assert not source.has_parameters


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("x = 1\ny = (", "syntax error in code cell 2, line 2: '\\(' was never closed: y = \\("),
        ("\n\nx = 1\nreturn x", "code cell 2, line 4: 'return' outside function"),
        ("%%time\nx = = 1", "code cell 2, line 1"),
        ("x = '\0'", "code cell 2, line 1: .*null bytes"),
        ("(" * 5_000, "code cell 2, line 1: too many nested"),
    ],
)
def test_a_syntax_error_names_cell_and_line(tmp_path: Path, cell: str, said: str) -> None:
    """What the kernel would refuse after an hour is refused before the first step."""
    with pytest.raises(InvalidInput, match=f"'n.ipynb' has a {said}" if said.startswith("syntax") else said):
        read_notebook(write_notebook(tmp_path / "n.ipynb", "1", cell), "n.ipynb")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not JSON"),
        ('{"cells": [', r"is not JSON \(line 1"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "is not a notebook"),
        ("{}", "is not a notebook"),
        ('{"nbformat": 3, "worksheets": []}', r"is in format 3; format 4 is needed.\n.*JupyterLab"),
        ('{"nbformat": 5, "cells": []}', "is in format 5"),
        ('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "odd"}]}', "is not valid"),
        ('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [7]}', "is not valid"),
        ('{"nbformat": 4, "cells": []}', "is not valid"),
    ],
)
def test_what_is_no_notebook_of_format_4_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """Broken JSON and other formats say what to do."""
    (tmp_path / "n.ipynb").write_text(text)
    with pytest.raises(InvalidInput, match=said):
        read_notebook(tmp_path / "n.ipynb", "n.ipynb")


def test_double_and_missing_cell_ids_are_put_right_in_the_copy(tmp_path: Path) -> None:
    """Oddities that JupyterLab forgives are forgiven, and the file stays as it is."""
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": 4, "source": ["x = 1\n", "x"]}
    cells = [{**cell, "id": "a"}, {**cell, "id": "a"}, cell]
    text = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})
    (tmp_path / "n.ipynb").write_text(text)
    source = read_notebook(tmp_path / "n.ipynb", "n.ipynb")
    assert len({cell["id"] for cell in source.content["cells"]}) == 3
    assert source.cells[2].source == "x = 1\nx"
    assert (tmp_path / "n.ipynb").read_text() == text


def test_other_languages_are_not_parsed(tmp_path: Path) -> None:
    """An R notebook is taken as it is: its steps are ordered by `after:`."""
    metadata = {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}
    source = read_notebook(write_notebook(tmp_path / "n.ipynb", "x <- 1", metadata=metadata), "n.ipynb")
    assert (source.language, source.kernel, source.is_python) == ("r", "ir", False)
