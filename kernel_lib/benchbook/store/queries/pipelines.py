"""Questions about pipelines that are run by the loop."""

from __future__ import annotations

from benchbook.store.store import Query


def history(name: str) -> Query:
    """id, time, action, data (JSON) of every fact of a pipeline, oldest first."""
    return Query(
        "SELECT id, epoch_us(time) / 1e6, action, data FROM facts WHERE noun = 'pipeline' AND name = ? ORDER BY seq",
        (name,),
    )


def made_datasets(pipeline: str) -> Query:
    """The datasets that the last 20 runs of a pipeline made, by their steps or by runs inside these."""
    return Query(
        "WITH recent AS (SELECT id FROM runs WHERE kind = 'pipeline' AND name = ? ORDER BY started DESC, id LIMIT 20),"
        " steps AS (SELECT r.id FROM runs r JOIN recent p ON r.parent = p.id),"
        " every AS (SELECT id FROM steps UNION ALL SELECT r.id FROM runs r JOIN steps s ON r.parent = s.id)"
        " SELECT DISTINCT l.name FROM links l JOIN every e ON l.run = e.id"
        " WHERE l.role = 'made' AND l.noun = 'dataset' ORDER BY l.name",
        (pipeline,),
    )
