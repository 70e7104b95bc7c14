"""Which run and which versions a report is about, and what they are held against.

A subject is a pipeline run with its steps, whether it is named by itself, by its pipeline, or by a model version that
it made. A base is the same, or a git commit for the notebooks alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from benchbook.errors import InvalidInput, NotFound
from benchbook.gates.plan import target_of
from benchbook.governance.records import Verdict
from benchbook.governance.verdicts import list_verdicts
from benchbook.models import ModelVersion, get_model
from benchbook.project import Project
from benchbook.project.config import FILE, Config
from benchbook.refs import Ref
from benchbook.store.queries import runs as queries
from benchbook.tracking import get_run
from benchbook.tracking.records import Run
from benchbook.versioning.snapshots import find_commit


@dataclass(frozen=True)
class Subject:
    """A run, its steps (itself, where it has none), and the model versions it made, by model."""

    run: Run | None
    steps: dict[str, Run] = field(default_factory=dict)
    models: dict[str, ModelVersion] = field(default_factory=dict)

    @property
    def pipeline(self) -> str:
        """The pipeline's name; of a run outside any, the run's."""
        return self.run.name if self.run is not None else ""

    @property
    def about(self) -> str:
        """It in a few words."""
        if self.run is None:
            return ", ".join(version.ref for version in self.models.values())
        word = "pipeline" if self.run.kind == "pipeline" else "run"
        return f"{word} {self.run.name}, run {self.run.id}"


@dataclass(frozen=True)
class Base:
    """What a subject is held against: ``words`` for people, its run, and the commit of the notebooks if asked for."""

    words: str
    subject: Subject
    commit: str | None = None


def config_of(project: Project) -> Config:
    """What `benchbook.yaml` says; nothing where there is none.

    Raises:
        InvalidInput: it is wrong.
    """
    return project.config() if (project.root / FILE).is_file() else Config()


def find_subject(project: Project, named: str | None) -> Subject:
    """The subject that a person named: a pipeline, a model ref, a run, or with None the newest pipeline run.

    Raises:
        NotFound: there is no such thing; or nothing has run yet.
        InvalidInput: it can be several.
    """
    if named is None:
        return _newest(project, None)
    if set(named) & set(":@#"):
        return _of_version(project, get_model(named, project=project))
    if named in config_of(project).pipelines:
        return _newest(project, named)
    try:
        return _of_version(project, get_model(named, project=project))
    except (NotFound, InvalidInput):
        return subject_of(project, get_run(named, project=project))


def _newest(project: Project, pipeline: str | None) -> Subject:
    found = project.store.read(queries.newest_pipeline_runs(pipeline))
    if not found:
        hint = f"`benchbook run {pipeline or ''}".rstrip() + "` makes one."
        raise NotFound("run of the pipeline" if pipeline else "pipeline run", pipeline or "newest", hint=hint)
    return subject_of(project, get_run(found[0][0], project=project))


def _of_version(project: Project, version: ModelVersion) -> Subject:
    if version.run is None:
        return Subject(None, {}, {version.name: version})
    found = subject_of(project, get_run(version.run, project=project))
    return Subject(found.run, found.steps, {**found.models, version.name: version})


def subject_of(project: Project, run: Run) -> Subject:
    """The subject around a run: that of its pipeline, if it is a step."""
    if run.kind == "step" and run.parent is not None:
        run = get_run(run.parent, project=project)
    steps = {run.name: run}
    if run.kind == "pipeline":
        children = sorted(run.children, key=lambda row: row.started)
        steps = {row.name: get_run(row.id, project=project) for row in children if row.kind == "step"}
    models: dict[str, ModelVersion] = {}
    for step in steps.values():
        for link in step.links:
            if (link.role, link.noun) == ("made", "model"):
                models[link.name] = get_model(Ref(link.name, version=link.version), project=project)
    return Subject(run, steps, models)


def verdicts_on(project: Project, subject: Subject) -> list[Verdict]:
    """The newest verdict of each gate on each version that the subject made."""
    found: dict[tuple[str, str], Verdict] = {}
    for version in subject.models.values():
        for verdict in list_verdicts(version, project=project):
            found.setdefault((verdict.gate, verdict.model), verdict)
    return list(found.values())


def find_base(project: Project, named: str | None, subject: Subject, verdicts: list[Verdict]) -> Base:
    """What the subject is held against: what a person named, else the champion, else the run before.

    Raises:
        InvalidInput, NotFound: ``named`` is no alias, ref, run or git commit.
    """
    if named is None:
        return _usual(project, subject, verdicts)
    if named.startswith("@"):
        return _alias(project, named[1:], subject)
    commit = None if set(named) & set(":#") else find_commit(project.root, named)
    if commit is not None:
        return _commit(project, named, commit, subject, verdicts)
    if set(named) & set(":#@"):
        version = get_model(named, project=project)
        return Base(version.ref, _of_version(project, version))
    try:
        run = get_run(named, project=project)
    except NotFound as error:
        hint = "Give @champion, a ref such as delay:3, a run's id, or a branch, tag or commit of git."
        raise NotFound("base", named, known=[], hint=hint) from error
    found = subject_of(project, run)
    return Base(found.about, found)


def _usual(project: Project, subject: Subject, verdicts: list[Verdict]) -> Base:
    for verdict in verdicts:
        if verdict.against is not None and verdict.against != verdict.version:
            version = get_model(Ref(verdict.model, version=verdict.against), project=project)
            return Base(
                f"{version.ref}, {verdict.model}@{verdict.alias} when it was judged", _of_version(project, version)
            )
    for model, version in subject.models.items():
        aliases = [gate.alias for gate in config_of(project).gates.values() if gate.model == model]
        for alias in [*aliases, "champion"]:
            known = target_of(project, model, alias)
            if known is not None and known.version != version.version:
                return Base(f"{known.ref}, {model}@{alias}", _of_version(project, known))
    return _before(project, subject)


def _before(project: Project, subject: Subject) -> Base:
    """The finished run of the same pipeline before this one."""
    if subject.run is not None and subject.run.kind == "pipeline":
        rows = project.store.read(queries.newest_pipeline_runs(subject.run.name, subject.run.started))
        run = next((run for run, status in rows if status == "finished"), None)
        if run is not None:
            return Base(f"run {run}, the one before", subject_of(project, get_run(run, project=project)))
    return Base("nothing: this is the first", Subject(None))


def _alias(project: Project, alias: str, subject: Subject) -> Base:
    if not subject.models:
        raise InvalidInput(f"{subject.about} made no model version that could be held against @{alias}.")
    for model in subject.models:
        known = target_of(project, model, alias)
        if known is not None:
            return Base(f"{known.ref}, {model}@{alias}", _of_version(project, known))
    return Base(f"nothing: no version is {next(iter(subject.models))}@{alias} yet", Subject(None))


def _commit(project: Project, named: str, commit: str, subject: Subject, verdicts: list[Verdict]) -> Base:
    """Notebooks of a commit; metrics of the run that was made at it, else of whatever is usual."""
    rows = project.store.read(queries.run_of_commit(subject.pipeline, commit))
    words = f"{named} ({commit[:10]})"
    if rows and (subject.run is None or rows[0][0] != subject.run.id):
        return Base(f"run {rows[0][0]} at {words}", subject_of(project, get_run(rows[0][0], project=project)), commit)
    usual = _usual(project, subject, verdicts)
    return Base(usual.words, usual.subject, commit)
