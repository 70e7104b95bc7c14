"""What the browser tests look for, in the words of the page."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Page

AXE = Path(__file__).resolve().parents[2] / "extension" / "node_modules" / "axe-core" / "axe.min.js"
LABS_OWN = [".jp-ToolbarButtonComponent", ".jp-FilterBox"]  # two rules fail in these parts of JupyterLab itself


def show(page: Page, noun: str) -> Locator:
    """Show the sidebar of ``noun`` ("runs", "data", "models") and give it back once it lists something."""
    page.evaluate("id => window.jupyterapp.commands.execute(id).then(() => null)", f"benchbook:show-{noun}")
    sidebar = page.locator(f"#benchbook-{noun}")
    sidebar.locator(".bb-Row, .bb-Empty").first.wait_for()
    return sidebar


def row(sidebar: Locator, text: str) -> Locator:
    """The first row that holds ``text``."""
    return sidebar.locator(".bb-Row", has_text=text).first


def open_page(page: Page) -> Locator:
    """The page that is seen in the main area, once it has its heading."""
    shown = page.locator(".bb-PageHost:visible")
    shown.locator("h1").wait_for()
    return shown


def tab(shown: Locator, name: str) -> None:
    """Go to a tab of a page."""
    shown.locator(".bb-Tab", has_text=name).click()


def violations(page: Page, *selectors: str) -> list[tuple[str, list[str]]]:
    """What axe-core finds wrong inside ``selectors``: rules and the elements that break them."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "([include, exclude]) => axe.run({include: include.map(s => [s]), exclude: exclude.map(s => [s])})",
        [list(selectors), LABS_OWN],
    )
    return [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found["violations"]]


def focused(page: Page) -> str:
    """The label of the element that has the focus."""
    return str(page.evaluate("() => document.activeElement.getAttribute('aria-label') ?? ''"))
