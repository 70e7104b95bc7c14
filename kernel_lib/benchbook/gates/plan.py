"""What a gate would judge, found before anything is judged: versions, data, notebooks, and one digest of the question.

A gate that refers to nothing is refused here with its line in `benchbook.yaml`, so that no verdict is ever given on a
gate that was only half understood. The digest tells later whether a verdict still answers the same question.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import msgspec

from benchbook.data import DatasetVersion, get_dataset
from benchbook.errors import InvalidInput, NotFound
from benchbook.models import ModelVersion, get_model
from benchbook.project import Project
from benchbook.project.config import FILE, Config, config_line, notebook_at
from benchbook.project.gate_config import ApprovalConfig, CardConfig, ExpectationConfig, GateConfig
from benchbook.provisioning.notebook_source import NotebookSource, read_notebook
from benchbook.refs import Ref, parse_ref

Keys = tuple[str | int, ...]


@dataclass(frozen=True)
class PreparedGate:
    """A gate ready to judge ``version``; ``against`` is what its alias points at now, None where that is nothing."""

    name: str
    config: GateConfig
    version: ModelVersion
    against: ModelVersion | None
    data: DatasetVersion | None
    expected: dict[str, DatasetVersion]
    rules: dict[str, list[ExpectationConfig]]
    notebooks: dict[str, NotebookSource]
    card: CardConfig
    digest: str


def pick_gate(config: Config, name: str | None, model: str, alias: str | None = None) -> str:
    """The gate to take: ``name``, or the only one of ``model`` (and of ``alias``, where that is given).

    Raises:
        NotFound: there is no gate ``name``.
        InvalidInput: there is none of the model, or which of several is meant is not said.
    """
    if name is not None:
        if name not in config.gates:
            raise NotFound("gate", name, known=config.gates, hint="" if config.gates else _WRITE)
        return name
    fitting = [name for name, gate in config.gates.items() if gate.model == model and alias in (None, gate.alias)]
    if len(fitting) == 1:
        return fitting[0]
    whose = f"{model}@{alias}" if alias else f"the model {model!r}"
    if not fitting:
        raise InvalidInput(f"No gate in {FILE} is about {whose}.", hint=_WRITE)
    raise InvalidInput(f"Several gates in {FILE} are about {whose}.", hint=f"Say which one: {', '.join(fitting)}.")


_WRITE = "Write one under `gates:`, as the README shows."


def prepare_gate(project: Project, name: str | None, ref: str | Ref) -> PreparedGate:
    """Find everything that gate ``name`` (or the only one of the model) needs to judge the version ``ref``.

    Raises:
        InvalidInput: benchbook.yaml is wrong, or the gate refers to nothing; with file, line and next step.
        NotFound: there is no such gate or version.
    """
    config = project.config()
    version = get_model(parse_ref("model", ref), project=project)
    name = pick_gate(config, name, version.name)
    gate = config.gates[name]
    if gate.model != version.name:
        what = f"The gate {name!r} judges the model {gate.model!r}, not {version.name!r}."
        raise InvalidInput(what, hint=f"benchbook gate {name} {gate.model}")
    finder = _Finder(project, config, name)
    data = finder.data()
    expected = finder.expected(version, data)
    notebooks = finder.notebooks()
    finder.columns(data)
    finder.policy(version)
    rules = {dataset: config.expectations[dataset] for dataset in expected}
    card = config.cards.get(gate.model, CardConfig())
    asked = (
        msgspec.structs.replace(gate, approval=None),
        {dataset: one.digest for dataset, one in expected.items()},
        rules,
        {path: [cell.source for cell in source.cells] for path, source in notebooks.items()},
        card if any(check.card for check in gate.checks) else None,
    )
    digest = hashlib.sha256(msgspec.json.encode(asked, order="deterministic")).hexdigest()
    against = target_of(project, gate.model, gate.alias)
    return PreparedGate(name, gate, version, against, data, expected, rules, notebooks, card, digest)


def target_of(project: Project, model: str, alias: str) -> ModelVersion | None:
    """The version an alias points at, or None."""
    try:
        return get_model(Ref(model, alias=alias), project=project)
    except NotFound:
        return None


def may_approve(policy: ApprovalConfig, *busy: str) -> list[str]:
    """Who of the policy may approve, where ``busy`` are those who registered the version and asked for it."""
    return [name for name in policy.approvers if not (policy.by_another and name in busy)]


class _Finder:
    """Finds what one gate refers to, or says on which line it refers to nothing."""

    def __init__(self, project: Project, config: Config, name: str) -> None:
        self.project = project
        self.config = config
        self.name = name
        self.gate = config.gates[name]

    def data(self) -> DatasetVersion | None:
        """The version to judge on."""
        return None if self.gate.data is None else self._dataset(self.gate.data, ("data",))

    def expected(self, version: ModelVersion, data: DatasetVersion | None) -> dict[str, DatasetVersion]:
        """The version of each dataset with expectations: the one judged on, else trained on, else the newest."""
        found: dict[str, DatasetVersion] = {}
        trained = {one.name: one.version for one in version.data}
        for place, check in enumerate(self.gate.checks):
            dataset = check.expectations
            if dataset is None:
                continue
            if data is not None and data.name == dataset:
                found[dataset] = data
            else:
                ref = Ref(dataset, version=trained.get(dataset))
                found[dataset] = self._dataset(str(ref), ("checks", place, "expectations"))
        return found

    def notebooks(self) -> dict[str, NotebookSource]:
        """Every notebook of the gate, read; each must take the version to test as a parameter."""
        found: dict[str, NotebookSource] = {}
        for place, check in enumerate(self.gate.checks):
            if check.notebook is None:
                continue
            keys = self._keys("checks", place, "notebook")
            path = notebook_at(self.project.root, check.notebook, keys, f"gate {self.name!r}")
            source = read_notebook(path, check.notebook)
            if "model_ref" not in {parameter.name for parameter in source.parameters}:
                what = f"is {check.notebook!r}, whose cell tagged `parameters` does not assign `model_ref`"
                hint = "Write `model_ref = 'delay@challenger'` there: the gate puts the version to test in its place."
                raise self._wrong(keys, what, hint)
            found[check.notebook] = source
        return found

    def columns(self, data: DatasetVersion | None) -> None:
        """Check that the data has the columns that are named."""
        if data is None:
            return
        named: list[tuple[str | None, Keys]] = [(self.gate.target, ("target",))]
        for place, check in enumerate(self.gate.checks):
            named += [(getattr(check, key), ("checks", place, key)) for key in ("fairness", "cluster")]
        known = [column.name for column in data.columns]
        for column, keys in named:
            if column is not None and column not in known:
                what = f"is {column!r}, and {data.ref} has no such column"
                raise self._wrong(self._keys(*keys), what, _near(column, known))

    def policy(self, version: ModelVersion) -> None:
        """Check that enough people are left to approve this version."""
        policy = self.gate.approval
        if policy is None:
            return
        left = may_approve(policy, version.actor)
        if len(left) < policy.count:
            what = f"can be satisfied by nobody: {version.actor!r} registered {version.ref}, and `by_another` leaves "
            what += f"{len(left)} of the {policy.count} approvers that are needed"
            raise self._wrong(self._keys("approval"), what, "Add approvers.")

    def _dataset(self, ref: str, keys: Keys) -> DatasetVersion:
        try:
            return get_dataset(ref, project=self.project)
        except NotFound as error:
            raise self._wrong(self._keys(*keys), f"refers to nothing: {error.what}", error.hint) from error

    def _keys(self, *keys: str | int) -> Keys:
        return ("gates", self.name, *keys)

    def _wrong(self, keys: Keys, what: str, hint: str) -> InvalidInput:
        line = config_line(self.project.root / FILE, keys)
        path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).lstrip(".")
        return InvalidInput(f"{FILE}, line {line}, {path} {what.rstrip('.')}.", hint=hint)


def _near(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=3, cutoff=0.5) or list(known[:8])
    return f"Columns there: {', '.join(near)}."
