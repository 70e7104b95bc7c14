"""What `benchbook.yaml` says under `watch:` of a pipeline: what makes `benchbook watch` run it, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, get_args

import msgspec

from benchbook.project.placed import Keys, wrong
from benchbook.project.yaml_reader import Document

Cause = Literal["code", "data"]


def _says(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


class WatchConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Run the pipeline when its code or data has changed, let the gate decide, promote or hold, and tell."""

    gate: Annotated[
        str, _says("Gate that decides whether a version it made takes the alias; none: it is only run.")
    ] = ""
    on: Annotated[
        list[str],
        _says(
            "What starts it: code (its notebooks, their modules and params), data (datasets it does not make, files)."
        ),
    ] = msgspec.field(default_factory=lambda: ["code", "data"])
    files: Annotated[list[str], _says("Files whose content is data too, as patterns inside the project: raw/*.csv")] = (
        msgspec.field(default_factory=list)
    )
    ask: Annotated[bool, _says("Only say that something changed; `benchbook watch NAME --start` runs it.")] = False
    notify_file: Annotated[
        str, _says("File in the project to which what came of it is appended, as a line of JSON.")
    ] = ""
    notify_url: Annotated[str, _says("https address of another machine to which it is sent as JSON.")] = ""
    notify_local: Annotated[bool, _says("`notify_url` is an http address of this very machine, a relay say.")] = False


def check_watch(document: Document, keys: Keys, watch: WatchConfig, gates: Mapping[str, Any]) -> None:
    """Check that the gate exists, that something can start it, and that files and address can be what they are.

    Raises:
        InvalidInput: with line, key, value and next step.
    """
    if watch.gate and watch.gate not in gates:
        hint = f"There are: {', '.join(sorted(gates)[:8])}." if gates else "Add one under `gates:`."
        raise wrong(document, (*keys, "gate"), f"is {watch.gate!r}, which `gates:` does not have", hint)
    causes = get_args(Cause)
    unknown = [cause for cause in watch.on if cause not in causes]
    if unknown or not watch.on:
        what = f"has {unknown[0]!r}, which starts nothing" if unknown else "is empty, so nothing would start it"
        raise wrong(document, (*keys, "on"), what, f"Write one or both of {', '.join(causes)}.")
    for place, pattern in enumerate(watch.files):
        path = PurePosixPath(pattern)
        if not pattern.strip() or path.is_absolute() or ".." in path.parts or "\\" in pattern or "**" in pattern:
            what = f"is {pattern!r}, not a pattern of files inside the project"
            raise wrong(
                document, (*keys, "files", place), what, "Write it with '/' and without '..' or '**': raw/*.csv"
            )
    scheme = "http://" if watch.notify_local else "https://"
    if watch.notify_url and not watch.notify_url.startswith(scheme):
        what = f"is {watch.notify_url[:60]!r}, not an {scheme} address"
        raise wrong(document, (*keys, "notify_url"), what, "Notices go out over https, to this machine over http.")
