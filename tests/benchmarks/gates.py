"""Gates: a paired bootstrap on 30,000 rows, a whole verdict on them, and expectations of a million rows."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from timing import Figure, median, paired

ROWS = 30_000
MANY = 1_000_000
GATE = """
gates:
  release:
    model: delay
    data: evaluation
    target: late
    checks:
      - {metric: roc_auc, min: 0.5}
      - {metric: roc_auc, better_by: 0, cluster: day}
      - {fairness: carrier, min_ratio: 0.1, min_rows: 200}
"""


def gates() -> list[Figure]:
    """Ours through the public calls; raw: only drawing the rows, only predicting and scoring, one bare query."""
    return [*_bootstrap(), *_verdict(), *_expectations()]


def _scores(rows: int) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(1)
    truth = (rng.random(rows) < 0.2).astype(int)
    return truth, truth + rng.normal(size=rows), truth + rng.normal(size=rows)


def _bootstrap() -> list[Figure]:
    from benchbook.gates.bootstrap import compare

    truth, new, old = _scores(ROWS)
    days = np.arange(ROWS) % 30

    def draw() -> None:
        rng = np.random.default_rng(1)
        for _ in range(1_000):
            np.bincount(rng.integers(0, ROWS, ROWS), minlength=ROWS)

    def ours(clusters: Any) -> Any:
        return compare("roc_auc", truth, new, old, clusters=clusters, confidence=0.95, seed=1)

    by_row, raw = paired(lambda: ours(None), draw, rounds=3)
    by_day = median(lambda: ours(days), rounds=3)
    return [
        Figure("AUC of two models, 1,000 draws of 30,000 rows", by_row, "s", "drawing the rows alone", raw, "≤ 2 s"),
        Figure("the same by 30 whole days", by_day, "s", "", None, "≤ 2 s"),
    ]


def _verdict() -> list[Figure]:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score

    from benchbook.data import save_dataset
    from benchbook.gates import check_gate
    from benchbook.models import register_model, set_alias
    from benchbook.project import open_project

    rng = np.random.default_rng(2)
    frame = pd.DataFrame(rng.normal(size=(ROWS, 8)), columns=[f"x{n}" for n in range(8)])
    inputs = frame.copy()
    frame["late"] = (frame["x0"] + frame["x1"] + rng.normal(size=ROWS) > 0).astype(int)
    frame["carrier"], frame["day"] = rng.choice(["UA", "B6", "AA"], ROWS), np.arange(ROWS) % 30
    models = [HistGradientBoostingClassifier(max_iter=n).fit(inputs, frame["late"]) for n in (20, 60)]
    with tempfile.TemporaryDirectory() as place:
        project = open_project(place)
        save_dataset("evaluation", frame, project=project)
        for model in models:
            register_model("delay", model, example=inputs.head(), project=project)
        set_alias("delay", 1, "champion", project=project)
        Path(place, "benchbook.yaml").write_text(GATE)

        def bare() -> None:
            for model in models:
                roc_auc_score(frame["late"], model.predict_proba(inputs)[:, 1])

        ours, raw = paired(lambda: check_gate("release", "delay:2", project=project), bare, rounds=3)
    return [Figure("a verdict: threshold, comparison, fairness", ours, "s", "predict and score both", raw)]


def _expectations() -> list[Figure]:
    import duckdb

    from benchbook.data import check_expectations, save_dataset
    from benchbook.objects import objects_of
    from benchbook.project import open_project
    from benchbook.project.gate_config import ExpectationConfig as Rule

    frame = pd.DataFrame({"distance": np.arange(MANY) % 5_000, "carrier": np.array(["UA", "B6"])[np.arange(MANY) % 2]})
    rules = [Rule("distance", missing=0, min=0, max=6_000), Rule("carrier", in_=["UA", "B6"]), Rule(rows_min=1_000)]
    with tempfile.TemporaryDirectory() as place:
        project = open_project(place)
        version = save_dataset("features", frame, project=project)
        path = objects_of(project).local_path(version.digest)
        query = (
            "SELECT count(*) FILTER (WHERE distance IS NULL OR distance < 0 OR distance > 6000),"
            f" count(*) FILTER (WHERE carrier NOT IN ('UA', 'B6')) FROM read_parquet('{path}')"
        )
        ours, raw = paired(
            lambda: check_expectations(version, rules, project=project), lambda: duckdb.sql(query).fetchall(), rounds=3
        )
    return [Figure("five expectations of 1,000,000 rows", ours * 1e3, "ms", "one bare query", raw * 1e3)]
