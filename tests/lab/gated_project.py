"""Makes a project in which gates have something to say: one model a test, each with a gate that guards its champion."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from benchbook.data import save_dataset
from benchbook.gates import evaluate_gate, promote
from benchbook.models import register_model, set_alias
from benchbook.project import Project, open_project
from library.gates.bench import FEATURES, flights, model, project_of

ASKED = "dan"
"""Who asks for approvals; the user of the tests gives them."""


def checks() -> list[dict[str, Any]]:
    """One of nearly every kind."""
    return [
        {"metric": "roc_auc", "min": 0.6, "why": "below it the schedule is as good"},
        {"metric": "roc_auc", "better_by": 0.01, "cluster": "day"},
        {"fairness": "carrier", "metric": "selection_rate", "min_ratio": 0.6, "min_rows": 100},
        {"expectations": "evaluation"},
        {"size_mb": 5},
    ]


def write_config(project: Project) -> None:
    """The gates: strict for delay, easy for the others, and one that waits for people."""
    easy: dict[str, Any] = {"data": "evaluation", "target": "late", "checks": [{"size_mb": 5}]}
    strict = {"model": "delay", "data": "evaluation", "target": "late", "checks": checks()}
    gates: dict[str, Any] = {"release": strict}
    for name in ("fare", "route", "taxi"):
        gates[f"{name}-gate"] = easy | {"model": name}
    gates["fare-gate"]["checks"] = [{"metric": "roc_auc", "min": 0.99}]
    gates["price-gate"] = easy | {"model": "price", "approval": {"approvers": [project.user, "ben"]}}
    expectations = {"evaluation": [{"column": "late", "missing": 0}, {"rows_min": 1_000}]}
    cards = {"delay": {"intended_use": "Planning of turnarounds.", "contact": "ops@example.org"}}
    config = {"gates": gates, "expectations": expectations, "cards": cards}
    (project.root / "benchbook.yaml").write_text(json.dumps(config, indent=2))


def make(root: Path) -> Project:
    """Make the project in ``root``."""
    project = open_project(root)
    rng = np.random.default_rng(7)
    frame = flights().assign(carrier=lambda one: np.where(rng.random(len(one)) < 0.2, "DL", one["carrier"]))
    save_dataset("evaluation", frame, project=project)
    for name in ("delay", "fare", "price", "route", "taxi"):
        for features, auc in ((["wind"], 0.7312), (FEATURES, 0.8149)):
            fitted = model(*features)
            register_model(name, fitted, example=flights(5)[FEATURES], metrics={"roc_auc": auc}, project=project)
    register_model("delay", model("wind", seed=3), example=flights(5)[FEATURES], project=project)
    for name in ("delay", "price", "route", "taxi"):
        set_alias(name, 1, "champion", project=project)
    write_config(project)
    set_alias("delay", 3, "challenger", project=project)
    evaluate_gate("release", "delay:2", project=project)
    promote("price", 2, reason="better in May", project=project_of(project.root, ASKED))
    return project
