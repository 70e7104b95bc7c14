"""Version control of what data is not: the code, the notebook and the environment a run had."""

from benchbook.versioning.records import CodeState, EnvironmentState
from benchbook.versioning.snapshots import code_state, environment_state, notebook_path

__all__ = ["CodeState", "EnvironmentState", "code_state", "environment_state", "notebook_path"]
