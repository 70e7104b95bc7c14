"""A model card as Markdown and as HTML, from the same sections. All text is escaped: it came from data and people."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchbook.governance.cards import ModelCard, Section

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 900px; margin: 2rem auto; padding: 0 1rem; color: #1c1c1c; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin: 1.6rem 0 .3rem; }
table { border-collapse: collapse; } td, th { text-align: left; vertical-align: top; padding: 2px 14px 2px 0; }
th { font-weight: 600; border-bottom: 1px solid #ccc; } td { overflow-wrap: anywhere; }
.gap { color: #c62828; font-weight: 600; }
@media (prefers-color-scheme: dark) { body { background: #111; color: #e6e6e6; } .gap { color: #ff7b72; } }
"""
_RED = "color:#c62828;font-weight:600"


def card_markdown(card: ModelCard) -> str:
    """The card as Markdown."""
    lines = [f"# Model card: {_plain(card.ref)}", ""]
    if card.gaps:
        lines += [f"**{len(card.gaps)} missing:**", "", *(f"- {_plain(gap)}" for gap in card.gaps), ""]
    for section in card.sections:
        lines += [f"## {_plain(section.title)}", "", *_markdown_section(section)]
    return "\n".join(lines)


def _markdown_section(section: Section) -> list[str]:
    lines = [f"**missing** – {_plain(section.missing)}", ""] if section.missing else []
    lines += [_plain(section.text), ""] if section.text else []
    if section.rows:
        lines += [_markdown_row(section.head), "|" + " --- |" * len(section.head)]
        lines += [*map(_markdown_row, section.rows), ""]
    return lines


def _markdown_row(cells: list[str]) -> str:
    return "| " + " | ".join(_plain(" ".join(cell.split())).replace("|", "\\|") for cell in cells) + " |"


def _plain(text: str) -> str:
    """Text that Markdown does not take for HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def card_html(card: ModelCard) -> str:
    """The card as a page of its own, without JavaScript and without anything from elsewhere."""
    title = f"Model card: {escape(card.ref)}"
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head><body>{card_body(card)}</body></html>\n'


def card_body(card: ModelCard) -> str:
    """What stands in the page, and in a cell's output."""
    parts = [f"<h1>Model card: {escape(card.ref)}</h1>"]
    if card.gaps:
        listed = "".join(f"<li>{escape(gap)}</li>" for gap in card.gaps)
        parts.append(f'<div class="gap" style="{_RED}">{len(card.gaps)} missing:<ul>{listed}</ul></div>')
    parts += [f"<section><h2>{escape(one.title)}</h2>{_html_section(one)}</section>" for one in card.sections]
    return "".join(parts)


def _html_section(section: Section) -> str:
    text = f"<p>{escape(section.text)}</p>" if section.text else ""
    if section.missing:
        text = f'<p class="gap" style="{_RED}">missing – {escape(section.missing)}</p>'
    if not section.rows:
        return text
    head = "".join(f"<th>{escape(cell)}</th>" for cell in section.head) if any(section.head) else ""
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in section.rows)
    return f"{text}<table>{f'<tr>{head}</tr>' if head else ''}{rows}</table>"
