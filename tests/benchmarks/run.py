"""`make bench`: every figure beside its raw bound, measured in the same run. No figure decides anything in the tests.

With names given, only those: `python tests/benchmarks/run.py logging lab`. `drift-large` runs only when named: it
writes 1 GB and takes minutes.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from drift import drift, drift_large
from gates import gates
from importing import imports
from logging_points import crowd, kill, logging
from loop import loop
from querying import querying
from serving import serving
from timing import Figure, show

from lab import lab_start, live

GROUPS: dict[str, Callable[[], list[Figure]]] = {
    "logging": logging,
    "kill": kill,
    "crowd": crowd,
    "querying": querying,
    "imports": imports,
    "gates": gates,
    "lab": lab_start,
    "live": live,
    "drift": drift,
    "loop": loop,
    "drift-large": drift_large,
    "serving": serving,
}
ONLY_WHEN_NAMED = {"drift-large"}


def main() -> None:
    """Measure the groups asked for and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "groups",
        nargs="*",
        default=[name for name in GROUPS if name not in ONLY_WHEN_NAMED],
        help=f"any of {', '.join(GROUPS)}",
    )
    groups = parser.parse_args().groups
    load = os.getloadavg()[0]
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {load:.1f}")
    for name in groups:
        began = time.perf_counter()
        show(GROUPS[name]())
        print(f"({name}: {time.perf_counter() - began:.0f} s)")


if __name__ == "__main__":
    main()
