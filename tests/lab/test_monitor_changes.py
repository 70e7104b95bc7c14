"""What a person does in the Monitors view, and what comes while it is open; each test changes a project of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from lab.lab_server import Lab, running_lab
from lab.panels import open_page
from lab.watched import make

OpenLab = Callable[..., Page]
Execute = Callable[..., None]

LONG = 240_000
"""Milliseconds for what other processes do on a busy machine: imports, an observation, a retraining."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a quiet April and a May in which the world turned round."""
    folder = tmp_path_factory.mktemp("watched") / "project"
    folder.mkdir()
    make(folder)
    return folder


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(made, tmp_path / "project"))


@pytest.fixture
def lab(root: Path, tmp_path: Path) -> Iterator[Lab]:
    """JupyterLab on the copy."""
    with running_lab(root, tmp_path / "home") as server:
        yield server


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


def test_without_monitors_the_page_teaches(open_lab: OpenLab, execute: Execute, root: Path) -> None:
    """What to write stands there to be copied; once it is written, the monitor is there without a reload."""
    text = (root / "benchbook.yaml").read_text()
    (root / "benchbook.yaml").write_text("pipelines: {}\n")
    page = open_lab()
    execute("benchbook:show-monitors")
    expect(open_page(page).locator(".bb-Empty")).to_contain_text("monitors:")
    (root / "benchbook.yaml").write_text(text)
    expect(open_page(page).locator(".bb-Table tbody tr")).to_contain_text("4 open alerts")
