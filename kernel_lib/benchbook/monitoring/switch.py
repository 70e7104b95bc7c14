"""The switch of the loop: what a monitor does by itself while JupyterLab is open.

It is a fact of the ledger and not a line of `benchbook.yaml`, because it is moved by a click, must outlive restarts,
and the audit log shall say who moved it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import msgspec

from benchbook.errors import InvalidInput
from benchbook.monitoring.state import NOUN, LoopMode, monitor_state, state_from
from benchbook.project.locate import CONFIG

if TYPE_CHECKING:
    from benchbook.project import Project
    from benchbook.project.monitor_config import MonitorConfig
    from benchbook.store import Ask


def switch_loop(project: Project, name: str, mode: LoopMode) -> None:
    """Set what the monitor ``name`` does by itself, in the name of the project's user; the same again records nothing.

    Raises:
        InvalidInput: there is no such mode.
    """
    if mode not in get_args(LoopMode):
        raise InvalidInput(f"The loop cannot be {mode!r}.", hint=f"Choose one of: {', '.join(get_args(LoopMode))}.")

    def decide(ask: Ask) -> dict[str, Any] | None:
        return None if state_from(ask, name).loop == mode else {"loop": mode}

    project.store.record("switch", NOUN, name, decide)


def described(project: Project) -> dict[str, MonitorConfig]:
    """The monitors of `benchbook.yaml`; a project without one has none.

    Raises:
        InvalidInput: it cannot be read.
    """
    return project.config().monitors if (project.root / CONFIG).is_file() else {}


def switched_on(project: Project) -> dict[str, MonitorConfig]:
    """The monitors whose loop is not off; where it asks first, so does their retraining.

    Raises:
        InvalidInput: `benchbook.yaml` cannot be read.
    """
    found = {}
    for name, monitor in described(project).items():
        mode = monitor_state(project, name).loop
        if mode != "off":
            found[name] = _asking(monitor) if mode == "ask" else monitor
    return found


def _asking(monitor: MonitorConfig) -> MonitorConfig:
    if monitor.retrain is None:
        return monitor
    return msgspec.structs.replace(monitor, retrain=msgspec.structs.replace(monitor.retrain, ask=True))
