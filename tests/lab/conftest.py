"""The browser tests' fixtures: real JupyterLab, real Chromium, and a page that may not leave the server.

Playwright's event loop cannot share a process with pytest-jupyter's, so `make test` runs this folder by itself.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect, sync_playwright

from lab.lab_server import Lab, running_lab
from lab.panels import open_page

SCREENSHOTS = Path(__file__).parent / "screenshots"
CHROMIUM = Path("/usr/bin/chromium")  # else the one Playwright has put in place
LAUNCH = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}

expect.set_options(timeout=30_000)  # a busy machine is no failure; what is expected and there is seen at once

GATES_NO = re.compile(r"/benchbook/(gates/[^/]+/verdicts|models/[^/]+/promotions|judgings/[^/]+)$")

Shoot = Callable[..., None]
OpenLab = Callable[..., Page]


@pytest.fixture(scope="session")
def benchbook_command() -> list[str]:
    """How to call the command line of the installed package from any folder."""
    return [sys.executable, "-m", "benchbook"]


@pytest.fixture(scope="session")
def lab_root(tmp_path_factory: pytest.TempPathFactory, benchbook_command: list[str]) -> Path:
    """The project JupyterLab shows: the template `flights`, run once from end to end."""
    given = os.environ.get("BENCHBOOK_TEST_PROJECT")  # a developer's shortcut: a project that has run already
    if given:
        return Path(given)
    root = tmp_path_factory.mktemp("lab") / "flights"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for arguments, folder in ((["new", "flights", str(root)], root.parent), (["run"], root)):
        done = subprocess.run(
            [*benchbook_command, *arguments],
            cwd=folder,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return root


@pytest.fixture(scope="session")
def lab(lab_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One JupyterLab for the whole session, on ``lab_root``."""
    with running_lab(lab_root, tmp_path_factory.mktemp("lab-home")) as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole session."""
    with sync_playwright() as playwright:
        executable = str(CHROMIUM) if CHROMIUM.exists() else None
        browser = playwright.chromium.launch(executable_path=executable, args=LAUNCH)
        yield browser
        browser.close()


def is_no(line: ConsoleMessage) -> bool:
    """Whether a line is Chromium's word on a 409 by which a gate says no; any other 409 is an error."""
    return "409" in line.text and GATES_NO.search(line.location["url"]) is not None


@pytest.fixture
def page(browser: Browser, lab: Lab) -> Iterator[Page]:
    """A page of its own; after the test, no request may have left the server and no script may have failed."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(30_000)
    visited: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: visited.append(request.url))
    page.on("websocket", lambda socket: visited.append(socket.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" and not is_no(line) else None)
    yield page
    context.close()
    home = urlsplit(lab.url).netloc
    foreign = [url for url in visited if urlsplit(url).scheme not in {"data", "blob"} and urlsplit(url).netloc != home]
    assert foreign == [], "requests left the server"
    assert errors == [], "the page reported errors"


@pytest.fixture
def open_lab(page: Page, lab: Lab) -> OpenLab:
    """Call it to open JupyterLab (``path``: a file below the root) and get the page once Lab is restored."""

    def open_it(path: str = "", *, reset: bool = True) -> Page:
        tree = f"/tree/{path}" if path else ""
        page.goto(f"{lab.url}lab{tree}?{'reset&' if reset else ''}token={lab.token}")
        # The splash screen is not there at first either, so its absence says nothing; the application does.
        page.wait_for_function("() => window.jupyterapp !== undefined")
        page.evaluate("() => window.jupyterapp.restored.then(() => null)")
        page.wait_for_selector("#jupyterlab-splash", state="detached")
        if reset and not path:  # the launcher opens a little later and takes the focus: keys sent before would go there
            page.wait_for_function("() => document.activeElement?.classList.contains('jp-Launcher')")
        return page

    return open_it


@pytest.fixture
def execute(page: Page) -> Callable[..., None]:
    """Call it to execute a JupyterLab command by its id; a key chord would need the focus."""

    def run(command: str, **arguments: object) -> None:
        page.evaluate(
            "([id, args]) => window.jupyterapp.commands.execute(id, args).then(() => null)", [command, arguments]
        )

    return run


@pytest.fixture
def monitor(open_lab: OpenLab, execute: Callable[..., None]) -> Locator:
    """The page of the monitor `m`."""
    page = open_lab()
    execute("benchbook:open-monitor", name="m")
    shown = open_page(page)
    shown.locator(".bb-Heat").wait_for()
    return shown


@pytest.fixture
def shoot(page: Page, execute: Callable[..., None]) -> Shoot:
    """Call it with a name to save the page as it stands, light and dark, in tests/lab/screenshots."""

    def save(name: str, *, selector: str | None = None) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        for theme, label in reversed(THEMES.items()):  # light last: the page goes on as it was
            execute("apputils:change-theme", theme=label)
            light = "true" if theme == "light" else "false"
            page.wait_for_function(f"() => document.body.dataset.jpThemeLight === '{light}'")
            page.wait_for_timeout(400)  # charts are drawn anew after the theme has changed
            target = page.locator(selector) if selector else page
            target.screenshot(path=SCREENSHOTS / f"{name}-{theme}.png")

    return save
