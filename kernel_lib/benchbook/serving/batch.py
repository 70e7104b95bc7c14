"""Batch scoring: a dataset version, or a frame, through a model version, in a run that tells what it used and made.

Rows go through in chunks, from stored Parquet to stored Parquet, so memory does not grow with the table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from benchbook.data import dataset_batches, get_dataset, save_dataset
from benchbook.errors import InvalidInput
from benchbook.models import ModelVersion, get_model, validate
from benchbook.project import Project, current_project
from benchbook.refs import Ref, check_name
from benchbook.serving.records import BatchPredictions
from benchbook.serving.served import MODEL_ERRORS, Served, explained, load_served
from benchbook.tracking import current_run, start_run

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

CHUNK = 50_000
"""Rows in memory at a time."""
_OURS = ("prediction", "probability", "model_version")


def predict(
    model: str | Ref,
    data: str | Ref | pd.DataFrame,
    *,
    save: str | None = None,
    id: str | None = None,  # noqa: A002  the word the endpoint and the outcomes have for it
    project: Project | None = None,
) -> BatchPredictions:
    """Predict every row of a dataset version or frame, and save the rows with their predictions as a dataset.

    The dataset is called ``save``, or the model's name with ``-predictions``. It has the rows as they were, and the
    columns prediction, probability (of a binary model's positive class, else null) and model_version; with ``id``, the
    column of that name also stands in it as text in a column ``id``, for outcomes to be joined by.

    Raises:
        InvalidInput: ref, name or column cannot be, the data is no table or has no rows, or a row is not what the
            model takes; names row, column and value. The run is failed then.
        NotFound: there is no such model or dataset version.
    """
    project = project or current_project()
    version = get_model(model, project=project)
    if save is not None:
        check_name("dataset", save)
    source = get_dataset(data, project=project).ref if isinstance(data, (str, Ref)) else ""
    outer = current_run()
    params = {"model": version.ref, "data": source or "a frame"}
    parent = outer.id if outer is not None else None
    with start_run(f"predict {version.ref}", params=params, parent=parent, project=project) as run:
        scorer = _Scorer(load_served(version, project), id)
        batches = scorer.score(dataset_batches(data, CHUNK, project=project))
        made = _save(project, save or f"{version.name}-predictions", batches, version, source)
        run.log_metric("rows", scorer.rows)
        return BatchPredictions(run.id, version.ref, source, made, scorer.rows, scorer.warnings())


def _save(project: Project, name: str, batches: Iterator[pa.RecordBatch], version: ModelVersion, source: str) -> str:
    import pyarrow as pa

    first = next(batches, None)
    if first is None:
        raise InvalidInput(f"{source or 'The frame'} has no rows to predict.")
    reader = pa.RecordBatchReader.from_batches(first.schema, chain([first], batches))
    note = f"{source or 'A frame'} as predicted by {version.ref}"
    return save_dataset(name, reader, note=note, project=project).ref


class _Scorer:
    """Adds predictions to batches of rows, and counts what should be told."""

    def __init__(self, served: Served, id_column: str | None) -> None:
        self.rows = 0
        self._served = served
        self._id = id_column
        self._type: Any = None
        self._unseen: dict[str, Counter[Any]] = {}

    def score(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if batch.num_rows:
                yield self._scored(batch)

    def warnings(self) -> list[str]:
        """Categories the model has never seen, with how many rows hold one."""
        told = []
        for column, counts in self._unseen.items():
            shown = ", ".join(repr(value)[:60] for value, _ in counts.most_common(3))
            told.append(f"Column {column!r}: the model has never seen {shown} ({counts.total():,} rows).")
        return told

    def _scored(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        import pandas as pd
        import pyarrow as pa

        self._check_columns(batch.schema.names)
        frame = batch.to_pandas(ignore_metadata=True)
        frame.index = pd.RangeIndex(self.rows, self.rows + len(frame))  # errors name rows of the whole table
        given = validate(self._served.signature, frame)
        try:
            found = self._served.predict(given)
        except MODEL_ERRORS as error:
            said = explained(self._served.version.ref, error)
            what = f"Rows {self.rows:,} to {self.rows + len(frame) - 1:,}: {said.what}"
            raise InvalidInput(what, hint=said.hint) from error
        self._count_unseen(given)
        outputs = pa.array(found.outputs, type=self._type)
        self._type = outputs.type
        number = self._served.version.version
        positive: Sequence[float | None] = found.positive or [None] * len(frame)
        columns = {
            "prediction": outputs,
            "probability": pa.array(positive, type=pa.float64()),
            "model_version": pa.array([number] * len(frame), type=pa.int64()),
            **self._ids(batch),
        }
        self.rows += len(frame)
        for name, column in columns.items():
            batch = batch.append_column(name, column)
        return batch

    def _check_columns(self, names: list[str]) -> None:
        taken = [name for name in _OURS if name in names]
        if taken:
            hint = "Rename it, or leave it out of the data."
            raise InvalidInput(f"The data has a column {taken[0]!r}, which the predictions are to have.", hint=hint)
        if self._id is not None and self._id not in names:
            known = ", ".join(names[:20])
            raise InvalidInput(f"The data has no column {self._id!r} to take ids from.", hint=f"It has {known}.")
        if self._id not in (None, "id") and "id" in names:
            raise InvalidInput(f"Ids were to come from {self._id!r}, but the data has a column 'id' already.")

    def _ids(self, batch: pa.RecordBatch) -> dict[str, Any]:
        import pyarrow as pa

        if self._id is None or self._id == "id":
            return {}
        try:
            return {"id": batch.column(self._id).cast(pa.string())}
        except pa.ArrowException as error:
            raise InvalidInput(f"Column {self._id!r} cannot be made into ids: {error}") from error

    def _count_unseen(self, frame: pd.DataFrame) -> None:
        for name, known in self._served.known.items():
            column = frame[name]
            unseen = column[column.notna() & ~column.isin(list(known))]
            if len(unseen):
                self._unseen.setdefault(name, Counter()).update(unseen.tolist())
