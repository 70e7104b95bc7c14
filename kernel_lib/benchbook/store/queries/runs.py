"""Questions about runs. Lists are asked in two steps (the page, then its details): fast at 100,000 runs."""

from __future__ import annotations

from typing import Any, NamedTuple

from benchbook.errors import InvalidInput
from benchbook.store.filter import Filter, build_filter
from benchbook.store.store import Query

_ROW = (
    "r.id, r.name, r.experiment, r.kind, r.parent, r.status, epoch_us(r.started) / 1e6, epoch_us(r.ended) / 1e6, "
    'epoch_us(r.updated) / 1e6, r."user", r.notebook, r.failure'
)


class Selection(NamedTuple):
    """Which runs: a parsed filter, narrowed to a kind and a parent where these are given."""

    filter: Filter
    kind: str | None = None
    parent: str | None = None
    text: str = ""

    def source(self) -> tuple[str, tuple[Any, ...]]:
        """FROM and WHERE with their parameters."""
        sql = f"FROM runs r {self.filter.joins} WHERE ({self.filter.where})"
        params: tuple[Any, ...] = self.filter.params
        for column, value in (("kind", self.kind), ("parent", self.parent)):
            if value is not None:
                sql += f" AND r.{column} = ?"
                params += (value,)
        return sql, params


def select_runs(text: str, order_by: str, *, kind: str | None = None, parent: str | None = None) -> Selection:
    """Parse a filter and an order.

    Raises:
        InvalidInput: if either is not understood, or a kind or parent is no text.
    """
    for name, value in (("kind", kind), ("parent", parent)):
        if value is not None and not isinstance(value, str):
            raise InvalidInput(f"The {name} {value!r} of runs is a {type(value).__name__}, not text.")
    return Selection(build_filter(text, order_by), kind, parent, text)


def count(selection: Selection) -> Query:
    """How many runs there are in all."""
    source, params = selection.source()
    return Query(f"SELECT count(*) {source}", params, selection.text)


def page(selection: Selection, limit: int, offset: int) -> Query:
    """Rows of one page, in order."""
    source, params = selection.source()
    sql = f"SELECT {_ROW} {source} ORDER BY {selection.filter.order} LIMIT ? OFFSET ?"
    return Query(sql, (*params, limit, offset), selection.text)


def row(run: str) -> Query:
    """One run as a list shows it, with host, pid and note behind."""
    return Query(f"SELECT {_ROW}, r.host, r.pid, r.note FROM runs r WHERE r.id = ?", (run,))


def children(run: str) -> Query:
    """Runs begun inside ``run``, oldest first."""
    return Query(f"SELECT {_ROW} FROM runs r WHERE r.parent = ? ORDER BY r.started, r.id", (run,))


def ids_like(prefix: str) -> Query:
    """Ids that begin with ``prefix``, at most ten."""
    return Query("SELECT id FROM runs WHERE starts_with(id, ?) ORDER BY id LIMIT 10", (prefix,))


def newest_ids() -> Query:
    """Ids of the newest runs, to suggest when one is not found."""
    return Query("SELECT id FROM runs ORDER BY started DESC, id LIMIT 5")


def _of(runs: list[str]) -> tuple[list[str]]:
    return (runs,)


def latest_metrics(runs: list[str]) -> Query:
    """run, key, value, min, max, count, step, time of every metric of the runs."""
    return Query(
        "SELECT run, key, value, min, max, count, step, epoch_us(time) / 1e6 FROM latest_metrics"
        " WHERE run IN (SELECT unnest($1::VARCHAR[])) ORDER BY run, key",
        _of(runs),
    )


def sparks(pairs: list[tuple[str, str]], points: int) -> Query:
    """The last ``points`` values of one metric of each run: run, list of values, oldest first."""
    return Query(
        "WITH wanted AS (SELECT unnest($1::VARCHAR[]) AS run, unnest($2::VARCHAR[]) AS key)"
        " SELECT run, list_reverse(list_slice(list(value ORDER BY time DESC, seq DESC), 1, $3)) FROM metrics"
        " WHERE run IN (SELECT run FROM wanted) AND (run, key) IN (SELECT run, key FROM wanted) GROUP BY run",
        ([run for run, _ in pairs], [key for _, key in pairs], points),
    )


def tags(runs: list[str]) -> Query:
    """run, key, value of every tag of the runs."""
    sql = "SELECT run, key, value FROM tags WHERE run IN (SELECT unnest($1::VARCHAR[])) ORDER BY run, key"
    return Query(sql, _of(runs))


def progress(runs: list[str]) -> Query:
    """run, done, total."""
    return Query("SELECT run, done, total FROM progress WHERE run IN (SELECT unnest($1::VARCHAR[]))", _of(runs))


def params(run: str) -> Query:
    """key, JSON value, newest of every param logged, oldest first."""
    return Query("SELECT key, value, newest FROM params WHERE run = ? ORDER BY key, time, file, seq", (run,))


def artifacts(run: str) -> Query:
    """path, digest, size, media type, time."""
    return Query(
        "SELECT path, digest, size, media_type, epoch_us(time) / 1e6 FROM artifacts WHERE run = ? ORDER BY path", (run,)
    )


def links(run: str) -> Query:
    """role, noun, name, version, digest, time of what the run used and made."""
    return Query(
        "SELECT role, noun, name, version, digest, epoch_us(time) / 1e6 FROM links WHERE run = ?"
        " ORDER BY time, noun, name",
        (run,),
    )


