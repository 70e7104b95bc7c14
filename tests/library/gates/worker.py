"""A process of the tests of promotion: `worker.py PROJECT ROLE ARGUMENT [MOMENT]`.

promote VERSION / approve REQUEST: does it, and kills itself with SIGKILL at MOMENT, "before N" or "after N": just
before or just after the ledger's N-th line of this process is written and synced.
race VERSION: judges, says "judged", waits for a line on stdin, then moves the alias; prints what became of it as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from benchbook.errors import Conflict
from benchbook.gates import approve, promote
from benchbook.project import Project
from benchbook.store import Store, ledger

CALLS = {"before": ("c_call", os.pwrite), "after": ("c_return", os.fsync)}


def die_at(moment: str) -> None:
    """Watch the calls that the ledger's own code makes, and end this process at the one that ``moment`` names."""
    word, _, number = moment.partition(" ")
    left = [int(number)]

    def watch(frame: FrameType, event: str, argument: Any) -> None:
        if frame.f_code.co_filename == ledger.__file__ and (event, argument) == CALLS[word]:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(watch)


def race(project: Project, version: int) -> None:
    """Promote, stopping between the verdict and the move."""
    held = project.store.record

    def record(action: str, *rest: Any, **more: Any) -> Any:
        if action == "promote":
            print("judged", flush=True)
            sys.stdin.readline()
        return held(action, *rest, **more)

    project.store.record = record  # type: ignore[method-assign]  # the real one, a moment later
    try:
        done = promote("delay", version, project=project)
        print(json.dumps({"state": done.state, "version": version}))
    except Conflict as error:
        print(json.dumps({"state": "Conflict", "version": version, "said": error.what}))


if __name__ == "__main__":
    root, role, argument, *moment = sys.argv[1:]
    here = Project(Path(root))
    if moment:
        die_at(*moment)
    if role == "race":
        race(here, int(argument))
    elif role == "approve":
        here.store = Store(here.folder, actor="ann")
        approve(argument, project=here)
    else:
        promote("delay", int(argument), project=here)
