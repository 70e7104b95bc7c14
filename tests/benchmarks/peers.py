"""The same drift by peers, each in the environment it is installed in; their pinned packages do not fit beside ours.

`BENCHBOOK_PEERS=~/evidently/bin/python:~/nannyml/bin/python make bench` measures them in the same run; without it, or
with one that cannot be imported there, a line says so.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

VARIABLE = "BENCHBOOK_PEERS"
_READ = """
import sys, time
import pandas as pd
before, after = (pd.read_parquet(path) for path in sys.argv[1:3])
"""
_SCRIPTS = {
    "evidently": """
from importlib.metadata import version
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset
columns = DataDefinition(
    numerical_columns=[name for name in before if name.startswith("n")],
    categorical_columns=[name for name in before if name.startswith("t")],
)
began = time.perf_counter()
Report([DataDriftPreset()]).run(Dataset.from_pandas(after, columns), Dataset.from_pandas(before, columns)).dict()
print(version("evidently"), time.perf_counter() - began)
""",
    "nannyml": """
import nannyml
calculator = nannyml.UnivariateDriftCalculator(
    column_names=list(before),
    continuous_methods=["kolmogorov_smirnov", "wasserstein", "jensen_shannon"],
    categorical_methods=["chi2", "jensen_shannon"],
    chunk_size=len(after),
)
began = time.perf_counter()
calculator.fit(before)
calculator.calculate(after).to_df()
print(nannyml.__version__, time.perf_counter() - began)
""",
}


def drift_of_peers(before: Path, after: Path) -> dict[str, float]:
    """Seconds each peer needs for the drift of two Parquet files already read, by its name and version."""
    found: dict[str, float] = {}
    for python in filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)):
        for name, script in _SCRIPTS.items():
            done = subprocess.run(
                [python, "-W", "ignore", "-c", _READ + script, str(before), str(after)],
                env={**os.environ, "NML_DISABLE_USAGE_LOGGING": "1", "DO_NOT_TRACK": "1"},
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode == 0:
                version, seconds = done.stdout.split()[-2:]
                found[f"{name} {version}"] = float(seconds)
    missing = [name for name in _SCRIPTS if not any(label.startswith(name) for label in found)]
    if missing:
        print(f"Not measured, since {VARIABLE} names no Python that has it: {', '.join(missing)}.")
    return found
