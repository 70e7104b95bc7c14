"""Registered models: every version is immutable, and knows its run, metrics, params and data.

Registering always makes a new version: it is a deliberate act, and two trainings are two models even when they agree.
"""

from __future__ import annotations

import os
import platform
import warnings
from collections.abc import Mapping
from importlib import metadata
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from benchbook.data import DatasetVersion, get_dataset
from benchbook.data.lookup import check_alias, find_version, point_alias
from benchbook.errors import BenchbookError, InvalidInput, NotAllowed
from benchbook.models.records import AliasChange, Dependency, ModelDetail, ModelSummary, ModelVersion, Signature
from benchbook.objects import Blob, bytes_of, objects_of, open_regular
from benchbook.project import Project, current_project
from benchbook.project.locate import CONFIG
from benchbook.refs import Ref, check_name, check_text
from benchbook.store import current_stream
from benchbook.store.queries import models as queries
from benchbook.store.queries.versions import alias_history
from benchbook.tracking.values import metric_value, param_value

if TYPE_CHECKING:
    from benchbook.store import Ask

NOUN = "model"
_PACKAGES = ("scikit-learn", "skops", "numpy", "scipy", "pandas")


def register_model(
    name: str,
    model: object,
    *,
    example: object = None,
    metrics: Mapping[str, Any] | None = None,
    alias: str | None = None,
    note: str = "",
    project: Project | None = None,
) -> ModelVersion:
    """Register a fitted scikit-learn estimator (or a file or bytes saved by skops) as the newest version of ``name``.

    ``example`` is a few rows of input: the signature comes from them. Metrics, params and data default to those of the
    current run. ``alias`` then points at the new version.

    Raises:
        InvalidInput: a name or value cannot be accepted, the model is not fitted, or it fails on the example.
        NotAllowed: the model cannot be stored without pickle (names the types), or a gate guards the alias.
        StorageFull, StoreBusy: nothing was recorded.
    """
    check_name(NOUN, name)
    if alias is not None:
        check_alias(alias)
    data = {
        "note": check_text("note", note) if note else "",
        "metrics": _checked_metrics(metrics),
        **_described(model, example),
    }
    project = project or current_project()
    if alias is not None:
        _check_unguarded(project, name, alias)
    project.make()
    blob = objects_of(project).put_bytes(data.pop("bytes"))
    version = _record(project, name, blob, data)
    if alias is not None:
        point_alias(project, NOUN, name, version.version, alias)
        version = get_model(Ref(name, version=version.version), project=project)
    _tell_run("made", version)
    return version


def load_model(ref: str | Ref, *, project: Project | None = None) -> Any:
    """Load a version as the estimator it was; the current run, if any, is told that it used it.

    Raises:
        InvalidInput: the ref cannot be parsed, or the installed packages cannot unpack it; names their versions.
        NotFound: there is no such version; lists near names, versions or aliases.
        NotAllowed: the stored bytes are no safe model.
        StoreDamaged: they have changed, are gone, or are not what was recorded.
    """
    project = project or current_project()
    version = get_model(ref, project=project)
    model = read_model(version, project=project)
    _tell_run("used", version)
    return model


def read_model(version: ModelVersion, *, project: Project) -> Any:
    """Load a version as `load_model` does, without telling a run: for those who judge models or serve them.

    Raises:
        InvalidInput, NotFound, NotAllowed, StoreDamaged: as `load_model`.
    """
    from benchbook.models.formats import unpack
    from benchbook.models.signature import check_estimator

    with bytes_of(version.ref):
        packed = objects_of(project).get_bytes(version.digest)
    try:
        model = unpack(packed)
    except InvalidInput as error:
        raise InvalidInput(f"{version.ref}: {error.what}", hint=_differences(version) or error.hint) from error
    check_estimator(version.ref, model, version.estimator, version.signature)
    return model


