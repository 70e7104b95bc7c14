"""Runs as people use them: started, logged to, run again, nested, finished, and shown as they are."""

from __future__ import annotations

import math
import threading
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchbook.errors import Conflict, InvalidInput, NotFound
from benchbook.project import Project
from benchbook.tracking import (
    current_run,
    finish_run,
    get_run,
    list_runs,
    log_artifact,
    log_metrics,
    log_params,
    metric_curves,
    run_log,
    start_run,
)


@pytest.fixture(autouse=True)
def _no_run_left(project: Project) -> Iterator[None]:
    yield
    while current_run() is not None:
        finish_run()


def test_a_run_holds_what_was_logged(project: Project) -> None:
    """Params, metrics, tags, note, artifacts and log lines of a run are read back as they were."""
    (project.root / "roc.txt").write_text("curve")
    with start_run("train", params={"depth": 6, "grid": [1, {"a": None}]}, tags={"team": "ml"}, note="*why*") as run:
        run.log_metrics({"loss": 0.5, "auc": 0.7}, step=3)
        run.log_artifact("roc.txt")
        run.log_text("one\ntwo")
    found = get_run(run.id)
    assert (found.name, found.experiment, found.status, found.note) == ("train", "train", "finished", "*why*")
    assert {param.key: param.value for param in found.params} == {"depth": 6, "grid": [1, {"a": None}]}
    assert {m.key: (m.last, m.step, m.count) for m in found.metrics} == {"auc": (0.7, 3, 1), "loss": (0.5, 3, 1)}
    assert found.tags == {"team": "ml"}
    assert [(a.path, a.size, a.media_type) for a in found.artifacts] == [("roc.txt", 5, "text/plain")]
    assert [line.text for line in run_log(run.id)] == ["one", "two"]
    assert found.ended is not None
    assert found.ended >= found.started


def test_an_open_run_can_be_asked(project: Project) -> None:
    """While it runs, a run is there with its newest values: nobody waits for its end."""
    run = start_run("train")
    for step in range(10):
        run.log_metric("loss", 1 / (step + 1))
        assert get_run(run.id).metrics[0].last == 1 / (step + 1)
    assert get_run(run.id).status == "running"


def test_running_a_cell_again_starts_anew(project: Project) -> None:
    """A plain start_run cell that is run again finishes its earlier run instead of raising or nesting."""
    first = start_run("train")
    second = start_run("train")
    assert current_run() is second
    assert get_run(first.id).status == "finished"
    assert get_run(second.id).parent is None


def test_a_changed_param_keeps_its_history(project: Project) -> None:
    """Logging a param again with another value shows the new one and keeps the old ones."""
    run = start_run("train", params={"depth": 6})
    run.log_param("depth", 8)
    run.log_params({"depth": 10})
    (param,) = get_run(run.id).params
    assert (param.value, param.history) == (10, [6, 8])


def test_logging_after_the_end_is_kept(project: Project) -> None:
    """A logging cell run again after finish adds to the run and says so; the run stays finished."""
    run = start_run("train")
    run.finish()
    with pytest.warns(UserWarning, match="is finished; what is logged now is added"):
        run.log_metric("auc", 0.7)
    found = get_run(run.id)
    assert (found.status, found.metrics[0].last) == ("finished", 0.7)


def test_finishing_twice_is_fine(project: Project) -> None:
    """The first end counts."""
    run = start_run("train")
    run.finish("failed")
    run.finish()
    assert get_run(run.id).status == "failed"


def test_nested_runs_are_children(project: Project) -> None:
    """A run inside the with-block of another is its child; afterwards the outer one is current again."""
    with start_run("outer") as outer:
        with start_run("inner") as inner:
            log_metrics({"auc": 0.1})
        assert current_run() is outer
        log_params({"a": 1})
    found = get_run(outer.id)
    assert [child.id for child in found.children] == [inner.id]
    assert [param.key for param in found.params] == ["a"]
    assert get_run(inner.id).metrics[0].key == "auc"


