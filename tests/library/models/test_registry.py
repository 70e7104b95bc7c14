"""Registered models: real estimators come back as they were, know where they are from, and keep their history."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from benchbook.data import save_dataset
from benchbook.errors import InvalidInput, NotFound, StoreDamaged
from benchbook.models import get_model, list_models, load_model, model_detail, register_model, set_alias
from benchbook.models.records import AliasChange, Dependency
from benchbook.objects import objects_of
from benchbook.project import Project
from benchbook.store.queries.models import version as version_query
from benchbook.tracking import start_run

pytestmark = pytest.mark.usefixtures("project")

X = pd.DataFrame({"dist": np.arange(60.0), "carrier": ["UA", "AA", "DL"] * 20, "hour": np.arange(60) % 24})
Y = (X["dist"] > 30).astype(int)
NUMBERS = X[["dist", "hour"]]


def small() -> Any:
    """A fitted model that is quick to make."""
    return GaussianNB().fit(NUMBERS, Y)


@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(
            make_column_transformer((OneHotEncoder(), ["carrier"]), remainder="passthrough"),
            HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=3),
        ),
        make_pipeline(make_column_transformer((StandardScaler(), ["dist", "hour"])), SVC()),
    ],
    ids=["boosting", "svm"],
)
def test_pipeline_comes_back(model: Any):
    """A whole pipeline with named columns comes back and predicts the same."""
    model.fit(X, Y)
    version = register_model("delay", model, example=X.head())
    assert (load_model("delay").predict(X) == model.predict(X)).all()
    assert (version.ref, version.estimator, version.format) == ("delay:1", "sklearn.pipeline.Pipeline", "skops")
    assert version.versions["scikit-learn"] == sklearn.__version__


@pytest.mark.parametrize(
    "model",
    [
        RandomForestRegressor(n_estimators=3),
        KNeighborsClassifier(),
        GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2, scoring="roc_auc"),
    ],
    ids=lambda model: type(model).__name__,
)
def test_estimators_of_many_kinds(model: Any):
    """Trees, neighbours and searches, whose internals skops does not trust by itself, are on our list."""
    model.fit(NUMBERS.to_numpy(), Y)
    register_model("m", model, example=NUMBERS.to_numpy())
    assert np.allclose(load_model("m").predict(NUMBERS.to_numpy()), model.predict(NUMBERS.to_numpy()))


def test_registration_takes_over_from_its_run():
    """Metrics, params and data default to those of the run, and the run knows what it made."""
    save_dataset("features", X)
    from benchbook.data import load_dataset

    with start_run("train", params={"depth": 6}) as run:
        load_dataset("features")
        run.log_metrics({"auc": 0.6, "loss": float("nan")})
        run.log_metrics({"auc": 0.7})
        version = register_model("delay", small(), note="first")
    assert (version.run, version.params, version.metrics) == (run.id, {"depth": 6}, {"auc": 0.7, "loss": "nan"})
    assert version.data == [Dependency("features", 1)]
    assert model_detail("delay").run_name == "train"


def test_metrics_given_are_the_ones_kept():
    """Metrics given at registration stand instead of the run's; text is no metric."""
    with start_run("train") as run:
        run.log_metrics({"auc": 0.6})
        version = register_model("delay", small(), metrics={"auc": np.float32(0.5), "n": 3})
    assert version.metrics == {"auc": 0.5, "n": 3.0}
    with pytest.raises(InvalidInput, match="'auc' got the text"):
        register_model("delay", small(), metrics={"auc": "0.5"})
    assert get_model("delay").version == 1


def test_alias_moves_and_its_history_stays():
    """An alias points at one version at a time; every move is kept, a move to where it is records nothing."""
    for _ in range(2):
        register_model("delay", small(), alias="champion")
    set_alias("delay", 1, "champion")
    set_alias("delay", 1, "champion")
    assert (get_model("delay@champion").version, get_model("delay:2").aliases) == (1, [])
    history = model_detail("delay").alias_history
    assert [change.version for change in history] == [1, 2, 1]
    assert isinstance(history[0], AliasChange)
    assert history[0].alias == "champion"


