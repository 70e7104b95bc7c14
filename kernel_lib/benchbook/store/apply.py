"""What each kind of line and fact does to the tables: one INSERT…SELECT per kind over the temporary table `incoming`.

Every statement gives the same result in whatever order and slices the streams are folded: 'newest' is decided by
(time, file, seq), never by arrival.
"""

from __future__ import annotations

from duckdb import DuckDBPyConnection

INCOMING = """CREATE TEMP TABLE IF NOT EXISTS incoming (
    file VARCHAR, seq BIGINT, r VARCHAR, e VARCHAR, t TIMESTAMP, s BIGINT, k VARCHAR, v DOUBLE, d VARCHAR)"""
FACTS = """CREATE TEMP TABLE IF NOT EXISTS new_facts (
    seq BIGINT, id VARCHAR, time TIMESTAMP, actor VARCHAR, action VARCHAR, noun VARCHAR, name VARCHAR, data VARCHAR)"""

_START = """
INSERT INTO runs SELECT r, d->>'$.name', d->>'$.experiment', d->>'$.kind', d->>'$.parent', 'running',
    t, NULL, t, d->>'$.user', d->>'$.host', TRY_CAST(d->>'$.pid' AS BIGINT), coalesce(d->>'$.notebook', ''), '', NULL
FROM incoming WHERE e = 'start' AND r NOT IN (SELECT id FROM runs)"""

_PARAM = """
INSERT INTO params SELECT r, k, d, TRY_CAST(d AS DOUBLE), t, file, seq, false FROM incoming WHERE e = 'param';
UPDATE params SET newest = ((params.time, params.file, params.seq) = m.top)
FROM (SELECT run, key, max((time, file, seq)) AS top FROM params
      WHERE run IN (SELECT r FROM incoming WHERE e = 'param') GROUP BY run, key) AS m
WHERE params.run = m.run AND params.key = m.key
  AND params.newest <> ((params.time, params.file, params.seq) = m.top)"""

_METRIC = """
INSERT INTO metrics SELECT r, k, s, v, t, file, seq FROM incoming WHERE e = 'metric';
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT r AS run, k AS key, max((t, file, seq)) AS place, max_by({'v': v, 's': s}, (t, file, seq)) AS top,
    min(v) FILTER (WHERE isfinite(v)) AS low, max(v) FILTER (WHERE isfinite(v)) AS high, count(*) AS n
FROM incoming WHERE e = 'metric' GROUP BY r, k;
CREATE OR REPLACE TEMP TABLE merged AS
SELECT run, key, max(place) AS place, max_by(top, place) AS top, min(low) AS low, max(high) AS high, sum(n)::BIGINT AS n
FROM (SELECT run, key, place, top, low, high, n FROM fresh UNION ALL
      SELECT l.run, l.key, (l.time, l.file, l.seq), {'v': l.value, 's': l.step}, l.min, l.max, l.count
      FROM latest_metrics l WHERE l.run IN (SELECT run FROM fresh) AND (l.run, l.key) IN (SELECT run, key FROM fresh))
GROUP BY run, key;
DELETE FROM latest_metrics WHERE run IN (SELECT run FROM fresh) AND (run, key) IN (SELECT run, key FROM fresh);
INSERT INTO latest_metrics SELECT run, key, top.v, top.s, place[1], place[2], place[3], low, high, n FROM merged"""


def _keep_newest(table: str, event: str, keys: str, select: str) -> str:
    """Insert lines and drop rows that a newer one of the same ``keys`` replaces."""
    same = " AND ".join(f"o.{key} = {table}.{key}" for key in keys.split(", "))
    return f"""
INSERT INTO {table} SELECT {select} FROM incoming WHERE {event};
DELETE FROM {table} WHERE run IN (SELECT r FROM incoming WHERE {event}) AND EXISTS (
    SELECT 1 FROM {table} AS o WHERE {same} AND (o.time, o.file, o.seq) > ({table}.time, {table}.file, {table}.seq))"""


