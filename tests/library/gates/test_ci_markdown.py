"""A report is safe to post: whatever people and data wrote stands there as text, in Markdown and in HTML; and short."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from benchbook.gates.ci import COMMENT_LIMIT, Report, report_html, report_markdown
from benchbook.gates.ci.html import PAGE_LIMIT
from benchbook.gates.ci.markdown import code, prose
from benchbook.gates.ci.records import Curve, DataChange, Failure, MetricChange, ValueChange
from benchbook.governance.records import CheckResult, GroupValue, Interval, Verdict
from benchbook.monitoring.records import Bar, CategoryCount, ColumnDrift, DriftReport
from benchbook.versioning.notebook_diff import CellChange, NotebookDiff
from library.gates.evil import EVIL

RENDER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OURS = re.compile(r"<!-- benchbook report: [\w. -]* -->|<details><summary>[^<]*</summary>|</details>")
UNSEEN = re.compile("[\u200b\\s]")


def full(text: str, count: int = 1) -> Report:
    """A report with ``text`` at every place that people or data write."""
    interval = Interval(0.1, 0.2, 0.95, 10, 10, 1)
    groups = [GroupValue(text, 10, 0.5, interval)]
    check = CheckResult("fairness", "failed", text, text, text, 0.5, 0.4, interval, groups, [text, text])
    metric = CheckResult("metric", "passed", text, text, text, 0.5, 0.4, interval)
    verdict = Verdict("release", "m", 2, "champion", 1, "d:1", "ab" * 32, "", False, text, [check, metric], id="c" * 32)
    category = CategoryCount(text, 3)
    column = ColumnDrift(
        text, "text", "compared", 9, 9, text, js=0.4, new_categories=[category], new_count=1, new_share=1
    )
    column = msgspec.structs.replace(column, bars=[Bar(text, None, None, 0.5, 0.5)])
    drift = DriftReport(text, text, 9, 9, [column], [text], [text], exact=True, bound=text, seconds=0)
    cell = CellChange("changed", text[:20], 1, [f"+{line}" for line in text.splitlines()] or ["+"])
    return Report(
        text,
        "flights",
        "run",
        text,
        passed=False,
        sentence=text,
        failure=Failure(text or "s", text, 3, text, text),
        verdicts=[verdict],
        metrics=[MetricChange(text, 0.4, 0.5, "judged", interval)] * count,
        curves=[Curve(text, [0, 1, 2], [1.0, 2.0, 3.0], [3.0, 2.0])],
        data=[DataChange(text, "used", text, text, text, drift)] * count,
        params=[ValueChange(text, text, text)] * count,
        environment=[ValueChange(text, None, text)] * count,
        notebooks=[NotebookDiff(text, "changed", [cell] * count, problem=text)] * count,
        gaps=[text],
        notes=[text],
    )


def tokens(markdown: str) -> list[Token]:
    """All tokens of the rendered text, inline ones included."""
    found = []
    for token in RENDER.parse(markdown):
        found += [token, *(token.children or [])]
    return found


@pytest.mark.parametrize("text", EVIL, ids=range(len(EVIL)))
def test_markdown_holds_no_link_image_or_html_of_others(text: str) -> None:
    """Each HTML token is one that we write; no link, image or autolink comes of any text; no heading is added."""
    made = tokens(report_markdown(full(text)))
    assert {token.type for token in made} & {"link_open", "image", "em_open", "strong_open", "s_open"} == set()
    html = [token.content.strip() for token in made if token.type in ("html_block", "html_inline")]
    assert [part for part in html if not OURS.fullmatch(part)] == []
    usual = [token for token in tokens(report_markdown(full("x"))) if token.type == "heading_open"]
    assert len([token for token in made if token.type == "heading_open"]) == len(usual)


@pytest.mark.parametrize("text", EVIL[:-1], ids=range(len(EVIL) - 1))  # an empty note is no row
def test_markdown_tables_keep_their_shape(text: str) -> None:
    """As many tables, rows and cells as with a harmless text, and the same fences in the same number."""

    def shape(markdown: str) -> list[str]:
        kinds = ("table_open", "tr_open", "td_open", "th_open", "fence")
        return [f"{token.type} {token.info}" for token in tokens(markdown) if token.type in kinds]

    assert shape(report_markdown(full(text))) == shape(report_markdown(full("x")))


@pytest.mark.parametrize("text", EVIL, ids=range(len(EVIL)))
def test_nobody_is_called_and_nothing_referred_to(text: str) -> None:
    """Outside code, what GitHub and GitLab would link by themselves is broken by a space without width."""
    shown = "\n".join(token.content for token in tokens(report_markdown(full(text))) if token.type == "text")
    assert not re.search(r"(?<!\w)@\w|(?<!\w)[#!%~]\d|(?<!\w)~\w|://|www\.|\w@\w+\.\w|:\w+:", shown)
    assert not re.search("[\x00-\x08\x0e-\x1f\u202a-\u202e\u2066-\u2069]", report_markdown(full(text)))


PIECES = st.text(st.sampled_from("|`\\ab *_[]()<>!#@$~&:;.-+=1\n\"'"), max_size=30)


@settings(max_examples=300, deadline=None)
@given(PIECES, PIECES)
def test_any_text_is_shown_letter_by_letter(words: str, name: str) -> None:
    """A row of a prose and a code cell is two cells, and reads as what was given, blanks aside."""
    table = f"| a | b |\n| --- | --- |\n| {prose(words)} | {code(name)} |\n"
    made = RENDER.parse(table)
    cells = [made[at + 1] for at, token in enumerate(made) if token.type == "td_open"]
    assert len(cells) == 2
    for cell, given_text in zip(cells, (words, name), strict=True):
        assert {token.type for token in cell.children or []} <= {"text", "text_special", "code_inline", "softbreak"}
        shown = "".join(token.content for token in cell.children or [])
        assert UNSEEN.sub("", shown) == UNSEEN.sub("", given_text)


class _Page(HTMLParser):
    """Tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep them."""
        self.tags.add(tag)
        self.attributes += attrs


@pytest.mark.parametrize("text", EVIL, ids=range(len(EVIL)))
def test_the_page_has_no_script_and_reaches_nowhere(text: str) -> None:
    """Only tags that we write, no attribute that runs or loads anything, and a policy that forbids both."""
    page = _Page()
    html = report_html(full(text))
    page.feed(html)
    usual = _Page()
    usual.feed(report_html(full("x")))
    assert page.tags <= usual.tags
    assert usual.tags & {"script", "a", "img", "iframe", "link", "object", "form", "input", "base"} == set()
    names = {name for name, _ in page.attributes}
    assert not {name for name in names if name.startswith("on") or name in ("href", "src", "srcdoc", "action")}
    assert not [value for name, value in page.attributes if name == "style" and "url(" in (value or "")]
    assert "default-src 'none'" in html
    assert html.encode()


def test_what_has_no_room_is_named() -> None:
    """A comment stays below what GitHub takes and the page below 2 MB; decision and checks are never left out."""
    long = full("wide `text` | with <signs> & more " * 6)
    cells = [CellChange("changed", "code", 1, ["+" + "y" * 240] * 60)] * 40
    books = [NotebookDiff(f"n{number}.ipynb", "changed", cells) for number in range(8)]
    report = msgspec.structs.replace(full("x", 80), notebooks=books, params=long.params * 80, data=long.data * 12)
    text, page = report_markdown(report), report_html(report)
    assert len(text) <= COMMENT_LIMIT < 65_536
    assert "Checks of gate release" in text
    assert "**Left out to stay short:**" in text
    assert "Notebook n7.ipynb" in text
    assert len(page.encode()) <= PAGE_LIMIT <= 2 * 1024 * 1024
    assert "Left out, to stay below 2 MB: Notebook" in page


def test_charts_are_mermaid_that_says_its_numbers() -> None:
    """Bars before and now under their names; lines over the steps; labels without any sign that Mermaid reads."""
    text = report_markdown(full("auc"))
    named = '    title "Metrics before and now"\n    x-axis ["auc before", "auc now"]\n    y-axis 0 --> 0.5\n'
    assert named + "    bar [0.4, 0.5]\n" in text
    assert "    x-axis 0 --> 2\n    y-axis 1 --> 3\n    line [1, 2, 3]\n    line [3, 2]\n" in text
    for evil in EVIL:
        charts = [one.content for one in tokens(report_markdown(full(evil))) if one.info == "mermaid"]
        for chart in charts:
            directive, _, rest = chart.partition("\n")
            assert re.fullmatch(r"%%\{init: [\w':{}#, ]+\}%%", directive)
            quoted = re.findall(r'"([^"]*)"', rest)
            assert not [label for label in quoted if re.search(r"[`%{}<>;#\\\[\]&|]", label)]
            assert '"' not in re.sub(r'"[^"]*"', "", rest)
