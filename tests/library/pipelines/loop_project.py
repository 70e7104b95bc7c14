"""A small project with the whole loop: a model, its data by month, a gate, a monitor and a pipeline that retrains."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from benchbook.data import save_dataset
from benchbook.gates import promote
from benchbook.models import register_model
from benchbook.project import Project
from library.pipelines.notebooks import write_notebook

YAML = """\
pipelines:
  retrain: {steps: [{notebook: retrain.ipynb}]}
gates:
  release:
    model: m
    data: evaluation
    target: y
    checks: [{metric: accuracy, better_by: 0.05}]
monitors:
  m:
    model: m
    data: history
    reference: history:1
    chunk: month
    time: at
    target: y
    metric: accuracy
    max_drop: 0.1
    retrain: {pipeline: retrain, gate: release, params: {until: "{chunk.end}"}, every: 7d}
"""
RETRAIN = """
import benchbook as bb, pandas as pd
from sklearn.linear_model import LogisticRegression
history = bb.load_dataset("history")
known = history[history["at"] < pd.Timestamp(until)].tail(1000)
bb.save_dataset("evaluation", known.iloc[::2].reset_index(drop=True))
learn = known.iloc[1::2]
model = LogisticRegression().fit(learn[["a", "b"]], learn["y"])
bb.register_model("m", model, example=learn[["a", "b"]].head())
"""


def rows(month: int, *, turned: bool = False) -> pd.DataFrame:
    """A thousand rows of one month; the answer follows from ``a``, or once ``turned`` from the opposite of it."""
    random = np.random.default_rng(month)
    a, b = random.normal(size=1000) + 2 * turned, random.normal(size=1000)
    truth = (a - 2 * turned > 0) != turned
    noise = random.random(1000) < 0.05
    at = pd.Timestamp(2013, month, 1) + pd.to_timedelta(np.sort(random.integers(0, 27 * 24, 1000)), unit="h")
    return pd.DataFrame({"at": at, "a": a, "b": b, "y": truth ^ noise})


def make_loop(project: Project, *, text: str = YAML, retrain: str = RETRAIN) -> Project:
    """January to March are known and the model is in use; nothing has been watched yet."""
    from sklearn.linear_model import LogisticRegression

    (project.root / "benchbook.yaml").write_text(text)
    write_notebook(project.root / "retrain.ipynb", retrain, params="until = '2013-04-01'")
    history = pd.concat([rows(month) for month in (1, 2, 3)], ignore_index=True)
    save_dataset("history", history, project=project)
    save_dataset("evaluation", history.tail(500).reset_index(drop=True), project=project)
    model = LogisticRegression().fit(history[["a", "b"]], history["y"])
    register_model("m", model, example=history[["a", "b"]].head(), metrics={"accuracy": 0.95}, project=project)
    promote("m", 1, project=project)
    return project


def add_month(project: Project, month: int, *, turned: bool) -> None:
    """The month ends, and its rows come with what came true."""
    from benchbook.data import load_dataset

    known = load_dataset("history", project=project)
    save_dataset("history", pd.concat([known, rows(month, turned=turned)], ignore_index=True), project=project)


def turn_in_child(root: Path) -> str:
    """Python that takes one turn and kills itself at the first thing told that holds the text in its argument."""
    return f"""
import os, signal, sys
from pathlib import Path
from benchbook.pipelines.watching import turn
from benchbook.project import use_project
def tell(text):
    if sys.argv[1] in text:
        os.kill(os.getpid(), signal.SIGKILL)
turn(use_project({str(root)!r}), tell=tell)
"""