_TAG = _keep_newest("tags", "e = 'tag'", "run, key", "r, k, d->>'$', t, file, seq")
_ARTIFACT = _keep_newest(
    "artifacts",
    "e = 'artifact'",
    "run, path",
    "r, k, d->>'$.digest', TRY_CAST(d->>'$.size' AS BIGINT), d->>'$.media_type', t, file, seq",
)
_LINK = _keep_newest(
    "links",
    "e IN ('used', 'made')",
    "run, role, noun, name, version",
    "r, e, k, d->>'$.name', TRY_CAST(d->>'$.version' AS BIGINT), d->>'$.digest', t, file, seq",
)
_SNAPSHOT = _keep_newest("snapshots", "e = 'snapshot'", "run, kind", "r, k, d, t, file, seq")
_PROGRESS = _keep_newest(
    "progress", "e = 'progress'", "run", "r, TRY_CAST(v AS BIGINT), TRY_CAST(d->>'$.total' AS BIGINT), t, file, seq"
)
_LOG = "INSERT INTO log_lines SELECT r, t, d->>'$', file, seq FROM incoming WHERE e = 'log'"
_NOTE = """
UPDATE runs SET note = n.text
FROM (SELECT r, max_by(d->>'$', (t, file, seq)) AS text FROM incoming WHERE e = 'note' GROUP BY r) AS n
WHERE runs.id = n.r"""
_NAME = """
UPDATE runs SET name = n.text
FROM (SELECT r, max_by(d->>'$', (t, file, seq)) AS text FROM incoming WHERE e = 'name' GROUP BY r) AS n
WHERE runs.id = n.r"""
# Only the stream that began the run may end it: a forked or joined process must not.
_END = """
UPDATE runs SET status = i.d->>'$.status', ended = i.t, failure = i.d->>'$.failure'
FROM incoming AS i WHERE i.e = 'end' AND i.file = i.r || '.jsonl' AND runs.id = i.r"""
_PREDICTION = """
INSERT INTO predictions SELECT r, k, t, d->>'$.model', TRY_CAST(d->>'$.version' AS BIGINT),
    d->'$.inputs', d->'$.output', TRY_CAST(d->>'$.probability' AS DOUBLE), TRY_CAST(d->>'$.latency_ms' AS DOUBLE),
    file, seq
FROM incoming WHERE e = 'prediction'"""
_OUTCOME = """
INSERT INTO outcomes SELECT k, d->>'$.model', d->'$.value',
    CASE d->>'$.value' WHEN 'true' THEN 1 WHEN 'false' THEN 0 ELSE TRY_CAST(d->>'$.value' AS DOUBLE) END,
    t, file, seq, false
FROM incoming WHERE e = 'outcome';
UPDATE outcomes SET newest = ((outcomes.time, outcomes.file, outcomes.seq) = m.top)
FROM (SELECT model, id, max((time, file, seq)) AS top FROM outcomes
      WHERE id IN (SELECT k FROM incoming WHERE e = 'outcome') GROUP BY model, id) AS m
WHERE outcomes.model = m.model AND outcomes.id = m.id
  AND outcomes.newest <> ((outcomes.time, outcomes.file, outcomes.seq) = m.top)"""
_UPDATED = """
UPDATE runs SET updated = greatest(runs.updated, i.t)
FROM (SELECT r, max(t) AS t FROM incoming GROUP BY r) AS i WHERE runs.id = i.r AND i.t > runs.updated"""

_BY_EVENT = {
    "start": _START,
    "param": _PARAM,
    "metric": _METRIC,
    "tag": _TAG,
    "artifact": _ARTIFACT,
    "used": _LINK,
    "made": _LINK,
    "snapshot": _SNAPSHOT,
    "progress": _PROGRESS,
    "log": _LOG,
    "note": _NOTE,
    "name": _NAME,
    "prediction": _PREDICTION,
    "outcome": _OUTCOME,
    "end": _END,
}


