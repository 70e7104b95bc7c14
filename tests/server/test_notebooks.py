"""The notebook of a run, cut so that looking at it cannot stop a browser."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchbook.project import Project
from benchbook.tracking import start_run
from benchbook_lab.notebooks import OUTPUT_LIMIT, OUTPUTS_LIMIT, cut_outputs, read_notebook
from server.conftest import Ask


def notebook_of(*outputs: str) -> dict[str, Any]:
    """A notebook with one cell that printed each of the texts."""
    printed = [{"output_type": "stream", "name": "stdout", "text": text} for text in outputs]
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "", "execution_count": 1, "outputs": printed}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}


async def test_the_executed_notebook_is_preferred(ask: Ask, project: Project) -> None:
    """A step answers its executed copy, and no other notebook that was logged before or after it."""
    with start_run("step", kind="step", notebook=str(project.root / "a.ipynb"), project=project) as run:
        run.log_bytes(json.dumps(notebook_of("new")).encode(), "a.ipynb")
        run.log_bytes(json.dumps(notebook_of("other")).encode(), "reports/a.ipynb")
    answer = (await ask(f"runs/{run.id}/notebook")).json
    assert (answer["path"], answer["executed"], answer["cut"]) == ("a.ipynb", True, 0)
    assert answer["notebook"] == notebook_of("new")


async def test_a_run_without_a_notebook_says_so(ask: Ask, project: Project) -> None:
    """No notebook is null, and a source snapshot of a script is none."""
    with start_run("script", project=project) as run:
        pass
    assert (await ask(f"runs/{run.id}/notebook")).json["notebook"] is None
    assert (await ask("runs/unknown/notebook")).status == 404


async def test_outside_a_pipeline_the_source_is_answered(ask: Ask, project: Project) -> None:
    """A run started in an open notebook has the source as it was saved then."""
    path = project.root / "open.ipynb"
    path.write_text(json.dumps(notebook_of("saved")))
    run = start_run("open", notebook=str(path), project=project)
    run.finish()
    path.write_text(json.dumps(notebook_of("later")))
    answer = (await ask(f"runs/{run.id}/notebook")).json
    assert (answer["path"], answer["executed"], answer["notebook"]) == ("open.ipynb", False, notebook_of("saved"))


async def test_what_is_no_notebook_is_null(ask: Ask, project: Project) -> None:
    """A file that only ends like a notebook does not break the page."""
    with start_run("odd", kind="step", notebook=str(project.root / "odd.ipynb"), project=project) as run:
        run.log_bytes(b"not json", "odd.ipynb")
    answer = (await ask(f"runs/{run.id}/notebook")).json
    assert (answer["notebook"], answer["path"]) == (None, "odd.ipynb")


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"cells": 1}', b"\xff", b"[" * 100_000])
def test_only_notebooks_are_read(text: bytes) -> None:
    """Anything but an object with cells is None."""
    assert read_notebook(text) is None


def test_a_long_output_is_replaced_by_a_note() -> None:
    """An output over the limit becomes one line that says so; the others stay."""
    notebook = notebook_of("short", "x" * OUTPUT_LIMIT)
    assert cut_outputs(notebook) == 1
    kept, note = notebook["cells"][0]["outputs"]
    assert kept["text"] == "short"
    assert note["text"].startswith("Benchbook left out this output of 2.0 MB")


def test_many_outputs_are_cut_together() -> None:
    """All outputs together stay under their limit too."""
    notebook = notebook_of(*["x" * (OUTPUT_LIMIT - 1_000)] * 12)
    assert cut_outputs(notebook) == 2
    assert len(json.dumps(notebook)) <= OUTPUTS_LIMIT + 10_000


@pytest.mark.parametrize("cell", [None, 1, {}, {"outputs": None}, {"outputs": "x"}, {"outputs": [None]}])
def test_cells_of_any_shape_are_survived(cell: object) -> None:
    """A notebook made by hand may hold anything."""
    assert cut_outputs({"cells": [cell]}) == 0
