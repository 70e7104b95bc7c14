"""`benchbook runs|datasets|models|sql`: what there is, as tables or JSON."""

from __future__ import annotations

from itertools import count

import click

from benchbook.cli.output import ago, print_json, print_table, short, size, took

_json = click.option("--json", "as_json", is_flag=True, help="Print the records as JSON.")
_GLYPHS = {"running": "●", "finished": "✓", "failed": "✕"}


@click.command()
@click.argument("filter", default="", required=False)
@click.option(
    "--order-by", default="started DESC", show_default=True, help="Fields, metrics.KEY or params.KEY, with ASC or DESC."
)
@click.option("--limit", default=50, show_default=True, help="How many runs at most (1 to 1,000).")
@_json
def runs(filter: str, *, order_by: str, limit: int, as_json: bool) -> None:  # noqa: A002  the option's name
    r"""List runs that match FILTER, newest first.

    \b
    FILTER is a SQL condition over fields, params, metrics and tags:
      benchbook runs "metrics.roc_auc > 0.65 AND params.model = 'hgb'"
      benchbook runs "status = 'failed'" --order-by "started DESC"
      benchbook runs "kind = 'step'" --json
    """
    from benchbook.tracking import list_runs

    page = list_runs(filter, order_by=order_by, limit=limit)
    if as_json:
        print_json(page.runs)
        return
    rows = [
        (
            f"{_GLYPHS[run.status]} {run.status}",
            run.name,
            run.kind,
            f"{run.spark.key} {short(run.spark.last)}" if run.spark else "",
            took(run.started, run.ended),
            ago(run.started),
            run.id,
        )
        for run in page.runs
    ]
    print_table(("state", "name", "kind", "metric", "took", "started", "run"), rows, empty=_no_runs(filter))
    if page.total > len(page.runs):
        click.echo(f"{len(page.runs)} of {page.total} runs; --limit shows more.")


def _no_runs(condition: str) -> str:
    if condition:
        return f"No run matches {condition!r}."
    return (
        "No runs yet. Start one in a notebook:  import benchbook as bb; bb.start_run('train')\n"
        "or run a pipeline:                     benchbook run"
    )


@click.command()
@_json
def datasets(*, as_json: bool) -> None:
    r"""List datasets with their newest versions.

    \b
      benchbook datasets
      benchbook datasets --json
    """
    from benchbook.data import list_datasets

    found = list_datasets()
    if as_json:
        print_json(found)
        return
    rows = [
        (
            item.latest.ref,
            "" if item.latest.rows is None else f"{item.latest.rows:,}",
            str(len(item.latest.columns)) if item.latest.columns else "",
            size(item.latest.size),
            ", ".join(item.latest.aliases),
            ago(item.latest.created),
            str(item.versions),
        )
        for item in found
    ]
    columns = ("newest", "rows", "columns", "size", "aliases", "saved", "versions")
    print_table(columns, rows, empty="No datasets yet. Save one:  bb.save_dataset('flights', frame)")


@click.command()
@_json
def models(*, as_json: bool) -> None:
    r"""List models with their newest version and every version that has an alias.

    \b
      benchbook models
      benchbook models --json
    """
    from benchbook.models import list_models
    from benchbook.tracking.leading import by_weight

    found = list_models()
    if as_json:
        print_json(found)
        return
    rows = []
    for item in found:
        shown = {version.version: version for version in (item.latest, *item.aliased)}
        rows += [
            (
                version.ref,
                ", ".join(version.aliases),
                ", ".join(f"{key} {short(version.metrics[key])}" for key in by_weight(version.metrics)[:2]),
                size(version.size),
                ago(version.created),
                version.run or "",
            )
            for _, version in sorted(shown.items(), reverse=True)
        ]
    columns = ("version", "aliases", "metrics", "size", "registered", "run")
    print_table(
        columns, rows, empty="No models yet. Register one:  bb.register_model('delay', model, example=X.head())"
    )


@click.command()
@click.argument("query")
@click.option("--limit", default=1_000, show_default=True, help="How many rows at most.")
@click.option("--seconds", default=30.0, show_default=True, help="Stop the query after this time.")
@_json
def sql(query: str, *, limit: int, seconds: float, as_json: bool) -> None:
    r"""Ask one SELECT over everything recorded. It reads a copy and can change nothing.

    \b
      benchbook sql "SHOW TABLES"
      benchbook sql "SELECT key, avg(value) FROM metrics GROUP BY key"
    """
    from benchbook.project import current_project

    result = current_project().store.run_sql(query, limit=limit, seconds=seconds)
    if as_json:
        names = _distinct(result.columns)
        print_json([dict(zip(names, row, strict=True)) for row in result.rows])
        return
    cells = [[short(cell) for cell in row] for row in result.rows]
    print_table(result.columns, cells, empty="No rows.")
    if result.truncated:
        click.echo(f"Only the first {limit:,} rows are shown; --limit shows more.")


def _distinct(columns: list[str]) -> list[str]:
    """Names for keys of one object: a second ``a`` is ``a_1``, so that no column hides another."""
    found: list[str] = []
    for name in columns:
        free = (shown for at in count() if (shown := f"{name}_{at}" if at else name) not in found)
        found.append(next(free))
    return found
