"""The notebook of a run, ready to be shown: what one output may weigh is limited, or one endless loop of prints would
stop the browser of everybody who looks at the run.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import msgspec

from benchbook_lab.records import NotebookAnswer

if TYPE_CHECKING:
    from benchbook.tracking.records import Run
    from benchbook_lab.place import Asked

FILE_LIMIT = 200_000_000
OUTPUT_LIMIT = 2_000_000
OUTPUTS_LIMIT = 20_000_000


class Kept(msgspec.Struct, frozen=True):
    """Where a run's notebook is kept."""

    path: str
    digest: str
    executed: bool


def get_notebook(asked: Asked, run: str) -> NotebookAnswer:
    """The run's executed notebook, or else its source as it was.

    Raises:
        NotFound: if there is no such run.
        StoreDamaged: if the bytes have changed since.
    """
    from benchbook.objects import objects_of
    from benchbook.tracking import reads

    project = asked.need()
    record = reads.get_run(run, project=project)
    kept = find_kept(record)
    if kept is None:
        return NotebookAnswer(None, record.notebook, executed=False, cut=0)
    local = objects_of(project).local_path(kept.digest, checked=True)
    notebook = read_notebook(local.read_bytes()) if local.stat().st_size <= FILE_LIMIT else None
    return NotebookAnswer(notebook, kept.path, kept.executed, 0 if notebook is None else cut_outputs(notebook))


def find_kept(run: Run) -> Kept | None:
    """The copy that a pipeline executed in this step, or the snapshot of the run's source."""
    name = PurePosixPath(run.notebook).name
    executed = [artifact for artifact in run.artifacts if run.kind == "step" and artifact.path == name]
    if executed:
        newest = max(executed, key=lambda artifact: artifact.time)
        return Kept(newest.path, newest.digest, executed=True)
    if run.code is None or run.code.source is None:
        return None
    return Kept(run.code.notebook, run.code.source, executed=False)


def read_notebook(text: bytes) -> dict[str, Any] | None:
    """The notebook as JSON, or None if it is none."""
    try:
        notebook = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    good = isinstance(notebook, dict) and isinstance(notebook.get("cells"), list)
    return notebook if good else None


def cut_outputs(notebook: dict[str, Any]) -> int:
    """Put a note in the place of each output that is too large, or too much with those before; return how many."""
    room, cut = OUTPUTS_LIMIT, 0
    for cell in notebook["cells"]:
        found = cell.get("outputs") if isinstance(cell, dict) else None
        outputs = found if isinstance(found, list) else []
        for index, output in enumerate(outputs):
            size = len(msgspec.json.encode(output))
            if size <= min(OUTPUT_LIMIT, room):
                room -= size
            else:
                outputs[index] = _note(size)
                cut += 1
    return cut


def _note(size: int) -> dict[str, Any]:
    text = f"Benchbook left out this output of {size / 1e6:,.1f} MB; it is in the artifact.\n"
    return {"output_type": "stream", "name": "stderr", "text": text}
