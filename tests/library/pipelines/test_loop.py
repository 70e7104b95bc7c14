"""The loop closes: what is seen rings, what rings retrains, what passes is promoted; once, whatever is killed."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from benchbook.errors import InvalidInput
from benchbook.governance import list_audit
from benchbook.models import get_model
from benchbook.monitoring.alerting import close_alerts
from benchbook.monitoring.chunks import Chunk
from benchbook.monitoring.state import MonitorState, monitor_state
from benchbook.pipelines.retraining import only_one, params_for, pursue
from benchbook.pipelines.watching import PAUSE, TURN, turn, watch
from benchbook.project import Project
from benchbook.project.monitor_config import RetrainConfig
from benchbook.store import Query
from library.pipelines.loop_project import RETRAIN, YAML, add_month, make_loop, turn_in_child


def facts(project: Project, *actions: str) -> int:
    """How many facts of these actions there are."""
    listed = ", ".join(f"'{action}'" for action in actions)
    return int(project.store.read(Query(f"SELECT count(*) FROM facts WHERE action IN ({listed})"))[0][0])


def take_turn(project: Project) -> tuple[bool, list[str], MonitorState]:
    """One turn: whether all went well, what was told, and the state after it."""
    told: list[str] = []
    return turn(project, tell=told.append), told, monitor_state(project, "m")


@pytest.fixture
def turned(project: Project) -> Project:
    """The loop after a month in which the world has turned round."""
    make_loop(project)
    add_month(project, 4, turned=True)
    return project


def test_a_quiet_month_rings_nothing(project: Project) -> None:
    """More of the same is observed, and that is all; looking again finds nothing new."""
    make_loop(project)
    add_month(project, 4, turned=False)
    well, _, state = take_turn(project)
    assert (well, state.open_alerts, state.retrainings) == (True, [], [])
    (seen,) = state.latest
    assert (seen.chunk.id, seen.chunk.rows, seen.model) == ("2013-04", 1000, "m:1")
    assert seen.performance is not None
    assert seen.performance[0] == pytest.approx(0.95, abs=0.03)
    assert take_turn(project)[1] == []


def test_the_loop_closes(turned: Project) -> None:
    """Drift and a drop ring, the pipeline retrains with the chunk's params, the gate passes it, the alias moves."""
    well, _, state = take_turn(turned)
    (seen,) = state.latest
    assert {alert.kind for alert in seen.alerts} >= {"drift", "performance"}
    (done,) = state.retrainings
    assert (done.chunk, done.params, done.status, done.outcome, done.version) == (
        "2013-04",
        {"until": "2013-05-01T00:00:00"},
        "finished",
        "promoted",
        2,
    )
    assert get_model("m@champion", project=turned).version == 2
    assert state.open_alerts == []
    assert well
    assert take_turn(turned)[1] == []
    plain = [
        one.sentence for one in list_audit(project=turned) if one.sentence == f"{one.action} {one.noun} {one.name}"
    ]
    assert plain == []  # the audit log has words for each step


@pytest.mark.parametrize("moment", ["m: 2013-04", "retraining begins", "pipeline retrain finished", "promoted m:2"])
def test_a_kill_at_any_boundary_promotes_once(turned: Project, moment: str) -> None:
    """Killed after the observation, the start, the pipeline or the promotion: the next turn goes on from there."""
    command = [sys.executable, "-c", turn_in_child(turned.root), moment]
    assert subprocess.run(command, cwd=turned.root, check=False).returncode == -9
    state = take_turn(turned)[2]
    assert [one.outcome for one in state.retrainings] == ["promoted"]
    assert (facts(turned, "observe"), facts(turned, "start"), facts(turned, "promote")) == (1, 1, 2)
    assert get_model("m@champion", project=turned).version == state.retrainings[0].version
    assert state.open_alerts == []


def test_a_pipeline_that_fails_leaves_alert_and_champion(project: Project) -> None:
    """It is told and recorded; nothing starts by itself again for this chunk, but a person may."""
    make_loop(project, retrain="1 / 0")
    add_month(project, 4, turned=True)
    well, _, state = take_turn(project)
    assert not well
    assert [(one.outcome, one.reason) for one in state.retrainings] == [("failed", "retrain: ZeroDivisionError")]
    assert state.open_alerts
    assert get_model("m@champion", project=project).version == 1
    assert take_turn(project)[:2] == (True, [])
    monitor = project.config().monitors["m"]
    make_retrain(project, RETRAIN)
    assert pursue(project, "m", monitor, asked=True, tell=lambda _: None)
    assert monitor_state(project, "m").retrainings[-1].outcome == "promoted"


