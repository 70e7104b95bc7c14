"""Gates, approvals, promotion, the audit log, model cards and endpoints, by hand in a real browser."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from benchbook.gates import list_gates
from benchbook.project import open_project
from benchbook.serving import list_endpoints, stop_endpoint
from lab.conftest import SCREENSHOTS
from lab.gated_project import make
from lab.lab_server import Lab, running_lab
from lab.panels import open_page, show, tab, violations
from library.serving.asking import predict

OpenLab = Callable[..., Page]
Execute = Callable[..., None]
Shoot = Callable[..., None]
LONG = 60_000
"""Milliseconds that a process may take to start, import scikit-learn and answer."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab on a project with gates; its endpoints end with it."""
    root = tmp_path_factory.mktemp("gated") / "project"
    root.mkdir()
    project = make(root)
    with running_lab(root, tmp_path_factory.mktemp("gated-home")) as server:
        yield server
    for endpoint in list_endpoints(project=project):
        stop_endpoint(endpoint, project=project)


def terminal(lab: Lab, *words: str) -> subprocess.CompletedProcess[str]:
    """What a person types in a terminal."""
    command = [sys.executable, "-m", "benchbook", "--project", str(lab.root), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def gates_page(page: Page) -> Locator:
    """The page of all gates."""
    page.evaluate("() => window.jupyterapp.commands.execute('benchbook:show-gates', {tab: 'gates'}).then(() => null)")
    shown = open_page(page)
    shown.locator(".bb-GateColumns, .bb-Empty").first.wait_for()
    return shown


def version(page: Page, name: str, alias: str) -> Locator:
    """The row of a version in the Models sidebar."""
    sidebar = show(page, "models")
    return sidebar.locator(f"[data-bb-name='{name}'][aria-level='2']", has_text=alias).first


def test_asking_a_gate_shows_why_it_fails(open_lab: OpenLab) -> None:
    """From the page of gates: it works visibly, then the verdict opens with the decision on top and a row a check."""
    page = open_lab()
    shown = gates_page(page)
    gate = shown.locator(".bb-Section", has_text="release").first
    expect(gate).to_contain_text("roc_auc better by 0.01")
    candidate = gate.locator("tbody tr", has_text="v3")
    expect(candidate).to_contain_text("not judged")
    candidate.get_by_role("button", name="Ask the gate").click()
    expect(shown.locator(".bb-Task")).to_contain_text("Asking the gate release about delay:3")
    verdict = page.locator(".bb-PageHost:visible", has=page.locator(".bb-Decision"))
    expect(verdict.locator(".bb-Decision")).to_contain_text("delay:3 did not pass release", timeout=LONG)
    expect(verdict.locator("h1")).to_have_text("delay:3")
    rows = verdict.locator(".bb-Checks > tbody > tr")
    expect(rows).to_have_count(5)
    expect(rows.filter(has_text="better by 0.01")).to_contain_text("failed")
    expect(rows.filter(has_text="selection_rate by carrier")).to_contain_text("left out")
    expect(rows.filter(has_text="selection_rate by carrier").locator("tbody tr")).to_have_count(3)
    expect(page.locator("#benchbook-gates-all .bb-Task")).to_have_count(0)
    expect(version(page, "delay", "challenger")).to_have_attribute("aria-label", "challenger, version 3, gate failed")


def test_a_guarded_alias_is_set_through_its_gate(open_lab: OpenLab) -> None:
    """The alias dialog says that a gate guards it and leads to the promotion, which moves it."""
    page = open_lab()
    sidebar = show(page, "models")
    sidebar.locator("[data-bb-name='route'][data-bb-version='2']").first.click()
    open_page(page).get_by_role("button", name="Set alias…").click()
    dialog = page.locator(".jp-Dialog")
    expect(dialog).to_contain_text("champion is guarded by the gate route-gate, which is asked first.")
    dialog.get_by_role("button", name="Set alias").click()
    expect(dialog).to_contain_text("If route:2 passes the gate route-gate, champion moves to it from version 1.")
    dialog.get_by_role("button", name="Promote", exact=True).click()
    decision = page.locator(".bb-PageHost:visible .bb-Decision")
    expect(decision).to_contain_text("route:2 passed the check of route-gate", timeout=LONG)
    expect(version(page, "route", "champion")).to_have_attribute("data-bb-version", "2")


def test_an_approval_in_lab_moves_the_alias(open_lab: OpenLab) -> None:
    """What waits is counted in the sidebar; a click leads there, and the approval completes the promotion."""
    page = open_lab()
    sidebar = show(page, "models")
    expect(sidebar.locator("[data-bb-name='price'][data-bb-version='2']").last).to_contain_text("waits")
    sidebar.get_by_role("button", name="1 promotion waits for approval").click()
    shown = open_page(page)
    expect(shown.get_by_role("tab", name="Approvals")).to_contain_text("1")
    request = shown.locator(".bb-Request")
    expect(request).to_contain_text("Asked by dan")
    expect(request).to_contain_text("better in May")
    request.get_by_role("button", name="Reject…").click()
    dialog = page.locator(".jp-Dialog")
    dialog.get_by_role("button", name="Reject").click()
    expect(dialog).to_contain_text("A reason is needed")
    dialog.get_by_role("button", name="Cancel").click()
    request.get_by_role("button", name="Approve…").click()
    dialog.get_by_label("Reason").fill("looked at it")
    dialog.get_by_role("button", name="Approve").click()
    expect(request).to_contain_text("The alias has moved.")
    expect(version(page, "price", "champion")).to_have_attribute("data-bb-version", "2")
    expect(sidebar.get_by_role("button", name="1 promotion waits")).to_have_count(0)


def test_a_forced_promotion_needs_a_reason_and_stays_red(open_lab: OpenLab) -> None:
    """The gate says no and shows why; forcing asks for a reason, and the audit log shows it, verified."""
    page = open_lab()
    sidebar = show(page, "models")
    sidebar.locator("[data-bb-name='fare'][data-bb-version='2']").first.click()
    open_page(page).get_by_role("button", name="Promote…").click()
    dialog = page.locator(".jp-Dialog")
    dialog.get_by_role("button", name="Promote", exact=True).click()
    verdict = page.locator(".bb-PageHost:visible", has=page.locator(".bb-Decision"))
    expect(verdict.locator(".bb-Decision")).to_contain_text("fare:2 did not pass fare-gate", timeout=LONG)
    verdict.get_by_role("button", name="Promote…").click()
    dialog.get_by_label("Force it past the gate").check()
    expect(dialog.locator(".bb-ReasonForm-do")).to_have_class(re.compile("jp-mod-warn"))
    dialog.get_by_role("button", name="Force", exact=True).click()
    expect(dialog).to_contain_text("A reason is needed")
    dialog.get_by_label("Reason").fill("the old one crashes")
    dialog.get_by_role("button", name="Force", exact=True).click()
    expect(version(page, "fare", "champion")).to_have_attribute("data-bb-version", "2", timeout=LONG)
    shown = gates_page(page)
    tab(shown, "Audit log")
    expect(shown.locator(".bb-Proof")).to_contain_text("verified")
    forced = shown.locator(".bb-Table .bb-Forced").first
    expect(forced).to_contain_text("FORCED fare:2 to champion: the old one crashes")


def test_an_endpoint_is_started_called_and_stopped(open_lab: OpenLab, lab: Lab, shoot: Shoot) -> None:
    """From the context menu of the sidebar; the tab tells address, version and how much; a kill is seen too."""
    page = open_lab()
    version(page, "taxi", "champion").click(button="right")
    page.locator(".lm-Menu-item", has_text="Serve").first.click()
    expect(page.locator("#benchbook-models .bb-Task")).to_contain_text("Starting to serve taxi@champion")
    shown = page.locator(".bb-PageHost:visible")
    expect(shown.locator(".bb-Address")).to_contain_text("/predict", timeout=LONG)
    project = open_project(lab.root)
    (endpoint,) = list_endpoints(project=project)
    assert endpoint.ref == "taxi@champion"
    assert predict(endpoint, {"distance": 1.0, "wind": 0.5}).status == 200
    expect(shown.locator(".bb-Fact", has_text="predictions")).to_contain_text("1")
    expect(shown.locator(".bb-Fact", has_text="latency")).to_contain_text("ms")
    assert endpoint.token not in page.content()
    served = version(page, "taxi", "champion")
    expect(served).to_have_attribute("aria-label", "champion, version 1, roc_auc 0.7312, served as taxi@champion")
    assert terminal(lab, "promote", "taxi", "2").returncode == 0
    expect(shown.locator(".bb-Fact", has_text="version")).to_contain_text("v2")
    expect(version(page, "taxi", "champion")).to_have_attribute("aria-label", re.compile("version 2.* served as taxi"))
    shoot("gates-endpoint")
    version(page, "taxi", "champion").click(button="right")
    page.locator(".lm-Menu-item", has_text="Stop Serving").click()
    expect(shown.locator(".bb-TabPanel")).to_contain_text("Nothing serves it now.", timeout=LONG)
    expect(shown.locator(".bb-Table", has_text="Last version")).to_contain_text("ended")
    assert list_endpoints(project=project) == []


def test_what_a_terminal_does_is_seen_without_reload(open_lab: OpenLab, lab: Lab) -> None:
    """A verdict made elsewhere appears on the page of gates that is open."""
    page = open_lab()
    shown = gates_page(page)
    page.evaluate("() => { window.sameDocument = true; }")
    gate = shown.locator(".bb-Section", has_text="release").first
    expect(gate.locator("tbody tr", has_text="v1")).to_contain_text("not judged")
    terminal(lab, "gate", "release", "delay:1")
    expect(gate.locator("tbody tr", has_text="v1")).to_contain_text("failed")
    assert page.evaluate("() => window.sameDocument") is True


def test_a_card_shows_its_gaps(open_lab: OpenLab) -> None:
    """What is missing is listed on top and stands in red where it belongs; the rest is there."""
    page = open_lab()
    version(page, "delay", "champion").click()
    shown = open_page(page)
    tab(shown, "Card")
    card = shown.locator(".bb-ModelCard")
    expect(card.locator(".bb-Gaps")).to_contain_text("missing")
    expect(card).to_contain_text("Planning of turnarounds.")
    with page.expect_download() as saved:
        card.get_by_role("button", name="Save as Markdown").click()
    assert Path(saved.value.path()).read_text().startswith("# Model card: delay:1")


def test_badges_fit_a_sidebar_of_250_pixels(open_lab: OpenLab) -> None:
    """Verdicts and endpoints do not push anything out of the row."""
    page = open_lab()
    sidebar = show(page, "models")
    sidebar.locator(".bb-Badges").first.wait_for()
    wider = sidebar.evaluate(
        "p => [...p.querySelectorAll('.bb-Row *')].filter(e => e.getBoundingClientRect().right > "
        "p.getBoundingClientRect().right + 1).length"
    )
    assert wider == 0


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"])
def test_axe_finds_nothing_wrong(open_lab: OpenLab, execute: Execute, lab: Lab, theme: str) -> None:
    """The page of gates with each tab, a verdict and a model card pass axe-core in every theme."""
    page = open_lab()
    execute("apputils:change-theme", theme=theme)
    page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=theme)
    found = []
    shown = gates_page(page)
    for name in ("Gates", "Approvals", "Verdicts", "Audit log"):
        tab(shown, name)
        page.wait_for_timeout(300)
        found += violations(page, ".bb-PageHost:not(.lm-mod-hidden) .bb-Page")
    release = list_gates(project=open_project(lab.root))[0]
    execute("benchbook:open-verdict", id=release.judged[-1].id)
    page.locator(".bb-Checks").first.wait_for()
    found += violations(page, ".bb-PageHost:not(.lm-mod-hidden) .bb-Page")
    version(page, "delay", "champion").click()
    tab(open_page(page), "Card")
    page.locator(".bb-Gaps").wait_for()
    found += violations(page, ".bb-PageHost:not(.lm-mod-hidden) .bb-Page", "#benchbook-models")
    execute("apputils:change-theme", theme="JupyterLab Light")
    assert found == []


