"""What the contract tests look at: the checkout the tests lie in, and the files git tracks there."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "kernel_lib" / "benchbook"
SERVER = ROOT / "extension" / "benchbook_lab"


def tracked_files() -> list[Path]:
    """Every file in version control, as it lies in the working tree now."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def tracked_text() -> Iterator[tuple[str, str]]:
    """Path below the root and content of every tracked file that is text."""
    for path in tracked_files():
        try:
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # pictures and data


def imported_packages(folder: Path) -> dict[str, str]:
    """Top-level package → one file that imports it, for all Python below ``folder``, imports in functions included."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            for name in names:
                found.setdefault(name.split(".")[0], str(path.relative_to(ROOT)))
    return found
