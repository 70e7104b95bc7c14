"""Sidebars and pages, on a project that holds one of everything and names that try to do harm."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lab.lab_server import Lab, running_lab
from lab.panels import focused, open_page, row, show, tab, violations
from lab.small_project import HARMFUL, LONG

OpenLab = Callable[..., Page]
Execute = Callable[..., None]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab on the small project."""
    root = tmp_path_factory.mktemp("small") / "project"
    root.mkdir()
    script = Path(__file__).with_name("small_project.py")
    subprocess.run([sys.executable, str(script), str(root)], check=True, cwd=root)
    with running_lab(root, tmp_path_factory.mktemp("small-home")) as server:
        yield server


def test_runs_are_listed_with_state_metric_and_error(open_lab: OpenLab) -> None:
    """A row says the name, the state in a word, the metric or what went wrong."""
    sidebar = show(open_lab(), "runs")
    expect(sidebar.locator(".bb-Tree-heading")).to_have_text(["Today"])
    expect(row(sidebar, "train")).to_contain_text("finished")
    expect(row(sidebar, "train").locator(".bb-Sparkline")).to_be_visible()
    expect(row(sidebar, "broken")).to_contain_text("failed")
    expect(row(sidebar, "broken")).to_contain_text("KeyError: 'dest'")


def test_a_run_inside_another_is_folded_under_it(open_lab: OpenLab) -> None:
    """The caret folds what is inside and unfolds it again."""
    sidebar = show(open_lab(), "runs")
    outer, inner = row(sidebar, "outer"), row(sidebar, "inner")
    expect(inner).to_have_attribute("aria-level", "2")
    outer.locator(".bb-Row-caret").click()
    expect(inner).to_have_count(0)
    outer.locator(".bb-Row-caret").click()
    expect(inner).to_be_visible()


def test_a_run_page_shows_params_metrics_curves_links_and_pictures(open_lab: OpenLab) -> None:
    """A click on a row opens the page with all that is known of the run."""
    page = open_lab()
    row(show(page, "runs"), "train").click()
    shown = open_page(page)
    expect(shown.locator("h1")).to_have_text("train")
    expect(shown.locator(".bb-Pairs")).to_contain_text("depth")
    expect(shown.locator(".bb-Table tbody tr", has_text="constant")).to_contain_text("NaN")
    expect(shown.locator(".bb-Chart canvas")).to_have_count(2)
    expect(shown.locator(".bb-Chip", has_text="flights:2")).to_be_visible()
    expect(shown.locator(".bb-Chip", has_text="delay:2")).to_be_visible()
    assert str(shown.locator(".bb-Tile img").get_attribute("src")).startswith("blob:")
    tab(shown, "Log")
    expect(shown.locator(".bb-Log")).to_contain_text("forty steps done")
    tab(shown, "Environment")
    expect(shown.locator(".bb-TabPanel")).to_contain_text("3.11")


def test_a_failed_run_says_why(open_lab: OpenLab) -> None:
    """The page leads with the error and its traceback."""
    page = open_lab()
    row(show(page, "runs"), "broken").click()
    failure = open_page(page).locator(".bb-Failure")
    expect(failure).to_contain_text("KeyError: 'dest'")
    expect(failure.locator("pre")).to_contain_text("Traceback")


def test_a_data_page_shows_columns_rows_versions_and_uses(open_lab: OpenLab) -> None:
    """The newest version of a dataset opens with its columns; the other tabs follow."""
    page = open_lab()
    sidebar = show(page, "data")
    expect(row(sidebar, "flights")).to_contain_text("300 × 2")
    row(sidebar, "flights").click()
    shown = open_page(page)
    expect(shown.locator(".bb-ColumnCard")).to_have_count(2)
    expect(shown.locator(".bb-PageHeader")).to_contain_text("300 × 2")
    expect(shown.locator(".bb-PageHeader")).to_contain_text("saved")
    expect(shown.locator(".bb-ColumnCard", has_text="delay")).to_contain_text("0.33 % missing")
    tab(shown, "Rows")
    expect(shown.locator(".bb-Pager")).to_contain_text("1-100 of 300")
    shown.get_by_role("button", name="Last").click()
    expect(shown.locator(".bb-Table tbody tr").last).to_contain_text("298")
    tab(shown, "Used by")
    expect(shown.locator(".bb-TabPanel .bb-Chip")).to_have_text(["train"])
    tab(shown, "Versions")
    shown.locator(".bb-Chip", has_text="v1").click()
    expect(open_page(page).locator(".bb-Note")).to_have_text("ten rows")


