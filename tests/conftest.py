"""Fixtures every test may use: a project on tmp_path, and nothing of the machine's own Jupyter or Benchbook settings.

`make test` runs the tests against the installed wheel and sets BENCHBOOK_TEST_INSTALLED, so that a checkout on
sys.path ends the run instead of being tested by mistake.
"""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from benchbook.project import Project

_JUPYTER_FOLDERS = (
    "IPYTHONDIR",
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_DATA_DIR",
    "JUPYTER_RUNTIME_DIR",
    "JUPYTERLAB_SETTINGS_DIR",
    "JUPYTERLAB_WORKSPACES_DIR",
    "MPLCONFIGDIR",
)
_OURS = {"BENCHBOOK_TEST_INSTALLED", "BENCHBOOK_WHEEL"}  # what `make test` tells the tests


def pytest_configure() -> None:
    """Refuse to test a checkout when the wheel was to be tested."""
    if not os.environ.get("BENCHBOOK_TEST_INSTALLED"):
        return
    import benchbook

    installed = Path(sysconfig.get_path("purelib")).resolve()
    found = Path(benchbook.__file__ or "").resolve()
    if installed not in found.parents:
        raise pytest.UsageError(f"benchbook comes from {found}, not from the wheel installed in {installed}.")


@pytest.fixture(scope="session", autouse=True)
def _own_jupyter_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Kernels and servers started by a test neither read nor write what the user has configured."""
    home = tmp_path_factory.mktemp("jupyter")
    with pytest.MonkeyPatch.context() as patch:
        for name in _JUPYTER_FOLDERS:
            folder = home / name.lower()
            folder.mkdir()
            patch.setenv(name, str(folder))
        patch.delenv("JUPYTER_PATH", raising=False)
        patch.delenv("JUPYTER_CONFIG_PATH", raising=False)
        yield


@pytest.fixture(autouse=True)
def _outside_any_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test starts in no run and no project, also when the tests themselves are started from one."""
    for name in [name for name in os.environ if name.startswith("BENCHBOOK_") and name not in _OURS]:
        monkeypatch.delenv(name)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """An empty project on tmp_path, which is also the working directory."""
    from benchbook.project import open_project

    monkeypatch.chdir(tmp_path)
    return open_project(tmp_path)
