"""Which Python files of the project a notebook imports, directly or through each other: they are its code too."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

_MOST = 500


def local_modules(root: Path, folder: Path, statements: Iterable[ast.stmt]) -> list[Path]:
    """The files below ``root`` that code in ``folder`` imports, sorted; installed packages are none of them.

    A module that cannot be parsed counts, but what it imports is not followed.
    """
    waiting = list(_imported(statements, folder))
    found: set[Path] = set()
    while waiting and len(found) < _MOST:
        path = waiting.pop()
        if path in found or not path.resolve().is_relative_to(root.resolve()):
            continue
        found.add(path)
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, ValueError, OSError):
            continue
        waiting += _imported(tree.body, folder, path.parent)
    return sorted(found)


def _imported(statements: Iterable[ast.stmt], folder: Path, package: Path | None = None) -> Iterator[Path]:
    """Files that the imports in ``statements`` may mean; ``package`` is where relative ones begin."""
    for node in (node for statement in statements for node in ast.walk(statement)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _files(folder, alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            base = folder
            if node.level:
                if package is None:
                    continue
                base = package if node.level == 1 else package.parents[min(node.level - 2, len(package.parents) - 1)]
            parts = node.module.split(".") if node.module else []
            yield from _files(base, parts)
            for alias in node.names:  # `from lib import features` may mean a file
                yield from _files(base, [*parts, alias.name])


def _files(base: Path, parts: list[str]) -> Iterator[Path]:
    """The module file itself, and the `__init__` of each package on the way."""
    here = base
    for part in parts:
        here = here / part
        for path in (here / "__init__.py", here.with_name(f"{part}.py")):
            if path.is_file():
                yield path
