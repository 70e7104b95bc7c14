"""Which project a process works in: found upward from the working directory, else `$BENCHBOOK_PROJECT`, else here.

In the kernel of a pipeline step it is the pipeline's, wherever the notebook lies: its run is there.

Nothing is written until something is first logged or recorded, so looking around never litters a folder.
"""

from __future__ import annotations

import getpass
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from benchbook.errors import InvalidInput, NotAllowed
from benchbook.store.current import PROJECT_VARIABLE, RUN_VARIABLE

if TYPE_CHECKING:
    from benchbook.project.config import Config
    from benchbook.store import Store

FOLDER = ".benchbook"
CONFIG = "benchbook.yaml"


class Project:
    """One project folder. Cheap to make; ``store`` opens nothing until it is asked."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __repr__(self) -> str:
        return f"Project({str(self.root)!r})"

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.root.name

    @property
    def folder(self) -> Path:
        """Where the machine writes."""
        return self.root / FOLDER

    @property
    def exists(self) -> bool:
        """Whether anything was ever recorded or configured here."""
        return self.folder.is_dir() or (self.root / CONFIG).is_file()

    @cached_property
    def store(self) -> Store:
        """Everything recorded in this project.

        Raises:
            InvalidInput: DuckDB cannot open files at its path.
        """
        from benchbook.store import Store

        self._check_path()
        return Store(self.folder, actor=self.user)

    @property
    def user(self) -> str:
        """Who is working: the name that runs and facts carry."""
        return user_name()

    def config(self) -> Config:
        """What `benchbook.yaml` says, read anew.

        Raises:
            InvalidInput: naming file, line, key and expectation.
        """
        from benchbook.project.config import read_config

        return read_config(self.root / CONFIG)

    def make(self) -> None:
        """Make the folder the machine writes in, telling version control to leave it out.

        Raises:
            NotAllowed: if the project cannot be written.
            InvalidInput: DuckDB cannot open files at its path.
        """
        self._check_path()
        if self.folder.is_dir():
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / ".gitignore").write_text("*\n", encoding="utf-8")
        except OSError as error:
            raise NotAllowed(
                f"The project folder cannot be written: {self.folder} ({error.strerror}).",
                hint="Make the folder writable, or set BENCHBOOK_PROJECT to a folder that is.",
            ) from error

    def _check_path(self) -> None:
        """Refuse before anything is written: what follows ``?`` is no path to DuckDB, and a backslash parts folders."""
        odd = next((char for char in str(self.root) if char in "?\\"), None)
        if odd is not None:
            raise InvalidInput(
                f"The project's path {str(self.root)!r} holds {odd!r}, with which DuckDB cannot open a file.",
                hint="Rename that folder, or work in another one.",
            )


def user_name() -> str:
    """The name of the system's user."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user id without a name
        return f"uid {os.getuid()}"


_used: Project | None = None
_opened: dict[Path, Project] = {}


def open_project(path: str | os.PathLike[str]) -> Project:
    """The project in the folder ``path``; the same object for the same folder.

    Raises:
        InvalidInput: if there is no such folder.
    """
    root = Path(path).expanduser().resolve()
    if not root.is_dir():
        raise InvalidInput(f"There is no folder {str(path)!r} to use as a project.", hint="Make it, or check the path.")
    return _opened.setdefault(root, Project(root))


def use_project(path: str | os.PathLike[str] | None) -> Project | None:
    """Make ``path`` this process's project, or with None go back to finding it."""
    global _used  # noqa: PLW0603  the one process-wide choice of this module
    _used = None if path is None else open_project(path)
    return _used


def find_project(start: str | os.PathLike[str] | None = None) -> Project | None:
    """The project ``start`` (the working directory) is in, looking upward; None if it is in none."""
    here = Path(start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / CONFIG).is_file() or (folder / FOLDER).is_dir():
            return open_project(folder)
    return None


def current_project() -> Project:
    """This process's project: the one chosen, else the step's, else found, else `$BENCHBOOK_PROJECT`, else here.

    Raises:
        InvalidInput: if `$BENCHBOOK_PROJECT` names no folder.
    """
    if _used is not None:
        return _used
    named = os.environ.get(PROJECT_VARIABLE)
    if named and os.environ.get(RUN_VARIABLE):
        return open_project(named)
    found = find_project()
    if found is not None:
        return found
    return open_project(named or Path.cwd())
