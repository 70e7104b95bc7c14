"""Model cards: what is known of a version is taken from its evidence, what only people can say from benchbook.yaml.

The sections follow Mitchell et al. 2019, "Model Cards for Model Reporting" (FAT* '19). Nothing is made up: whatever is
not there is a gap, marked where it stands and listed at the top.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import msgspec

from benchbook.data import get_dataset
from benchbook.errors import BenchbookError
from benchbook.governance.html import GLYPHS, interval_text
from benchbook.governance.records import Verdict
from benchbook.governance.verdicts import list_verdicts
from benchbook.models import ModelVersion, model_detail
from benchbook.models.records import Field
from benchbook.project import Project, current_project
from benchbook.project.config import FILE
from benchbook.project.gate_config import CardConfig
from benchbook.refs import Ref
from benchbook.store.queries import gates as queries

if TYPE_CHECKING:
    from pathlib import Path

_WRITTEN = {
    "intended_use": "Intended use",
    "out_of_scope": "Out of scope",
    "limits": "Limits",
    "contact": "Contact",
}
_ROWS = 60


class Section(msgspec.Struct, frozen=True):
    """One part of a card: text, a table with ``head``, or what is ``missing``."""

    title: str
    text: str = ""
    head: list[str] = []
    rows: list[list[str]] = []
    missing: str = ""


class ModelCard(msgspec.Struct, frozen=True):
    """The card of one version; ``gaps`` says what is not there yet and how to fill it."""

    ref: str
    sections: list[Section]
    gaps: list[str]

    def markdown(self) -> str:
        """The card as Markdown; gaps read **missing**."""
        from benchbook.governance.card_pages import card_markdown

        return card_markdown(self)

    def html(self) -> str:
        """The card as a page of its own; gaps are red."""
        from benchbook.governance.card_pages import card_html

        return card_html(self)

    def _repr_html_(self) -> str:
        from benchbook.governance.card_pages import card_body

        return card_body(self)


def model_card(ref: str | Ref, *, project: Project | None = None) -> ModelCard:
    """Make the card of the version ``ref`` from what is recorded now.

    Raises:
        InvalidInput: the ref cannot be parsed, or benchbook.yaml is wrong.
        NotFound: there is no such version.
    """
    project = project or current_project()
    detail = model_detail(ref, project=project)
    version = detail.version
    written = written_card(project, version.name)
    verdicts = _newest_of_each(list_verdicts(version, project=project))
    gaps = card_gaps(version, written)
    gaps += [] if verdicts else [_UNJUDGED]
    sections = [
        *_written(version.name, written),
        _made(version),
        _training(version, detail.run_name),
        _data(project, version),
        _metrics(version),
        _signature(version),
        *_verdicts(verdicts),
        _fairness(verdicts),
        _promotions(project, version),
    ]
    return ModelCard(version.ref, sections, gaps)


def written_card(project: Project, model: str) -> CardConfig:
    """What people wrote about a model; nothing where there is no benchbook.yaml.

    Raises:
        InvalidInput: benchbook.yaml is wrong.
    """
    path: Path = project.root / FILE
    return project.config().cards.get(model, CardConfig()) if path.is_file() else CardConfig()


def card_gaps(version: ModelVersion, written: CardConfig) -> list[str]:
    """What a card of ``version`` would lack, each with how to fill it; what a gate says of it left out."""
    gaps = [_unwritten(version.name, key) for key in _WRITTEN if not getattr(written, key).strip()]
    evidence = (
        (version.run, _NO_RUN),
        (version.data, _NO_DATA),
        (version.metrics, _NO_METRICS),
        (version.signature, _NO_SIGNATURE),
    )
    return gaps + [gap for known, gap in evidence if not known]


_NO_RUN = "Training: it was registered outside any run; register it inside `with bb.start_run(…)`."
_NO_DATA = "Training data: its run loaded no dataset version; load the data with bb.load_dataset."
_NO_METRICS = "Metrics: its run logged none before it was registered."
_NO_SIGNATURE = "Inputs and outputs: register it with example=X.head()."
_UNJUDGED = "Verdict: no gate has judged it; run `benchbook gate`."


def _unwritten(model: str, key: str) -> str:
    return f"{_WRITTEN[key]}: write `cards: {{{model}: {{{key}: …}}}}` in {FILE}."


def _written(model: str, written: CardConfig) -> list[Section]:
    return [
        Section(title, text) if (text := getattr(written, key).strip()) else _gap(title, _unwritten(model, key))
        for key, title in _WRITTEN.items()
    ]


def _gap(title: str, gap: str) -> Section:
    return Section(title, missing=gap.partition(": ")[2])


def _pairs(title: str, rows: list[list[str]]) -> Section:
    return Section(title, head=["", ""], rows=rows)


def _made(version: ModelVersion) -> Section:
    packages = ", ".join(f"{name} {number}" for name, number in version.versions.items())
    rows = [
        ["Version", version.ref],
        ["Class", version.estimator],
        ["Registered", f"{_when(version.created)} by {version.actor}"],
        ["Aliases", ", ".join(version.aliases) or "none"],
        ["Content", f"#{version.digest} ({version.size / 1e6:.3g} MB, {version.format})"],
        ["Made with", packages],
    ]
    return _pairs("Version", rows + ([["Note", version.note]] if version.note else []))


def _training(version: ModelVersion, run_name: str | None) -> Section:
    if version.run is None:
        return _gap("Training", _NO_RUN)
    params = [[key, str(value)] for key, value in version.params.items()]
    return _pairs("Training", [["Run", f"{run_name or ''} ({version.run})"], *params[:_ROWS]])


def _data(project: Project, version: ModelVersion) -> Section:
    if not version.data:
        return _gap("Training data", _NO_DATA)
    rows: list[list[str]] = []
    for one in version.data:
        try:
            found = get_dataset(Ref(one.name, version=one.version), project=project)
        except BenchbookError as error:
            rows.append([f"{one.name}:{one.version}", error.what, "", ""])
            continue
        size = "" if found.rows is None else f"{found.rows:,}"
        rows.append([found.ref, size, str(len(found.columns)), f"#{found.digest[:12]}"])
    return Section("Training data", head=["Version", "Rows", "Columns", "Content"], rows=rows)


def _metrics(version: ModelVersion) -> Section:
    if not version.metrics:
        return _gap("Metrics", _NO_METRICS)
    rows = [[key, f"{value:.6g}" if isinstance(value, float) else str(value)] for key, value in version.metrics.items()]
    return Section("Metrics", "As logged by its run.", ["Metric", "Value"], rows[:_ROWS])


def _signature(version: ModelVersion) -> Section:
    title = "Inputs and outputs"
    if version.signature is None:
        return _gap(title, _NO_SIGNATURE)
    rows = [_field("input", field) for field in version.signature.inputs[:_ROWS]]
    rows += [_field("output", field) for field in version.signature.outputs]
    return Section(title, head=["", "Name", "Type", "Example"], rows=rows)


def _field(role: str, field: Field) -> list[str]:
    kind = field.type + (" (may be missing)" if field.optional else "")
    return [role, field.name, kind, _short(field.example)]


def _short(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= 40 else text[:40] + "…"


def _newest_of_each(verdicts: list[Verdict]) -> list[Verdict]:
    """The newest verdict of each gate."""
    found: dict[str, Verdict] = {}
    for verdict in verdicts:
        found.setdefault(verdict.gate, verdict)
    return list(found.values())


def _verdicts(verdicts: list[Verdict]) -> list[Section]:
    if not verdicts:
        return [_gap("Verdict", _UNJUDGED)]
    sections = []
    for verdict in verdicts:
        on = f" Judged on {verdict.data} (#{(verdict.data_digest or '')[:12]})." if verdict.data else ""
        text = f"{verdict.sentence}{on} Recorded {_when(verdict.time)} by {verdict.actor} as {verdict.id[:12]}."
        rows = [[f"{GLYPHS[check.status]} {check.status}", check.asked, check.seen] for check in verdict.checks]
        sections.append(Section(f"Verdict of gate {verdict.gate}", text, ["", "Asked", "Seen"], rows))
    return sections


def _fairness(verdicts: list[Verdict]) -> Section:
    """Values by group, where a gate asked for them; not asked is said, but is no gap of the evidence."""
    title = "Fairness"
    rows = [
        [check.asked, one.group, f"{one.rows:,}", f"{one.value:.4f}", interval_text(one.interval)]
        for verdict in verdicts
        for check in verdict.checks
        for one in check.groups
    ]
    if not rows:
        return Section(title, "No gate has measured it by group.")
    text = "Intervals hold 95 % of 1,000 resamples within each group; groups that are too small are left out."
    return Section(title, text, ["Asked", "Group", "Rows", "Value", "Interval"], rows)


def _promotions(project: Project, version: ModelVersion) -> Section:
    from benchbook.governance.approvals import list_approvals

    asked = {one.id: one for one in list_approvals(project=project)}
    rows = []
    for alias, actor, when, reason, forced, request in project.store.read(
        queries.promotions_of(version.name, version.version)
    ):
        approved = ", ".join(asked[request].approved_by) if request in asked else ""
        how = "FORCED" if forced else "through its gate"
        rows.append([alias, _when(when), actor, how, approved or "nobody was asked", reason])
    if not rows:
        return Section("Promotions", "It has never been promoted.")
    return Section("Promotions", head=["Alias", "When", "By", "How", "Approved by", "Reason"], rows=rows)


def _when(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))
