"""Which params reach which notebook, checked before anything runs.

Names become assignments in a cell, so only plain identifiers pass; values are plain data, which papermill writes as
literals and never as code.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from benchbook.errors import InvalidInput
from benchbook.project.config import FILE, PipelineConfig
from benchbook.provisioning.notebook_source import NotebookSource

_DEPTH = 20
_VALUE_LIMIT = 1_000_000


def check_params(params: object, place: str) -> dict[str, Any]:
    """``params`` if its names can stand in a cell and its values are plain data; ``place`` says whose they are.

    Raises:
        InvalidInput: with the name or value that cannot be accepted.
    """
    if not isinstance(params, Mapping):
        raise InvalidInput(f"The params {place} are a {type(params).__name__}, not a mapping of names to values.")
    for name, value in params.items():
        _check_param_name(name, place)
        _check_value(name, value, place, _DEPTH)
    return dict(params)


def _check_param_name(name: object, place: str) -> None:
    hint = "A name is letters, digits and '_', such as 'learning_rate'."
    if not isinstance(name, str) or not name.isidentifier() or len(name) > 100:
        raise InvalidInput(f"The param name {str(name)[:80]!r} {place} is no name that a cell can assign.", hint=hint)
    if keyword.iskeyword(name):
        raise InvalidInput(f"The param name {name!r} {place} is a word of Python itself.", hint=hint)
    if name.startswith("__"):
        raise InvalidInput(
            f"The param name {name!r} {place} begins with two underscores, which Python keeps.", hint=hint
        )


def _check_value(name: str, value: object, place: str, depth: int) -> None:
    what = f"The value of the param {name!r} {place}"
    if depth == 0:
        raise InvalidInput(f"{what} is nested deeper than {_DEPTH} levels.")
    if isinstance(value, str) and len(value) > _VALUE_LIMIT:
        raise InvalidInput(f"{what} has {len(value):,} characters.", hint="Save long text as a dataset and load it.")
    if type(value) in (str, int, float, bool, type(None)):
        return
    if type(value) is list:
        parts: Iterable[object] = value
    elif type(value) is dict and all(type(key) is str for key in value):
        parts = value.values()
    else:
        hint = "Give text, numbers, true, false, null, or lists and mappings of these."
        raise InvalidInput(f"{what} is a {type(value).__name__}, not plain data.", hint=hint)
    for part in parts:
        _check_value(name, part, place, depth - 1)


def step_params(
    pipeline: PipelineConfig, sources: list[NotebookSource], given: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The params that each step's notebook is given: the pipeline's, then the step's, then ``given``.

    Raises:
        InvalidInput: for a name or value that is no param, a notebook that takes none, or a name that none declares.
    """
    shared = check_params(pipeline.params, f"in {FILE}")
    given = check_params(given, "given for this run")
    every = {parameter.name for source in sources for parameter in source.parameters}
    is_open = any(not source.is_python and source.has_parameters for source in sources)
    for params, place in ((shared, f"in {FILE}"), (given, "given for this run")):
        unknown = next((name for name in params if name not in every and not is_open), None)
        if unknown is not None:
            raise _undeclared(unknown, place, "no notebook of this pipeline declares it", every, sources)
    answer: list[dict[str, Any]] = []
    for step, source in zip(pipeline.steps, sources, strict=True):
        place = f"of step {step.name!r} in {FILE}"
        own = check_params(step.params, place)
        names = {parameter.name for parameter in source.parameters}
        takes_any = source.has_parameters and not source.is_python
        missing = next((name for name in own if name not in names and not takes_any), None)
        if missing is not None:
            raise _undeclared(missing, place, f"the notebook {source.path!r} does not declare it", names, [source])
        merged = {**shared, **own, **given}
        answer.append({name: value for name, value in merged.items() if name in names or takes_any})
    return answer


def effective_params(source: NotebookSource, params: Mapping[str, Any]) -> dict[str, Any]:
    """All params a run of ``source`` has: the notebook's own values where written out, and ``params`` over them."""
    own = {parameter.name: parameter.value for parameter in source.parameters if parameter.is_written_out}
    return {**own, **params}


def _undeclared(name: str, place: str, why: str, known: set[str], sources: list[NotebookSource]) -> InvalidInput:
    if not any(source.has_parameters for source in sources):
        paths = ", ".join(repr(source.path) for source in sources[:3])
        hint = f"Tag the cell that holds the defaults with 'parameters' (Property Inspector in JupyterLab) in {paths}."
        return InvalidInput(
            f"The param {name!r} {place} cannot be given: there is no cell tagged 'parameters'.", hint=hint
        )
    near = get_close_matches(name, known, n=3, cutoff=0.5) or sorted(known)[:8]
    hint = f"Declared: {', '.join(near)}." if near else "The cell tagged 'parameters' assigns no name."
    return InvalidInput(f"The param {name!r} {place} is unknown: {why}.", hint=hint)
