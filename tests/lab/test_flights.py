"""The template `flights` after its pipeline has run: what a stranger sees first, and the pictures of it."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from lab.panels import open_page, row, show, tab

OpenLab = Callable[..., Page]
Shoot = Callable[..., None]

STEPS = ["ingest", "explore", "features", "train", "evaluate"]


def test_the_pipeline_run_holds_its_steps_in_order(open_lab: OpenLab) -> None:
    """The sidebar unfolds the newest pipeline run; its page lists the steps with what they took."""
    page = open_lab()
    sidebar = show(page, "runs")
    names = sidebar.locator(".bb-Row[aria-level='2'] .bb-RunRow-name")
    assert [name.strip() for name in names.all_inner_texts()][: len(STEPS)] == STEPS
    row(sidebar, "flights").click()
    shown = open_page(page)
    expect(shown.locator(".bb-PageHeader-kind")).to_have_text("Pipeline run")
    expect(shown.locator(".bb-RowList-row")).to_have_count(len(STEPS))


def test_a_step_shows_the_notebook_as_it_was_executed(open_lab: OpenLab) -> None:
    """Outputs and plots of the executed copy are there, and no kernel was started for it."""
    page = open_lab()
    row(show(page, "runs"), "train").click()
    shown = open_page(page)
    tab(shown, "Notebook")
    expect(shown.locator(".bb-Executed .jp-Cell").first).to_be_visible()
    expect(shown.locator(".bb-Executed img[src^='data:image']").first).to_be_attached()
    assert page.evaluate("() => [...window.jupyterapp.serviceManager.sessions.running()].length") == 0


def test_pictures_of_sidebars_and_pages(open_lab: OpenLab, shoot: Shoot) -> None:
    """Three sidebars and three pages, light and dark; the first stands in the README."""
    page = open_lab("train.ipynb")
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    row(show(page, "runs"), "train").click()
    open_page(page).locator(".bb-Chart canvas").first.wait_for()
    shoot("lab")
    page = open_lab()
    for noun, text in (("runs", "train"), ("data", "flights"), ("models", "champion")):
        row(show(page, noun), text).click()
        open_page(page)
        page.wait_for_timeout(1_000)  # charts and thumbnails
        shoot(noun)