def test_alias_of_a_dataset():
    """Datasets have aliases too; their names do not meet those of models."""
    save_dataset("delay", X)
    register_model("delay", small())
    version = set_alias("delay", 1, "golden", noun="dataset")
    assert (version.ref, version.aliases, get_model("delay").aliases) == ("delay:1", ["golden"], [])


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("delay", 9, "champion"), NotFound),
        (("dalay", 1, "champion"), NotFound),
        (("delay", 0, "champion"), NotFound),
        (("delay", 2**70, "champion"), NotFound),
        (("delay", "1", "champion"), InvalidInput),
        (("delay", True, "champion"), InvalidInput),
        (("delay", 1, "latest"), InvalidInput),
        (("delay", 1, "3"), InvalidInput),
        (("delay", 1, "a/b"), InvalidInput),
        (("delay", 1, "x" * 300), InvalidInput),
        (("delay", 1, "<script>"), InvalidInput),
        (("../x", 1, "champion"), InvalidInput),
    ],
)
def test_aliases_that_cannot_be(arguments: tuple[Any, ...], error: type[Exception]):
    """A version that does not exist, or a name that cannot be one, is refused and recorded nowhere."""
    register_model("delay", small())
    with pytest.raises(error):
        set_alias(*arguments)
    assert model_detail("delay").alias_history == []
    with pytest.raises(InvalidInput, match="has no aliases"):
        set_alias("delay", 1, "champion", noun="run")


def test_list_shows_newest_and_aliased():
    """The list holds one row per model: the newest version, those with an alias, and how many there are."""
    register_model("a", small(), alias="champion")
    register_model("a", small())
    register_model("b", small())
    listed = list_models()
    assert [(one.name, one.latest.version, one.versions) for one in listed] == [("b", 1, 1), ("a", 2, 2)]
    assert [version.ref for version in listed[1].aliased] == ["a:1"]


def test_changed_bytes_are_not_loaded(project: Project):
    """A stored model whose bytes changed is StoreDamaged before anything is unpacked."""
    version = register_model("delay", small())
    path = objects_of(project).local_path(version.digest)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(StoreDamaged, match=r"^delay:1: .* have changed"):
        load_model("delay")
    path.unlink()
    with pytest.raises(StoreDamaged, match=r"^The bytes of delay:1 are gone"):
        load_model("delay")


def test_other_model_under_the_same_record(project: Project):
    """A record that points at another model's bytes is found out by class and features."""
    version = register_model("delay", small(), example=NUMBERS.head())
    other = register_model("other", GaussianNB().fit(X[["hour", "dist"]], Y))
    digest = {"version": 2, "digest": other.digest, "size": 1, "format": "skops", "estimator": version.estimator}
    (row,) = project.store.read(version_query("delay", 1))
    import msgspec

    data = {**digest, "signature": msgspec.json.decode(row[6]), "run": None}
    project.store.record("register", "model", "delay", lambda _: data)
    with pytest.raises(StoreDamaged, match="its signature says"):
        load_model("delay:2")


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (LogisticRegression(), "not fitted"),
        (LogisticRegression, "no fitted"),
        ({"a": 1}, "no fitted"),
        (None, "no fitted"),
    ],
)
def test_what_is_no_fitted_model(model: object, said: str, project: Project):
    """An estimator that is not fitted, a class or anything else is refused before anything is stored."""
    with pytest.raises(InvalidInput, match=said):
        register_model("delay", model)
    assert not (project.folder / "objects").exists()


@pytest.mark.parametrize("name", ["a/b", "..", 'a"b', "😀", "x" * 300, "<script>", "a@b", ""])
def test_names_that_cannot_be(name: str):
    """Names with path parts, quotes, emoji, 300 characters or markup are refused."""
    with pytest.raises(InvalidInput, match="model name"):
        register_model(name, small())


def test_html_escapes_everything(tmp_path: Path):
    """What a version shows in a notebook holds no markup from notes, metrics, params or columns."""
    frame = NUMBERS.rename(columns={"dist": "<img src=x onerror=alert(1)>"})
    with start_run("train", params={"<b>p": "<i>v"}):
        version = register_model(
            "delay", GaussianNB().fit(frame, Y), example=frame, metrics={"<u>": 1}, note="<script>alert(1)</script>"
        )
    html = version._repr_html_()
    assert not any(tag in html for tag in ("<script", "<img", "<i>", "<u>"))
    assert "&lt;script&gt;" in html
