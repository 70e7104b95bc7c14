"""One course of a drill: recent traffic comes again chunk by chunk, and the real loop looks, alerts, retrains, decides.

The course also knows what the monitor cannot: all labels. So it tells how good the serving version truly was.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchbook.data import get_dataset, save_dataset
from benchbook.errors import BenchbookError, InvalidInput
from benchbook.models import ModelVersion, get_model
from benchbook.models.registry import read_model
from benchbook.monitoring.observing import observe
from benchbook.monitoring.state import Alert, Observation, Retraining, monitor_state
from benchbook.monitoring.watched import measured
from benchbook.pipelines.drill import faults
from benchbook.pipelines.drill.catalogue import Broken
from benchbook.pipelines.drill.inputs import answered
from benchbook.pipelines.drill.traffic import Moment, Traffic, withheld
from benchbook.pipelines.retraining import pursue

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from benchbook.project import Project
    from benchbook.project.monitor_config import MonitorConfig

    Rows = NDArray[np.bool_]

Tell = Callable[[str], None]


@dataclass
class Look:
    """What one turn of the loop came to: observations of this chunk and of earlier ones, retrainings, the truth."""

    place: int
    """Number of the chunk that had just ended, in the traffic."""
    chunk: str
    model: str
    observations: list[Observation]
    truth: float | None
    refused: int
    rows: int
    retrained: list[Retraining] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    """What the loop would have told instead of looking on."""
    replaced: bool = False
    """Whether the retraining pipeline has saved the watched dataset itself."""


class Course:
    """Plays traffic in one project of the sandbox; ``broken`` None is the course without a fault."""

    def __init__(
        self,
        project: Project,
        monitor: str,
        traffic: Traffic,
        served: tuple[ModelVersion, Any],
        broken: Broken | None = None,
    ) -> None:
        self._project = project
        self._name = monitor
        self._traffic = traffic
        self._broken = broken
        self._tables = [source.table for source in traffic.sources]
        self._loaded = served
        self._begun_with = served[0].version
        self.places: dict[str, int] = {}
        """Number of each chunk by the id it has in here."""

    def play(self, place: int, *, first_faulty: int, retrain: bool, tell: Tell) -> Look:
        """Let chunk number ``place`` end, and take one turn; ``first_faulty`` is the number of the first broken one.

        Raises:
            InvalidInput: the fault does not fit the data.
        """
        moment = self._traffic.moments[place]
        served = self._served()[0]
        touched = self._break(moment, place - first_faulty)
        scores = self._answer(moment, touched, again=place >= first_faulty)
        chunk = self._deliver(moment, place, first_faulty)
        self.places[chunk] = place
        truth, refused = self._truth(moment, scores)
        look = Look(place, chunk, served.ref, [], truth, refused, moment.chunk.rows)
        config = self._config()
        try:
            look.observations = observe(self._project, self._name, config, now=moment.now)
            if retrain:
                self._retrain(look, config, tell)
        except BenchbookError as error:
            look.errors.append(str(error))
        return look

    def _retrain(self, look: Look, config: MonitorConfig, tell: Tell) -> None:
        before = len(monitor_state(self._project, self._name).retrainings)
        delivered = get_dataset(config.data, project=self._project).version
        while pursue(self._project, self._name, config, tell=tell):
            continue
        look.retrained = monitor_state(self._project, self._name).retrainings[before:]
        look.replaced = get_dataset(config.data, project=self._project).version != delivered

    def _config(self) -> MonitorConfig:
        return self._project.config().monitors[self._name]

    def _served(self) -> tuple[ModelVersion, Any]:
        """The version that serves now, and the model; read once as long as it stays."""
        config = self._config()
        version = get_model(f"{config.model}@{config.alias}", project=self._project)
        if self._loaded[0].version != version.version:
            self._loaded = (version, read_model(version, project=self._project))
        return self._loaded

    def _break(self, moment: Moment, since: int) -> Rows:
        """Put the fault into the rows of one chunk; returns the rows (n,) that differ now."""
        import numpy as np

        before = self._tables[moment.source]
        if self._broken is None or since < 0:
            return np.zeros(before.num_rows, dtype=bool)
        after = self._broken.change(before, moment.rows, since)
        self._tables[moment.source] = after
        return differing(before, after, self._broken.columns)

    def _answer(self, moment: Moment, touched: Rows, *, again: bool) -> NDArray[np.float64]:
        """What was predicted for the chunk's rows: as recorded, or anew where the model would answer otherwise."""
        import numpy as np
        import pyarrow as pa

        config, (version, model) = self._config(), self._served()
        table = self._tables[moment.source]
        name, inputs = config.prediction, self._broken is not None and self._broken.inputs
        anew = again and (inputs or version.version != self._begun_with) and version.signature is not None
        if name and not anew:
            kept = table.column(name).filter(pa.array(moment.rows))
            return np.asarray(kept.cast(pa.float64()).to_numpy(), dtype=float)
        frame = table.filter(pa.array(moment.rows)).to_pandas().reset_index(drop=True)
        scores = answered(model, version.signature, frame, touched[moment.rows])
        if name:
            self._tables[moment.source] = with_predictions(table, moment.rows, name, scores)
        return scores

    def _deliver(self, moment: Moment, place: int, first_faulty: int) -> str:
        """Save the dataset as it was at this moment; returns the id the chunk has for the monitor."""
        import numpy as np
        import pyarrow as pa

        config, source = self._config(), self._traffic.sources[moment.source]
        table = self._tables[moment.source]
        if config.target in table.column_names:
            hidden = withheld(config, source, moment.now)
            if self._broken is not None and self._broken.late:
                hidden = hidden | self._late(place, first_faulty, self._broken.late)
            table = faults.withhold(table, hidden, config.target) if np.any(hidden) else table
        version = save_dataset(config.data, table.filter(pa.array(moment.there)), project=self._project)
        versions = config.chunk == "version" and not config.chunk_rows
        return f"v{version.version}" if versions else moment.chunk.id

    def _late(self, place: int, first_faulty: int, by: int) -> Rows:
        """Rows of the source whose labels would be here by now, were they not ``by`` chunks late."""
        moments, config = self._traffic.moments, self._config()
        source = moments[place].source
        now = moments[place - by].now if place >= by else None
        hidden: Rows = moments[place].rows & False
        for number in range(first_faulty, place + 1):
            one = moments[number]
            if one.source != source:
                continue
            if place - number < by:
                hidden = hidden | one.rows
            elif now is not None:
                hidden = hidden | (one.rows & withheld(config, self._traffic.sources[source], now))
        return hidden

    def _truth(self, moment: Moment, scores: NDArray[np.float64]) -> tuple[float | None, int]:
        """The metric of a chunk by all its labels, and how many rows had no prediction."""
        import numpy as np
        import pyarrow as pa

        config, table = self._config(), self._tables[moment.source]
        refused = int((~np.isfinite(scores)).sum())
        if config.target not in table.column_names:
            return None, refused
        labels = table.column(config.target).filter(pa.array(moment.rows)).to_pandas()
        try:
            value = measured(config.metric, labels, scores).metric(config.metric).value
        except InvalidInput:  # labels of no kind that can be measured: the monitor's own notes say so
            return None, refused
        return (None if value is None or math.isnan(value) else value), refused


