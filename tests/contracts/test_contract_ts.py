"""The border between Python and TypeScript is one generated file."""

from __future__ import annotations

import subprocess
import sys

from contracts.repository import ROOT


def test_contract_ts_is_fresh() -> None:
    """extension/src/contract.ts is what the server's records generate today."""
    command = [sys.executable, "-m", "benchbook_lab.contract", "--check", "extension/src/contract.ts"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