def test_an_alias_is_set_from_the_model_page(open_lab: OpenLab) -> None:
    """The dialog says what moves before it is done; the page and the sidebar show it afterwards."""
    page = open_lab()
    sidebar = show(page, "models")
    row(sidebar, "challenger").click()
    shown = open_page(page)
    expect(shown.locator(".bb-Table", has_text="roc_auc")).to_contain_text("0.7312")
    expect(shown.locator(".bb-Table", has_text="May be missing")).to_contain_text("float64")
    expect(shown.locator(".bb-Chip", has_text="flights:2")).to_be_visible()
    expect(shown.locator(".bb-PageHeader .bb-Chip", has_text="train")).to_be_visible()
    shown.get_by_role("button", name="Set alias…").click()
    dialog = page.locator(".jp-Dialog")
    expect(dialog).to_contain_text("champion moves from version 1 to version 2.")
    dialog.get_by_role("combobox", name="Alias").fill("golden")
    expect(dialog).to_contain_text("golden will point at version 2.")
    dialog.get_by_role("button", name="Set alias").click()
    expect(shown.locator(".bb-PageHeader .bb-Flag", has_text="golden")).to_be_visible()
    expect(row(sidebar, "golden")).to_contain_text("v2")


def test_a_chip_shows_a_card_and_opens_its_page(open_lab: OpenLab) -> None:
    """Hovering tells what a version is, a click goes there."""
    page = open_lab()
    row(show(page, "models"), "champion").click()
    chip = open_page(page).locator(".bb-Chip", has_text="flights:2")
    chip.hover()
    expect(page.get_by_role("tooltip")).to_contain_text("300 rows × 2 columns")
    chip.click()
    expect(open_page(page).locator("h1")).to_have_text("flights")


@pytest.mark.parametrize("name", HARMFUL)
def test_markup_in_names_stays_text(open_lab: OpenLab, name: str) -> None:
    """Names, keys, tags, notes and values that are markup are shown letter by letter and do nothing."""
    page = open_lab()
    row(show(page, "runs"), name).click()
    shown = open_page(page)
    expect(shown.locator("h1")).to_have_text(name)
    expect(shown.locator(".bb-Pairs")).to_contain_text("__proto__")
    expect(shown.locator(".bb-Chart-title")).to_have_text(name)
    assert page.evaluate("() => window.pwned") is None
    assert shown.locator("script, img").count() == 0


def test_nothing_overflows_a_sidebar_of_250_pixels(open_lab: OpenLab) -> None:
    """At Lab's own width every row fits, however long its name."""
    page = open_lab()
    for noun in ("runs", "data", "models"):
        sidebar = show(page, noun)
        width, wider = sidebar.evaluate(
            "p => [p.clientWidth, [...p.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > "
            "p.getBoundingClientRect().right + 1 && !e.closest('.jp-FilterBox')).length]"
        )
        assert (width, wider) == (250, 0), noun
    expect(row(show(page, "runs"), LONG)).to_be_visible()


