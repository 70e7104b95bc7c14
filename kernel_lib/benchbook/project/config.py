"""`benchbook.yaml`, everything a person writes, as frozen records: read safely, every error with its line.

The records are the one definition: the published JSON Schema beside this file is generated from them, and rooms that
are built later add their keys here.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import msgspec

from benchbook.errors import InvalidInput, NotFound
from benchbook.project.gate_config import CardConfig, ExpectationConfig, GateConfig, check_gates
from benchbook.project.monitor_config import MonitorConfig, check_monitors
from benchbook.project.placed import check_named, check_notebook, notebooks, wrong
from benchbook.project.watch_config import WatchConfig, check_watch
from benchbook.project.yaml_reader import Document, plain_value

FILE = "benchbook.yaml"
SCHEMA_ID = "https://benchbook.dev/schemas/benchbook.schema.json"
SCHEMA_FILE = Path(__file__).with_name("benchbook.schema.json")
MAX_STEPS = 1_000

_Params = Annotated[dict[str, Any], msgspec.Meta(description="Values for names in the notebooks' `parameters` cells.")]


class StepConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One notebook of a pipeline."""

    notebook: Annotated[
        str, msgspec.Meta(description="Path of the notebook inside the project, with '/'.", examples=["train.ipynb"])
    ]
    name: Annotated[
        str, msgspec.Meta(description="Name of the step; the notebook's name without .ipynb if left out.")
    ] = ""
    params: _Params = msgspec.field(default_factory=dict)
    after: Annotated[
        list[str],
        msgspec.Meta(description="Steps that come first, beyond those whose datasets and models the notebook loads."),
    ] = msgspec.field(default_factory=list)


class PipelineConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Notebooks that run as one: the order follows from what they load and save."""

    steps: Annotated[list[StepConfig], msgspec.Meta(min_length=1, max_length=MAX_STEPS)]
    params: _Params = msgspec.field(default_factory=dict)
    default: Annotated[bool, msgspec.Meta(description="The one that `benchbook run` takes when none is named.")] = False
    watch: WatchConfig | None = None


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `benchbook.yaml` says about a project."""

    pipelines: Annotated[
        dict[str, PipelineConfig], msgspec.Meta(description="Pipelines by name; `benchbook run NAME` runs one.")
    ] = msgspec.field(default_factory=dict)
    expectations: Annotated[
        dict[str, list[ExpectationConfig]], msgspec.Meta(description="What must hold of datasets, by their names.")
    ] = msgspec.field(default_factory=dict)
    gates: Annotated[
        dict[str, GateConfig], msgspec.Meta(description="Gates by name; `benchbook gate NAME REF` evaluates one.")
    ] = msgspec.field(default_factory=dict)
    monitors: Annotated[
        dict[str, MonitorConfig], msgspec.Meta(description="Monitors by name; `benchbook watch` keeps them looking.")
    ] = msgspec.field(default_factory=dict)
    cards: Annotated[
        dict[str, CardConfig], msgspec.Meta(description="What people must say about models, by the models' names.")
    ] = msgspec.field(default_factory=dict)


def read_config(path: Path) -> Config:
    """Read and check the `benchbook.yaml` at ``path``.

    Raises:
        InvalidInput: if it is missing or cannot be read, or naming file, line, key, value and expectation.
    """
    document = _open(path)
    config = document.read(Config) or Config()
    pipelines = {name: _checked(document, name, pipeline) for name, pipeline in config.pipelines.items()}
    defaults = [name for name, pipeline in pipelines.items() if pipeline.default]
    if len(defaults) > 1:
        what = f"is the default beside {defaults[0]!r}, and there can be one"
        raise wrong(document, ("pipelines", defaults[1], "default"), what)
    check_gates(document, config.expectations, config.gates, config.cards)
    check_monitors(document, config.monitors, pipelines, config.gates)
    for name, pipeline in pipelines.items():
        if pipeline.watch is not None:
            check_watch(document, ("pipelines", name, "watch"), pipeline.watch, config.gates)
    return msgspec.structs.replace(config, pipelines=pipelines)


def pick_pipeline(config: Config, name: str | None) -> str:
    """The name of the pipeline to take: ``name``, else the one that is the default, else the only one there is.

    Raises:
        NotFound: if there is no pipeline ``name``.
        InvalidInput: if none is named, none is the default and there is not exactly one.
    """
    if name is not None:
        if name not in config.pipelines:
            raise NotFound("pipeline", name, known=config.pipelines)
        return name
    likely = [one for one, pipeline in config.pipelines.items() if pipeline.default] or list(config.pipelines)
    if len(likely) == 1:
        return likely[0]
    if not config.pipelines:
        raise InvalidInput(f"{FILE} describes no pipeline.", hint="Add one under `pipelines:`, as the README shows.")
    listed = ", ".join(config.pipelines)
    raise InvalidInput(
        f"{FILE} describes several pipelines.", hint=f"Say which one ({listed}), or mark one with `default: true`."
    )


