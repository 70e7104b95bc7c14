"""What a pipeline would do: its notebooks read once, their order, and the params of each step. Runs and writes nothing.

The plan keeps the notebooks as they were read, so a run executes exactly what was planned, also when someone saves a
notebook meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchbook.errors import InvalidInput
from benchbook.pipelines.accesses import find_accesses
from benchbook.pipelines.graph import Node, order_steps
from benchbook.pipelines.params import effective_params, step_params
from benchbook.pipelines.records import Access, Edge, PipelineInfo, Plan, PlanStep, StepInfo
from benchbook.project import Project, current_project
from benchbook.project.config import FILE, PipelineConfig, find_notebook, pick_pipeline
from benchbook.provisioning.notebook_source import NotebookSource, read_notebook


@dataclass(frozen=True)
class PreparedStep:
    """A step ready to run: its notebook as read, the params it is given, and what it was seen to touch."""

    name: str
    source: NotebookSource
    params: dict[str, Any]
    accesses: list[Access]


@dataclass(frozen=True)
class Prepared:
    """A pipeline ready to run, its steps in order."""

    name: str
    params: dict[str, Any]
    steps: list[PreparedStep]
    edges: list[Edge]


def plan_pipeline(
    name: str | None = None, params: Mapping[str, Any] | None = None, *, project: Project | None = None
) -> Plan:
    """Say what running the pipeline ``name`` (or the default, or only, one) with ``params`` would do.

    Raises:
        InvalidInput: if `benchbook.yaml`, a notebook or a param is wrong, or the steps wait for each other.
        NotFound: if there is no such pipeline.
    """
    prepared = prepare(name, params, project=project)
    steps = [_planned(step, prepared.edges) for step in prepared.steps]
    return Plan(prepared.name, prepared.params, steps, prepared.edges)


def list_pipelines(*, project: Project | None = None) -> list[PipelineInfo]:
    """Every pipeline of the project; one that cannot be planned says why instead of hiding the others.

    Raises:
        InvalidInput: if `benchbook.yaml` itself is wrong; a project without one has no pipelines.
    """
    project = project or current_project()
    if not (project.root / FILE).is_file():
        return []
    return [_info(project, name, pipeline) for name, pipeline in project.config().pipelines.items()]


def prepare(name: str | None, params: Mapping[str, Any] | None, *, project: Project | None = None) -> Prepared:
    """Read everything the pipeline ``name`` needs and check it before anything runs.

    Raises:
        InvalidInput: if `benchbook.yaml`, a notebook or a param is wrong, or the steps wait for each other.
        NotFound: if there is no such pipeline.
    """
    project = project or current_project()
    config = project.config()
    name = pick_pipeline(config, name)
    return _prepare(project, name, config.pipelines[name], params or {})


def _prepare(project: Project, name: str, pipeline: PipelineConfig, given: Mapping[str, Any]) -> Prepared:
    paths = [find_notebook(project.root, name, pipeline.steps, place) for place in range(len(pipeline.steps))]
    sources = [read_notebook(path, step.notebook) for path, step in zip(paths, pipeline.steps, strict=True)]
    params = step_params(pipeline, sources, given)
    steps = {
        step.name: PreparedStep(step.name, source, own, find_accesses(source, own))
        for step, source, own in zip(pipeline.steps, sources, params, strict=True)
    }
    nodes = [Node(step.name, step.after, steps[step.name].accesses) for step in pipeline.steps]
    order, edges = order_steps(nodes)
    return Prepared(name, {**pipeline.params, **given}, [steps[step] for step in order], edges)


def _planned(step: PreparedStep, edges: list[Edge]) -> PlanStep:
    mine = [edge for edge in edges if edge.after == step.name]
    return PlanStep(
        name=step.name,
        notebook=step.source.path,
        params=effective_params(step.source, step.params),
        after=[edge.before for edge in mine],
        reasons=[f"{edge.before}: {edge.reason}" for edge in mine],
        uses=_refs(step.accesses, "uses"),
        makes=_refs(step.accesses, "makes"),
        unsure=unsure(step),
    )


def unsure(step: PreparedStep) -> list[str]:
    """What cannot be said of ``step`` before it runs, in sentences."""
    if not step.source.is_python:
        return [f"what a notebook in {step.source.language} loads and saves is not read"]
    verbs = {"uses": "loads", "makes": "makes", "marks": "gives an alias to"}
    return [
        f"cell {a.cell} {verbs[a.role]} a {a.noun} whose name is only known when it runs: {a.code}"
        for a in step.accesses
        if not a.name and not a.pinned
    ]


def _refs(accesses: list[Access], role: str) -> list[str]:
    """Names of what is touched, each once, models and datasets in the order of the notebook."""
    return list(dict.fromkeys(access.ref for access in accesses if access.role == role and access.name))


def _info(project: Project, name: str, pipeline: PipelineConfig) -> PipelineInfo:
    try:
        prepared = _prepare(project, name, pipeline, {})
    except InvalidInput as error:
        steps = [StepInfo(step.name, step.notebook, step.after, [], []) for step in pipeline.steps]
        return PipelineInfo(name, steps, pipeline.params, str(error))
    planned = [_planned(step, prepared.edges) for step in prepared.steps]
    infos = [StepInfo(step.name, step.notebook, step.after, step.uses, step.makes) for step in planned]
    return PipelineInfo(name, infos, pipeline.params)
