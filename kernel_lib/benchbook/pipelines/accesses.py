"""Which datasets and models a notebook loads, saves and marks, read from its source without running it.

A name counts as known when it is written out, or follows from parameters and names that are assigned exactly once; all
else is reported as unknown, never guessed: what really happened is compared after the step has run.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from benchbook.errors import InvalidInput
from benchbook.pipelines.records import Access
from benchbook.provisioning.notebook_source import NotebookSource
from benchbook.refs import check_name, parse_ref

Noun = Literal["dataset", "model"]
_FORMAT = re.compile(r"[<>^]?0?\d{0,2}(\.\d{1,2})?[a-zA-Z%]?")  # no width that would fill the memory
_LIMIT = 500


class _Call(NamedTuple):
    """A function of Benchbook that touches data or models, and how its arguments are called."""

    role: Literal["uses", "makes", "marks"]
    noun: Noun
    argument: str


_CALLS = {
    "load_dataset": _Call("uses", "dataset", "ref"),
    "save_dataset": _Call("makes", "dataset", "name"),
    "load_model": _Call("uses", "model", "ref"),
    "register_model": _Call("makes", "model", "name"),
    "set_alias": _Call("marks", "model", "name"),
}


class _Unknown(Exception):
    """The value is only known when the notebook runs."""


def find_accesses(source: NotebookSource, params: Mapping[str, Any]) -> list[Access]:
    """Every place where ``source`` touches a dataset or model, when it runs with ``params``, in order."""
    statements = [statement for cell in source.cells for statement in cell.statements]
    known = _constants(source, params)
    functions, modules = _imported(statements)
    found: list[Access] = []
    for cell in source.cells:
        for call in _calls(cell.statements):
            name = _function(call.func, functions, modules)
            if name:
                found += _accesses(call, _CALLS[name], known, cell.number)
    return found


def _calls(statements: tuple[ast.stmt, ...]) -> Iterator[ast.Call]:
    calls = [node for statement in statements for node in ast.walk(statement) if isinstance(node, ast.Call)]
    yield from sorted(calls, key=lambda call: (call.lineno, call.col_offset))


def _imported(statements: list[ast.stmt]) -> tuple[dict[str, str], set[str]]:
    """Local names of our functions (`{"ld": "load_dataset"}`), and names that mean a module of ours."""
    functions: dict[str, str] = {}
    modules: set[str] = set()
    for node in (node for statement in statements for node in ast.walk(statement)):
        if isinstance(node, ast.Import):
            ours = [alias for alias in node.names if alias.name.split(".")[0] == "benchbook"]
            modules |= {alias.asname or "benchbook" for alias in ours}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "benchbook" and not node.level:
            for alias in node.names:
                if alias.name == "*":
                    functions |= {name: name for name in _CALLS}
                elif alias.name in _CALLS:
                    functions[alias.asname or alias.name] = alias.name
                else:
                    modules.add(alias.asname or alias.name)
    return functions, modules


def _function(called: ast.expr, functions: dict[str, str], modules: set[str]) -> str | None:
    """Which function of ours ``called`` is: `load_dataset`, `bb.load_dataset`, `benchbook.data.load_dataset`."""
    if isinstance(called, ast.Name):
        return functions.get(called.id)
    if not isinstance(called, ast.Attribute) or called.attr not in _CALLS:
        return None
    root = called.value
    while isinstance(root, ast.Attribute):
        root = root.value
    return called.attr if isinstance(root, ast.Name) and root.id in modules else None


def _accesses(call: ast.Call, meant: _Call, known: Mapping[str, Any], cell: int) -> list[Access]:
    given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    argument = call.args[0] if call.args else given.get(meant.argument)
    code = ast.unparse(argument)[:_LIMIT] if argument else "**"
    noun = meant.noun
    try:
        noun = _noun(given, known, noun)
        text = _evaluate(argument, known)
        if meant.role == "uses":
            return _loaded(noun, text, code, cell)
        name = check_name(noun, text)
    except (_Unknown, InvalidInput):
        return [Access(meant.role, noun, "", code, cell)]
    alias = _alias(call, given, known, meant)
    marks = [Access("marks", noun, name, code, cell, alias=alias)] if alias or meant.role == "marks" else []
    return marks if meant.role == "marks" else [Access("makes", noun, name, code, cell), *marks]


def _noun(given: Mapping[str, ast.expr], known: Mapping[str, Any], usual: Noun) -> Noun:
    """`set_alias(…, noun="dataset")` is the one call that may mean either."""
    if "noun" not in given:
        return usual
    said = _evaluate(given["noun"], known)
    return "dataset" if said == "dataset" else "model"


def _loaded(noun: Noun, text: Any, code: str, cell: int) -> list[Access]:
    ref = parse_ref(noun, text)
    if ref.digest is not None:
        return [Access("uses", noun, "", str(ref), cell, pinned=True)]  # content: no step of this pipeline is meant
    pinned = ref.version is not None or ref.alias is not None
    return [Access("uses", noun, ref.name, code, cell, pinned=pinned, alias=ref.alias or "")]


def _alias(call: ast.Call, given: Mapping[str, ast.expr], known: Mapping[str, Any], meant: _Call) -> str:
    """The alias that the call gives, empty if none or unknown."""
    argument = call.args[2] if meant.role == "marks" and len(call.args) > 2 else given.get("alias")
    try:
        return check_name("alias", _evaluate(argument, known))
    except (_Unknown, InvalidInput):
        return ""


def _constants(source: NotebookSource, params: Mapping[str, Any]) -> dict[str, Any]:
    """Values of the names that hold one value through the whole notebook run with ``params``."""
    bound = Counter(name for cell in source.cells for statement in cell.statements for name in _bound(statement))
    known: dict[str, Any] = {}
    for cell in source.cells:
        for statement in cell.statements:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    pass
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    pass
                case _:
                    continue
            if bound[name] == 1:
                try:
                    is_given = cell.is_parameters and name in params
                    known[name] = params[name] if is_given else _evaluate(value, known)
                except _Unknown:
                    continue
    return known


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Every name that ``statement`` or what is inside it may give a value, arguments of functions included."""
    for node in ast.walk(statement):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.ExceptHandler(name=str(name)):
                yield name
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from ((alias.asname or alias.name).split(".")[0] for alias in names)
            case _:
                pass


