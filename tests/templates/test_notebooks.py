"""Every notebook of every template, as it lies on the disk before anybody runs it."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import pytest

import benchbook
from benchbook.cli.new import template_folders
from benchbook.project.config import pick_pipeline, read_config

NOTEBOOKS = [path for folder in template_folders().values() for path in sorted(folder.glob("*.ipynb"))]


def read(path: Path) -> nbformat.NotebookNode:
    """The notebook in ``path``."""
    return nbformat.read(path, as_version=4)


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    """Its code cells."""
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def notebook(request: pytest.FixtureRequest) -> Path:
    """Each notebook in turn."""
    path: Path = request.param
    return path


def test_it_is_valid_and_clean(notebook: Path) -> None:
    """It is nbformat 4.5 for a plain Python kernel, and holds no output, counter or trace of a run."""
    content = read(notebook)
    nbformat.validate(content)
    assert (content.nbformat, content.nbformat_minor, content.metadata.kernelspec.name) == (4, 5, "python3")
    assert [cell.id for cell in code_cells(notebook) if cell.outputs or cell.execution_count is not None] == []
    assert {key for cell in content.cells for key in cell.metadata} <= {"tags"}


def test_it_begins_by_saying_what_it_does(notebook: Path) -> None:
    """A title and an explanation stand first, and some text stands between the code."""
    cells = read(notebook).cells
    assert cells[0].source.startswith("# ")
    assert len(cells[0].source) > 100
    assert max(len(cell.source.splitlines()) for cell in code_cells(notebook)) <= 35


def test_its_parameters_are_plain_values(notebook: Path) -> None:
    """Exactly one cell is tagged `parameters`, and it only assigns values that are written out."""
    (cell,) = [cell for cell in code_cells(notebook) if "parameters" in cell.metadata.get("tags", [])]
    statements = ast.parse(cell.source).body
    assert statements
    for statement in statements:
        assert isinstance(statement, ast.Assign)
        ast.literal_eval(statement.value)


def test_it_uses_public_names_only(notebook: Path) -> None:
    """All code parses, and of Benchbook it knows `import benchbook as bb` and what that offers."""
    tree = ast.parse("\n".join(cell.source for cell in code_cells(notebook)))
    imported = {
        (alias.name, alias.asname) for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    assert ("benchbook", "bb") in imported
    origins = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert [module for module in origins if module.startswith("benchbook")] == []
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    used = {node.attr for node in attributes if isinstance(node.value, ast.Name) and node.value.id == "bb"}
    assert used
    assert used <= set(benchbook.__all__)


@pytest.mark.parametrize("folder", template_folders().values(), ids=lambda folder: folder.name)
def test_the_pipeline_has_every_notebook(folder: Path) -> None:
    """`benchbook.yaml` can be read, its pipelines run each notebook there is, and plain `benchbook run` is clear."""
    config = read_config(folder / "benchbook.yaml")
    assert pick_pipeline(config, None) == folder.name
    steps = [step.notebook for pipeline in config.pipelines.values() for step in pipeline.steps]
    assert sorted(steps) == sorted(path.name for path in folder.glob("*.ipynb"))
