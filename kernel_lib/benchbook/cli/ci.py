"""`benchbook report` and `benchbook ci`: what a change does, and the workflows that post it for every pull request."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from benchbook.cli.output import print_json
from benchbook.errors import BenchbookError, InvalidInput, NotAllowed, NotFound

if TYPE_CHECKING:
    from benchbook.gates.ci import Report
    from benchbook.gates.ci.workflows import Host
    from benchbook.project.config import Config

_file = click.Path(path_type=Path)


@click.command()
@click.argument("subject", required=False)
@click.option("--base", help="Compare with @champion, a ref, a run, or a branch, tag or commit of git.")
@click.option("-o", "--out", metavar="FILE", type=_file, help="Write the Markdown to FILE instead of printing it.")
@click.option("--html", "page", metavar="FILE", type=_file, help="Write it as one page with plots to FILE, too.")
@click.option("--result", metavar="FILE", type=_file, help="Report on what `benchbook run --json > FILE` did.")
@click.option("--json", "as_json", is_flag=True, help="Print the record as JSON.")
def report(
    subject: str | None, *, base: str | None, out: Path | None, page: Path | None, result: Path | None, as_json: bool
) -> int:
    r"""Report on SUBJECT: a pipeline's name, a model ref or a run; the newest pipeline run when not given.

    The decision stands on top; then the checks of the gate, metrics before and after, and what changed in data, params,
    notebooks and packages. The Markdown fits into a comment on GitHub or GitLab, which draw its charts themselves. What
    looks like a secret is masked. It only shows what is recorded: `benchbook gate` judges.

    \b
    Examples:
      benchbook report                                   the newest run against the champion
      benchbook report delay@challenger --base @champion --html report.html
      benchbook report flights --base origin/main -o report.md
    """
    if as_json and (out or page):
        raise InvalidInput("--json cannot be had together with --out or --html.")
    made = _report(subject, base, result)
    if as_json:
        print_json(made)
        return 0
    from benchbook.gates.ci import report_html, report_markdown

    if page is not None:
        _write(page, report_html(made))
    if out is not None:
        _write(out, report_markdown(made))
    elif page is None:
        click.echo(report_markdown(made))
    return 0


def _report(subject: str | None, base: str | None, result: Path | None) -> Report:
    from benchbook.gates.ci import make_report, report_not_started

    if result is None:
        return make_report(subject, base=base)
    run = _run_of(result)
    if run is not None:
        return make_report(run, base=base)
    if subject is None:
        raise InvalidInput(
            f"{result} holds no run.", hint="Name the pipeline too: it is then said why it did not start."
        )
    return report_not_started(subject, _why_not(subject))


def _run_of(result: Path) -> str | None:
    """The run that `benchbook run --json` printed; None where it printed nothing, since nothing had begun."""
    try:
        text = result.read_bytes().strip()
    except OSError as error:
        raise NotAllowed(f"{result} cannot be read: {error.strerror}.") from error
    if not text:
        return None
    try:
        read: Any = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise InvalidInput(f"{result} is not what `benchbook run --json` prints: {error}.") from error
    run = read.get("run") if isinstance(read, dict) else None
    if not isinstance(run, str):
        raise InvalidInput(f"{result} is not what `benchbook run --json` prints: it names no run.")
    return run


def _why_not(pipeline: str) -> BenchbookError:
    """What keeps a pipeline from starting, found by planning it again."""
    from benchbook.pipelines import plan_pipeline

    try:
        plan_pipeline(pipeline)
    except BenchbookError as error:
        return error
    return InvalidInput("The log of the job tells why.", hint=f"Try it: benchbook run {pipeline}")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise NotAllowed(f"{path} cannot be written: {error.strerror}.", hint="Choose another file.") from error
    click.echo(f"Wrote {path}.", err=True)


@click.command()
@click.argument(
    "hosts", default="both", type=click.Choice(["github", "gitlab", "both"]), metavar="[github|gitlab|both]"
)
@click.option("--pipeline", help="The pipeline to run; not needed when there is only one.")
@click.option("--gate", "gates", multiple=True, help="The gate to ask; every gate of its models when not given.")
@click.option("--force", is_flag=True, help="Replace files that are there with other content.")
@click.option("--json", "as_json", is_flag=True, help="Print the record as JSON.")
def ci(hosts: str, *, pipeline: str | None, gates: tuple[str, ...], force: bool, as_json: bool) -> int:
    r"""Write the workflow that runs the pipeline on each change, asks the gate and posts the report.

    It installs the project's requirements, restores the store of the main branch (which knows the champion), fails when
    the gate fails, and keeps one comment up to date. Only your main branch promotes. Nothing of yours is overwritten.

    \b
    Examples:
      benchbook ci                          both, for the only pipeline
      benchbook ci github --pipeline flights --gate release
    """
    import benchbook
    from benchbook.gates.ci.workflows import Setup, write_workflows
    from benchbook.project import current_project
    from benchbook.project.config import pick_pipeline

    project = current_project()
    config = project.config()
    name = pick_pipeline(config, pipeline)
    setup = Setup(project.root, name, _gates(config, name, gates), benchbook.__version__)
    chosen: list[Host] = [host for host in ("github", "gitlab") if hosts in (host, "both")]
    done = write_workflows(setup, chosen, force=force)
    if as_json:
        print_json(done)
        return 0
    for file in done.written:
        click.echo(f"Wrote {file}.")
    for file in done.unchanged:
        click.echo(f"{file} is as it should be.")
    click.secho("\nNext:", bold=True)
    for step in done.next:
        click.echo(f"- {step}")
    return 0


def _gates(config: Config, pipeline: str, named: tuple[str, ...]) -> dict[str, str]:
    """By model the gate to ask: those that are named, else those of the models that the pipeline makes."""
    from benchbook.pipelines import plan_pipeline

    for gate in named:
        if gate not in config.gates:
            raise NotFound("gate", gate, known=config.gates)
    if not named:
        made = {ref.partition("@")[0] for step in plan_pipeline(pipeline).steps for ref in step.makes}
        named = tuple(gate for gate, one in config.gates.items() if one.model in made)
    by_model: dict[str, str] = {}
    for gate in named:
        model = config.gates[gate].model
        if model in by_model:
            hint = f"Say which one: --gate {by_model[model]}, or --gate {gate}."
            raise InvalidInput(f"Several gates are about the model {model!r}.", hint=hint)
        by_model[model] = gate
    return by_model
