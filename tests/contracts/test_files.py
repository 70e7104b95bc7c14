"""What lies in the repository: short files, no trace of one machine, dependencies that are used."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

from contracts.repository import LIBRARY, ROOT, SERVER, imported_packages, tracked_files, tracked_text

LARGEST = 1_500_000
# Used without an import: as a server that is started, a kernel that is launched, what uvicorn itself picks up.
NOT_IMPORTED = {"httptools", "ipykernel", "jupyterlab", "uvloop"}
# Imported only if a user has it; nothing of ours needs it.
OPTIONAL = {"git", "matplotlib", "torch"}


def test_files_and_functions_are_short() -> None:
    """A file fits in a head: at most 400 lines, and a Python function at most 50."""
    done = subprocess.run([sys.executable, ".ci/sizes.py"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_nothing_large_is_tracked() -> None:
    """A clone stays quick: no file is over 1.5 MB."""
    assert [str(path) for path in tracked_files() if path.stat().st_size > LARGEST] == []


def test_no_package_registry_is_named() -> None:
    """pip, yarn and npm are configured by whoever runs them; a lock that names a host binds everybody to it."""
    host = re.compile(r"\b(?:registry\.[a-z]+js|registry\.yarn[a-z]+|files\.pythonhosted|pypi)\.(?:com|org)\b")
    assert [name for name, text in tracked_text() if host.search(text)] == []


def test_no_path_of_a_machine_is_named() -> None:
    """Nothing points into somebody's home folder or at this checkout."""
    here = re.compile("|".join(rf"(?<![\w.]){re.escape(str(folder))}/" for folder in (ROOT, Path.home())))
    assert [name for name, text in tracked_text() if here.search(text)] == []


def test_nothing_is_left_open() -> None:
    """A thing to be done later stands in the tracker, not in the code."""
    mark = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
    assert [name for name, text in tracked_text() if not name.endswith(".lock") and mark.search(text)] == []


def test_each_dependency_is_used_and_each_import_declared() -> None:
    """pyproject.toml lists exactly the distributions the shipped code imports."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {re.split(r"[<>=~!\[ ]", line)[0].lower() for line in project["dependencies"]}
    known = packages_distributions()
    imported = set(imported_packages(LIBRARY) | imported_packages(SERVER)) - set(sys.stdlib_module_names) - OPTIONAL
    used = {known.get(name, [name])[0].lower().replace("_", "-") for name in imported} - {"benchbook", "benchbook-lab"}
    assert (declared - NOT_IMPORTED - used, used - declared) == (set(), set())


def test_wheel_ships_the_templates_as_tracked() -> None:
    """What `benchbook new` copies is what is in version control: no run of a template is packed along."""
    shipped = [str(file).partition("/benchbook/templates/")[2] for file in distribution("benchbook").files or []]
    tracked = {
        str(path.relative_to(ROOT / "templates")) for path in tracked_files() if ROOT / "templates" in path.parents
    }
    compiled = "/__pycache__/"  # by the installer, and not copied
    assert {name for name in shipped if name and compiled not in name} == tracked
