"""The house keeps its floors: imports only go down, and importing Benchbook stays light."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from contracts.repository import LIBRARY, ROOT, SERVER

HEAVY = {"duckdb", "fsspec", "IPython", "ipywidgets", "jupyter_server", "matplotlib", "nbformat", "numpy", "pandas"}
HEAVY |= {"papermill", "psutil", "pyarrow", "rich", "sklearn", "skops", "sqlglot", "tornado", "watchfiles", "yaml"}
HEAVY |= {"fastapi", "uvicorn"}
MODULES = 50
"""34 on Python 3.11; each costs a fraction of a millisecond."""


def lint_imports(*paths: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of pyproject.toml on the packages found below ``paths``."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_imports_only_go_down() -> None:
    """Every contract of import-linter holds in the checkout."""
    done = lint_imports(ROOT / "kernel_lib", ROOT / "extension")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("tracking", "from benchbook.pipelines import run_pipeline"),
        ("objects", "import benchbook_lab"),
        ("models", "import duckdb"),
        ("data", "import click"),
        ("store", "import pandas"),
    ],
)
def test_an_import_hidden_in_a_function_is_seen(tmp_path: Path, room: str, line: str) -> None:
    """A room that reaches where it may not breaks the contracts, also from inside a function."""
    copytree(LIBRARY, tmp_path / "benchbook")
    copytree(SERVER, tmp_path / "benchbook_lab", ignore=ignore_patterns("labextension"))
    (tmp_path / "benchbook" / room / "tunnel.py").write_text(f"def dig():\n    {line}\n")
    done = lint_imports(tmp_path)
    assert done.returncode == 1
    assert f"benchbook.{room}.tunnel" in done.stdout


def test_no_module_is_loaded_by_name() -> None:
    """Loading a module by a string would tunnel through the floors; only front doors do, each for its own rooms."""
    tunnels = [
        str(path.relative_to(ROOT))
        for path in LIBRARY.rglob("*.py")
        if re.search(r"import_module\(|__import__\(", path.read_text(encoding="utf-8"))
    ]
    assert set(tunnels) <= {"kernel_lib/benchbook/__init__.py", "kernel_lib/benchbook/store/__init__.py"}


def test_importing_benchbook_loads_nothing_heavy() -> None:
    """`import benchbook` leaves every large library alone until a function needs it."""
    code = "import sys, benchbook; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert HEAVY & set(done.stdout.split()) == set()


def test_importing_benchbook_loads_little() -> None:
    """Of Benchbook itself only the errors are loaded, and few of Python's modules; `make bench` has the time."""
    code = "import sys; known = set(sys.modules); import benchbook; print(*(set(sys.modules) - known))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert {name for name in loaded if name.startswith("benchbook")} == {"benchbook", "benchbook.errors"}
    assert len(loaded) <= MODULES
