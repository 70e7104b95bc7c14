"""`benchbook audit` and `benchbook card`: what happened here, and what is known of a model."""

from __future__ import annotations

import time
from pathlib import Path

import click

from benchbook.cli.output import print_json
from benchbook.errors import InvalidInput, NotAllowed


@click.command()
@click.option("--since", help="Only facts since a date (2013-05-01) or of an age up to 30min, 12h, 7d, 2w.")
@click.option("--noun", help="Only facts about one kind of thing: dataset, model, gate.")
@click.option("--name", help="Only facts about the thing of this name.")
@click.option("--limit", default=100, show_default=True, help="How many facts at most.")
@click.option("--verify", is_flag=True, help="Walk the whole chain instead: exit code 1 if a line was changed.")
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="Write the facts to FILE as JSON lines.")
@click.option("--json", "as_json", is_flag=True, help="Print the records as JSON.")
def audit(
    *,
    since: str | None,
    noun: str | None,
    name: str | None,
    limit: int,
    verify: bool,
    out: Path | None,
    as_json: bool,
) -> int:
    r"""List who did what and when, newest first; promotions that were forced past a gate stand out in red.

    \b
    Examples:
      benchbook audit --since 7d
      benchbook audit --noun model --name delay
      benchbook audit --verify                    prove that nothing was changed
      benchbook audit --out audit.jsonl           keep a copy elsewhere, with its chain of hashes
    """
    from benchbook.governance import export_audit, list_audit

    if verify:
        return _verify(as_json=as_json)
    if out is not None:
        count = export_audit(out, since=since, noun=noun, name=name)
        click.echo(f"Wrote {count} facts to {out}.")
        return 0
    entries = list_audit(since=since, noun=noun, name=name, limit=limit)
    if as_json:
        print_json(entries)
        return 0
    for entry in entries:
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.time))
        click.secho(f"{entry.seq:6}  {when}  {entry.actor:12}  {entry.sentence}", fg="red" if entry.forced else None)
    if not entries:
        click.echo("No such fact is recorded.")
    return 0


def _verify(*, as_json: bool) -> int:
    from benchbook.governance import verify_audit

    found = verify_audit()
    if as_json:
        print_json(found)
    else:
        click.secho("✓ " if found.ok else "✕ ", fg="green" if found.ok else "red", nl=False)
        click.secho(found.message, fg="green" if found.ok else "red")
        if found.hint:
            click.echo(f"  → {found.hint}")
    return 0 if found.ok else 1


@click.command()
@click.argument("model")
@click.option("--html", "page", metavar="FILE", type=click.Path(path_type=Path), help="Write it as a page to FILE.")
@click.option("--json", "as_json", is_flag=True, help="Print the card's sections and gaps as JSON.")
def card(model: str, *, page: Path | None, as_json: bool) -> int:
    r"""Print the model card of MODEL (a name or a ref), made from what is recorded.

    What people must say (intended use, limits, …) comes from `cards:` in benchbook.yaml; what is not there yet is
    listed at the top and marked where it belongs.

    \b
    Examples:
      benchbook card delay@champion > CARD.md
      benchbook card delay:3 --html card.html
    """
    from benchbook.governance import model_card

    made = model_card(model)
    if page is not None and as_json:
        raise InvalidInput("--html and --json cannot be had at once.")
    if as_json:
        print_json(made)
    elif page is None:
        click.echo(made.markdown())
    else:
        try:
            page.write_text(made.html(), encoding="utf-8")
        except OSError as error:
            raise NotAllowed(f"{page} cannot be written: {error.strerror}.", hint="Choose another file.") from error
        click.echo(f"Wrote {page}: {len(made.gaps)} gaps." if made.gaps else f"Wrote {page}: no gap.")
    return 0