def test_too_few_drifted_columns_ring_and_retrain_nothing(project: Project) -> None:
    """`drifted: 3` lets two columns ring without a retraining; a drop of performance starts it all the same."""
    text = YAML.replace("every: 7d", "every: 7d, drifted: 3, on: [drift]")
    make_loop(project, text=text)
    add_month(project, 4, turned=True)
    state = take_turn(project)[2]
    assert {alert.column for alert in state.open_alerts if alert.kind == "drift"} == {"a", "prediction"}
    assert state.retrainings == []
    (project.root / "benchbook.yaml").write_text(text.replace("[drift]", "[drift, performance]"))
    assert [one.outcome for one in take_turn(project)[2].retrainings] == ["promoted"]


def test_a_reference_left_out_follows_what_serves(project: Project) -> None:
    """Chunks are compared with what the champion has learned from, so a promotion moves the reference along."""
    make_loop(project, text=YAML.replace("    reference: history:1\n", ""))
    for month in (4, 5):
        add_month(project, month, turned=True)
        state = take_turn(project)[2]
    assert [(seen.model, seen.reference) for seen in state.latest] == [("m:1", "history:1"), ("m:2", "history:2")]
    assert state.latest[1].drift["a"] < state.latest[0].drift["a"]


def make_retrain(project: Project, source: str) -> None:
    """Write the notebook anew, as a person who mends it would."""
    from library.pipelines.notebooks import write_notebook

    write_notebook(project.root / "retrain.ipynb", source, params="until = '2013-04-01'")


def test_what_is_not_better_is_held(project: Project) -> None:
    """The gate's own sentence is the reason; the champion stays, and the alerts are answered."""
    make_loop(project, retrain=RETRAIN.replace('learn["y"])', '~learn["y"])'))
    add_month(project, 4, turned=True)
    state = take_turn(project)[2]
    (done,) = state.retrainings
    assert (done.outcome, done.version) == ("held", None)
    assert "did not pass release" in done.reason
    assert get_model("m@champion", project=project).version == 1
    assert state.open_alerts == []


def test_where_a_person_must_begin_it_waits(project: Project) -> None:
    """`ask: true` leaves the alerts open until somebody starts it."""
    make_loop(project, text=YAML.replace("every: 7d", "every: 7d, ask: true"))
    add_month(project, 4, turned=True)
    assert take_turn(project)[2].retrainings == []
    monitor = project.config().monitors["m"]
    assert pursue(project, "m", monitor, asked=True, tell=lambda _: None)
    assert get_model("m@champion", project=project).version == 2


def test_what_was_asked_first_waits_through_restarts(project: Project) -> None:
    """Neither a turn nor a new process begins it by itself; `benchbook monitor NAME --retrain` sees it through."""
    make_loop(project, text=YAML.replace("every: 7d", "every: 7d, ask: true"))
    add_month(project, 4, turned=True)
    once = [sys.executable, "-m", "benchbook", "watch", "--once"]
    for _ in range(2):
        subprocess.run(once, cwd=project.root, check=True, capture_output=True)
    assert monitor_state(project, "m").retrainings == []
    begin = [sys.executable, "-m", "benchbook", "monitor", "m", "--retrain"]
    done = subprocess.run(begin, cwd=project.root, check=False, capture_output=True, text=True)
    assert (done.returncode, "retraining begins for 2013-04" in done.stderr) == (0, True)
    assert get_model("m@champion", project=project).version == 2


@pytest.mark.parametrize(("word", "outcome", "champion"), [("approve", "promoted", 2), ("reject", "held", 1)])
def test_a_promotion_that_asks_first_is_settled_by_people(
    project: Project, word: str, outcome: str, champion: int
) -> None:
    """With an approval in the gate the loop waits; what people decide closes the alerts at the next turn, once."""
    from benchbook.gates import approve, list_approvals, reject

    asks = f"    approval: {{approvers: [{project.user}]}}\n    checks:"
    make_loop(project)
    (project.root / "benchbook.yaml").write_text(YAML.replace("    checks:", asks))
    add_month(project, 4, turned=True)
    state = take_turn(project)[2]
    assert ([one.outcome for one in state.retrainings], bool(state.open_alerts)) == (["waiting"], True)
    assert take_turn(project)[1] == []
    (request,) = list_approvals(waiting=True, project=project)
    (approve if word == "approve" else reject)(request.id, "looked at it", project=project)
    _, told, state = take_turn(project)
    assert [one.outcome for one in state.retrainings] == [outcome]
    assert (len(told), state.open_alerts) == (1, [])
    assert get_model("m@champion", project=project).version == champion
    assert take_turn(project)[1] == []