def differing(before: pa.Table, after: pa.Table, columns: list[str]) -> Rows:
    """Rows (n,) in which one of ``columns`` is another value in ``after``; missing is a value here."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    found = np.zeros(before.num_rows, dtype=bool)
    for name in columns:
        one, other = (table.column(name).combine_chunks() for table in (before, after))
        if pa.types.is_dictionary(one.type):
            one, other = one.dictionary_decode(), other.dictionary_decode()
        same = pc.fill_null(pc.equal(one, other.cast(one.type, safe=False)), False)
        both = pc.and_(pc.is_null(one), pc.is_null(other))
        found |= ~np.asarray(pc.or_(same, both))
    return found


def with_predictions(table: pa.Table, rows: Rows, name: str, scores: NDArray[np.float64]) -> pa.Table:
    """The table with ``scores`` (one for each of ``rows``; NaN: none) in the column of predictions."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    column = table.column(name).combine_chunks()
    whole = np.full(table.num_rows, np.nan)
    whole[rows] = scores
    made: Any = pa.array(whole, mask=np.isnan(whole))
    type_ = column.type
    if pa.types.is_boolean(type_):
        made = pc.greater_equal(made, 0.5)
    elif pa.types.is_integer(type_):
        type_ = pa.float64()
    put = pc.if_else(pa.array(rows), made.cast(type_), column.cast(type_))
    return table.set_column(table.column_names.index(name), name, put)


def alerts_by_place(course: Course, look: Look) -> list[tuple[int, Observation, Alert]]:
    """The alerts of a look with the number of the chunk they are about."""
    found = [(course.places[seen.chunk.id], seen) for seen in look.observations if seen.chunk.id in course.places]
    return [(place, seen, alert) for place, seen in found for alert in seen.alerts]
