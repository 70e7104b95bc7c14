"""`benchbook.yaml`: what is accepted means what it says; what is not is refused with file, line, key and next step."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from benchbook.errors import InvalidInput, NotFound
from benchbook.project.config import (
    SCHEMA_FILE,
    Config,
    PipelineConfig,
    StepConfig,
    config_schema,
    find_notebook,
    parse_value,
    pick_pipeline,
    read_config,
)

GOOD = """\
pipelines:
  flights:
    params: {year: 2013, rate: 1e-3, from: 2013-01-01, at: 12:30, dry: no}
    steps:
      - notebook: ingest.ipynb
      - {name: fit, notebook: models/train.ipynb, params: {depth: 6}, after: [ingest]}
"""


def written(folder: Path, text: str) -> Path:
    """Write ``text`` as the `benchbook.yaml` of ``folder``."""
    path = folder / "benchbook.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def steps_of(*steps: str) -> str:
    """A file of one pipeline with ``steps``, the first on line 4."""
    return "".join(["pipelines:\n  p:\n    steps:\n", *(f"      - {step}\n" for step in steps)])


def refusal(folder: Path, text: str) -> InvalidInput:
    """The error that ``text`` is refused with."""
    with pytest.raises(InvalidInput) as caught:
        read_config(written(folder, text))
    return caught.value


def test_a_pipeline_is_read_with_names_and_plain_values(tmp_path: Path) -> None:
    """Steps are named after their notebooks, and words that YAML 1.1 would bend stay what was written."""
    config = read_config(written(tmp_path, GOOD))
    params = {"year": 2013, "rate": 0.001, "from": "2013-01-01", "at": "12:30", "dry": "no"}
    steps = [
        StepConfig("ingest.ipynb", "ingest"),
        StepConfig("models/train.ipynb", "fit", {"depth": 6}, ["ingest"]),
    ]
    assert config == Config({"flights": PipelineConfig(steps, params)})


@pytest.mark.parametrize("text", ["", "pipelines:\n", "# nothing yet\n"])
def test_an_empty_file_is_a_project_without_pipelines(tmp_path: Path, text: str) -> None:
    """A file that says nothing yet is fine until a pipeline is asked for."""
    config = read_config(written(tmp_path, text))
    assert config == Config()
    with pytest.raises(InvalidInput, match="describes no pipeline"):
        pick_pipeline(config, None)


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        (steps_of("notebok: a.ipynb"), r"line 4, pipelines.p.steps\[0\].notebok is not a known key", "'notebook'"),
        ("gate: {}\n", "line 1, gate is not a known key", "'gates'"),
        (steps_of("name: a"), r"line 4, pipelines.p.steps\[0\] lacks the key 'notebook'", "notebook:"),
        (steps_of("notebook: 3"), "notebook is 3, a whole number; text is expected", '"3"'),
        (steps_of("a.ipynb"), "is 'a.ipynb', text; a mapping is expected", ""),
        ("pipelines: [a]\n", "line 1, pipelines is a list; a mapping is expected", ""),
        ("- a\n", "line 1: this is a list; a mapping is expected", ""),
        ("pipelines: {p: {steps: []}}\n", "needs from 1 to 1000 steps, not 0", ""),
        ("pipelines:\n  p: {steps: []}\n  p: {}\n", "line 3, pipelines has the key 'p' twice", "one"),
        ("pipelines: !!python/object/apply:os.system ['true']\n", "the YAML tag '!!python/object/apply:os.system'", ""),
        ("pipelines: !shell {a: 1}\n", "the YAML tag '!shell'", "plain value"),
        ("pipelines: {p: {<<: {a: 1}}}\n", "a merge key", "Write the values out"),
        ("pipelines: {\n", "line 2: this is not YAML", "Check quotes"),
        ("a: 1\n---\nb: 2\n", "this is not YAML", ""),
        ("pipelines: {'a/b': {steps: [{notebook: a.ipynb}]}}\n", "pipeline name 'a/b' cannot hold '/'", "letters"),
        (steps_of("{name: __init__, notebook: a.ipynb}"), "line 4, .*step name '__init__'", "letters"),
        (steps_of("notebook: a.ipynb", "notebook: b/a.ipynb"), "line 5, .*second step .* 'a'", "`name:`"),
        (steps_of("{notebook: a.ipynb, after: [b]}"), r"after\[0\] names an unknown step 'b'", "Steps here: a"),
        (steps_of("{notebook: a.ipynb, after: [a]}"), r"after\[0\] names the step itself", ""),
        (steps_of("notebook: /etc/a.ipynb"), "not a path inside the project", "'/'"),
        (steps_of("notebook: ../a.ipynb"), "leads out of its folder by '..'", ""),
        (steps_of("notebook: a.py"), "not a notebook", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_its_place(tmp_path: Path, text: str, said: str, hint: str) -> None:
    """Each error names the file, the line, the key and the expectation, and says what to do."""
    error = refusal(tmp_path, text)
    assert error.what.startswith("benchbook.yaml")
    with pytest.raises(InvalidInput, match=said):
        raise error
    assert hint in error.hint


def test_a_bomb_of_aliases_ends_at_the_limit(tmp_path: Path) -> None:
    """Ten levels of nine aliases each would be 3.5 billion values; the count stops at the limit."""
    levels = "".join(f"   l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 10))
    text = f"pipelines:\n p:\n  steps: [{{notebook: a.ipynb}}]\n  params:\n   l0: &l0 [1]\n{levels}"
    assert "over 20,000 values" in refusal(tmp_path, text).what


@pytest.mark.parametrize("text", ["[" * 100_000, "a: &a [*a]", "pipelines: &a {p: *a}", "x" * 400_000])
def test_depth_loops_and_size_are_limited(tmp_path: Path, text: str) -> None:
    """A file made to exhaust the reader is refused like any other."""
    refusal(tmp_path, text)


def test_a_missing_or_unreadable_file_says_what_to_write(tmp_path: Path) -> None:
    """No `benchbook.yaml` and a binary one are clear errors."""
    with pytest.raises(InvalidInput, match=r"There is no benchbook\.yaml in .*\n.*benchbook new"):
        read_config(tmp_path / "benchbook.yaml")
    (tmp_path / "benchbook.yaml").write_bytes(b"a: \xff\xfe")
    with pytest.raises(InvalidInput, match="not UTF-8 text"):
        read_config(tmp_path / "benchbook.yaml")


def test_a_missing_notebook_is_named_with_its_line_and_those_that_exist(tmp_path: Path) -> None:
    """A typo in a path shows the notebooks that look like it."""
    steps = read_config(written(tmp_path, GOOD)).pipelines["flights"].steps
    (tmp_path / "ingst.ipynb").touch()
    with pytest.raises(InvalidInput, match=r"line 5, step 'ingest': .*'ingest.ipynb' does not exist") as caught:
        find_notebook(tmp_path, "flights", steps, 0)
    assert caught.value.hint == "Notebooks here: ingst.ipynb."


def test_a_symbolic_link_out_of_the_project_is_refused(tmp_path: Path) -> None:
    """A notebook that lies elsewhere would not be part of what the project's history holds."""
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "ingest.ipynb").touch()
    (root / "ingest.ipynb").symlink_to(tmp_path / "ingest.ipynb")
    steps = read_config(written(root, GOOD)).pipelines["flights"].steps
    with pytest.raises(InvalidInput, match="leads out of the project"):
        find_notebook(root, "flights", steps, 0)


