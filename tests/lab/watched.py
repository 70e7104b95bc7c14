"""What the tests of monitors share: a project made in a process of its own, and the cells of the heat map."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Locator

MAKER = Path(__file__).with_name("monitored_project.py")


def make(root: Path, *arguments: str) -> None:
    """Make the project, or add a month to it."""
    subprocess.run([sys.executable, str(MAKER), str(root), *arguments], check=True, cwd=root)


def cell(shown: Locator, label: str) -> Locator:
    """The cell of the heat map whose label begins so."""
    return shown.locator(f".bb-Heat-cell[aria-label^='{label}']")
