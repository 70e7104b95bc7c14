"""A small project with data, models and a gate, for the tests of gates and governance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from benchbook.data import save_dataset
from benchbook.models import ModelVersion, register_model
from benchbook.project import Project
from benchbook.store import Store

FEATURES = ["distance", "wind"]
ROWS = 2_000


def flights(rows: int = ROWS, seed: int = 1) -> pd.DataFrame:
    """Flights whose lateness follows distance and wind, of two large carriers and a tiny one, over 20 days."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({name: rng.normal(size=rows) for name in FEATURES})
    frame["late"] = (frame["distance"] + frame["wind"] + rng.normal(size=rows) > 0).astype(int)
    frame["carrier"] = np.where(np.arange(rows) < 7, "XX", rng.choice(["UA", "B6"], size=rows))
    frame["day"] = rng.integers(1, 21, size=rows)
    return frame


def model(*features: str, rows: int = 500, seed: int = 2) -> Any:
    """A model that looks at some ``features`` only: both make a better one than either alone."""
    frame = flights(rows, seed)
    inputs = frame[FEATURES].copy()
    for name in set(FEATURES) - set(features):
        inputs[name] = 0.0
    return LogisticRegression().fit(inputs, frame["late"])


def weak(**more: Any) -> ModelVersion:
    """Register a model that sees only the wind."""
    return register_model("delay", model("wind"), example=flights(5)[FEATURES], **more)


def strong(**more: Any) -> ModelVersion:
    """Register a model that sees wind and distance."""
    return register_model("delay", model(*FEATURES), example=flights(5)[FEATURES], **more)


def write_gate(
    root: Path, *checks: str, data: str = "evaluation", target: str = "late", approval: str = "", more: str = ""
) -> None:
    """Write a `benchbook.yaml` with one gate, "release", for delay@champion."""
    text = f"gates:\n  release:\n    model: delay\n    data: {data}\n    target: {target}\n"
    text += f"    approval: {{{approval}}}\n" if approval else ""
    text += "    checks:\n" + "".join(f"      - {{{check}}}\n" for check in checks) + more
    (root / "benchbook.yaml").write_text(text, encoding="utf-8")


def save_evaluation(**changes: Any) -> None:
    """Save the data to judge on."""
    save_dataset("evaluation", flights().assign(**changes))


def project_of(root: Path, user: str) -> Project:
    """The project as ``user`` opens it."""
    project = Project(root)
    project.store = Store(project.folder, actor=user)
    return project