def _evaluate(node: ast.expr | None, known: Mapping[str, Any]) -> Any:
    """What ``node`` is worth, as far as that needs no running.

    Raises:
        _Unknown: if it needs running.
    """
    match node:
        case ast.Constant(value=str() | int() | float() | None as value):
            return value
        case ast.Name(id=name) if name in known:
            return known[name]
        case ast.JoinedStr(values=parts):
            return _short("".join(_piece(part, known) for part in parts))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            before, after = _evaluate(left, known), _evaluate(right, known)
            if isinstance(before, str) and isinstance(after, str):
                return _short(before + after)
        case ast.Call(func=ast.Name(id="str"), args=[argument], keywords=[]) if "str" not in known:
            return _short(str(_evaluate(argument, known)))
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
    raise _Unknown


def _piece(part: ast.expr, known: Mapping[str, Any]) -> str:
    """One part of an f-string."""
    if not isinstance(part, ast.FormattedValue):
        return str(_evaluate(part, known))
    form = str(_evaluate(part.format_spec, known)) if part.format_spec else ""
    value = _evaluate(part.value, known)
    if part.conversion != -1 or not _FORMAT.fullmatch(form) or not isinstance(value, str | int | float):
        raise _Unknown
    try:
        return format(value, form)
    except ValueError as error:
        raise _Unknown from error


def _short(text: str) -> str:
    if len(text) > _LIMIT:
        raise _Unknown
    return text
