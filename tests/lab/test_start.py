"""JupyterLab with Benchbook in it starts, quietly."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page


def test_lab_opens_with_benchbook_active(open_lab: Callable[..., Page]) -> None:
    """The labextension is found and activated without a script error and without a request to anybody else."""
    page = open_lab()
    plugins = page.evaluate("() => window.jupyterapp.listPlugins().filter(id => id.startsWith('benchbook'))")
    assert plugins
    active = page.evaluate("ids => ids.map(id => window.jupyterapp.isPluginActivated(id))", plugins)
    assert all(active), dict(zip(plugins, active, strict=True))


def test_screenshots_come_in_light_and_dark(open_lab: Callable[..., Page], shoot: Callable[..., None]) -> None:
    """What the helper saves differs by theme, and the page is light again afterwards."""
    page = open_lab()
    shoot("start")
    assert page.evaluate("() => document.body.dataset.jpThemeLight") == "true"
