"""Which kernel runs a notebook: for Python the interpreter that runs Benchbook, whatever the notebook's metadata says.

A step must see the packages its project was installed with, on a machine where no kernelspec was ever registered; so
Python kernels are started by their command, and only other languages are looked up among the installed kernelspecs.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchbook.errors import InvalidInput

if TYPE_CHECKING:
    from jupyter_client.manager import AsyncKernelManager

_SOCKET_PATH = 90
"""Longest path a socket's folder may have: Unix allows 107 characters for the socket itself."""


@dataclass(frozen=True)
class Kernel:
    """A kernel that can be started: its command with `{connection_file}`, language and name."""

    name: str
    language: str
    display_name: str
    command: tuple[str, ...]
    env: tuple[tuple[str, str], ...] = ()
    resource_dir: str = ""

    @property
    def is_own(self) -> bool:
        """Whether it is the interpreter that runs Benchbook."""
        return self.command[0] == sys.executable


def own_kernel() -> Kernel:
    """The Python that runs Benchbook, as a kernel."""
    command = (sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}")
    return Kernel("python3", "python", "Python 3 (ipykernel)", command)


def choose_kernel(language: str, name: str = "", *, notebook: str = "") -> Kernel:
    """The kernel for a notebook in ``language`` that asks for the kernelspec ``name``.

    Raises:
        InvalidInput: if it is no Python and no kernelspec of that language is installed; the hint lists those that are.
    """
    if language == "python":
        return own_kernel()
    from jupyter_client.kernelspec import KernelSpecManager

    specs = {key: found["spec"] for key, found in KernelSpecManager().get_all_specs().items()}
    fitting = [key for key, spec in specs.items() if str(spec.get("language", "")).lower() == language]
    chosen = name if name in fitting else next(iter(sorted(fitting)), None)
    if chosen is None:
        listed = ", ".join(f"{key} ({spec.get('language', '?')})" for key, spec in sorted(specs.items())) or "none"
        asks = f" (kernel {name!r})" if name else ""
        raise InvalidInput(
            f"The notebook {notebook!r} is written in {language}{asks}, and no kernel for that is installed.",
            hint=f"Install a kernel for {language}. Installed kernels: {listed}.",
        )
    folder = KernelSpecManager().get_kernel_spec(chosen).resource_dir
    spec = specs[chosen]
    env = tuple(sorted(spec.get("env", {}).items()))
    return Kernel(chosen, language, str(spec.get("display_name", chosen)), tuple(spec["argv"]), env, folder)


def kernel_manager(kernel: Kernel, folder: Path) -> AsyncKernelManager:
    """A manager that starts ``kernel``, with its connection file and sockets in ``folder``.

    Our own kernels talk through sockets in the file system: no port can be taken by another process meanwhile.
    """
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    manager = AsyncKernelManager(kernel_name=kernel.name, connection_file=str(folder / "kernel.json"))
    if kernel.is_own and os.name == "posix" and len(str(folder)) <= _SOCKET_PATH:
        manager.transport = "ipc"
        manager.ip = str(folder / "socket")
    manager._kernel_spec = KernelSpec(  # noqa: SLF001  the manager would look the name up among installed kernelspecs
        argv=list(kernel.command),
        display_name=kernel.display_name,
        language=kernel.language,
        env=dict(kernel.env),
        resource_dir=kernel.resource_dir,
    )
    return manager
