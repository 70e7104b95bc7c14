"""What `import benchbook` adds to a process, against importing nothing."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from timing import Figure


def _process(code: str) -> float:
    times = []
    for _ in range(7):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def imports() -> list[Figure]:
    """Whole processes, in milliseconds."""
    nothing = _process("pass")
    return [
        Figure("import benchbook", (_process("import benchbook") - nothing) * 1e3, "ms", aim="≤ 150 ms"),
        Figure(
            "import benchbook and all of tracking",
            (_process("import benchbook; benchbook.start_run") - nothing) * 1e3,
            "ms",
            "import pandas",
            (_process("import pandas") - nothing) * 1e3,
        ),
    ]
