"""A notebook as its source: cells, parameters and language, read and checked without running or changing anything.

Cells are understood as IPython understands them (magics and `!commands` included), so what is refused here would have
failed in the kernel too, only later.
"""

from __future__ import annotations

import ast
import json
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from benchbook.errors import InvalidInput

if TYPE_CHECKING:
    from IPython.core.inputtransformer2 import TransformerManager

_BODIES = frozenset({"time", "timeit", "capture", "prun"})
"""Cell magics whose body is Python that runs in the notebook's own namespace."""


class Parameter(msgspec.Struct, frozen=True):
    """A name of a notebook's `parameters` cell: its type, its value if that is written out, and the code as written."""

    name: str
    type: str
    value: Any
    code: str

    @property
    def is_written_out(self) -> bool:
        """Whether ``value`` is known, not only the code that will make it."""
        return self.value is not None or self.code == "None"


@dataclass(frozen=True)
class SourceCell:
    """A code cell: its 1-based number among the code cells, its text and the statements it holds."""

    number: int
    source: str
    statements: tuple[ast.stmt, ...]
    is_parameters: bool


@dataclass(frozen=True)
class NotebookSource:
    """A notebook as it was when it was read; ``content`` is its JSON, valid nbformat 4, without outputs."""

    path: str
    language: str
    kernel: str
    cells: tuple[SourceCell, ...]
    parameters: tuple[Parameter, ...]
    content: dict[str, Any]

    @property
    def is_python(self) -> bool:
        """Whether the cells could be read as Python; of other languages only the `after:` of the steps is known."""
        return self.language == "python"

    @property
    def has_parameters(self) -> bool:
        """Whether a cell is tagged `parameters`."""
        return any(cell.is_parameters for cell in self.cells)


def read_notebook(path: Path, label: str) -> NotebookSource:
    """Read the notebook at ``path``, which errors call ``label``.

    Raises:
        InvalidInput: if it is no notebook of format 4, or a cell is no valid code (with cell and line).
    """
    content = _valid(_load(path, label), label)
    metadata = content.get("metadata", {})
    spec, info = metadata.get("kernelspec", {}), metadata.get("language_info", {})
    language = str(info.get("name") or spec.get("language") or "python").lower()
    language = "python" if language in ("python", "python3", "ipython") else language
    cells = _code_cells(content, label, parse=language == "python")
    declared = next((cell for cell in cells if cell.is_parameters), None)
    parameters = tuple(_parameters(declared.statements)) if declared else ()
    return NotebookSource(label, language, str(spec.get("name") or ""), cells, parameters, content)


def _load(path: Path, label: str) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        at = f" (line {error.lineno}: {error.msg})" if isinstance(error, json.JSONDecodeError) else ""
        hint = "Open it in JupyterLab to see what is left of it, or take it from version control again."
        raise InvalidInput(f"The notebook {label!r} is not JSON{at}.", hint=hint) from error
    except OSError as error:
        raise InvalidInput(f"The notebook {label!r} cannot be read: {error.strerror}.") from error


def _valid(content: Any, label: str) -> dict[str, Any]:
    """``content`` made valid (missing cell ids added, outputs dropped), or an error that says what is wrong."""
    import nbformat
    from nbformat.validator import normalize

    form = content.get("nbformat") if isinstance(content, dict) else None
    if not isinstance(content, dict) or form is None or not (isinstance(content.get("cells"), list) or form != 4):
        raise InvalidInput(f"{label!r} is not a notebook: it has no cells or no format number.")
    if form != 4:
        hint = "Open it in JupyterLab and save it: that writes format 4." if form in (1, 2, 3) else ""
        raise InvalidInput(f"The notebook {label!r} is in format {form!r}; format 4 is needed.", hint=hint)
    for cell in content["cells"]:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            cell.update(outputs=[], execution_count=None)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # missing and double cell ids are put right here, in our copy
            _, content = normalize(content)
            nbformat.validate(content)
    except (nbformat.ValidationError, KeyError, TypeError, AttributeError) as error:
        said = str(getattr(error, "message", error)).splitlines()[0][:200]
        hint = "Open it in JupyterLab and save it again."
        raise InvalidInput(f"The notebook {label!r} is not valid: {said}.", hint=hint) from error
    return dict(content)


def _code_cells(content: dict[str, Any], label: str, *, parse: bool) -> tuple[SourceCell, ...]:
    cells: list[SourceCell] = []
    found = False
    for cell in content["cells"]:
        if cell["cell_type"] != "code":
            continue
        number = len(cells) + 1
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        tagged = "parameters" in cell.get("metadata", {}).get("tags", []) and not found
        found = found or tagged
        statements = parse_cell(source, label, number) if parse else ()
        cells.append(SourceCell(number, source, statements, tagged))
    return tuple(cells)


def parse_cell(source: str, label: str, number: int) -> tuple[ast.stmt, ...]:
    """The statements of the code cell ``number``, those behind `%%time` and its like included.

    Raises:
        InvalidInput: naming notebook, cell and line of a syntax error.
    """
    skipped = len(source) - len(source.lstrip("\n"))  # IPython drops leading empty lines
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a doubtful escape is the kernel's to tell
            code = _ipython().transform_cell(source)
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            tree = compile(code, label, "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
            compile(code, label, "exec", flags, dont_inherit=True)  # finds what the grammar allows: `return` outside
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = (getattr(error, "lineno", None) or 1) + skipped
        said = getattr(error, "msg", None) or str(error) or "nested too deeply"
        text = (source.splitlines() or [""])[min(line, len(source.splitlines())) - 1].strip()[:120]
        raise InvalidInput(
            f"The notebook {label!r} has a syntax error in code cell {number}, line {line}: {said}: {text}",
            hint="Correct the cell and save the notebook.",
        ) from error
    statements: list[ast.stmt] = []
    for statement in tree.body:
        body = _magic_body(statement)
        statements += [statement] if body is None else parse_cell(body, label, number)
    return tuple(statements)


def _magic_body(statement: ast.stmt) -> str | None:
    """The Python behind a cell magic that runs it here: `get_ipython().run_cell_magic('time', '', body)`."""
    match statement:
        case ast.Expr(
            ast.Call(
                func=ast.Attribute(attr="run_cell_magic"),
                args=[ast.Constant(value=str(name)), ast.Constant(), ast.Constant(value=str(body))],
            )
        ) if name in _BODIES:
            return body
    return None


@cache
def _ipython() -> TransformerManager:
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager()  # type: ignore[no-untyped-call]


def _parameters(statements: tuple[ast.stmt, ...]) -> list[Parameter]:
    """The names that a `parameters` cell assigns, with their values where these are written out."""
    found: dict[str, Parameter] = {}
    for statement in statements:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                annotation = ""
            case ast.AnnAssign(target=ast.Name(id=name), annotation=noted, value=ast.expr() as value):
                annotation = ast.unparse(noted)
            case _:
                continue
        try:
            default = msgspec.to_builtins(ast.literal_eval(value), order="sorted")
        except (ValueError, TypeError, RecursionError, MemoryError):
            found[name] = Parameter(name, annotation or "expression", None, ast.unparse(value))
        else:
            found[name] = Parameter(name, annotation or type(default).__name__, default, ast.unparse(value))
    return list(found.values())
