"""The Monitors view on a project that has really been watched, and what comes while it is open."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from lab.lab_server import Lab, running_lab
from lab.panels import focused, open_page, row, show, violations

OpenLab = Callable[..., Page]
Execute = Callable[..., None]

MAKER = Path(__file__).with_name("monitored_project.py")
LONG = 120_000
"""Milliseconds for what other processes do: imports, an observation, on a busy machine."""


def make(root: Path, *arguments: str) -> None:
    """Make the project, or add a month to it."""
    subprocess.run([sys.executable, str(MAKER), str(root), *arguments], check=True, cwd=root)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with a quiet April and a May in which the world turned round."""
    folder = tmp_path / "project"
    folder.mkdir()
    make(folder)
    return folder


@pytest.fixture
def lab(root: Path, tmp_path: Path) -> Iterator[Lab]:
    """JupyterLab on it."""
    with running_lab(root, tmp_path / "home") as server:
        yield server


@pytest.fixture
def monitor(open_lab: OpenLab, execute: Execute) -> Locator:
    """The page of the monitor."""
    page = open_lab()
    execute("benchbook:open-monitor", name="m")
    shown = open_page(page)
    shown.locator(".bb-Heat").wait_for()
    return shown


def cell(shown: Locator, label: str) -> Locator:
    """The cell of the heat map whose label begins so."""
    return shown.locator(f".bb-Heat-cell[aria-label^='{label}']")


def test_the_timeline_shows_what_was_seen(monitor: Locator, page: Page) -> None:
    """Chunks, metric, version flag, alerts and drift; the badge and the status bar count the open alerts."""
    expect(monitor.locator("h1")).to_have_text("m")
    expect(monitor.locator(".bb-PageHeader")).to_contain_text("open alerts")
    expect(monitor.locator(".bb-PageHeader")).to_contain_text("within ±0.1 of the truth in 1 of 2 chunks")
    expect(monitor.locator(".bb-Timeline-head")).to_contain_text("2013-05")
    expect(monitor.locator(".bb-Timeline-plot canvas")).to_be_visible()
    expect(monitor.locator(".bb-Flags-flag")).to_have_text("v1")
    expect(monitor.locator(".bb-Heat-label")).to_have_text(["2013-04", "2013-05"])
    names = monitor.locator(".bb-Heat-name")
    expect(names).to_have_text(["alerts", "all columns (AUC)", "a", "prediction", "b"])
    expect(cell(monitor, "a, 2013-05")).to_have_attribute("data-open", "true")
    expect(cell(monitor, "a, 2013-04")).not_to_have_attribute("data-rung", "true")
    expect(row(show(page, "models"), "m").locator(".bb-Badge")).to_have_text("▲ 4")
    expect(page.locator(".bb-StatusItem")).to_have_text("▲4 open alerts")


def test_a_cell_opens_both_distributions_and_the_rows(monitor: Locator, page: Page) -> None:
    """A click shows bars of both sides, statistics beside their thresholds, and the very rows; Escape closes."""
    cell(monitor, "a, 2013-05").click()
    panel = monitor.locator(".bb-CellPanel")
    expect(panel.locator("h2")).to_have_text("a in 2013-05")
    expect(panel.locator("[data-side='reference']").nth(1)).to_be_attached()
    expect(panel.locator(".bb-Bars-list li")).not_to_have_count(0)
    distance = panel.locator("tr", has_text="Jensen-Shannon").locator("td")
    assert float(distance.nth(1).inner_text()) > float(distance.nth(2).inner_text())
    panel.get_by_role("tab", name="Rows").click()
    expect(panel.locator(".bb-Pager")).to_contain_text("1-100 of 1000")
    expect(panel.locator(".bb-Table tbody tr").first).to_contain_text("2013-05")
    cell(monitor, "all columns (AUC), 2013-05").click()
    panel.get_by_role("tab", name="Chunk").click()
    expect(panel).to_contain_text("accuracy measured")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)


def test_the_heat_map_is_worked_by_keys_alone(monitor: Locator, page: Page) -> None:
    """One tab stop; arrows move, Enter opens the cell."""
    expect(monitor.locator(".bb-Heat-cell[tabindex='0']")).to_have_count(1)
    monitor.locator(".bb-Heat-cell[tabindex='0']").focus()
    page.keyboard.press("Home")
    page.keyboard.press("PageUp")
    assert focused(page).startswith("2013-04: 0 alerts")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert focused(page).startswith("a, 2013-05")
    page.keyboard.press("Enter")
    expect(monitor.locator(".bb-CellPanel h2")).to_have_text("a in 2013-05")


