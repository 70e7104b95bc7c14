"""What a pipeline's outcome depends on: the state of its code and data, and which steps a change reaches."""

from __future__ import annotations

import pandas as pd
import pytest

from benchbook.data import save_dataset
from benchbook.errors import InvalidInput
from benchbook.models import set_alias
from benchbook.pipelines.changes import Watchlist, differences, pipeline_state
from benchbook.project import Project
from benchbook.project.watch_config import WatchConfig
from library.pipelines.notebooks import write_notebook, write_pipeline

WATCH = WatchConfig(files=["raw/*.csv"])


@pytest.fixture
def p(project: Project) -> Project:
    """Two steps: one makes `clean` of `raw` and of a module's constant, one learns from it."""
    root = project.root
    (root / "raw").mkdir()
    (root / "raw" / "a.csv").write_text("x\n1\n")
    (root / "helper.py").write_text("import deeper\n")
    (root / "deeper.py").write_text("SIZE = 1\n")
    prepare = "import helper, benchbook as bb\nframe = bb.load_dataset('raw')\nbb.save_dataset('clean', frame)"
    write_notebook(root / "prepare.ipynb", prepare)
    write_notebook(root / "train.ipynb", "import benchbook as bb\nbb.load_dataset('clean')", params="depth = 1")
    write_pipeline(root, "prepare.ipynb", "train.ipynb")
    save_dataset("raw", pd.DataFrame({"x": [1]}), project=project)
    return project


def changed(project: Project, before: dict[str, str], watch: WatchConfig = WATCH) -> tuple[list[str], list[str]]:
    """What differs from ``before``, in words, and the steps it reaches."""
    state = pipeline_state(project, "p", watch)
    found = differences(before, state.parts)
    return list(found.values()), state.stale(found)


def test_what_it_depends_on(p: Project) -> None:
    """Notebooks, modules through each other, data it does not make, files; not what it makes itself."""
    parts = pipeline_state(p, "p", WATCH).parts
    assert set(parts) == {
        "code prepare.ipynb",
        "code helper.py",
        "code deeper.py",
        "code train.ipynb",
        "data raw",
        "data raw/a.csv",
    }
    assert differences(parts, parts) == {}
    assert differences(None, parts)


def test_each_change_is_told_with_the_steps_it_reaches(p: Project) -> None:
    """A module reaches the step that imports it and what follows; the last step only itself; data by its versions."""
    before = pipeline_state(p, "p", WATCH).parts
    (p.root / "deeper.py").write_text("SIZE = 2\n")
    assert changed(p, before) == (["deeper.py changed"], ["prepare", "train"])
    (p.root / "deeper.py").write_text("SIZE = 1\n")
    write_notebook(p.root / "train.ipynb", "import benchbook as bb\nbb.load_dataset('clean')", params="depth = 2")
    assert changed(p, before) == (["train.ipynb changed"], ["train"])
    write_pipeline(p.root, "prepare.ipynb", {"notebook": "train.ipynb", "params": {"depth": 1}})
    save_dataset("raw", pd.DataFrame({"x": [1, 2]}), project=p)
    (p.root / "raw" / "b.csv").write_text("x\n")
    save_dataset("clean", pd.DataFrame({"x": [9]}), project=p)
    said, steps = changed(p, before)
    assert (sorted(said), steps) == (
        ["raw is raw:2, was raw:1", "raw/b.csv is new", "train.ipynb changed"],
        ["prepare", "train"],
    )
    assert changed(p, pipeline_state(p, "p", WATCH).parts) == ([], [])


def test_outputs_are_no_code(p: Project) -> None:
    """Running a notebook by hand and saving it with its outputs changes nothing."""
    before = pipeline_state(p, "p", WATCH).parts
    text = (p.root / "train.ipynb").read_text()
    (p.root / "train.ipynb").write_text(
        text.replace('"outputs": []', '"outputs": [{"output_type": "stream", "name": "stdout", "text": "hello"}]')
    )
    assert "hello" in (p.root / "train.ipynb").read_text()
    assert changed(p, before) == ([], [])


def test_only_what_is_asked_about_counts(p: Project) -> None:
    """`on: [data]` does not see a changed notebook, `on: [code]` no new data."""
    on_data, on_code = WatchConfig(on=["data"]), WatchConfig(on=["code"])
    data, code = pipeline_state(p, "p", on_data).parts, pipeline_state(p, "p", on_code).parts
    (p.root / "helper.py").write_text("")
    assert changed(p, data, on_data) == ([], [])
    save_dataset("raw", pd.DataFrame({"x": [3]}), project=p)
    assert changed(p, code, on_code)[0] == ["helper.py changed", "deeper.py is not needed any more"]


def test_an_alias_is_followed_and_a_version_stays(p: Project) -> None:
    """What is loaded by alias changes when the alias moves; a version that is written out never does."""
    write_notebook(
        p.root / "train.ipynb", "import benchbook as bb\nbb.load_dataset('raw@old')\nbb.load_dataset('raw:1')"
    )
    save_dataset("raw", pd.DataFrame({"x": [4]}), project=p)
    before = pipeline_state(p, "p", WATCH).parts
    assert before["data raw@old"] == "nothing"
    set_alias("raw", 1, "old", noun="dataset", project=p)
    assert changed(p, before)[0] == ["raw@old is raw:1, was nothing"]


def test_files_outside_and_too_many_are_no_data(p: Project) -> None:
    """A link that leads out of the project is not followed, and the number of files has an end."""
    (p.root / "raw" / "passwords.csv").symlink_to("/etc/passwd")
    assert "data raw/passwords.csv" not in pipeline_state(p, "p", WATCH).parts
    for number in range(1_001):
        (p.root / "raw" / f"{number}.csv").touch()
    with pytest.raises(InvalidInput, match=r"names 1,002 files"):
        pipeline_state(p, "p", WATCH)


def test_a_module_that_is_broken_counts_all_the_same(p: Project) -> None:
    """It cannot be parsed, but when it is mended the pipeline must run."""
    (p.root / "helper.py").write_text("def (")
    before = pipeline_state(p, "p", WATCH).parts
    (p.root / "helper.py").write_text("import helper, deeper\n")
    assert "helper.py changed" in changed(p, before)[0]


def test_saving_a_file_moves_the_stamp(p: Project) -> None:
    """Notebooks, modules, benchbook.yaml and files of a pattern; nothing else, and a broken notebook stays in it."""
    text = (p.root / "benchbook.yaml").read_text()
    (p.root / "benchbook.yaml").write_text(text + "    watch: {files: [raw/*.csv]}\n")
    files = Watchlist(p)
    files.renew()
    seen = [files.stamp()]
    for name in ("deeper.py", "train.ipynb", "raw/new.csv", "benchbook.yaml"):
        with (p.root / name).open("a") as file:
            file.write(" ")
        seen.append(files.stamp())
    assert len(set(seen)) == 5
    (p.root / "notes.txt").write_text("x")
    assert files.stamp() == seen[-1]
    (p.root / "train.ipynb").write_text("{")
    files.renew()
    broken = files.stamp()
    write_notebook(p.root / "train.ipynb", "1")
    assert files.stamp() != broken
