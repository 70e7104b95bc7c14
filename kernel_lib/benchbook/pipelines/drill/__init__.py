"""The fire drill: known faults in a copy of recent traffic, the real loop in a sandbox, and grades.

It stands in pipelines/, the highest room of the library, because it plays the whole loop: monitors, pipelines that
retrain, and gates.
"""

from benchbook.pipelines.drill.catalogue import FAULTS, Fault
from benchbook.pipelines.drill.drilling import list_drills, run_drill
from benchbook.pipelines.drill.records import Drill, Settings, Trial

__all__ = ["FAULTS", "Drill", "Fault", "Settings", "Trial", "list_drills", "run_drill"]