def get_model(ref: str | Ref, *, project: Project | None = None) -> ModelVersion:
    """Return what is known of a version; raises InvalidInput and NotFound as `load_model`."""
    return (project or current_project()).store.read_with(lambda ask: _get(ask, ref))


def list_models(*, project: Project | None = None) -> list[ModelSummary]:
    """Return every model with its newest version and those that have an alias; the model changed last comes first."""
    versions = [_version(row) for row in (project or current_project()).store.read(queries.all_versions())]
    summaries = []
    for name, group in groupby(versions, key=lambda version: version.name):
        all_of = list(group)
        summaries.append(ModelSummary(name, all_of[0], [one for one in all_of if one.aliases], len(all_of)))
    return sorted(summaries, key=lambda summary: -summary.latest.created)


def model_detail(ref: str | Ref, *, project: Project | None = None) -> ModelDetail:
    """Return a version with its siblings, the history of its aliases and the name of its run; raises as `get_model`."""

    def work(ask: Ask) -> ModelDetail:
        version = _get(ask, ref)
        siblings = [_version(row) for row in ask(queries.versions(version.name))]
        history = [AliasChange(*row) for row in ask(alias_history(NOUN, version.name))]
        run = next((row[0] for row in ask(queries.run_name(version.run))), None) if version.run else None
        return ModelDetail(version, siblings, history, run)

    return (project or current_project()).store.read_with(work)


def set_alias(
    name: str, version: int, alias: str, *, noun: str = NOUN, project: Project | None = None
) -> ModelVersion | DatasetVersion:
    """Let ``alias`` point at a version of a model, or of a dataset with ``noun="dataset"``; earlier targets lose it.

    Raises:
        InvalidInput: the noun, name, version or alias cannot be one.
        NotFound: there is no such version; lists those there are.
        NotAllowed: a gate guards the alias of the model.
    """
    project = project or current_project()
    if noun == NOUN:
        _check_unguarded(project, name, alias)
    point_alias(project, noun, name, version, alias)
    ref = Ref(name, version=version)
    return get_dataset(ref, project=project) if noun == "dataset" else get_model(ref, project=project)


def _check_unguarded(project: Project, name: str, alias: str) -> None:
    """Check that no gate in `benchbook.yaml` guards the alias: that one moves by promotion alone.

    Without the file nothing is guarded. A file that cannot be read is warned of and guards nothing, so that a typo in
    a pipeline does not stop a training from registering its model; the audit log shows such a move for what it is.
    """
    if not (project.root / CONFIG).is_file():
        return
    try:
        gates = project.config().gates
    except InvalidInput as error:
        warnings.warn(f"Whether a gate guards {name}@{alias} is unknown: {error.what}", RuntimeWarning, stacklevel=3)
        return
    guard = next((gate for gate, one in gates.items() if (one.model, one.alias) == (name, alias)), None)
    if guard is not None:
        hint = f"benchbook.gates.promote({name!r}, version), or `benchbook promote {name} VERSION`."
        raise NotAllowed(f"{name}@{alias} moves only through the gate {guard!r}.", hint=hint)


def _described(model: object, example: object) -> dict[str, Any]:
    """The model's bytes and what they say of themselves; a file goes through the same gate as a stored model."""
    from benchbook.models.formats import pack, unpack
    from benchbook.models.signature import class_name, make_signature

    if isinstance(model, (str, os.PathLike, bytes, bytearray, memoryview)):
        packed = _given_bytes(model)
        model = unpack(packed)
        _check_fitted(model)
    else:
        _check_fitted(model)
        packed = pack(model)
    signature = None if example is None else make_signature(model, example)
    return {
        "bytes": packed,
        "estimator": class_name(model),
        "signature": None if signature is None else msgspec.to_builtins(signature),
    }


def _given_bytes(model: str | os.PathLike[str] | bytes | bytearray | memoryview) -> bytes:
    if isinstance(model, (bytes, bytearray, memoryview)):
        return bytes(model)
    with open_regular(Path(model), follow=True) as file:
        return file.read()


