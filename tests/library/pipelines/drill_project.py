"""A project whose model takes numbers and a category and bears missing values, watched month by month."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchbook.data import save_dataset
from benchbook.gates import promote
from benchbook.models import register_model
from benchbook.project import Project
from library.pipelines import loop_project
from library.pipelines.notebooks import write_notebook

INPUTS = ["a", "b", "kind"]
YAML = loop_project.YAML.replace("better_by: 0.05", "better_by: 0.03")
RETRAIN = """
import benchbook as bb, pandas as pd
from recipe import INPUTS, make_model
history = bb.load_dataset("history")
known = history[(history["at"] < pd.Timestamp(until)) & history["y"].notna()].tail(800)
bb.save_dataset("evaluation", known.iloc[::2].reset_index(drop=True))
learn = known.iloc[1::2]
model = make_model().fit(learn[INPUTS], learn["y"].astype(bool))
bb.register_model("m", model, example=learn[INPUTS].head(50))
"""
RECIPE = """
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder
INPUTS = ["a", "b", "kind"]
def make_model():
    encode = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    trees = HistGradientBoostingClassifier(max_iter=30, random_state=0)
    return make_pipeline(ColumnTransformer([("kind", encode, ["kind"])], remainder="passthrough"), trees)
"""


def rows(month: int) -> pd.DataFrame:
    """A thousand rows of one month; the answer follows from ``a``, a little from ``b``, and from ``kind``."""
    random = np.random.default_rng(month)
    a, b = random.normal(size=1000), random.normal(10, 2, size=1000)
    kind = random.choice(["red", "green", "blue"], size=1000)
    truth = a + 0.1 * (b - 10) + 0.5 * (kind == "red") > 0
    at = pd.Timestamp(2013, month, 1) + pd.to_timedelta(np.sort(random.integers(0, 27 * 24, 1000)), unit="h")
    return pd.DataFrame({"at": at, "a": a, "b": b, "kind": kind, "y": truth ^ (random.random(1000) < 0.05)})


def make_drill_project(project: Project, *, text: str = YAML, months: int = 7) -> Project:
    """The model knows January to March; the months up to ``months`` have come since and were not looked at."""
    known: dict[str, object] = {}
    exec(compile(RECIPE, "recipe", "exec"), known)
    (project.root / "benchbook.yaml").write_text(text)
    (project.root / "recipe.py").write_text(RECIPE)
    write_notebook(project.root / "retrain.ipynb", RETRAIN, params="until = '2013-04-01'")
    first = pd.concat([rows(month) for month in (1, 2, 3)], ignore_index=True)
    save_dataset("history", first, project=project)
    save_dataset("evaluation", first.tail(500).reset_index(drop=True), project=project)
    learn = first.iloc[::2]
    model = known["make_model"]().fit(learn[INPUTS], learn["y"])  # type: ignore[operator]
    metrics = {"accuracy": float((model.predict(first.iloc[1::2][INPUTS]) == first.iloc[1::2]["y"]).mean())}
    register_model("m", model, example=learn[INPUTS].head(50), metrics=metrics, project=project)
    promote("m", 1, project=project)
    if months > 3:
        since = [rows(month) for month in range(4, months + 1)]
        save_dataset("history", pd.concat([first, *since], ignore_index=True), project=project)
    return project