def test_how_often_survives_a_restart(project: Project) -> None:
    """`every: 90d` is counted from what is recorded: a new process does not retrain for the month after."""
    make_loop(project, text=YAML.replace("every: 7d", "every: 90d"))
    add_month(project, 4, turned=True)
    assert len(take_turn(project)[2].retrainings) == 1
    add_month(project, 5, turned=True)
    once = [sys.executable, "-m", "benchbook", "watch", "--once"]
    subprocess.run(once, cwd=project.root, check=True, capture_output=True)
    state = monitor_state(project, "m")
    assert state.open_alerts
    assert [one.chunk for one in state.retrainings] == ["2013-04"]


def test_alerts_are_closed_with_a_reason(turned: Project) -> None:
    """A person's word answers them, in the ledger, and nothing is retrained for them any more."""
    from benchbook.monitoring.observing import observe

    observe(turned, "m", turned.config().monitors["m"])
    assert close_alerts(turned, "m", "a known strike")
    state = take_turn(turned)[2]
    assert (state.open_alerts, state.retrainings) == ([], [])
    assert all("a known strike" in why for why in state.closed.values())
    with pytest.raises(InvalidInput, match="empty"):
        close_alerts(turned, "m", " ")


def test_two_retrainings_never_run_at_once(turned: Project) -> None:
    """While somebody holds the lock a turn observes and leaves the rest; afterwards it goes on."""
    with only_one(turned) as first, only_one(turned) as second:
        assert (first, second) == (True, False)
        assert take_turn(turned)[2].retrainings == []
    assert take_turn(turned)[2].retrainings[0].outcome == "promoted"


def test_a_watch_leaves_the_turn_to_whoever_takes_it(turned: Project) -> None:
    """While another process takes a turn nothing is looked at; then what it left is, and retrained once."""
    end = threading.Event()
    with only_one(turned, TURN) as free:
        assert free
        loop = threading.Thread(target=watch, args=(turned, end), kwargs={"tell": lambda _: None})
        loop.start()
        time.sleep(3 * PAUSE)
        assert facts(turned, "observe") == 0
    while facts(turned, "decide") == 0 and loop.is_alive():
        time.sleep(0.1)
    end.set()
    loop.join()
    assert (facts(turned, "observe"), facts(turned, "start")) == (1, 1)


def test_a_monitor_that_cannot_look_does_not_stop_the_others(turned: Project) -> None:
    """What is wrong is told with the next step, and the turn says that not all went well."""
    text = (turned.root / "benchbook.yaml").read_text()
    extra = "  broken: {model: m, data: nothing, reference: 'nothing:1'}\n"
    (turned.root / "benchbook.yaml").write_text(text.replace("monitors:\n", f"monitors:\n{extra}"))
    well, told, state = take_turn(turned)
    assert not well
    assert any("broken: There is no dataset 'nothing'" in line for line in told)
    assert state.retrainings[0].outcome == "promoted"


def test_labels_that_come_late_are_judged_then(project: Project) -> None:
    """First the month is only looked at; the version that brings its labels has it judged, and it rings then."""
    from benchbook.data import load_dataset, save_dataset

    make_loop(project)
    add_month(project, 4, turned=True)
    full = load_dataset("history", project=project)
    unknown = full.assign(y=full["y"].astype("object").where(full["at"] < "2013-04-01"))
    save_dataset("history", unknown, project=project)
    from benchbook.monitoring.observing import observe

    monitor = project.config().monitors["m"]
    (early,) = observe(project, "m", monitor)
    save_dataset("history", full.assign(note="labels"), project=project)
    (late,) = observe(project, "m", monitor)
    assert (early.performance, late.performance is not None) == (None, True)
    assert {alert.kind for alert in late.alerts} - {alert.kind for alert in early.alerts} >= {"performance"}
    assert len(monitor_state(project, "m").latest) == 1


CHUNK = Chunk("2013-05", "history:3", 10, "2013-05-01T00:00:00", "2013-06-01T00:00:00")


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("{chunk.month}", 5),
        ("{chunk.month - 2}", 3),
        ("{chunk.year}-{chunk.month+1}", "2013-6"),
        ("{chunk.end}", "2013-06-01T00:00:00"),
        ("{chunk.id}", "2013-05"),
        (7, 7),
        ("plain {text}", "plain {text}"),
    ],
)
def test_params_of_the_chunk(given: Any, value: Any) -> None:
    """Alone it keeps its type, inside text it becomes text, and all else stays as written."""
    assert params_for(RetrainConfig("p", "g", {"x": given}), CHUNK) == {"x": value}


@pytest.mark.parametrize("given", ["{chunk.season}", "{chunk.id + 1}"])
def test_what_a_chunk_does_not_have_is_said(given: str) -> None:
    """The text names the param and what there is."""
    with pytest.raises(InvalidInput, match="'x'"):
        params_for(RetrainConfig("p", "g", {"x": given}), CHUNK)
