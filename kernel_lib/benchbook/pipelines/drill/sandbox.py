"""A sandbox: a project of its own in a temporary folder, with what the loop needs of the real one, free to be broken.

The facts are copied, so every version and alias is there under its name; objects are lent, that is copied when they are
first asked for. What people wrote is copied too: notebooks, code and small files, without hidden ones, which may hold
keys to the world outside. Nothing leaves a sandbox: its `benchbook.yaml` names no file and no address for alerts.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from benchbook.errors import InvalidInput
from benchbook.monitoring.chunks import Chunk
from benchbook.monitoring.state import NOUN, Observation
from benchbook.objects import borrow
from benchbook.project import Project, open_project
from benchbook.project.config import FILE, Config
from benchbook.project.monitor_config import MonitorConfig
from benchbook.store import NewFact, outside_runs
from benchbook.store.lock import unwritable
from benchbook.store.queries import monitors as queries

FILE_LIMIT = 100 << 20
"""Files larger than this are not copied: data a project keeps beside its notebooks, say."""
TOTAL_LIMIT = 2 << 30
_SKIPPED = {"__pycache__", "node_modules"}


class Sandbox:
    """A folder of projects that share their objects: one in which the clean traffic came, and forks of it."""

    def __init__(self, root: Path, first: Project, monitor: str, left_out: list[str]) -> None:
        self.root = root
        self.first = first
        self.monitor = monitor
        """The monitor's name in here; another than outside where the ledger knows it already."""
        self.left_out = left_out
        """Files of the project that were not copied, with the reason."""

    @property
    def config(self) -> MonitorConfig:
        """The monitor as it is in here."""
        return self.first.config().monitors[self.monitor]

    def fork(self, name: str) -> Project:
        """A copy of the first project as it is now, called ``name``.

        Raises:
            StorageFull, NotAllowed: it cannot be written.
        """
        target = self.root / name
        try:
            shutil.copytree(self.first.root, target, ignore=_remade)
        except shutil.Error as error:
            raise InvalidInput(f"The sandbox cannot be copied to {target}: {error}") from error
        except OSError as error:
            raise unwritable(target, error) from error
        (target / ".benchbook" / "objects").symlink_to(self.root / "objects")
        return open_project(target)

    def pass_over(self, chunks: list[Chunk]) -> None:
        """Let the monitor of the first project take ``chunks`` for seen, so that it begins with those of the drill."""
        facts = [NewFact("observe", NOUN, self.monitor, msgspec.to_builtins(_blank(chunk))) for chunk in chunks]
        if facts:
            self.first.store.record_facts(lambda _: facts)


@contextmanager
def open_sandbox(project: Project, name: str, *, retrain: bool, keep: bool = False) -> Iterator[Sandbox]:
    """Make a sandbox for the monitor ``name``, and remove it at the end, whatever happens, unless ``keep``.

    Raises:
        InvalidInput: `benchbook.yaml` cannot be read.
        StorageFull, NotAllowed, StoreBusy: there is no space, or no right to read the project.
    """
    config = project.config()
    root = Path(tempfile.mkdtemp(prefix="benchbook-drill-")).resolve()
    try:
        with outside_runs():
            yield _made(project, config, root, name, retrain=retrain)
    finally:
        if not keep:
            _remove(root)


def _blank(chunk: Chunk) -> Observation:
    """An observation in which nothing was seen; with a performance, so that no labels are waited for."""
    return Observation(
        chunk=chunk,
        model="",
        reference="",
        report="",
        drift={},
        metric="",
        performance=(0.0, 0.0, 0.0),
        estimate=None,
        baseline=None,
        multivariate=None,
        alerts=[],
    )


def _remove(root: Path) -> None:
    shutil.rmtree(root, ignore_errors=True)
    if root.exists():
        warnings.warn(
            f"The sandbox {root} could not be removed whole; remove it by hand.", RuntimeWarning, stacklevel=3
        )


def _made(project: Project, config: Config, root: Path, name: str, *, retrain: bool) -> Sandbox:
    try:
        first = root / "clean"
        first.mkdir()
        left_out = _copy_files(project.root, first) if retrain else []
        (first / ".benchbook").mkdir()
        borrow(root / "objects", project.folder / "objects")
        (first / ".benchbook" / "objects").symlink_to(root / "objects")
        project.store.copy_facts(first / ".benchbook")
    except OSError as error:
        raise unwritable(root, error) from error
    made = open_project(first)
    taken = {known for (known,) in made.store.read(queries.names())}
    inside = next(free for free in (name, "drill", *(f"drill-{n}" for n in range(len(taken)))) if free not in taken)
    _write_config(first, config, name, inside, retrain=retrain)
    return Sandbox(root, made, inside, left_out)


def _write_config(root: Path, config: Config, name: str, inside: str, *, retrain: bool) -> None:
    """Only this monitor, quiet and asking nobody; gates that ask nobody either. JSON is YAML."""
    monitor = config.monitors[name]
    quiet = msgspec.structs.replace(monitor, notify_file="", notify_url="", notify_local=False)
    begins = msgspec.structs.replace(monitor.retrain, ask=False) if monitor.retrain and retrain else None
    alone = {inside: msgspec.structs.replace(quiet, retrain=begins)}
    gates = {gate: msgspec.structs.replace(one, approval=None) for gate, one in config.gates.items()}
    written: Any = msgspec.to_builtins(msgspec.structs.replace(config, monitors=alone, gates=gates))
    (root / FILE).write_bytes(msgspec.json.format(msgspec.json.encode(written), indent=1))


def _copy_files(source: Path, target: Path) -> list[str]:
    """Copy what people wrote; returns what was left out and why. Links are not followed out of the project."""
    left_out: list[str] = []
    total = 0
    for folder, folders, files in os.walk(source):
        here = Path(folder)
        folders[:] = [name for name in folders if _is_wanted(here / name)]
        (target / here.relative_to(source)).mkdir(exist_ok=True)
        for name in sorted(files):
            path = here / name
            shown = path.relative_to(source).as_posix()
            if name.startswith(".") or not path.is_file() or (here == source and name == FILE):
                continue
            if not path.resolve().is_relative_to(source.resolve()):
                left_out.append(f"{shown} (leads out of the project)")
                continue
            size = path.stat().st_size
            if size > FILE_LIMIT or total + size > TOTAL_LIMIT:
                left_out.append(f"{shown} ({size / 1e6:.0f} MB)")
                continue
            total += size
            shutil.copyfile(path, target / shown)
    return left_out


def _remade(folder: str, names: list[str]) -> list[str]:
    """What a fork has of its own: objects are shared, and the store is folded anew from the facts."""
    own = ("objects", "store.duckdb", "store.duckdb.wal", "lock")
    return [name for name in names if name in own] if Path(folder).name == ".benchbook" else []


def _is_wanted(folder: Path) -> bool:
    hidden = folder.name.startswith(".") or folder.name in _SKIPPED
    return not hidden and not folder.is_symlink() and not (folder / "pyvenv.cfg").exists()
