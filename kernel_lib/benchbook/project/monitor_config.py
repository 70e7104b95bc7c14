"""What `benchbook.yaml` says under `monitors:`: what is watched, by which chunks, and what an alert sets going.

Everything that can be known to be impossible from the text alone is said when it is read, at its line.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal, get_args

import msgspec

from benchbook.project.placed import Keys, check_named, check_ref, wrong
from benchbook.project.yaml_reader import Document

ChunkKind = Literal["version", "hour", "day", "week", "month"]
AlertKind = Literal["drift", "performance", "estimate", "quality"]
METRICS = ("roc_auc", "average_precision", "accuracy", "f1", "brier", "log_loss", "rmse", "mae", "r2")
"""What performance may be watched by; monitoring/performance.py computes them."""
_LOWER_IS_BETTER = ("brier", "log_loss", "rmse", "mae")
_SPAN = re.compile(r"(\d{1,5}) ?(h|d|w)")
_HOURS = {"h": 1, "d": 24, "w": 168}


def _says(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


class RetrainConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The pipeline that an alert starts; a gate then decides about the versions it makes."""

    pipeline: Annotated[str, _says("Name of the pipeline that trains anew.")]
    gate: Annotated[str, _says("Gate that decides whether a new version takes the alias.")]
    params: Annotated[
        dict[str, Any],
        _says("Params of the pipeline; '{chunk.month}', '{chunk.month - 2}' or '{chunk.end}' stand for the chunk's."),
    ] = msgspec.field(default_factory=dict)
    on: Annotated[list[str], _says("Kinds of alert that start it: drift, performance, estimate, quality.")] = (
        msgspec.field(default_factory=lambda: ["drift", "performance", "estimate"])
    )
    drifted: Annotated[
        int, _says("How many columns must have drifted before drift starts it; other kinds of alert start it alone.")
    ] = 1
    every: Annotated[str, _says("Shortest span between two starts, in the data's time: 12h, 7d or 4w.")] = "1d"
    ask: Annotated[bool, _says("Wait until a person starts it: `benchbook monitor NAME --retrain`.")] = False


class MonitorConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One model that is watched on the data it meets."""

    model: Annotated[str, _says("Name of the model.")]
    data: Annotated[str, _says("Dataset whose new versions bring what the model has met.")]
    reference: Annotated[
        str,
        _says(
            "Dataset ref that chunks are compared with, such as features:1; if left out, the version of `data` that "
            "the model that serves was trained from (the first version where it was trained from none)."
        ),
    ] = ""
    alias: Annotated[str, _says("The version that serves.")] = "champion"
    chunk: Annotated[str, _says("What one chunk is: version, hour, day, week or month.")] = "version"
    chunk_rows: Annotated[int, _says("Cut chunks of so many rows instead; 0: by `chunk:`.")] = 0
    time: Annotated[str, _says("Column that says when, for chunks of the calendar.")] = ""
    columns: Annotated[list[str], _says("Columns that are compared; the model's inputs if left out.")] = msgspec.field(
        default_factory=list
    )
    target: Annotated[str, _says("Column with what came true; without it only drift is watched.")] = ""
    prediction: Annotated[
        str, _says("Column with what was predicted; if left out, the version that serves predicts.")
    ] = ""
    metric: Annotated[str, _says(f"What performance is watched by: {', '.join(METRICS)}.")] = "roc_auc"
    max_drop: Annotated[float | int, _says("How much worse than on the reference the metric may get.")] = 0.03
    label_delay: Annotated[str, _says("How long labels take; younger chunks are only estimated.")] = "0d"
    notify_file: Annotated[str, _says("File in the project that each alert is appended to, as a line of JSON.")] = ""
    notify_url: Annotated[str, _says("https address of another machine that each alert is sent to as JSON.")] = ""
    notify_local: Annotated[bool, _says("`notify_url` is an http address of this very machine, a relay say.")] = False
    retrain: RetrainConfig | None = None


def hours_of(span: str) -> int | None:
    """A span such as ``36h``, ``7d`` or ``4w`` in hours; None if it is none."""
    found = _SPAN.fullmatch(span.strip())
    return int(found[1]) * _HOURS[found[2]] if found else None


def higher_is_better(metric: str) -> bool:
    """Whether a larger value of ``metric`` is the better one."""
    return metric not in _LOWER_IS_BETTER


def check_monitors(
    document: Document, monitors: Mapping[str, MonitorConfig], pipelines: Collection[str], gates: Mapping[str, Any]
) -> None:
    """Check what one line alone cannot tell: names, spans, and that pipelines and gates exist and fit.

    Raises:
        InvalidInput: with line, key, value and next step.
    """
    for name, monitor in monitors.items():
        keys: Keys = ("monitors", name)
        check_named(document, keys, "monitor", name)
        for noun, key in (("model", "model"), ("dataset", "data"), ("alias", "alias")):
            check_named(document, (*keys, key), noun, getattr(monitor, key))
        if monitor.reference:
            check_ref(document, (*keys, "reference"), "dataset", monitor.reference)
        _check_chunks(document, keys, monitor)
        _check_limits(document, keys, monitor)
        if monitor.retrain is not None:
            _check_retrain(document, (*keys, "retrain"), monitor, pipelines, gates)


def _check_chunks(document: Document, keys: Keys, monitor: MonitorConfig) -> None:
    kinds = get_args(ChunkKind)
    if monitor.chunk not in kinds:
        raise wrong(document, (*keys, "chunk"), f"is {monitor.chunk!r}", f"Write one of {', '.join(kinds)}.")
    if monitor.chunk_rows and (monitor.chunk_rows < 2 or monitor.chunk != "version"):
        what = f"is {monitor.chunk_rows}; chunks of rows have at least 2, and no `chunk:` beside"
        raise wrong(document, (*keys, "chunk_rows"), what)
    if monitor.chunk != "version" and not monitor.time:
        what = f"is {monitor.chunk!r}, but nothing says when a row was"
        raise wrong(document, (*keys, "chunk"), what, "Name the column of times: `time: departs`.")


def _check_limits(document: Document, keys: Keys, monitor: MonitorConfig) -> None:
    if monitor.metric not in METRICS:
        known = f"Known: {', '.join(METRICS)}."
        raise wrong(document, (*keys, "metric"), f"is {monitor.metric!r}, which is no metric known here", known)
    if not 0 < monitor.max_drop < float("inf"):
        raise wrong(document, (*keys, "max_drop"), f"is {monitor.max_drop}, not above 0", "Try 0.03.")
    if hours_of(monitor.label_delay) is None:
        raise _no_span(document, (*keys, "label_delay"), monitor.label_delay)
    scheme = "http://" if monitor.notify_local else "https://"
    if monitor.notify_url and not monitor.notify_url.startswith(scheme):
        what = f"is {monitor.notify_url[:60]!r}, not an {scheme} address"
        raise wrong(document, (*keys, "notify_url"), what, "Alerts go out over https, to this machine over http.")


def _check_retrain(
    document: Document, keys: Keys, monitor: MonitorConfig, pipelines: Collection[str], gates: Mapping[str, Any]
) -> None:
    retrain = monitor.retrain
    assert retrain is not None
    for key, name, known in (("pipeline", retrain.pipeline, pipelines), ("gate", retrain.gate, gates)):
        if name not in known:
            hint = f"There are: {', '.join(sorted(known)[:8])}." if known else f"Add one under `{key}s:`."
            raise wrong(document, (*keys, key), f"is {name!r}, which `{key}s:` does not have", hint)
    gate = gates[retrain.gate]
    if (gate.model, gate.alias) != (monitor.model, monitor.alias):
        what = f"is {retrain.gate!r}, which guards {gate.model}@{gate.alias} and not {monitor.model}@{monitor.alias}"
        raise wrong(document, (*keys, "gate"), what, "Name the gate of this model and alias.")
    if hours_of(retrain.every) is None:
        raise _no_span(document, (*keys, "every"), retrain.every)
    if retrain.drifted < 1:
        raise wrong(document, (*keys, "drifted"), f"is {retrain.drifted}, not from 1 up")
    unknown = [kind for kind in retrain.on if kind not in get_args(AlertKind)]
    if unknown or not retrain.on:
        what = f"has {unknown[0]!r}, which is no kind of alert" if unknown else "is empty, so nothing would start it"
        raise wrong(document, (*keys, "on"), what, f"Kinds: {', '.join(get_args(AlertKind))}.")


def _no_span(document: Document, keys: Keys, span: str) -> Exception:
    return wrong(document, keys, f"is {span!r}, not a span of time", "Write 12h, 7d or 4w.")
