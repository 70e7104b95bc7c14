"""`benchbook doctor`: check everything that cannot be rebuilt."""

from __future__ import annotations

import click

from benchbook.cli.output import print_json

_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "error": ("✕", "red")}


@click.command()
@click.option("--fast", is_flag=True, help="Leave out reading all stored bytes again.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(*, fast: bool, as_json: bool) -> int:
    r"""Check the project: ledger, streams, store and stored bytes.

    Every line of the ledger must follow from the one before, every stream must be readable and a finished one as its
    run left it, the store must hold all of it, and stored bytes must match their ids. Exit code 1 if something is
    broken.

    \b
      benchbook doctor           everything; reads all stored bytes
      benchbook doctor --fast    all but these
    """
    from benchbook.governance import examine
    from benchbook.project import current_project

    findings = examine(current_project(), objects=not fast)
    if as_json:
        print_json(findings)
    else:
        for finding in findings:
            mark, color = _MARKS[finding.level]
            click.echo(f"{click.style(mark, fg=color)} {finding.area:8} {finding.message}")
            if finding.hint:
                click.echo(f"             → {finding.hint}")
    return int(any(finding.level == "error" for finding in findings))