def test_alerts_are_closed_with_a_reason(monitor: Locator, page: Page) -> None:
    """One by one or all at once; the badge goes, and nothing is to be retrained any more."""
    expect(monitor.locator(".bb-Notice")).to_contain_text("4 alerts call for it")
    monitor.get_by_role("tab", name="Alerts").click()
    monitor.get_by_role("button", name="Close the alert").first.click()
    dialog = page.locator(".jp-Dialog")
    dialog.get_by_role("textbox", name="Reason").fill("a strike")
    dialog.get_by_role("button", name="Close", exact=True).click()
    expect(monitor.locator(".bb-State[title*='a strike']")).to_have_count(1)
    monitor.get_by_role("button", name="Close alerts…").click()
    page.locator(".jp-Dialog").get_by_role("textbox", name="Reason").fill("the same strike")
    page.keyboard.press("Enter")
    expect(monitor.locator(".bb-PageHeader")).to_contain_text("no open alerts")
    expect(monitor.locator(".bb-Notice")).to_have_count(0)
    expect(page.locator(".bb-StatusItem")).to_have_count(0)


def test_the_loop_looks_while_lab_is_open_and_tells(open_lab: OpenLab, execute: Execute, root: Path) -> None:
    """Switched on by a click: a month saved in another process appears by itself, and is told once, not while the
    person looks at it.
    """
    page = open_lab()
    execute("benchbook:open-monitor", name="m")
    shown = open_page(page)
    shown.get_by_role("combobox").select_option("ask")
    expect(shown.get_by_role("combobox")).to_have_value("ask")
    page.evaluate("() => { window.sameDocument = true; }")
    make(root, "6")
    expect(shown.locator(".bb-Heat-label")).to_have_text(["2013-04", "2013-05", "2013-06"], timeout=LONG)
    bell = page.locator(".jp-Notification-Status-Text")
    expect(bell).to_have_text("0")
    execute("benchbook:show-monitors")
    open_page(page)
    make(root, "7")
    expect(bell).to_have_text("1", timeout=LONG)
    execute("apputils:display-notifications")
    notice = page.locator(".jp-Notification-List-Item")
    expect(notice).to_contain_text("Monitor m, 2013-07")
    notice.get_by_role("button", name="Open monitor").click()
    expect(open_page(page).locator(".bb-Heat-label").last).to_have_text("2013-07")
    assert page.evaluate("() => window.sameDocument") is True


def test_looking_and_retraining_by_a_click(monitor: Locator, page: Page) -> None:
    """Nothing new is said; a retraining runs in the background, and its outcome stands on the page."""
    monitor.get_by_role("button", name="Look now").click()
    expect(monitor.get_by_role("button", name="Look now")).to_be_enabled(timeout=LONG)
    monitor.locator(".bb-PageHeader").get_by_role("button", name="Retrain now…").click()
    page.locator(".jp-Dialog").get_by_role("button", name="Retrain").click()
    expect(monitor.get_by_role("tab", name="Retrainings")).to_contain_text("1", timeout=LONG)
    monitor.get_by_role("tab", name="Retrainings").click()
    expect(monitor.locator(".bb-Table")).to_contain_text("promoted", timeout=LONG)
    expect(monitor.locator(".bb-Verdict")).to_contain_text("v2 passed release")
    monitor.get_by_role("tab", name="Timeline").click()
    expect(monitor.locator(".bb-Flags-flag")).to_have_text(["v1", "v2"])


def test_from_the_model_to_its_monitor(open_lab: OpenLab) -> None:
    """The context menu of a model opens its monitor; the list names all with their state."""
    page = open_lab()
    row(show(page, "models"), "m").click(button="right")
    page.locator(".lm-Menu-item", has_text="Open Monitor").click()
    expect(open_page(page).locator(".bb-PageHeader-kind")).to_have_text("Monitor")


def test_without_monitors_the_page_teaches(open_lab: OpenLab, execute: Execute, root: Path) -> None:
    """What to write stands there to be copied; what is wrong in the file is said."""
    (root / "benchbook.yaml").write_text("pipelines: {}\n")
    page = open_lab()
    execute("benchbook:show-monitors")
    expect(open_page(page).locator(".bb-Empty")).to_contain_text("monitors:")
    (root / "benchbook.yaml").write_text("monitors: {m: {model: m}}\n")
    expect(open_page(page).locator(".bb-Error")).to_contain_text("benchbook.yaml")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"])
def test_axe_finds_nothing_wrong(monitor: Locator, page: Page, execute: Execute, theme: str) -> None:
    """Names, roles, contrast of list, timeline, panel and lists in every theme."""
    execute("apputils:change-theme", theme=theme)
    page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=theme)
    seen = ".bb-PageHost:not(.lm-mod-hidden) .bb-Page"
    show(page, "models")
    cell(monitor, "a, 2013-05").click()
    monitor.locator(".bb-Bars").wait_for()
    page.wait_for_timeout(500)
    found = violations(page, "#benchbook-models", seen)
    for name in ("Alerts", "Chunks"):
        monitor.get_by_role("tab", name=name).click()
        found += violations(page, seen)
    execute("benchbook:show-monitors")
    open_page(page)
    found += violations(page, seen)
    assert found == []
