"""`benchbook gate|promote|rollback|approve|reject|approvals`: what passes, what moves, and who says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from benchbook.cli.output import ago, print_json, print_table
from benchbook.errors import GateFailed, InvalidInput

if TYPE_CHECKING:
    from benchbook.gates import Promotion
    from benchbook.governance.records import CheckResult, Verdict

_GLYPHS = {"passed": ("✓", "green"), "failed": ("✕", "red"), "waiting": ("…", "yellow"), "error": ("!", "red")}
_json = click.option("--json", "as_json", is_flag=True, help="Print the record as JSON.")
_reason = click.option("-m", "--reason", default="", help="Why; it stands in the audit log.")


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="[GATE] REF")
@click.option("--check", "only_ask", is_flag=True, help="Only ask: record and keep nothing.")
@_json
def gate(words: tuple[str, ...], *, only_ask: bool, as_json: bool) -> int:
    r"""Evaluate a gate of benchbook.yaml on the model version REF and record the verdict for good.

    Each check is printed with what it asked and what it saw. GATE can be left out where the model has only one. The
    exit code is 0 when the version passed and 1 when it did not, so it can stand in a CI job as it is.

    \b
    Examples:
      benchbook gate release delay@challenger
      benchbook gate delay:3                      the only gate of the model delay
      benchbook gate release delay:3 --check      ask without recording
    """
    from benchbook.gates import check_gate, evaluate_gate

    if len(words) > 2:
        raise InvalidInput(
            f"{' '.join(words)!r} is more than a gate and a version.", hint="benchbook gate release delay:3"
        )
    name = words[0] if len(words) == 2 else None
    verdict = (check_gate if only_ask else evaluate_gate)(name, words[-1])
    if as_json:
        print_json(verdict)
    else:
        print_verdict(verdict)
    return 0 if verdict.passed else 1


@click.command()
@click.argument("model")
@click.argument("version", required=False)
@click.option("--alias", help="The alias to move; that of the model's only gate when not given.")
@click.option("--gate", "gate_name", help="The gate to pass, where the model has several.")
@click.option("--force", is_flag=True, help="Move it whatever gate and policy say; needs --reason, stands out in red.")
@_reason
@_json
def promote(
    model: str,
    version: str | None,
    *,
    alias: str | None,
    gate_name: str | None,
    force: bool,
    reason: str,
    as_json: bool,
) -> int:
    r"""Let the gate decide on VERSION (a number or an alias) of MODEL, the newest if left out, and move its alias.

    A verdict that still answers the same question is used again. Where the gate asks for approval, the promotion waits:
    `benchbook approvals` lists it. Exit code 1 when the version did not pass or the alias moved meanwhile.

    \b
    Examples:
      benchbook promote delay challenger
      benchbook promote delay 3 -m "after the storm in May"
      benchbook promote delay 3 --force -m "the champion crashes"
    """
    from benchbook import gates
    from benchbook.models import get_model

    try:
        done = gates.promote(
            model, version or get_model(model).ref, alias=alias, gate=gate_name, force=force, reason=reason
        )
    except GateFailed as error:
        if as_json:
            print_json(error.verdict)
        else:
            print_verdict(error.verdict)
        raise
    return _print_promotion(done, as_json=as_json)


@click.command()
@click.argument("model")
@click.option("--alias", default="champion", show_default=True, help="The alias to move back.")
@_reason
@_json
def rollback(model: str, *, alias: str, reason: str, as_json: bool) -> int:
    r"""Point the alias of MODEL back at the version before, at once and without any gate.

    \b
    Examples:
      benchbook rollback delay -m "complaints since noon"
      benchbook rollback delay --alias challenger
    """
    from benchbook import gates

    return _print_promotion(gates.rollback(model, alias, reason=reason), as_json=as_json)


@click.command()
@click.argument("request")
@_reason
@_json
def approve(request: str, *, reason: str, as_json: bool) -> int:
    r"""Approve the promotion that REQUEST (the beginning of its id) asks for.

    The last approval that is needed moves the alias, if gate, data and alias are still what they were.

    \b
    Examples:
      benchbook approvals
      benchbook approve 3f2a -m "looked at the errors by carrier"
    """
    from benchbook import gates

    return _print_promotion(gates.approve(request, reason), as_json=as_json)


@click.command()
@click.argument("request")
@_reason
@_json
def reject(request: str, *, reason: str, as_json: bool) -> int:
    r"""Say no to the promotion that REQUEST asks for; the alias stays where it is. Needs a reason.

    \b
    Example:
      benchbook reject 3f2a -m "worse for the smallest carrier"
    """
    from benchbook import gates

    asked = gates.reject(request, reason)
    if as_json:
        print_json(asked)
    else:
        click.echo(asked.sentence)
    return 0


@click.command()
@click.option("--all", "everything", is_flag=True, help="Those that were decided, too.")
@_json
def approvals(*, everything: bool, as_json: bool) -> None:
    r"""List promotions that wait for somebody's approval.

    \b
    Examples:
      benchbook approvals
      benchbook approvals --all --json
    """
    from benchbook.governance import list_approvals

    found = list_approvals(waiting=not everything)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            one.id[:12],
            one.state,
            f"{one.model}:{one.version}",
            one.alias,
            f"{len(one.approved_by)} of {one.needed}",
            ", ".join(one.approvers),
            f"{one.actor}, {ago(one.time)}",
            one.reason,
        )
        for one in found
    ]
    columns = ("request", "state", "version", "to become", "approved", "may approve", "asked by", "reason")
    print_table(columns, rows, empty="Nothing waits for approval.")


def print_verdict(verdict: Verdict) -> None:
    """The decision, and each check with what it asked and saw."""
    click.secho(verdict.sentence, fg="green" if verdict.passed else "red", bold=True)
    on = f" on {verdict.data} #{(verdict.data_digest or '')[:12]}" if verdict.data else ""
    recorded = f", verdict {verdict.id[:12]}" if verdict.id else ", not recorded"
    click.echo(f"Gate {verdict.gate}{on}{recorded}\n")
    for check in verdict.checks:
        _print_check(check)


def _print_check(check: CheckResult) -> None:
    mark, color = _GLYPHS[check.status]
    click.secho(f"{mark} {check.status:8}", fg=color, nl=False)
    click.echo(check.asked + (f"  ({check.why})" if check.why else ""))
    lines = [check.seen, *check.details]
    lines += [
        f"{one.group}: {one.value:.3f} [{one.interval.low:.3f}, {one.interval.high:.3f}], {one.rows:,} rows"
        for one in check.groups
    ]
    lines += [f"evidence #{digest[:12]}" for digest in check.evidence]
    for line in lines:
        click.echo(f"            {line}")


def _print_promotion(done: Promotion, *, as_json: bool) -> int:
    if as_json:
        print_json(done)
        return 0
    color = "yellow" if done.state == "waiting" else "red" if done.forced else None
    click.secho(done.sentence, fg=color)
    if done.state == "waiting" and done.request is not None:
        click.echo(f"Next:  benchbook approve {done.request.id[:12]}")
    return 0