def test_a_pipeline_is_picked_by_name_or_because_it_is_the_only_one(tmp_path: Path) -> None:
    """An unknown name lists near ones; several pipelines ask which."""
    one = read_config(written(tmp_path, GOOD))
    assert pick_pipeline(one, None) == "flights"
    with pytest.raises(NotFound, match="Did you mean: flights"):
        pick_pipeline(one, "flight")
    two = Config({**one.pipelines, "other": one.pipelines["flights"]})
    with pytest.raises(InvalidInput, match=r"several pipelines.\n.*flights, other"):
        pick_pipeline(two, None)


def test_one_of_several_pipelines_may_be_the_default(tmp_path: Path) -> None:
    """It is taken when none is named; two defaults are refused at the line of the second."""
    other = "  other: {default: true, steps: [{notebook: a.ipynb}]}\n"
    two = read_config(written(tmp_path, GOOD.rstrip("\n") + "\n" + other))
    assert (pick_pipeline(two, None), pick_pipeline(two, "flights")) == ("other", "flights")
    with pytest.raises(InvalidInput, match=r"pipelines.third.default is the default beside 'other'"):
        read_config(written(tmp_path, GOOD.rstrip("\n") + "\n" + other + other.replace("other", "third")))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7), ("-1.5", -1.5), ("1e-3", 0.001), (".5", 0.5), ("true", True), ("null", None), ("", None),
        ("-.inf", float("-inf")), ('"7"', "7"), ("no", "no"), ("*.csv", "*.csv"), ("a: b", "a: b"), ("@x", "@x"),
        ("2013-01-01", "2013-01-01"),
        ("[1, two]", [1, "two"]), ('{"a": [null]}', {"a": [None]}), ("__import__('os')", "__import__('os')"),
    ],
)  # fmt: skip
def test_values_on_the_command_line_are_plain(text: str, value: object) -> None:
    """A typed value is a number, true, null, a list or mapping, else the text itself: never code."""
    assert parse_value(text) == value
    assert type(parse_value(text)) is type(value)


@pytest.mark.parametrize("text", ["[1, 2", '"open', "[!!python/name:os.system ]", "{a: 1, a: 2}"])
def test_a_broken_value_is_refused(text: str) -> None:
    """What begins as a list, mapping or quoted text must be one."""
    with pytest.raises(InvalidInput, match="the value"):
        parse_value(text)


def test_the_published_schema_is_fresh() -> None:
    """Editors check `benchbook.yaml` by the very records that read it (refresh with `config.write_schema()`)."""
    assert msgspec.json.decode(SCHEMA_FILE.read_bytes()) == config_schema()
