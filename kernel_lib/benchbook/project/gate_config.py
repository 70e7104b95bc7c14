"""Expectations, gates and model cards as people write them in `benchbook.yaml`.

An entry of a list is of exactly one kind, told by the key it has (`metric:`, `latency_ms:`, …), so that the file reads
like a list of sentences. Whatever nobody can satisfy is refused here, when the file is read.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Annotated, Any, Literal

import msgspec

from benchbook.project.placed import Keys, check_named, check_notebook, check_ref, wrong
from benchbook.project.yaml_reader import Document

Number = float | int
METRICS = (
    "roc_auc",
    "average_precision",
    "log_loss",
    "brier",
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "f1",
    "mae",
    "rmse",
    "r2",
)
"""Metrics of a whole model; gates/metrics.py computes them."""
FAIRNESS_METRICS = (
    "selection_rate",
    "accuracy",
    "precision",
    "recall",
    "true_positive_rate",
    "false_positive_rate",
    "false_negative_rate",
)
"""Metrics by group; governance/fairness.py computes them."""
MAX_CHECKS = 100
_Why = Annotated[str, msgspec.Meta(description="Why it is asked for; shown beside its result.")]


class ExpectationConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that must hold of a dataset: of one column, or of the number of its rows."""

    column: Annotated[str | None, msgspec.Meta(description="Name of the column.")] = None
    missing: Annotated[Number | None, msgspec.Meta(description="Share of missing values at most, 0 to 1.")] = None
    min: Annotated[Number | str | None, msgspec.Meta(description="Smallest value; dates as text.")] = None
    max: Annotated[Number | str | None, msgspec.Meta(description="Largest value; dates as text.")] = None
    in_: Annotated[list[Any] | None, msgspec.Meta(description="The only values there may be.")] = msgspec.field(
        default=None, name="in"
    )
    unique: Annotated[bool, msgspec.Meta(description="No value may stand twice.")] = False
    matches: Annotated[str | None, msgspec.Meta(description="Regular expression of the whole value.")] = None
    rows_min: Annotated[int | None, msgspec.Meta(description="Rows at least.")] = None
    rows_max: Annotated[int | None, msgspec.Meta(description="Rows at most.")] = None
    why: _Why = ""


class CheckConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One check of a gate; exactly one of metric, expectations, fairness, latency_ms, size_mb, notebook and card."""

    metric: Annotated[str | None, msgspec.Meta(description=f"One of {', '.join(METRICS)}.")] = None
    min: Annotated[Number | None, msgspec.Meta(description="Smallest value that passes.")] = None
    max: Annotated[Number | None, msgspec.Meta(description="Largest value that passes.")] = None
    better_by: Annotated[
        Number | None, msgspec.Meta(description="Improvement over the version the alias points at, at least.")
    ] = None
    confidence: Annotated[Number, msgspec.Meta(description="Confidence that there is an improvement at all.")] = 0.95
    cluster: Annotated[
        str | None, msgspec.Meta(description="Column whose rows belong together, such as the day: resampled whole.")
    ] = None
    expectations: Annotated[str | None, msgspec.Meta(description="Dataset whose expectations must hold.")] = None
    fairness: Annotated[str | None, msgspec.Meta(description="Column that tells the groups apart.")] = None
    min_ratio: Annotated[Number | None, msgspec.Meta(description="Smallest over largest group value, at least.")] = None
    max_difference: Annotated[Number | None, msgspec.Meta(description="Largest minus smallest, at most.")] = None
    min_rows: Annotated[int, msgspec.Meta(description="Groups of fewer rows are neither shown nor judged.")] = 100
    latency_ms: Annotated[Number | None, msgspec.Meta(description="95th percentile for one row, at most.")] = None
    size_mb: Annotated[Number | None, msgspec.Meta(description="Size of the stored model, at most.")] = None
    notebook: Annotated[
        str | None, msgspec.Meta(description="Notebook of assertions; gets `model_ref` and `data_ref` as parameters.")
    ] = None
    card: Annotated[Literal["complete"] | None, msgspec.Meta(description="The model card has no gap.")] = None
    why: _Why = ""

    @property
    def kind(self) -> str:
        """Which check it is: the one of `KINDS` it has."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def metric_name(self) -> str:
        """The metric of a fairness check, which has a default; of others what is written."""
        return self.metric or "selection_rate"


KINDS = ("fairness", "metric", "expectations", "latency_ms", "size_mb", "notebook", "card")
"""What a check may be; a fairness check has a metric too, so it comes first."""


class ApprovalConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who must approve a promotion, and how many of them."""

    approvers: Annotated[list[str], msgspec.Meta(description="Names of the users who may approve.", min_length=1)]
    count: Annotated[int, msgspec.Meta(description="How many of them are needed.")] = 1
    by_another: Annotated[
        bool, msgspec.Meta(description="Not by the one who registered the version or asked for the promotion.")
    ] = False


class GateConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a version of a model must pass before an alias may point at it; the alias then moves by no other way."""

    model: Annotated[str, msgspec.Meta(description="Name of the model.")]
    checks: Annotated[list[CheckConfig], msgspec.Meta(min_length=1, max_length=MAX_CHECKS)]
    alias: Annotated[str, msgspec.Meta(description="The alias that passing it may move.")] = "champion"
    data: Annotated[str | None, msgspec.Meta(description="Dataset to judge on.", examples=["evaluation"])] = None
    target: Annotated[str | None, msgspec.Meta(description="Column that holds the truth.")] = None
    approval: ApprovalConfig | None = None


class CardConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people must say about a model; the rest of its card is made from evidence."""

    intended_use: Annotated[str, msgspec.Meta(description="What it is for, and for whom.")] = ""
    out_of_scope: Annotated[str, msgspec.Meta(description="What it must not be used for.")] = ""
    limits: Annotated[str, msgspec.Meta(description="Where it is known to be weak or unfair.")] = ""
    contact: Annotated[str, msgspec.Meta(description="Whom to ask.")] = ""


def check_gates(
    document: Document,
    expectations: dict[str, list[ExpectationConfig]],
    gates: dict[str, GateConfig],
    cards: dict[str, CardConfig],
) -> None:
    """Check all that can be checked without looking at the project.

    Raises:
        InvalidInput: naming file, line, key and what cannot be satisfied.
    """
    for name, rules in expectations.items():
        check_named(document, ("expectations", name), "dataset", name)
        for place, rule in enumerate(rules):
            _check_expectation(document, ("expectations", name, place), rule)
    for name in cards:
        check_named(document, ("cards", name), "model", name)
    guarded: dict[tuple[str, str], str] = {}
    for name, gate in gates.items():
        _check_gate(document, ("gates", name), name, gate, expectations)
        other = guarded.setdefault((gate.model, gate.alias), name)
        if other != name:
            what = f"guards {gate.model}@{gate.alias}, as the gate {other!r} does"
            raise wrong(document, ("gates", name), what, "Put the checks of both into one gate.")


def _check_expectation(document: Document, keys: Keys, rule: ExpectationConfig) -> None:
    of_column = ("missing", "min", "max", "in_", "matches")
    has_column_rule = rule.unique or any(getattr(rule, name) is not None for name in of_column)
    has_rows_rule = rule.rows_min is not None or rule.rows_max is not None
    hint = "Write {column: late, missing: 0} or {rows_min: 1000}."
    if rule.column is None and (has_column_rule or not has_rows_rule):
        raise wrong(document, keys, "lacks `column:`" if has_column_rule else "expects nothing", hint)
    if rule.column is not None and (has_rows_rule or not has_column_rule):
        what = "mixes a column with a number of rows" if has_rows_rule else "expects nothing of its column"
        raise wrong(document, keys, what, hint)
    if rule.missing is not None and not 0 <= rule.missing <= 1:
        raise wrong(document, (*keys, "missing"), f"is {rule.missing}, not a share from 0 to 1")
    if rule.in_ is not None and not rule.in_:
        raise wrong(document, (*keys, "in"), "allows no value at all", "List at least one value.")
    _check_order(document, keys, "min", rule.min, rule.max)
    _check_order(document, keys, "rows_min", rule.rows_min, rule.rows_max)
    _check_pattern(document, (*keys, "matches"), rule.matches)


def _check_pattern(document: Document, keys: Keys, pattern: str | None) -> None:
    try:
        re.compile(pattern or "")
    except re.error as error:
        raise wrong(document, keys, f"is no regular expression ({error})") from error


def _check_order(document: Document, keys: Keys, key: str, low: Any, high: Any) -> None:
    if low is None or high is None:
        return
    alike = isinstance(low, str) == isinstance(high, str)
    hint = "Swap the two." if alike else "Write both as numbers or both as text."
    if not alike or low > high:
        raise wrong(document, (*keys, key), f"is {low!r}, which no value up to {high!r} can reach", hint)


def _check_gate(
    document: Document, keys: Keys, name: str, gate: GateConfig, expectations: dict[str, list[ExpectationConfig]]
) -> None:
    check_named(document, keys, "gate", name)
    check_named(document, (*keys, "model"), "model", gate.model)
    check_named(document, (*keys, "alias"), "alias", gate.alias)
    if gate.data is not None:
        check_ref(document, (*keys, "data"), "dataset", gate.data)
    if not 1 <= len(gate.checks) <= MAX_CHECKS:
        raise wrong(document, (*keys, "checks"), f"needs from 1 to {MAX_CHECKS} checks, not {len(gate.checks)}")
    for place, check in enumerate(gate.checks):
        here = (*keys, "checks", place)
        _check_kind(document, here, check)
        _check_check(document, here, check, expectations)
        needs = [key for key in _NEEDS.get(check.kind, ()) if getattr(gate, key) is None]
        if needs:
            what = f"needs `{needs[0]}:` at the gate, to know what to judge on"
            raise wrong(document, here, what, f"Add `{needs[0]}:` beside `checks:`.")
    if gate.approval is not None:
        _check_approval(document, (*keys, "approval"), gate.approval)


_NEEDS = {"metric": ("data", "target"), "fairness": ("data", "target"), "latency_ms": ("data",)}
_OWN = {
    "fairness": {"fairness", "metric", "min_ratio", "max_difference", "min_rows"},
    "metric": {"metric", "min", "max", "better_by", "confidence", "cluster"},
}


def _check_kind(document: Document, keys: Keys, check: CheckConfig) -> None:
    """Check that an entry is one check, and has no key that means nothing there."""
    kinds = [kind for kind in KINDS if getattr(check, kind) is not None]
    if "fairness" in kinds and "metric" in kinds:
        kinds.remove("metric")
    if len(kinds) != 1:
        what = f"is {len(kinds)} checks at once ({', '.join(kinds)})" if kinds else "is no check"
        raise wrong(document, keys, what, f"Give each entry exactly one of {', '.join(sorted(KINDS))}.")
    own = {*_OWN.get(kinds[0], {kinds[0]}), "why"}
    defaults = CheckConfig()
    extra = [key for key in check.__struct_fields__ if key not in own and getattr(check, key) != getattr(defaults, key)]
    if extra:
        hint = f"A {kinds[0]} check takes: {', '.join(sorted(own))}."
        raise wrong(document, (*keys, extra[0]), f"means nothing at a {kinds[0]} check", hint)


def _check_check(
    document: Document, keys: Keys, check: CheckConfig, expectations: dict[str, list[ExpectationConfig]]
) -> None:
    if check.kind == "metric":
        _check_metric(document, keys, check)
    elif check.kind == "fairness":
        _check_fairness(document, keys, check)
    elif check.kind == "expectations" and check.expectations not in expectations:
        near = get_close_matches(check.expectations or "", expectations, n=1) or sorted(expectations)[:5]
        hint = f"There are some for: {', '.join(near)}." if near else "Add them under `expectations:`."
        raise wrong(document, (*keys, "expectations"), f"is {check.expectations!r}, of which nothing is expected", hint)
    elif check.kind == "notebook":
        check_notebook(document, (*keys, "notebook"), check.notebook or "")
    elif check.kind in ("latency_ms", "size_mb") and not getattr(check, check.kind) > 0:
        raise wrong(document, (*keys, check.kind), f"is {getattr(check, check.kind)}, which nothing can stay below")


def _check_metric(document: Document, keys: Keys, check: CheckConfig) -> None:
    _check_known(document, (*keys, "metric"), check.metric_name, METRICS)
    bounds = check.min is not None or check.max is not None
    if bounds == (check.better_by is not None):
        what = "has both bounds and `better_by`" if bounds else "asks nothing of its metric"
        raise wrong(document, keys, what, "Write `min:`, `max:` or both; or `better_by:`, in an entry of its own.")
    _check_order(document, keys, "min", check.min, check.max)
    if check.better_by is None and check.cluster is not None:
        raise wrong(document, (*keys, "cluster"), "means nothing without `better_by`", "Leave it out.")
    if check.better_by is not None and check.better_by < 0:
        raise wrong(document, (*keys, "better_by"), f"is {check.better_by}, below 0", "Write 0 or more.")
    if not 0.5 <= check.confidence < 1:
        raise wrong(document, (*keys, "confidence"), f"is {check.confidence}, not from 0.5 to below 1", "Try 0.95.")


def _check_fairness(document: Document, keys: Keys, check: CheckConfig) -> None:
    _check_known(document, (*keys, "metric"), check.metric_name, FAIRNESS_METRICS)
    if check.min_ratio is None and check.max_difference is None:
        raise wrong(document, keys, "asks nothing of its groups", "Write `min_ratio:`, `max_difference:` or both.")
    for key in ("min_ratio", "max_difference"):
        value = getattr(check, key)
        if value is not None and not 0 <= value <= 1:
            raise wrong(document, (*keys, key), f"is {value}, not from 0 to 1")
    if check.min_rows < 1:
        raise wrong(document, (*keys, "min_rows"), f"is {check.min_rows}, below 1")


def _check_known(document: Document, keys: Keys, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        near = get_close_matches(name, known, n=1, cutoff=0.5)
        hint = (f"Did you mean {near[0]!r}? " if near else "") + f"Known: {', '.join(known)}."
        raise wrong(document, keys, f"is {name!r}, which is no metric known here", hint)


def _check_approval(document: Document, keys: Keys, approval: ApprovalConfig) -> None:
    names = approval.approvers
    if not names or any(not name.strip() for name in names):
        raise wrong(document, (*keys, "approvers"), "names nobody", "List the users who may approve.")
    doubled = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if doubled is not None:
        raise wrong(document, (*keys, "approvers"), f"names {doubled!r} twice", "Name each once.")
    if not 1 <= approval.count <= len(names):
        what = f"is {approval.count}, but {len(names)} may approve"
        raise wrong(document, (*keys, "count"), what, f"Write a number from 1 to {len(names)}.")
