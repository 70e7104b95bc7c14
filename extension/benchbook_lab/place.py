"""Which project this server shows: the one at or above Jupyter's root folder, else the one `$BENCHBOOK_PROJECT` names.

It is looked for at each request, because the first `import benchbook` in a notebook may make it at any moment. So that
a kernel in a subfolder makes it at Jupyter's root and not beside its notebook, the root is put into the environment
that kernels inherit, unless a person has set it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from benchbook import store
from benchbook.errors import NotFound
from benchbook.project import Project, find_project, open_project

VARIABLE = "BENCHBOOK_PROJECT"
CONFIG = "benchbook.yaml"


def revision_of(project: Project) -> str:
    """A text that changes whenever anything was logged or recorded, a writer died, or `benchbook.yaml` was saved."""
    try:
        config = (project.root / CONFIG).stat().st_mtime_ns
    except FileNotFoundError:
        config = 0
    return f"{store.revision_of(project.folder)}-{config:x}"


class Asked(NamedTuple):
    """What a library call gets to know of the request: the project, if there is one, and who asks.

    ``user`` is empty where Jupyter knows nobody by name, as in a Lab on one's own machine.
    """

    project: Project | None
    user: str

    def need(self) -> Project:
        """The project.

        Raises:
            NotFound: while there is none.
        """
        if self.project is None:
            hint = "Start a run or save a dataset in a notebook: that makes the project."
            raise NotFound("project", "here", hint=hint)
        return self.project

    def need_as_user(self) -> Project:
        """The project, where what is recorded names the user who asks, or else the system's user.

        Raises:
            NotFound: while there is none.
        """
        from benchbook.store import Store

        if not self.user:
            return self.need()
        project = Project(self.need().root)
        project.store = Store(project.folder, actor=self.user)
        return project


class Place:
    """Where the project of this server is, or would be made."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._set_variable = VARIABLE not in os.environ
        if self._set_variable:
            found = find_project(root)
            os.environ[VARIABLE] = str(found.root if found else root)

    def leave(self) -> None:
        """Take back what was put into the environment."""
        if self._set_variable:
            os.environ.pop(VARIABLE, None)

    def project(self) -> Project | None:
        """The project, or None while there is none."""
        return find_project(self._root) or self._named()

    def future_root(self) -> Path:
        """Where the first write from a notebook makes the project."""
        return Path(os.environ.get(VARIABLE) or self._root).expanduser()

    def _named(self) -> Project | None:
        root = self.future_root()
        named = open_project(root) if root.is_dir() else None
        return named if named is not None and named.exists else None