def test_an_exception_fails_the_run(project: Project) -> None:
    """The run says what was raised, with its traceback, and the exception goes on."""
    with pytest.raises(KeyError, match="dest"), start_run("train") as run:
        raise KeyError("dest")
    failure = get_run(run.id).failure
    assert failure is not None
    assert (failure.type, failure.message) == ("KeyError", "'dest'")
    assert "test_runs.py" in failure.traceback


def test_leaving_the_outer_run_ends_what_is_inside(project: Project) -> None:
    """A run left open in a with-block does not outlive it."""
    with start_run("outer"):
        inner = start_run("inner")
    assert get_run(inner.id).status == "finished"
    assert current_run() is None


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite(value: float, project: Project) -> None:
    """NaN and infinities are kept as they are, and do not spoil smallest and largest."""
    with start_run("train") as run:
        run.log_metric("m", 1.0)
        run.log_metric("m", value)
    (metric,) = get_run(run.id).metrics
    assert (metric.last, metric.min, metric.max, metric.count) == (str(value), 1.0, 1.0, 2)
    assert metric_curves(run.id, ["m"])[0].values == [1.0, str(value)]


def test_numpy_and_steps(project: Project) -> None:
    """Numpy scalars are numbers; without a step the points of each key are counted."""
    import numpy as np

    with start_run("train", params={"n": np.int64(3), "x": np.float32(0.5)}) as run:
        run.log_metric("a", np.float32(0.25))
        run.log_metric("a", np.array(2.0), step=np.int64(7))
        run.log_metrics({"a": True, "b": 1})
    curves = {curve.key: (curve.steps, curve.values) for curve in metric_curves(run.id)}
    assert curves == {"a": ([0, 7, 8], [0.25, 2.0, 1.0]), "b": ([0], [1.0])}
    assert [param.value for param in get_run(run.id).params] == [3, 0.5]


@pytest.mark.parametrize("value", ["0.5", b"1", None, [1, 2], 1j, object(), {}])
def test_metrics_are_numbers(value: object, project: Project) -> None:
    """Text, lists and other things are refused by name, and nothing of the call is logged."""
    run = start_run("train")
    with pytest.raises(InvalidInput, match="Metric 'loss'"):
        run.log_metrics({"good": 1.0, "loss": value})
    assert get_run(run.id).metrics == []


@pytest.mark.parametrize("step", [1.5, "3", None.__class__, 2**70])
def test_steps_are_whole(step: object, project: Project) -> None:
    """A step that is no whole number of 64 bits is refused with its value."""
    run = start_run("train")
    with pytest.raises(InvalidInput, match=r"Step .* of metric 'loss'"):
        run.log_metric("loss", 1.0, step=step)  # type: ignore[arg-type]


AWKWARD = [
    "a/b",
    "../up",
    'it\'s "quoted"',
    "emoji 🛫",
    "x" * 300,
    "<script>alert(1)</script>",
    "__proto__",
    "SELECT 1; --",
]


@pytest.mark.parametrize("text", AWKWARD)
def test_awkward_names_work(text: str, project: Project) -> None:
    """Run names, keys, tags and values may hold any text and come back the same."""
    with start_run(text, params={text: text}, tags={text: text}, note=text) as run:
        run.log_metric(text, 1.0)
    found = get_run(run.id)
    assert (found.name, found.note, found.tags) == (text, text, {text: text})
    assert (found.params[0].key, found.params[0].value, found.metrics[0].key) == (text, text, text)
    quoted = text.replace('"', '""')
    assert list_runs(f'metrics."{quoted}" = 1').total == 1