def test_the_list_is_worked_by_keys_alone(open_lab: OpenLab) -> None:
    """Arrows move, `/` filters, Escape clears and returns, Space selects, Enter opens."""
    page = open_lab()
    sidebar = show(page, "runs")
    sidebar.locator(".bb-Row").first.focus()
    page.keyboard.press("End")
    assert focused(page).startswith("train, finished")
    page.keyboard.press("ArrowUp")
    assert focused(page).startswith("broken, failed")
    page.keyboard.press("/")
    page.keyboard.type("dest")
    expect(sidebar.locator(".bb-Row")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(row(sidebar, "train")).to_be_visible()
    page.keyboard.press(" ")
    expect(sidebar.locator(".bb-SelectionBar")).to_contain_text("1 selected")
    page.keyboard.press("Enter")
    expect(open_page(page).locator("h1")).to_have_text("broken")


def test_a_row_keeps_the_focus_under_another_heading(open_lab: OpenLab) -> None:
    """At midnight `Today` becomes `Yesterday` and every row is made anew; keys go on where they were."""
    page = open_lab()
    sidebar = show(page, "runs")
    sidebar.locator(".bb-Row").first.focus()
    page.keyboard.press("End")
    page.evaluate("() => { const now = Date.now; Date.now = () => now() + 86_400_000; }")
    expect(sidebar.locator(".bb-Tree-heading").first).not_to_have_text("Today", timeout=30_000)
    assert focused(page).startswith("train, finished")
    page.keyboard.press("ArrowUp")
    assert focused(page).startswith("broken, failed")


def test_a_condition_is_answered_by_the_server(open_lab: OpenLab) -> None:
    """A comparison in the filter box is the language of `find_runs`."""
    page = open_lab()
    sidebar = show(page, "runs")
    sidebar.locator(".bb-Row").first.focus()
    page.keyboard.press("/")
    page.keyboard.type("metrics.auc > 0.6")
    expect(sidebar.locator(".bb-Row")).to_have_count(1)
    expect(row(sidebar, "train")).to_be_visible()


def test_tabs_move_by_arrows(open_lab: OpenLab) -> None:
    """The tabs of a page are one tab stop and follow the arrow keys."""
    page = open_lab()
    row(show(page, "runs"), "train").click()
    shown = open_page(page)
    shown.get_by_role("tab", name="Overview").focus()
    page.keyboard.press("End")
    expect(shown.get_by_role("tab", name="Log")).to_be_focused()
    expect(shown.locator(".bb-Log")).to_be_visible()


def test_pages_and_sidebar_are_there_again_after_a_reload(open_lab: OpenLab) -> None:
    """JupyterLab restores what was open, each with its own run or version."""
    page = open_lab()
    row(show(page, "runs"), "broken").click()
    open_page(page)
    row(show(page, "data"), "weather").click()
    expect(open_page(page).locator("h1")).to_have_text("weather")
    page.wait_for_timeout(1_500)  # Lab writes its layout a second after the last change
    open_lab(reset=False)
    expect(page.locator("#benchbook-data")).to_be_visible()
    tabs = page.locator("#jp-main-dock-panel .lm-TabBar-tabLabel")
    expect(tabs.filter(has_text="broken")).to_have_count(1)
    expect(open_page(page).locator("h1")).to_have_text("weather")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"])
def test_axe_finds_nothing_wrong(open_lab: OpenLab, execute: Execute, theme: str) -> None:
    """Names, roles, contrast: sidebars and pages pass axe-core in every theme."""
    page = open_lab()
    execute("apputils:change-theme", theme=theme)
    page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=theme)
    found = []
    for noun, text in (("runs", "train"), ("runs", "broken"), ("data", "flights"), ("models", "champion")):
        row(show(page, noun), text).click()
        open_page(page)
        page.wait_for_timeout(500)  # charts and thumbnails
        found += violations(page, f"#benchbook-{noun}", ".bb-PageHost:not(.lm-mod-hidden) .bb-Page")
    execute("apputils:change-theme", theme="JupyterLab Light")
    assert found == []


def test_charts_take_the_colours_of_the_theme(open_lab: OpenLab, execute: Execute) -> None:
    """A curve is drawn anew in the dark theme, in another colour."""
    page = open_lab()
    row(show(page, "runs"), "train").click()
    canvas = open_page(page).locator(".bb-Chart canvas").first
    canvas.wait_for()
    before = canvas.evaluate("node => node.toDataURL()")
    execute("apputils:change-theme", theme="JupyterLab Dark")
    page.wait_for_function("() => document.body.dataset.jpThemeLight === 'false'")
    page.wait_for_timeout(500)
    after = page.locator(".bb-Chart canvas").first.evaluate("node => node.toDataURL()")
    execute("apputils:change-theme", theme="JupyterLab Light")
    assert before != after
