"""Snapshots taken when a run starts: git state, the notebook's source as saved, packages, Python and hardware.

Everything is read only; diff, source and package list become objects, so a thousand runs of one state cost one.
"""

from __future__ import annotations

import functools
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from benchbook.versioning.records import CodeState, EnvironmentState

if TYPE_CHECKING:
    from benchbook.objects import ObjectStore

_DIFF_LIMIT = 20 * 1024 * 1024
_KEY_PACKAGES = (
    "benchbook",
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "duckdb",
    "scikit-learn",
    "xgboost",
    "lightgbm",
    "torch",
    "matplotlib",
)


def notebook_path() -> str:
    """The notebook or script that is running, as an absolute path; empty when unknown (a bare shell)."""
    for variable in ("BENCHBOOK_NOTEBOOK", "JPY_SESSION_NAME"):
        named = os.environ.get(variable)
        if named and named.endswith(".ipynb"):
            return str(Path(named).absolute())
    if "ipykernel" in sys.modules:
        return ""
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    return str(Path(script).absolute()) if script and Path(script).is_file() else ""


def code_state(root: Path, objects: ObjectStore, notebook: str) -> CodeState:
    """The state of git around ``root`` and the source of ``notebook`` as saved now."""
    commit, branch = _head(root)
    diff = _git(root, "diff", "--no-ext-diff", "--no-textconv", "HEAD") if commit else b""
    source = Path(notebook) if notebook else None
    return CodeState(
        commit=commit,
        branch=branch,
        dirty=bool(diff),
        diff=objects.put_bytes(diff[:_DIFF_LIMIT]).id if diff else None,
        notebook=relative_to(root, notebook),
        source=objects.put_file(source).id if source and source.is_file() else None,
    )


def relative_to(root: Path, path: str) -> str:
    """``path`` as people in the project say it: relative to ``root`` where it lies inside."""
    if not path:
        return ""
    resolved = Path(path).resolve()
    return resolved.relative_to(root).as_posix() if resolved.is_relative_to(root) else str(resolved)


def find_commit(root: Path, ref: str) -> str | None:
    """The commit that ``ref`` (a branch, tag or commit) names in the repository around ``root``; None if it names none.

    The ref is never read as an option of git.
    """
    if not ref or ref.startswith("-") or any(char.isspace() or char in "\0:" for char in ref):
        return None
    said = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    return said.decode().strip() or None


def file_at(root: Path, commit: str, path: str) -> bytes | None:
    """The bytes that the file ``path`` (relative to ``root``) has in ``commit``; None where it is not in it."""
    named = f"{commit}:./{path}"
    return _git(root, "cat-file", "blob", named) if _git(root, "cat-file", "-t", named).strip() == b"blob" else None


def _head(root: Path) -> tuple[str | None, str | None]:
    """Commit and branch, in one call of git, and none where no folder above has a repository."""
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return None, None
    said = _git(root, "rev-parse", "HEAD", "--abbrev-ref", "HEAD").decode(errors="replace").split()
    return (said[0], said[1]) if len(said) == 2 else (None, None)


def _git(root: Path, *arguments: str) -> bytes:
    """What git prints, or nothing where there is no git, no repository or no commit. Runs no hook and no helper."""
    command = ["git", "-c", "core.fsmonitor=", "-c", "core.hooksPath=/dev/null", "-C", str(root), *arguments]
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(command, capture_output=True, timeout=10, check=False, env=environment)
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return b""
    return done.stdout if done.returncode == 0 else b""


def environment_state(objects: ObjectStore) -> EnvironmentState:
    """This process's Python, platform, hardware and packages."""
    packages = _packages()
    listed = objects.put_bytes(msgspec.json.encode(packages))
    return EnvironmentState(
        python=platform.python_version(),
        platform=platform.platform(),
        machine=platform.machine(),
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        packages=listed.id,
        package_count=len(packages),
        key_packages={name: packages[name] for name in _KEY_PACKAGES if name in packages},
    )


@functools.cache
def _packages() -> dict[str, str]:
    """Every installed distribution and its version, by name.

    Names and versions are those of the ``.dist-info`` folders (PEP 376): reading the metadata in them, as
    `importlib.metadata` does, took 80 ms for 170 packages and this takes 2.
    """
    found: dict[str, str] = {}
    for place in dict.fromkeys(sys.path):
        try:
            names = [path.name for path in Path(place or ".").iterdir()]
        except OSError:  # sys.path may name what is not there, or zip files
            continue
        for name in names:
            if name.endswith(".dist-info"):
                package, _, version = name.removesuffix(".dist-info").partition("-")
                found.setdefault(package.lower().replace("_", "-"), version)
    return dict(sorted(found.items()))


@functools.cache
def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())
