"""An empty project teaches, and what a notebook then does is seen at once, without a reload."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from lab.lab_server import Lab, running_lab
from lab.panels import open_page, row, show

OpenLab = Callable[..., Page]

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
LIVE = """
import time
from pathlib import Path
import benchbook as bb
with bb.start_run("live") as run:
    display(bb.live())
    for step in range(600):
        run.log_metrics({"loss": 1 / (step + 1), "auc": 1 - 1 / (step + 1)}, step=step)
        time.sleep(0.2)
        if Path("enough").exists():
            break
"""
FAILING = """
import benchbook as bb
with bb.start_run("breaks"):
    {}["dest"]
"""
ATTACK = [
    {"text/html": "<img src='/pwned.png' onerror='window.pwned=1'><script>window.pwned=1</script><b>bold</b>"},
    {"application/javascript": "window.pwned = 1", "text/plain": "javascript stays text"},
    {"image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg' onload='window.pwned=1' width='9' height='9'/>"},
]


def write_notebook(path: Path, *sources: str, outputs: list[dict[str, str]] | None = None) -> None:
    """A notebook with code cells; the first may carry outputs."""
    cells: list[dict[str, object]] = [
        {"cell_type": "code", "id": f"c{at}", "metadata": {}, "execution_count": None, "outputs": [], "source": source}
        for at, source in enumerate(sources)
    ]
    shown = [{"output_type": "display_data", "data": data, "metadata": {}} for data in outputs or []]
    cells[0]["outputs"] = shown
    path.write_text(json.dumps({"cells": cells, "metadata": KERNEL, "nbformat": 4, "nbformat_minor": 5}))


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """JupyterLab on a folder with notebooks and no project yet; Notebook 7 shows its application object too."""
    root, config = tmp_path / "fresh", tmp_path / "home" / "jupyter_config_dir"
    root.mkdir()
    config.mkdir(parents=True)
    (config / "jupyter_notebook_config.json").write_text('{"JupyterNotebookApp": {"expose_app_in_browser": true}}')
    write_notebook(root / "live.ipynb", LIVE)
    write_notebook(root / "breaks.ipynb", "x = 1", FAILING)
    write_notebook(root / "empty.ipynb", "")
    with running_lab(root, tmp_path / "home") as server:
        yield server


def run_cells(page: Page) -> None:
    """Run every cell of the notebook that is open, once its kernel answers; before, Lab would ask for a kernel."""
    page.wait_for_function("() => window.jupyterapp.shell.currentWidget?.context?.sessionContext")
    page.evaluate(
        """async () => {
          const session = window.jupyterapp.shell.currentWidget.context.sessionContext;
          await session.ready;
          await session.session.kernel.info;
          window.jupyterapp.commands.execute("notebook:run-all-cells");
        }"""
    )


def test_a_run_from_a_notebook_appears_and_moves(open_lab: OpenLab, lab: Lab) -> None:
    """From an empty project and without a reload: the row is there while the run goes on, and its metric moves, as
    does the view inside the cell.
    """
    page = open_lab("live.ipynb")
    sidebar = show(page, "runs")
    expect(sidebar.locator(".bb-Empty")).to_contain_text("bb.start_run")
    page.evaluate("() => { window.sameDocument = true; }")
    run_cells(page)
    live = sidebar.locator(".bb-Row[data-status='running']", has_text="live")
    live.wait_for()
    expect(page.locator(".bb-StatusItem")).to_have_text("1 run active")
    first = live.locator(".bb-RunRow-metric").inner_text()
    expect(live.locator(".bb-RunRow-metric")).not_to_have_text(first)
    expect(live.locator(".bb-Sparkline")).to_be_visible()
    inside = page.locator(".jp-Notebook .jupyter-widgets")
    expect(inside).to_contain_text("running")
    said = inside.inner_text()
    expect(inside).not_to_have_text(said)
    live.click()
    shown = open_page(page)
    points = shown.locator(".bb-Table tbody tr", has_text="loss").locator("td").last
    before = points.inner_text()
    expect(points).not_to_have_text(before)
    assert int(points.inner_text()) > int(before)
    (lab.root / "enough").touch()
    expect(shown.locator(".bb-PageHeader .bb-Status")).to_contain_text("finished", timeout=15_000)
    expect(row(sidebar, "live")).to_have_attribute("data-status", "finished")
    assert page.evaluate("() => window.sameDocument") is True


def test_a_failure_in_a_notebook_leads_to_its_cell(open_lab: OpenLab) -> None:
    """The page names the error; the notebook toolbar's button lists the runs of this notebook only."""
    page = open_lab("breaks.ipynb")
    sidebar = show(page, "runs")
    run_cells(page)
    failed = sidebar.locator(".bb-Row[data-status='failed']")
    failed.wait_for()
    failed.click()
    shown = open_page(page)
    expect(shown.locator(".bb-Failure")).to_contain_text("KeyError")
    shown.get_by_role("button", name="Open notebook").click()
    page.get_by_title("Show the runs of this notebook").locator("visible=true").first.click()
    expect(sidebar.locator(".bb-Row")).to_have_count(1)


def test_the_empty_state_writes_the_first_line(open_lab: OpenLab) -> None:
    """Its button puts the code, with the import, into the notebook that is open."""
    page = open_lab("empty.ipynb")
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    show(page, "data").get_by_role("button", name="Insert into notebook").click()
    cell = page.locator(".jp-Notebook .jp-Cell").first
    expect(cell).to_contain_text("import benchbook as bb")
    expect(cell).to_contain_text("bb.save_dataset(")


def test_the_executed_notebook_cannot_do_anything(open_lab: OpenLab, lab: Lab) -> None:
    """Outputs of a run's notebook are drawn without running or fetching; its SVG is an image."""
    write_notebook(lab.root / "attack.ipynb", "x = 1", outputs=ATTACK)
    source = "import benchbook as bb\nwith bb.start_run('attack'): pass"
    environment = {**os.environ, "BENCHBOOK_NOTEBOOK": str(lab.root / "attack.ipynb")}
    subprocess.run([sys.executable, "-c", source], check=True, cwd=lab.root, env=environment)
    page = open_lab()
    sidebar = show(page, "runs")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    sidebar.locator(".bb-Row[data-status='finished']").click()
    shown = open_page(page)
    shown.get_by_role("tab", name="Notebook").click()
    view = shown.locator(".bb-Executed")
    expect(view).to_contain_text("bold")
    expect(view).to_contain_text("javascript stays text")
    assert str(view.locator("img").last.get_attribute("src")).startswith("data:image/svg+xml")
    assert page.evaluate("() => window.pwned") is None
    assert view.locator("script, iframe").count() == 0
    assert [url for url in asked if "pwned" in url] == []
    assert lab.get("api/sessions")[1] == []


def test_notebook_7_shows_sidebars_and_opens_pages_at_its_right(lab: Lab, browser: Browser) -> None:
    """Without a main area, launcher, status bar or restorer the same plugins work in Notebook 7."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{lab.url}notebooks/live.ipynb?token={lab.token}")
    page.wait_for_function("() => window.jupyterapp !== undefined")
    page.evaluate("() => window.jupyterapp.restored.then(() => null)")
    sidebar = show(page, "runs")
    run_cells(page)
    live = sidebar.locator(".bb-Row", has_text="live")
    live.wait_for()
    live.click()
    expect(page.locator(".bb-Page h1")).to_have_text("live")
    context.close()
