"""What the outcome of a pipeline depends on, as digests by name, so that two states of it can be told apart.

Code is what the notebooks hold (not their outputs), the project's modules they import and their params; data is what
the pipeline loads without making it itself, and the files that `watch:` names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from benchbook.data import get_dataset
from benchbook.errors import BenchbookError, InvalidInput, NotFound
from benchbook.pipelines.graph import ancestors
from benchbook.pipelines.modules import local_modules
from benchbook.pipelines.params import effective_params
from benchbook.pipelines.plan import Prepared, PreparedStep, prepare
from benchbook.project import Project
from benchbook.project.config import FILE
from benchbook.project.watch_config import WatchConfig
from benchbook.refs import Ref
from benchbook.store.queries import pipelines as queries

MOST_FILES = 1_000


@dataclass(frozen=True)
class State:
    """A pipeline as it is now: ``parts`` by name ("code train.ipynb", "data features"), and by step what it needs."""

    parts: dict[str, str]
    needs: dict[str, set[str]]
    prepared: Prepared
    files: list[Path] = field(default_factory=list)

    def stale(self, changed: Collection[str]) -> list[str]:
        """The steps that what has ``changed`` reaches, in order: their own parts, or those of a step before them."""
        hit = {step for step, parts in self.needs.items() if parts & set(changed)}
        return [
            step.name
            for step in self.prepared.steps
            if step.name in hit or hit & ancestors(step.name, self.prepared.edges)
        ]


def pipeline_state(project: Project, name: str, watch: WatchConfig) -> State:
    """The state of the pipeline ``name``, as far as ``watch`` asks about it.

    Raises:
        InvalidInput: benchbook.yaml, a notebook or a param is wrong, or too many files are to be watched.
        NotFound: there is no such pipeline.
    """
    prepared = prepare(name, None, project=project)
    made = {access.name for step in prepared.steps for access in step.accesses if access.role == "makes"}
    made |= {dataset for (dataset,) in project.store.read(queries.made_datasets(name))}
    files = list(_watched(project.root, watch))
    shared = {f"data {path.relative_to(project.root).as_posix()}": _digest(path) for path in files}
    parts: dict[str, str] = {}
    needs: dict[str, set[str]] = {}
    for step in prepared.steps:
        code, modules = _code(project.root, step)
        own = {**code, **_data(project, step, made), **shared}
        own = {part: value for part, value in own.items() if part.partition(" ")[0] in watch.on}
        parts |= own
        needs[step.name] = set(own)
        files += [project.root / step.source.path, *modules]
    return State(parts, needs, prepared, [project.root / FILE, *dict.fromkeys(files)])


def differences(before: dict[str, str] | None, after: dict[str, str]) -> dict[str, str]:
    """What differs, by part and in words; everything where nothing is known of before."""
    if before is None:
        return dict.fromkeys(after, "it has not been run by the loop yet")
    said: dict[str, str] = {}
    for part in [*after, *(part for part in before if part not in after)]:
        was, now = before.get(part), after.get(part)
        if was == now:
            continue
        thing = part.partition(" ")[2]
        if was is None or now is None:
            said[part] = f"{thing} is {'new' if was is None else 'not needed any more'}"
        elif part.startswith("data ") and " #" in now:
            said[part] = f"{thing} is {now.partition(' ')[0]}, was {was.partition(' ')[0]}"
        else:
            said[part] = f"{thing} changed"
    return said


class Watchlist:
    """The files whose saving may change the state of a watched pipeline, and a stamp of them that costs `stat` only."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known: dict[str, list[Path]] = {}
        self._patterns: list[str] = []

    def stamp(self) -> str:
        """A text that changes when a file is saved, appears or vanishes."""
        root = self._project.root
        paths = {root / FILE, *(path for paths in self._known.values() for path in paths)}
        paths |= {path for pattern in self._patterns for path in root.glob(pattern)}
        return hashlib.sha256("".join(_stamp(path) for path in sorted(paths)).encode()).hexdigest()

    def renew(self) -> None:
        """Look up which files matter now; while benchbook.yaml cannot be read, those that did before."""
        try:
            pipelines = self._project.config().pipelines
        except InvalidInput:
            return
        watched = {name: one.watch for name, one in pipelines.items() if one.watch is not None}
        known: dict[str, list[Path]] = {}
        for name, watch in watched.items():
            notebooks = [self._project.root / step.notebook for step in pipelines[name].steps]
            try:
                known[name] = pipeline_state(self._project, name, watch).files
            except BenchbookError:  # a notebook that is broken now is watched until it is mended
                known[name] = [*notebooks, *self._known.get(name, [])]
        self._known, self._patterns = known, [pattern for watch in watched.values() for pattern in watch.files]


def _stamp(path: Path) -> str:
    try:
        about = path.stat()
    except OSError:
        return f"{path} -\n"
    return f"{path} {about.st_size} {about.st_mtime_ns} {about.st_ino}\n"


def _code(root: Path, step: PreparedStep) -> tuple[dict[str, str], list[Path]]:
    """Digests of a step's notebook with its params, and of the modules it imports."""
    source = step.source
    asked: Any = (
        [cell.source for cell in source.cells],
        effective_params(source, step.params),
        source.language,
        source.kernel,
        step.name,
    )
    text = msgspec.json.encode(asked, order="deterministic")
    statements = [statement for cell in source.cells for statement in cell.statements]
    modules = local_modules(root, (root / source.path).parent, statements)
    parts = {f"code {source.path}": hashlib.sha256(text).hexdigest()}
    return parts | {f"code {path.relative_to(root).as_posix()}": _digest(path) for path in modules}, modules


def _data(project: Project, step: PreparedStep, made: Collection[str]) -> dict[str, str]:
    """The versions that a step would load now of datasets that this pipeline does not make."""
    found: dict[str, str] = {}
    for access in step.accesses:
        is_fixed = access.pinned and not access.alias
        if access.role != "uses" or access.noun != "dataset" or not access.name or access.name in made or is_fixed:
            continue
        try:
            version = get_dataset(Ref(access.name, alias=access.alias or None), project=project)
        except NotFound:
            found[f"data {access.ref}"] = "nothing"
        else:
            found[f"data {access.ref}"] = f"{version.ref} #{version.digest}"
    return found


def _watched(root: Path, watch: WatchConfig) -> Iterator[Path]:
    """The files that the patterns of ``watch`` name, each a regular one inside the project."""
    found = {path for pattern in watch.files for path in root.glob(pattern) if path.is_file()}
    inside = sorted(path for path in found if path.resolve().is_relative_to(root.resolve()))
    if len(inside) > MOST_FILES:
        what = f"`watch:` names {len(inside):,} files; at most {MOST_FILES:,} are watched."
        raise InvalidInput(what, hint="Save them as a dataset, and load that.")
    yield from inside


def _digest(path: Path) -> str:
    try:
        about = path.stat()
        return _digest_of(path, about.st_size, about.st_mtime_ns)
    except OSError as error:
        return f"unreadable: {error.strerror}"


@lru_cache(maxsize=4_096)
def _digest_of(path: Path, _size: int, _modified: int) -> str:
    """The content's SHA-256; asked again only when size or time of the file are other ones."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
