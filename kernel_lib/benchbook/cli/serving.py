"""`benchbook serve` and `benchbook predict`: a model over HTTP, and over a whole dataset."""

from __future__ import annotations

import os

import click
import msgspec

from benchbook.cli.output import print_json

_TOKEN = "BENCHBOOK_SERVE_TOKEN"  # noqa: S105  the variable's name


@click.command()
@click.argument("model")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=0, show_default=True, type=click.IntRange(0, 65_535), help="0 takes a free one.")
@click.option("--token", help=f"What callers must send; made when not given. ${_TOKEN} keeps it out of `ps`.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON: url, token, model and run.")
def serve(model: str, *, host: str, port: int, token: str | None, as_json: bool) -> None:
    r"""Serve MODEL over HTTP until Ctrl-C; requests under way are answered before it ends.

    MODEL is a name (its newest version), name@alias or name:3. A name or alias is followed: when it means another
    version, that one serves within a second and no request is lost. Each prediction is kept with its input.

    \b
    Examples:
      benchbook serve delay@champion
      benchbook serve delay:3 --port 8000

    Exit codes: 0 ended as told, 1 the model or address cannot be used, 2 the request was wrong.
    """
    from benchbook.serving import EndpointProcess
    from benchbook.serving import serve as serve_here
    from benchbook.serving.openapi import curl
    from benchbook.serving.records import ModelInfo

    if token is None:
        token = os.environ.pop(_TOKEN, None)

    def announce(process: EndpointProcess, info: ModelInfo) -> None:
        if as_json:
            line = {"url": process.url, "token": process.token, "model": info.model, "run": process.run}
            click.echo(msgspec.json.encode(line).decode())
            return
        click.secho(f"{info.ref} serves {info.model} at {process.url}", bold=True)
        click.echo(f"Token: {process.token}\n\n  {curl(process.url, info, process.token)}\n")
        click.echo(f"{process.url}/docs tells more (any user name, the token as password). Ctrl-C ends it.")

    serve_here(
        model, announce=announce, tell=lambda text: click.echo(text, err=True), host=host, port=port, token=token
    )


@click.command()
@click.argument("model")
@click.argument("dataset")
@click.option("--save", metavar="NAME", help="Name of the dataset to make; MODEL-predictions when not given.")
@click.option("--id", "id_column", metavar="COLUMN", help="The column to take prediction ids from.")
@click.option("--json", "as_json", is_flag=True, help="Print the record as JSON.")
def predict(model: str, dataset: str, *, save: str | None, id_column: str | None, as_json: bool) -> None:
    r"""Predict every row of DATASET with MODEL, and save the rows with their predictions as a dataset.

    Both are refs: a name, name:3 or name@alias. The rows are checked against the model's signature first, and a run
    tells what was used and made.

    \b
    Examples:
      benchbook predict delay@champion features:4
      benchbook predict delay features --save scored --id flight_id
    """
    from benchbook.serving import predict as predict_here

    made = predict_here(model, dataset, save=save, id=id_column)
    if as_json:
        print_json(made)
        return
    click.echo(f"{made.rows:,} rows of {made.data}, predicted by {made.model}: {made.dataset} (run {made.run})")
    for warning in made.warnings:
        click.echo(f"Note: {warning}")
