"""As much of a Binder image as can be made without a container engine: its Python packages, our files, our scripts.

Not covered: Ubuntu, conda's own Python, user 1000, and mybinder.org's proxy and exact launch command.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_LOCKS = Path(str(find_spec("repo2docker").origin)).parent / "buildpacks" / "conda"  # found, not imported: it warns
_CONDA_PACKAGE = re.compile(r"/([a-zA-Z0-9][^/]*)-([^-/]+)-[^-/]+\.(?:conda|tar\.bz2)#")
# conda's name → ours; tzdata is numbered differently (2025b, not 2025.2).
_RENAMED = {"jupyterhub-base": "jupyterhub", "jupyterhub-singleuser": "jupyterhub"}
_NUMBERED_DIFFERENTLY = {"tzdata"}


def dockerfile() -> str:
    """What repo2docker would build from this repository."""
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def base_packages() -> tuple[list[str], list[str]]:
    """What Binder's Python 3.11 image asks for, and the exact versions repo2docker has locked, as pip's lines."""
    wanted = re.findall(r"^- ([a-z_-]+)==", (_LOCKS / "environment.py-3.11.yml").read_text(), re.MULTILINE)
    locked = _CONDA_PACKAGE.findall((_LOCKS / "environment.py-3.11-linux-64.lock").read_text())
    pins = {_RENAMED.get(name, name): version for name, version in locked if name not in _NUMBERED_DIFFERENTLY}
    return [_RENAMED.get(name, name) for name in wanted], [f"{name}=={version}" for name, version in pins.items()]


class Image:
    """A folder with a copy of HEAD and a fresh virtual environment beside it."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.environment = folder / "conda"
        self.home.mkdir()
        archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True)
        subprocess.run(["tar", "-x", "-C", str(self.home)], input=archive.stdout, check=True)
        subprocess.run([sys.executable, "-m", "venv", str(self.environment)], check=True)

    @property
    def variables(self) -> dict[str, str]:
        """The environment of every command in the image: its own home and programs, nothing of the tests'."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON", "MPL"))}
        ours.pop("BENCHBOOK_TEST_INSTALLED", None)
        ours["HOME"] = str(self.home)
        ours["PATH"] = f"{self.environment / 'bin'}{os.pathsep}{ours['PATH']}"
        return ours

    def run(self, *command: str, seconds: int = 600) -> str:
        """Run a command in the copied repository, as a `RUN` line of the Dockerfile does, and return its output."""
        done = subprocess.run(
            command,
            cwd=self.home,
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-6000:]}"
        return done.stdout

    def install_base(self) -> None:
        """Put the packages of Binder's image in place, in the versions repo2docker has locked."""
        wanted, pins = base_packages()
        (self.environment / "base.txt").write_text("\n".join(pins))
        self.run("pip", "install", "--quiet", "-c", str(self.environment / "base.txt"), *wanted)