def test_pictures(open_lab: OpenLab, execute: Execute, shoot: Shoot, lab: Lab) -> None:
    """Gates, a verdict, an approval, the audit log, a card, an endpoint and the sidebar, light and dark."""
    project = open_project(lab.root)
    release = list_gates(project=project)[0]
    page = open_lab()
    shown = gates_page(page)
    show(page, "models")
    shoot("gates")
    for name in ("Approvals", "Verdicts", "Audit log"):
        tab(shown, name)
        page.wait_for_timeout(500)
        shoot(f"gates-{name.split()[0].lower()}")
    execute("benchbook:open-verdict", id=release.judged[-1].id)
    page.locator(".bb-Checks").first.wait_for()
    shoot("gates-verdict")
    page.get_by_role("button", name="Promote…").locator("visible=true").first.click()
    page.get_by_label("Force it past the gate").check()
    shoot("gates-promote")
    page.locator(".jp-Dialog").get_by_role("button", name="Cancel").click()
    version(page, "delay", "champion").click()
    tab(open_page(page), "Card")
    page.locator(".bb-ModelCard").wait_for()
    shoot("gates-card")
    tab(open_page(page), "History")
    shoot("gates-history")
    page.set_viewport_size({"width": 760, "height": 900})
    gates_page(page)
    shoot("gates-narrow")
    execute("benchbook:open-verdict", id=release.judged[-1].id)
    page.locator(".bb-Checks:visible").wait_for()
    shoot("gates-verdict-narrow")


def test_an_empty_project_teaches(browser: Browser, tmp_path: Path) -> None:
    """Before there is anything: the launcher leads to the page, which shows how a gate is written; nothing fails."""
    root = tmp_path / "empty"
    root.mkdir()
    with running_lab(root, tmp_path / "home") as fresh:
        page = browser.new_page(viewport={"width": 1000, "height": 700})
        page.goto(f"{fresh.url}lab?token={fresh.token}")
        page.locator(".jp-LauncherCard", has_text="Gates").click()
        shown = open_page(page)
        expect(shown.locator(".bb-Empty")).to_contain_text("gates:")
        expect(shown.get_by_role("tab", name="Approvals")).to_be_disabled()
        page.screenshot(path=SCREENSHOTS / "gates-empty.png")
        tab(shown, "Audit log")
        expect(shown.locator(".bb-Proof")).to_contain_text("No fact is recorded yet.")
        page.close()