@pytest.mark.parametrize("text", ["", "  ", "line\nbreak", "nul\0", "\x1b[31m", "\ud800", "x" * 3000])
def test_unusable_names_are_refused(text: str, project: Project) -> None:
    """Empty names, control characters and endless names are refused before anything is started."""
    with pytest.raises(InvalidInput):
        start_run(text)
    run = start_run("ok")
    with pytest.raises(InvalidInput):
        run.log_metric(text, 1.0)
    assert list_runs().total == 1


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "..", "a\\..\\b", "C:x", "", "a\nb"])
def test_artifact_names_stay_inside(name: str, project: Project) -> None:
    """An artifact's name cannot leave its run."""
    (project.root / "x").write_text("x")
    with pytest.raises(InvalidInput), start_run("train") as run:
        run.log_artifact("x", name)


def test_artifacts_from_anywhere(project: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A file outside the project is copied under its own name; a folder with all its files; a missing one is named."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "sub").mkdir()
    (outside / "sub" / "a.png").write_bytes(b"png")
    with start_run("train") as run:
        log_artifact(outside / "sub" / "a.png")
        log_artifact(outside, "all")
        with pytest.raises(InvalidInput, match=r"no file 'gone\.png'"):
            run.log_artifact("gone.png")
    assert [artifact.path for artifact in get_run(run.id).artifacts] == ["a.png", "all/sub/a.png"]


def test_figures_become_images(project: Project) -> None:
    """A matplotlib figure is kept as the image its name asks for; other things and endings are refused."""
    from matplotlib.figure import Figure

    with start_run("train") as run:
        run.log_figure(Figure(), "plots/roc.png")
        with pytest.raises(InvalidInput, match="ends in none of"):
            run.log_figure(Figure(), "roc.exe")
        with pytest.raises(InvalidInput, match="is no figure"):
            run.log_figure(object(), "roc.png")
    (artifact,) = get_run(run.id).artifacts
    assert (artifact.path, artifact.media_type) == ("plots/roc.png", "image/png")


def test_logging_without_a_run_says_how(project: Project) -> None:
    """There is no hidden run: logging outside one tells how to start it."""
    with pytest.raises(Conflict, match="no open run"):
        log_metrics({"a": 1})


def test_threads_log_to_the_current_run(project: Project) -> None:
    """Worker threads of a run log to it."""
    with start_run("train") as run:
        threads = [threading.Thread(target=log_metrics, args=({f"t{n}": n},)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(get_run(run.id).metrics) == 8


def test_a_run_is_found_by_the_beginning_of_its_id(project: Project) -> None:
    """Enough of an id is enough; an unknown one lists what there is; an ambiguous one asks for more."""
    runs = [start_run("train") for _ in range(40)]
    assert get_run(runs[0].id[:10]).id == runs[0].id
    with pytest.raises(NotFound, match="no run 'nope-nope'"):
        get_run("nope-nope")
    first = next(run.id[0] for run in runs if sum(other.id[0] == run.id[0] for other in runs) > 1)
    with pytest.raises(InvalidInput, match="several runs"):
        get_run(first)


def test_the_cell_shows_the_run_safely(project: Project) -> None:
    """A run's HTML names state, params and metrics, and escapes whatever people wrote."""
    with start_run("<script>alert(1)</script>", params={"<img onerror=x>": "<b>"}) as run:
        run.log_metric("auc", 0.73211)
    html = get_run(run.id)._repr_html_()
    assert html == run._repr_html_()
    assert "finished" in html
    assert "0.7321" in html
    assert "<script" not in html
    assert "<img" not in html


def test_nothing_is_written_by_looking(project: Project) -> None:
    """Asking in a folder without a project leaves it as it was."""
    assert list_runs().total == 0
    assert list(project.root.iterdir()) == []


def test_starting_is_quiet(project: Project) -> None:
    """A whole run raises no warning of any kind."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with start_run("train") as run:
            run.log_metric("a", 1)
        assert Path(project.folder, ".gitignore").read_text() == "*\n"


def test_trials_in_a_pool_do_not_mix(project: Project) -> None:
    """Each thread logs to the run it began, inside the run of the main thread, whichever ends first."""

    def trial(number: int) -> str:
        with start_run(f"trial {number}") as run:
            time.sleep(0.02 * (number + 1))
            log_metrics({"score": number})
        return run.id

    with start_run("search") as search, ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(trial, range(4)))
        log_metrics({"best": 3})
    found = [get_run(run) for run in ids]
    assert [(run.parent, run.status, run.metrics[0].last) for run in found] == [
        (search.id, "finished", float(number)) for number in range(4)
    ]
    assert [metric.key for metric in get_run(search.id).metrics] == ["best"]


def test_a_thread_without_a_run_logs_to_the_main_one(project: Project) -> None:
    """A helper thread of a plain run logs to it, and does not end it by starting one of its own."""
    run = start_run("train")
    thread = threading.Thread(target=lambda: (log_metrics({"from": 1}), start_run("inner").finish()))
    thread.start()
    thread.join()
    assert current_run() is run
    assert [metric.key for metric in get_run(run.id).metrics] == ["from"]


def test_a_cell_run_again_after_the_end_adds_to_its_run(project: Project) -> None:
    """Logging by the module's functions after `finish_run` warns and is kept, as with the run's own methods."""
    run = start_run("train")
    finish_run()
    with pytest.warns(UserWarning, match="finished"):
        log_metrics({"late": 1.0})
    assert [metric.key for metric in get_run(run.id).metrics] == ["late"]
    run._stream.close()


@pytest.mark.parametrize("given", [{"params": ["lr"]}, {"params": "lr"}, {"tags": "ab"}, {"tags": {1: "a"}}])
def test_nothing_is_started_with_wrong_params_or_tags(project: Project, given: dict[str, object]) -> None:
    """What is no mapping of names is refused before the run begins."""
    with pytest.raises(InvalidInput):
        start_run("train", **given)  # type: ignore[arg-type]
    assert current_run() is None
    assert list_runs().total == 0


@pytest.mark.parametrize(("code", "status"), [(0, "finished"), (None, "finished"), (1, "failed"), ("no", "failed")])
def test_an_exit_inside_a_run_ends_it_by_its_code(project: Project, code: object, status: str) -> None:
    """`sys.exit(0)` says that all went well; any other code says the opposite."""
    with pytest.raises(SystemExit), start_run("train") as run:
        raise SystemExit(code)
    assert get_run(run.id).status == status


def test_a_run_ends_in_one_of_two_ways(project: Project) -> None:
    """A word that is no status is refused, and the run goes on."""
    run = start_run("train")
    with pytest.raises(InvalidInput, match="'done'"):
        finish_run("done")  # type: ignore[arg-type]
    assert get_run(run.id).status == "running"


def test_a_huge_message_is_cut(project: Project) -> None:
    """Twenty megabytes in an exception do not travel with every list of runs."""
    with pytest.raises(ValueError, match="x"), start_run("train") as run:
        raise ValueError("x" * 20_000_000)
    failure = get_run(run.id).failure
    assert failure is not None
    assert len(failure.message) + len(failure.traceback) < 50_000


def test_steps_end_at_64_bits(project: Project) -> None:
    """A count that would pass the largest step is refused, not lost."""
    run = start_run("train")
    run.log_metric("m", 1.0, step=2**63 - 1)
    with pytest.raises(InvalidInput, match="64 bits"):
        run.log_metric("m", 2.0)
    assert get_run(run.id).metrics[0].count == 1


@pytest.mark.parametrize("path", ["a\0b", "x" * 300 + "/y" * 3000, None, 3.5])
def test_what_is_no_path_is_no_artifact(project: Project, path: object) -> None:
    """Odd paths are refused in words."""
    with start_run("train") as run, pytest.raises(InvalidInput):
        run.log_artifact(path)  # type: ignore[arg-type]


def test_snapshots_that_cannot_be_kept_are_noted(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    """A run goes on without them; its log says why, and nothing is printed into the notebook."""
    project.make()
    (project.folder / "objects").write_text("in the way")
    with start_run("train") as run:
        time.sleep(0.2)
    assert any("could not be kept" in line.text for line in run_log(run.id))
    assert capfd.readouterr().err == ""
