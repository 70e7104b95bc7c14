"""What is known of pipelines, plans and their results, as plain frozen records: REST answers and `--json` are these."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from benchbook.tracking.records import Link, Number, RunFailure

StepStatus = Literal["waiting", "running", "finished", "failed"]


class Access(msgspec.Struct, frozen=True):
    """One place where a notebook loads, saves or marks (gives an alias to) a dataset or model.

    ``name`` is empty where it is only known when the notebook runs; ``code`` is the argument as written. A
    ``pinned`` access names a version, alias or content (then without name), so an earlier one may be meant.
    """

    role: Literal["uses", "makes", "marks"]
    noun: Literal["dataset", "model"]
    name: str
    code: str
    cell: int
    pinned: bool = False
    alias: str = ""

    @property
    def ref(self) -> str:
        """As people write it: `flights`, `delay@champion`, or `?` when unknown."""
        return f"{self.name}@{self.alias}" if self.alias else self.name or "?"


class Edge(msgspec.Struct, frozen=True):
    """Step ``before`` comes before step ``after``, and why."""

    before: str
    after: str
    reason: str


class PlanStep(msgspec.Struct, frozen=True):
    """A step as it would run: all its params, what it waits for and why, loads and saves, and what is unsure."""

    name: str
    notebook: str
    params: dict[str, Any]
    after: list[str]
    reasons: list[str]
    uses: list[str]
    makes: list[str]
    unsure: list[str]


class Plan(msgspec.Struct, frozen=True):
    """What running a pipeline would do, in order."""

    pipeline: str
    params: dict[str, Any]
    steps: list[PlanStep]
    edges: list[Edge]


class StepInfo(msgspec.Struct, frozen=True):
    """One step of a pipeline: the steps it waits for, and the datasets and models it loads and saves."""

    name: str
    notebook: str
    after: list[str]
    uses: list[str]
    makes: list[str]


class PipelineInfo(msgspec.Struct, frozen=True):
    """A pipeline of `benchbook.yaml`, its steps in order; ``error`` says why it cannot be planned, or is empty."""

    name: str
    steps: list[StepInfo]
    params: dict[str, Any]
    error: str = ""


class StepResult(msgspec.Struct, frozen=True):
    """How one step went. ``run`` is None and ``status`` "waiting" when it was never begun."""

    step: str
    notebook: str
    status: StepStatus
    run: str | None = None
    seconds: float = 0.0
    metrics: dict[str, Number] = msgspec.field(default_factory=dict)
    used: list[Link] = msgspec.field(default_factory=list)
    made: list[Link] = msgspec.field(default_factory=list)
    warnings: list[str] = msgspec.field(default_factory=list)
    failure: RunFailure | None = None


class PipelineResult(msgspec.Struct, frozen=True):
    """How a pipeline run went: one result for each step, in order."""

    pipeline: str
    run: str
    status: Literal["finished", "failed"]
    seconds: float
    params: dict[str, Any]
    steps: list[StepResult]

    @property
    def failed_step(self) -> StepResult | None:
        """The step that ended the run, if one did."""
        return next((step for step in self.steps if step.status == "failed"), None)


class StepProgress(msgspec.Struct, frozen=True):
    """Told while a pipeline runs: ``step`` (number ``index`` of ``count``, from 1) is at ``done`` of ``total`` cells.

    ``status`` is "running" until the last time, and then how the step ended after ``seconds``.
    """

    step: str
    index: int
    count: int
    status: StepStatus
    done: int
    total: int
    run: str
    seconds: float