def find_notebook(root: Path, pipeline: str, steps: list[StepConfig], place: int) -> Path:
    """The notebook of step number ``place`` (from 0): an existing file inside the project.

    Raises:
        InvalidInput: if there is none, or a symbolic link leads out of the project.
    """
    step = steps[place]
    keys = ("pipelines", pipeline, "steps", place, "notebook")
    return notebook_at(root, step.notebook, keys, f"step {step.name!r}")


def notebook_at(root: Path, notebook: str, keys: tuple[str | int, ...], whose: str) -> Path:
    """The path of ``notebook``, which `benchbook.yaml` names at ``keys``; ``whose`` it is stands in the error.

    Raises:
        InvalidInput: with the line, if there is no such file or a symbolic link leads out of the project.
    """
    path = root / notebook
    if path.is_file():
        if path.resolve().is_relative_to(root.resolve()):
            return path
        what, hint = "leads out of the project through a symbolic link", "Put the notebook into the project."
    else:
        # Looked up only now: the list of all notebooks is for the error alone.
        known = sorted(file.relative_to(root).as_posix() for file in notebooks(root))
        near = get_close_matches(notebook, known, n=3, cutoff=0.4) or known[:5]
        what = "does not exist"
        hint = f"Notebooks here: {', '.join(near)}." if near else "There is no notebook in this project yet."
    line = config_line(root / FILE, keys)
    raise InvalidInput(f"{FILE}, line {line}, {whose}: the notebook {notebook!r} {what}.", hint=hint)


def config_line(path: Path, keys: tuple[str | int, ...]) -> int:
    """The line of the `benchbook.yaml` at ``path`` on which ``keys`` lead."""
    return _open(path).line(keys)


def parse_value(text: str) -> Any:
    """A value typed on a command line: a number, true, null, a quoted text, [a, list] or {a: mapping}; else plain text.

    Raises:
        InvalidInput: if it begins like a quoted text, list or mapping and is none.
    """
    if text[:1] in ("[", "{", '"', "'"):
        return Document(text, "the value").value()
    return plain_value(text.strip())


def config_schema() -> dict[str, Any]:
    """The JSON Schema of `benchbook.yaml`; editors offer completion and checks from the published file."""
    schema = msgspec.json.schema(Config)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, "title": FILE, **schema}


def write_schema() -> None:
    """Write the published schema file anew, after the records changed."""
    text = msgspec.json.format(msgspec.json.encode(config_schema(), order="sorted"), indent=2)
    SCHEMA_FILE.write_bytes(text + b"\n")


def _open(path: Path) -> Document:
    try:
        return Document(path.read_text(encoding="utf-8-sig"), path.name)
    except FileNotFoundError as error:
        hint = "Write one as the README shows, or begin with `benchbook new minimal my-project`."
        raise InvalidInput(f"There is no {path.name} in {path.parent}.", hint=hint) from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path.name} is not UTF-8 text (byte {error.start}).", hint="Save it as UTF-8.") from error
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}.") from error


def _checked(document: Document, name: str, pipeline: PipelineConfig) -> PipelineConfig:
    """``pipeline`` with every step named, once its names, paths and references have been checked."""
    keys: tuple[str | int, ...] = ("pipelines", name)
    check_named(document, keys, "pipeline", name)
    if not 1 <= len(pipeline.steps) <= MAX_STEPS:
        raise wrong(document, (*keys, "steps"), f"needs from 1 to {MAX_STEPS} steps, not {len(pipeline.steps)}")
    steps: list[StepConfig] = []
    for place, step in enumerate(pipeline.steps):
        here = (*keys, "steps", place)
        check_notebook(document, (*here, "notebook"), step.notebook)
        named = msgspec.structs.replace(step, name=step.name or PurePosixPath(step.notebook).stem)
        check_named(document, here, "step", named.name)
        if any(named.name == earlier.name for earlier in steps):
            hint = "Give each a `name:` of its own."
            raise wrong(document, here, f"is the second step with the name {named.name!r}", hint)
        steps.append(named)
    _check_after(document, keys, steps)
    return msgspec.structs.replace(pipeline, steps=steps)


def _check_after(document: Document, keys: tuple[str | int, ...], steps: list[StepConfig]) -> None:
    names = [step.name for step in steps]
    for place, step in enumerate(steps):
        for number, earlier in enumerate(step.after):
            if earlier in names and earlier != step.name:
                continue
            what = "names the step itself" if earlier == step.name else f"names an unknown step {earlier!r}"
            near = get_close_matches(earlier, names, n=3, cutoff=0.5) or names[:8]
            raise wrong(document, (*keys, "steps", place, "after", number), what, f"Steps here: {', '.join(near)}.")
