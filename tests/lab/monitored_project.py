"""Makes a small project with a monitor that has seen a quiet month and one in which the world turned round.

Run in a process of its own (`python monitored_project.py FOLDER`), as a person's script would; with a month as second
argument it adds that month's rows to the project.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchbook.monitoring.observing import observe
from benchbook.project import open_project
from library.pipelines.loop_project import YAML, add_month, make_loop


def main(root: Path, month: str = "") -> None:
    """Make the project in ``root``, or add ``month``."""
    project = open_project(root)
    if month:
        add_month(project, int(month), turned=True)
        return
    make_loop(project, text=YAML)
    add_month(project, 4, turned=False)
    add_month(project, 5, turned=True)
    observe(project, "m", project.config().monitors["m"])


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
