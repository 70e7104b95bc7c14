"""Model cards: made from evidence, gaps said and marked, and safe to open."""

from __future__ import annotations

import pytest

from benchbook.data import load_dataset
from benchbook.errors import InvalidInput, NotFound
from benchbook.gates import check_gate, evaluate_gate, promote
from benchbook.governance import model_card
from benchbook.project import Project
from benchbook.tracking import start_run
from library.gates.bench import save_evaluation, strong, write_gate

WRITTEN = "cards:\n  delay: {intended_use: Plan crews., out_of_scope: Fares., limits: Storms., contact: ann}\n"
FAIR = "fairness: carrier, min_ratio: 0.1, min_rows: 200"


@pytest.fixture
def full(project: Project) -> Project:
    """A version with everything a card asks for, judged and promoted."""
    save_evaluation()
    with start_run("train", params={"depth": 3}) as run:
        load_dataset("evaluation")
        run.log_metrics({"auc": 0.875})
        strong(note="first")
    write_gate(project.root, FAIR, "card: complete", more=WRITTEN)
    promote("delay", 1, reason="spring")
    return project


def test_a_full_card_has_no_gap(full: Project) -> None:
    """It holds version, run, data, metrics, signature, verdict, fairness and promotion."""
    card = model_card("delay@champion")
    text = card.markdown()
    assert card.gaps == []
    assert "missing" not in text.replace("may be missing", "")
    parts = ["# Model card: delay:1", "Plan crews.", "| depth | 3 |", "| evaluation:1 | 2,000 | 5 |", "| auc | 0.875 |"]
    parts += ["| input | wind | float64 |", "Verdict of gate release", "| UA | ", "| champion | ", "| spring |"]
    assert [part for part in parts if part not in text] == []
    assert "through its gate" in text


def test_gaps_are_listed_and_marked(project: Project) -> None:
    """Registered outside a run and with nothing written: each gap stands at the top and where it belongs."""
    strong()
    card = model_card("delay")
    assert len(card.gaps) == 8
    assert "**8 missing:**" in card.markdown()
    assert card.markdown().count("**missing**") == 8
    assert card.html().count('<p class="gap"') == 8
    assert any("write `cards: {delay: {limits: …}}` in benchbook.yaml" in gap for gap in card.gaps)


def test_the_gate_asks_for_a_complete_card(full: Project) -> None:
    """The check shows the gaps; the verdict that is being made is none of them."""
    assert check_gate("release", "delay:1").checks[1].status == "passed"
    write_gate(full.root, "card: complete", more=WRITTEN.replace("limits: Storms.", "limits: ' '"))
    verdict = evaluate_gate("release", "delay:1")
    assert verdict.checks[0].details == ["Limits: write `cards: {delay: {limits: …}}` in benchbook.yaml."]


def test_a_forced_promotion_stands_on_the_card(full: Project) -> None:
    """Who reads the card sees that the gate was overruled."""
    strong()
    promote("delay", 2, force=True, reason="storm")
    assert "| FORCED |" in model_card("delay:2").markdown()


def test_text_of_people_and_data_is_only_text(full: Project) -> None:
    """Neither HTML nor a table of Markdown can be broken out of."""
    hostile = WRITTEN.replace("Plan crews.", "'<script>alert(1)</script> a | b'")
    write_gate(full.root, FAIR, more=hostile)
    card = model_card("delay:1")
    assert "<script" not in card.html() + card.markdown() + card._repr_html_()
    assert "&lt;script>alert(1)" in card.markdown()
    assert card.html().startswith("<!DOCTYPE html>")
    assert "http" not in card.html()


def test_cards_of_nothing(project: Project) -> None:
    """An unknown model is NotFound, a broken file says so."""
    with pytest.raises(NotFound):
        model_card("delay")
    strong()
    (project.root / "benchbook.yaml").write_text("cards: [\n")
    with pytest.raises(InvalidInput, match="not YAML"):
        model_card("delay")
