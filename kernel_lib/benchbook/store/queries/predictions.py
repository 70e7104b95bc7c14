"""Questions about predictions and the outcomes that came later."""

from __future__ import annotations

from benchbook.store.store import Query

_RIGHT = (
    "(o.value = p.output OR lower(o.value->>'$') = lower(p.output->>'$')"
    " OR TRY_CAST(o.value->>'$' AS DOUBLE) = TRY_CAST(p.output->>'$' AS DOUBLE))"
)
"""Whether an outcome says what was predicted, however each was spelled: 1 and 1.0, true and "True"."""
_JOINED = "predictions p LEFT JOIN outcomes o ON o.model = p.model AND o.id = p.id AND o.newest"
_WHERE = "p.model = $1 AND p.time >= make_timestamp($2) AND p.time < make_timestamp($3)"


def page(model: str, since: int, until: int, limit: int, *, wrong: bool = False) -> Query:
    """Predictions of a model from ``since`` to before ``until`` (microseconds since the epoch), the newest first.

    id, time, version, output, probability, latency_ms, outcome, inputs, run; ``wrong`` leaves only those whose outcome
    is another than what was predicted.
    """
    only = f" AND o.value IS NOT NULL AND NOT coalesce({_RIGHT}, false)" if wrong else ""
    return Query(
        "SELECT p.id, epoch_us(p.time), p.version, p.output, p.probability, p.latency_ms, o.value, p.inputs, p.run "
        f"FROM {_JOINED} WHERE {_WHERE}{only} ORDER BY p.time DESC, p.file DESC, p.seq DESC LIMIT $4",
        (model, since, until, limit),
    )


def counts(model: str, since: int, until: int) -> Query:
    """version, day, predictions, with outcome, wrong, repeated, contradicted, mean latency; the newest day first."""
    return Query(
        "WITH history AS (SELECT id, count(*) AS times, count(DISTINCT value) AS values_ FROM outcomes "
        "WHERE model = $1 GROUP BY id) "
        "SELECT p.version, strftime(p.time, '%Y-%m-%d') AS day, count(*), count(o.value), "
        f"count(*) FILTER (WHERE o.value IS NOT NULL AND NOT coalesce({_RIGHT}, false)), "
        "count(*) FILTER (WHERE h.times > h.values_), count(*) FILTER (WHERE h.values_ > 1), avg(p.latency_ms) "
        f"FROM {_JOINED} LEFT JOIN history h ON h.id = p.id WHERE {_WHERE} "
        "GROUP BY p.version, day ORDER BY day DESC, p.version DESC",
        (model, since, until),
    )


def of_runs(runs: list[str]) -> Query:
    """run, number of predictions, 50th, 95th and 99th percentile of latency in ms, of each endpoint's run."""
    return Query(
        "SELECT run, count(*), quantile_cont(latency_ms, 0.5), quantile_cont(latency_ms, 0.95), "
        "quantile_cont(latency_ms, 0.99) FROM predictions WHERE run IN (SELECT unnest($1::VARCHAR[])) GROUP BY run",
        (runs,),
    )


def serving_of(runs: list[str]) -> Query:
    """run, version it served last, since when (seconds), of each endpoint's run."""
    return Query(
        "SELECT l.run, l.version, epoch_us(l.time) / 1e6 FROM links l WHERE l.noun = 'model' AND l.role = 'used' "
        "AND l.run IN (SELECT unnest($1::VARCHAR[])) AND NOT EXISTS (SELECT 1 FROM links o WHERE o.run = l.run "
        "AND o.noun = 'model' AND o.role = 'used' AND (o.time > l.time OR (o.time = l.time AND o.seq > l.seq)))",
        (runs,),
    )


def outcomes(model: str, ids: list[str]) -> Query:
    """id, number of times logged, number of different values, of every one of ``ids`` that has an outcome."""
    return Query(
        "SELECT id, count(*), count(DISTINCT value) FROM outcomes "
        "WHERE model = $1 AND id IN (SELECT unnest($2::VARCHAR[])) GROUP BY id",
        (model, ids),
    )


def predicted(model: str, ids: list[str]) -> Query:
    """Those of ``ids`` that were predicted."""
    return Query(
        "SELECT DISTINCT id FROM predictions WHERE model = $1 AND id IN (SELECT unnest($2::VARCHAR[]))", (model, ids)
    )


def known_models() -> Query:
    """The models there are predictions or outcomes of, or versions."""
    return Query("SELECT model FROM predictions UNION SELECT model FROM outcomes UNION SELECT name FROM model_versions")
