"""Writes small notebooks and pipelines for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat import v4


def notebook_json(*cells: str, params: str | None = None, metadata: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A notebook of code ``cells``; ``params`` is a first cell, tagged `parameters`."""
    tagged = [] if params is None else [v4.new_code_cell(params, metadata={"tags": ["parameters"]})]
    made = v4.new_notebook(cells=[*tagged, *map(v4.new_code_cell, cells)], metadata=dict(metadata or {}))
    return dict(nbformat.from_dict(made))


def write_notebook(
    path: Path, *cells: str, params: str | None = None, metadata: Mapping[str, Any] | None = None
) -> Path:
    """Write such a notebook to ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.from_dict(notebook_json(*cells, params=params, metadata=metadata)), path)
    return path


def write_pipeline(root: Path, *steps: str | Mapping[str, Any], name: str = "p", **more: Any) -> None:
    """Write a `benchbook.yaml` of one pipeline; a step is a notebook's path, or a mapping."""
    import yaml

    listed: Sequence[Mapping[str, Any]] = [{"notebook": step} if isinstance(step, str) else step for step in steps]
    config = {"pipelines": {name: {"steps": listed, **more}}}
    (root / "benchbook.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
