"""Sends a file that a run logged, never one of the file system: the path is only compared with what was recorded.

Whatever it is, it cannot act: it comes as an attachment, confined to a sandbox. Pictures and plain text may be shown.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from benchbook.errors import NotFound

if TYPE_CHECKING:
    from benchbook_lab.handler import BenchbookHandler
    from benchbook_lab.place import Asked

_STRIDE = 256 * 1024
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml")
_TEXTS = ("application/json", "text/csv", "text/markdown", "text/plain", "text/tab-separated-values")
CONFINED = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class ArtifactFile(NamedTuple):
    """A recorded file, its bytes checked against their id."""

    name: str
    media_type: str
    size: int
    local: Path


def open_artifact(asked: Asked, run: str, path: str) -> ArtifactFile:
    """Find the file ``path`` that ``run`` logged.

    Raises:
        NotFound: for anything that is not recorded.
        StoreDamaged: if its bytes have changed.
    """
    from benchbook.objects import objects_of
    from benchbook.tracking import reads

    project = asked.need()
    artifacts = reads.get_run(run, project=project).artifacts
    found = next((artifact for artifact in artifacts if artifact.path == path), None)
    if found is None:
        raise NotFound("artifact", path, known=[artifact.path for artifact in artifacts])
    local = objects_of(project).local_path(found.digest, checked=True)
    return ArtifactFile(PurePosixPath(found.path).name, found.media_type, found.size, local)


async def send(handler: BenchbookHandler, file: ArtifactFile, *, inline: bool) -> None:
    """Stream the file, reading in the handler's lane."""
    kind, shown = _kind(file.media_type)
    where = "inline" if inline and shown else "attachment"
    handler.set_header("Content-Type", kind)
    handler.set_header("Content-Length", str(file.size))
    handler.set_header("Content-Disposition", f"{where}; filename*=utf-8''{quote(file.name, safe='')}")
    handler.set_header("Content-Security-Policy", CONFINED)
    handler.set_header("X-Content-Type-Options", "nosniff")
    handler.set_header("Cache-Control", "private, no-cache")
    source = await handler.services.lanes.run(handler.lane, partial(file.local.open, "rb"))
    with source:
        while stride := await handler.services.lanes.run(handler.lane, partial(source.read, _STRIDE)):
            handler.write(stride)
            await handler.flush()
    await handler.finish(set_content_type=kind)


def _kind(media_type: str) -> tuple[str, bool]:
    """The Content-Type to send, and whether a browser may show it."""
    plain = media_type.partition(";")[0].strip().lower()
    if plain in _PICTURES:
        return plain, True
    if plain in _TEXTS:
        return "text/plain; charset=utf-8", True
    return "application/octet-stream", False
