"""Questions about monitors: all their state is facts, few enough to be read whole."""

from __future__ import annotations

from benchbook.store.store import Query


def history(name: str) -> Query:
    """id, seq, time, actor, action, data (JSON) of every fact of a monitor, oldest first."""
    return Query(
        "SELECT id, seq, epoch_us(time) / 1e6, actor, action, data FROM facts "
        "WHERE noun = 'monitor' AND name = ? ORDER BY seq",
        (name,),
    )


def names() -> Query:
    """Every monitor that has recorded something."""
    return Query("SELECT DISTINCT name FROM facts WHERE noun = 'monitor' ORDER BY name")


def tagged_run(pipeline: str, key: str, value: str) -> Query:
    """id, status of the pipeline runs that carry a tag, newest first."""
    return Query(
        "SELECT r.id, r.status FROM runs r JOIN tags t ON t.run = r.id "
        "WHERE r.kind = 'pipeline' AND r.name = ? AND t.key = ? AND t.value = ? ORDER BY r.started DESC, r.id",
        (pipeline, key, value),
    )


def verdicts_by(gate: str, model: str) -> Query:
    """id, version, passed, time of every verdict of a gate on versions of a model, newest first."""
    return Query(
        "SELECT id, version, passed, epoch_us(time) / 1e6 FROM verdicts WHERE gate = ? AND model = ? ORDER BY seq DESC",
        (gate, model),
    )


def made_models(run: str, model: str) -> Query:
    """The versions of a model that a pipeline run's steps made, oldest first."""
    return Query(
        "SELECT DISTINCT l.version FROM links l JOIN runs r ON r.id = l.run "
        "WHERE (r.id = ? OR r.parent = ?) AND l.role = 'made' AND l.noun = 'model' AND l.name = ? ORDER BY l.version",
        (run, run, model),
    )
