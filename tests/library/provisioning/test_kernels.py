"""Which kernel runs a notebook."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchbook.errors import InvalidInput
from benchbook.provisioning import choose_kernel


@pytest.fixture
def julia(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed kernelspec of another language."""
    folder = tmp_path / "kernels" / "julia-1.10"
    folder.mkdir(parents=True)
    spec = {"argv": ["julia", "{connection_file}"], "display_name": "Julia", "language": "julia", "env": {"A": "1"}}
    (folder / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    return folder


@pytest.mark.parametrize("name", ["", "python3", "my-conda-env", "../../evil"])
def test_python_runs_in_the_interpreter_of_benchbook(name: str) -> None:
    """Whatever the notebook's metadata names: no kernelspec needs to be installed, and none can be smuggled in."""
    kernel = choose_kernel("python", name)
    assert kernel.is_own
    assert kernel.command == (sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}")


@pytest.mark.parametrize("name", ["julia-1.10", "julia-9", ""])
def test_another_language_runs_in_an_installed_kernel(julia: Path, name: str) -> None:
    """By its name, else by its language."""
    kernel = choose_kernel("julia", name)
    assert (kernel.name, kernel.command, kernel.env) == ("julia-1.10", ("julia", "{connection_file}"), (("A", "1"),))
    assert Path(kernel.resource_dir) == julia


def test_a_language_without_a_kernel_lists_the_installed_ones(julia: Path) -> None:
    """The error says what was asked for and what there is."""
    with pytest.raises(InvalidInput, match=r"'n.ipynb' is written in r \(kernel 'ir'\)") as caught:
        choose_kernel("r", "ir", notebook="n.ipynb")
    assert "julia-1.10 (julia)" in caught.value.hint
