#!/usr/bin/env python3
"""Refuse source files over 400 lines and Python functions over 50: a reader must be able to hold each at once."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

FILE_LINES = 400
FUNCTION_LINES = 50
ROOT = Path(__file__).resolve().parents[1]
GENERATED = {"contract.ts"}
SKIPPED = {"node_modules", "labextension", "lib", "__pycache__"}


def source_files() -> Iterator[Path]:
    """Each file people write and read, in a stable order."""
    for top in ("kernel_lib", "extension", "tests", "binder"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in {".py", ".ts", ".tsx"} and not SKIPPED & set(path.relative_to(ROOT).parts):
                yield path


def too_long(path: Path) -> Iterator[str]:
    """What in this file is longer than allowed, one sentence each."""
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(ROOT)
    lines = text.count("\n")
    if lines > FILE_LINES and path.name not in GENERATED:
        yield f"{name}: {lines} lines, at most {FILE_LINES}"
    if path.suffix != ".py":
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"{name}:{node.lineno}: function {node.name} has {length} lines, at most {FUNCTION_LINES}"


if __name__ == "__main__":
    found = [problem for path in source_files() for problem in too_long(path)]
    print(*found, sep="\n") if found else print("every file and function is short enough")
    sys.exit(1 if found else 0)