def apply_lines(cursor: DuckDBPyConnection) -> None:
    """Apply what `incoming` holds, inside the caller's transaction."""
    events = {row[0] for row in cursor.execute("SELECT DISTINCT e FROM incoming").fetchall()}
    for statement in dict.fromkeys(sql for event, sql in _BY_EVENT.items() if event in events):
        cursor.execute(statement)
    cursor.execute(_UPDATED)


_REAP = """
UPDATE runs SET status = 'failed', ended = greatest(started, updated, dead.ended),
    failure = json_object('type', 'Died', 'message',
        concat('The process (pid ', pid, ' on ', host, ') ended without finishing the run.'))
FROM (SELECT unnest($1::VARCHAR[]) AS run, make_timestamp(unnest($2::BIGINT[])) AS ended) AS dead
WHERE runs.id = dead.run AND runs.status = 'running'"""


def reap(cursor: DuckDBPyConnection, dead: dict[str, int]) -> None:
    """Close runs whose writer is dead: ``dead`` is the run and its stream's last change in microseconds."""
    cursor.execute(_REAP, [list(dead), list(dead.values())])


_FACTS = """
INSERT INTO facts SELECT seq, id, time, actor, action, noun, name, data FROM new_facts;
INSERT INTO dataset_versions SELECT name, (data->>'$.version')::BIGINT, data->>'$.digest', data->>'$.format',
    (data->>'$.size')::BIGINT, (data->>'$.rows')::BIGINT, data->'$.columns', data->>'$.profile', data->'$.source',
    coalesce(data->>'$.note', ''), data->>'$.run', time, actor
FROM new_facts WHERE action = 'save' AND noun = 'dataset';
INSERT INTO model_versions SELECT name, (data->>'$.version')::BIGINT, data->>'$.digest', data->>'$.format',
    (data->>'$.size')::BIGINT, data->>'$.estimator', data->'$.signature', data->'$.metrics', data->'$.params',
    data->'$.data', data->'$.versions', coalesce(data->>'$.note', ''), data->>'$.run', time, actor
FROM new_facts WHERE action = 'register' AND noun = 'model';
INSERT INTO aliases SELECT noun, name, data->>'$.alias', (data->>'$.version')::BIGINT, time, actor, seq
FROM new_facts WHERE action IN ('set_alias', 'promote', 'rollback');
DELETE FROM aliases WHERE EXISTS (SELECT 1 FROM aliases AS o
    WHERE o.noun = aliases.noun AND o.name = aliases.name AND o.alias = aliases.alias AND o.seq > aliases.seq)"""

_GATE_FACTS = """
INSERT INTO verdicts SELECT id, name, data->>'$.model', (data->>'$.version')::BIGINT, data->>'$.alias',
    (data->>'$.against')::BIGINT, (data->>'$.passed')::BOOLEAN, data->'$.evidence', data, time, actor, seq
FROM new_facts WHERE action = 'evaluate' AND noun = 'gate';
INSERT INTO approvals SELECT id, data->>'$.gate', name, data->>'$.alias', (data->>'$.version')::BIGINT,
    (data->>'$.previous')::BIGINT, data->>'$.verdict', data->'$.approvers', (data->>'$.count')::BIGINT,
    (data->>'$.by_another')::BOOLEAN, data->>'$.reason', time, actor, seq
FROM new_facts WHERE action = 'request' AND noun = 'model';
INSERT INTO decisions SELECT data->>'$.request', action = 'approve', data->>'$.reason', time, actor, seq
FROM new_facts WHERE action IN ('approve', 'reject') AND noun = 'model'"""


def apply_facts(cursor: DuckDBPyConnection) -> None:
    """Apply what `new_facts` holds, inside the caller's transaction."""
    cursor.execute(_FACTS)
    cursor.execute(_GATE_FACTS)