def _check_fitted(model: object) -> None:
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    hint = "Give a fitted estimator, such as the result of model.fit(X, y)."
    if isinstance(model, type) or not hasattr(model, "fit"):
        name = model.__qualname__ if isinstance(model, type) else f"{type(model).__qualname__} object"
        raise InvalidInput(f"The {name} is no fitted scikit-learn estimator.", hint=hint)
    try:
        check_is_fitted(model)
    except (NotFittedError, TypeError) as error:
        raise InvalidInput(f"The {type(model).__qualname__} is not fitted yet.", hint=hint) from error


def _checked_metrics(metrics: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if metrics is None:
        return None
    if not isinstance(metrics, Mapping):
        raise InvalidInput(f"metrics is a {type(metrics).__qualname__}, not a mapping such as {{'auc': 0.71}}.")
    return {check_text("metric key", key): param_value(metric_value(key, value)) for key, value in metrics.items()}


def _record(project: Project, name: str, blob: Blob, data: dict[str, Any]) -> ModelVersion:
    stream = current_stream()
    run = stream.run if stream else None

    def decide(ask: Ask) -> dict[str, Any]:
        newest = ask(queries.versions(name))
        fact = {
            "version": int(newest[0][1]) + 1 if newest else 1,
            "digest": blob.id,
            "format": "skops",
            "size": blob.size,
            "versions": _installed(),
            "run": run,
            "params": {},
            "data": [],
            **data,
        }
        taken = _from_run(ask, run) if run else {"metrics": {}}
        given = {} if data["metrics"] is None else {"metrics": data["metrics"]}
        return {**fact, **taken, **given}

    fact = project.store.record("register", NOUN, name, decide)
    if fact is None:
        raise BenchbookError(f"Model {name} was not recorded.")
    return get_model(Ref(name, version=fact.data["version"]), project=project)


def _from_run(ask: Ask, run: str) -> dict[str, Any]:
    """What a registration takes over from its run, as logged until this moment."""
    return {
        "metrics": {key: param_value(value) for key, value in ask(queries.run_metrics(run))},
        "params": {key: msgspec.json.decode(value) for key, value in ask(queries.run_params(run))},
        "data": [{"name": name, "version": version} for name, version in ask(queries.run_datasets(run))],
    }


def _installed() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:  # without its package data a module works all the same
            continue
    return found


def _differences(version: ModelVersion) -> str:
    here = _installed()
    other = [
        f"{name} {said} (here {here.get(name)})" for name, said in version.versions.items() if here.get(name) != said
    ]
    return f"It was saved with {', '.join(other)}: install these." if other else ""


def _tell_run(role: str, version: ModelVersion) -> None:
    stream = current_stream()
    if stream is not None:
        data = {"name": version.name, "version": version.version, "digest": version.digest}
        stream.append(role, NOUN, data=data)


def _get(ask: Ask, ref: str | Ref) -> ModelVersion:
    name, number = find_version(ask, NOUN, ref)
    return _version(ask(queries.version(name, number))[0])


def _version(row: tuple[Any, ...]) -> ModelVersion:
    name, number, digest, format_, size, estimator, signature, metrics, params, data, versions, *rest = row
    note, run, created, actor, aliases = rest
    return ModelVersion(
        name=name,
        version=number,
        digest=digest,
        format=format_,
        size=size,
        estimator=estimator,
        signature=msgspec.json.decode(signature or "null", type=Signature | None),
        metrics=msgspec.json.decode(metrics or "{}"),
        params=msgspec.json.decode(params or "{}"),
        data=msgspec.json.decode(data or "[]", type=list[Dependency]),
        aliases=list(aliases or []),
        run=run,
        created=created,
        actor=actor,
        note=note,
        versions=msgspec.json.decode(versions or "{}"),
    )
