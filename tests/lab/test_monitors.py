"""The Monitors view on a project that has really been watched, and what comes while it is open."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from lab.lab_server import Lab, running_lab
from lab.panels import focused, open_page, row, show, violations
from lab.watched import cell, make

OpenLab = Callable[..., Page]
Execute = Callable[..., None]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab on a project with a quiet April and a May in which the world turned round; nothing here changes it."""
    root = tmp_path_factory.mktemp("monitored") / "project"
    root.mkdir()
    make(root)
    with running_lab(root, tmp_path_factory.mktemp("monitored-home")) as server:
        yield server


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


def test_from_the_model_to_its_monitor(open_lab: OpenLab) -> None:
    """The context menu of a model opens its monitor; the list names all with their state."""
    page = open_lab()
    row(show(page, "models"), "m").click(button="right")
    page.locator(".lm-Menu-item", has_text="Open Monitor").click()
    expect(open_page(page).locator(".bb-PageHeader-kind")).to_have_text("Monitor")


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