def snapshots(run: str) -> Query:
    """Kind ("code", "environment") and JSON data."""
    return Query("SELECT kind, data FROM snapshots WHERE run = ?", (run,))


def bad_lines(run: str) -> Query:
    """How many unreadable lines the run's streams held."""
    sql = "SELECT coalesce(sum(bad), 0)::BIGINT FROM files WHERE name = ? OR starts_with(name, ?)"
    return Query(sql, (f"{run}.jsonl", f"{run}-"))


def log_lines(run: str, limit: int) -> Query:
    """Time and text of the last ``limit`` lines, oldest first."""
    return Query(
        "SELECT epoch_us(time) / 1e6, text FROM (SELECT * FROM log_lines WHERE run = ?"
        " ORDER BY time DESC, file DESC, seq DESC LIMIT ?) ORDER BY time, file, seq",
        (run, limit),
    )


def metric_keys(run: str) -> Query:
    """Every metric key of the run."""
    return Query("SELECT key FROM latest_metrics WHERE run = ? ORDER BY key", (run,))


def curve(run: str, keys: list[str], points: int) -> Query:
    """key, step, value, time, total: all points, or the smallest and largest of each of ``points``/2 buckets.

    Minimum and maximum per bucket keep every spike by construction; values that are not finite are kept as they are.
    """
    return Query(
        """WITH numbered AS (
    SELECT key, step, value, time, row_number() OVER w - 1 AS n, count(*) OVER (PARTITION BY key) AS total
    FROM metrics WHERE run = $1 AND key IN (SELECT unnest($2::VARCHAR[]))
    WINDOW w AS (PARTITION BY key ORDER BY time, file, seq)
), bucketed AS (SELECT *, CASE WHEN total <= $3 THEN n ELSE n * ($3 // 2) // total END AS bucket FROM numbered),
picked AS (
    SELECT key, bucket, min_by(n, value) AS low, max_by(n, value) AS high
    FROM bucketed WHERE isfinite(value) GROUP BY key, bucket
)
SELECT key, coalesce(step, n), value, epoch_us(time) / 1e6, total FROM bucketed b
WHERE NOT isfinite(value)
   OR EXISTS (SELECT 1 FROM picked p WHERE p.key = b.key AND p.bucket = b.bucket AND b.n IN (p.low, p.high))
ORDER BY key, n""",
        (run, keys, points),
    )


def select_table(selection: Selection, limit: int) -> Query:
    """Keep the selected runs and their positions in the temporary table `page`, for the questions below."""
    source, parameters = selection.source()
    order = selection.filter.order
    return Query(
        f"CREATE OR REPLACE TEMP TABLE page AS SELECT r.id, row_number() OVER (ORDER BY {order}) - 1 AS pos {source}"
        f" ORDER BY {order} LIMIT ?",
        (*parameters, limit),
        selection.text,
    )


def table_rows() -> Query:
    """The fields of the runs in `page`, in order."""
    return Query(
        'SELECT r.id, r.name, r.experiment, r.kind, r.parent, r.status, r.started, r.ended, r."user", r.notebook'
        " FROM page p JOIN runs r ON r.id = p.id ORDER BY p.pos"
    )


_CELLS = {
    "metrics": ("latest_metrics", "c.value", "NULL::VARCHAR", ""),
    "params": ("params", "c.number", "CASE WHEN c.number IS NULL THEN c.value->>'$' END", " AND c.newest"),
    "tags": ("tags", "NULL::DOUBLE", "c.value", ""),
}


def table_keys(space: str) -> Query:
    """The keys of one namespace in `page`, in the order `table_cells` numbers them."""
    return Query(f"SELECT DISTINCT key FROM {_CELLS[space][0]} c SEMI JOIN page p ON c.run = p.id ORDER BY key")


def table_cells(space: str, keys: list[str]) -> Query:
    """Cells of one namespace of the runs in `page`: row position, number of the key, number, text."""
    table, numeric, text, extra = _CELLS[space]
    return Query(
        "WITH keys AS (SELECT unnest($1::VARCHAR[]) AS key, generate_subscripts($1::VARCHAR[], 1) - 1 AS code)"
        f" SELECT p.pos, k.code, {numeric} AS number, {text} AS text"
        f" FROM {table} c JOIN page p ON c.run = p.id{extra} JOIN keys k ON k.key = c.key",
        (keys,),
    )


def newest_pipeline_runs(name: str | None, before: float | None = None) -> Query:
    """id, status of the pipeline runs of a name (or of any) that have ended, newest first; at most 50."""
    return Query(
        "SELECT id, status FROM runs WHERE kind = 'pipeline' AND status <> 'running'"
        " AND ($1::VARCHAR IS NULL OR name = $1) AND ($2::DOUBLE IS NULL OR epoch_us(started) / 1e6 < $2)"
        " ORDER BY started DESC, id LIMIT 50",
        (name, before),
    )


def run_of_commit(pipeline: str, commit: str) -> Query:
    """The id of the newest finished pipeline run whose steps ran the unchanged code of a commit."""
    return Query(
        "SELECT p.id FROM runs p WHERE p.kind = 'pipeline' AND p.name = ? AND p.status = 'finished' AND EXISTS ("
        "SELECT 1 FROM runs r JOIN snapshots s ON s.run = r.id WHERE r.parent = p.id AND s.kind = 'code'"
        " AND s.data->>'$.commit' = ? AND coalesce(s.data->>'$.dirty', 'false') = 'false')"
        " ORDER BY p.started DESC, p.id LIMIT 1",
        (pipeline, commit),
    )
