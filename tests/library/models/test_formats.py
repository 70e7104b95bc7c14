"""No byte that could run code is ever loaded as a model: by content, on every route, through one gate."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import pickle
import zipfile
from pathlib import Path

import cloudpickle
import joblib
import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer

import benchbook
from benchbook.errors import InvalidInput, NotAllowed
from benchbook.models import load_model, register_model
from benchbook.models.formats import pack, unpack
from benchbook.models.trusted import ALLOWED
from benchbook.objects import objects_of
from benchbook.project import Project

pytestmark = pytest.mark.usefixtures("project")
MODEL = LogisticRegression().fit([[0.0], [1.0]], [0, 1])


class Evil:
    """Touches a file when unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.marker,))


def dumped_by_joblib(model: object, compress: int | tuple[str, int]) -> bytes:
    """The bytes of a joblib file."""
    buffer = io.BytesIO()
    joblib.dump(model, buffer, compress=compress)
    return buffer.getvalue()


def archive(**files: str | bytes) -> bytes:
    """A zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name.replace("__", "."), content)
    return buffer.getvalue()


def hostile(marker: Path) -> dict[str, bytes]:
    """Files that would touch ``marker`` if anybody loaded them with what they look like."""
    evil = Evil(marker)
    return {
        "pickle0": pickle.dumps(evil, 0),
        "pickle5": pickle.dumps(evil, 5),
        "cloudpickle": cloudpickle.dumps(evil),
        "joblib": dumped_by_joblib(evil, 0),
        "joblib-zlib": dumped_by_joblib(evil, 3),
        "joblib-gzip": dumped_by_joblib(evil, ("gzip", 3)),
        "joblib-xz": dumped_by_joblib(evil, ("xz", 1)),
        "torch-like": archive(data__pkl=pickle.dumps(evil), schema__json="{}"),
        "pickle-then-zip": pickle.dumps(evil) + archive(schema__json="{}"),
    }


KINDS = sorted(hostile(Path("unused")))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ending", ["skops", "pkl", "onnx", "zip"])
def test_renamed_pickles(tmp_path: Path, kind: str, ending: str):
    """A pickle under any name is refused by its content, as a file and as bytes, and nothing of it runs."""
    marker = tmp_path / "marker"
    data = hostile(marker)[kind]
    path = tmp_path / f"model.{ending}"
    path.write_bytes(data)
    for given in (path, str(path), data, bytearray(data)):
        with pytest.raises(NotAllowed):
            register_model("delay", given)
    assert not marker.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_pickle_behind_a_record(tmp_path: Path, project: Project, kind: str):
    """A pickle whose digest stands in a record, however it got there, is refused at loading too."""
    marker = tmp_path / "marker"
    blob = objects_of(project).put_bytes(hostile(marker)[kind])
    data = {"version": 1, "digest": blob.id, "format": "skops", "size": blob.size, "estimator": "x", "run": None}
    project.store.record("register", "model", "delay", lambda _: data)
    with pytest.raises(NotAllowed):
        load_model("delay")
    assert not marker.exists()


def test_only_one_gate():
    """In the whole library only models/formats unpacks models, and nothing imports pickle or joblib to load with."""
    root = Path(benchbook.__file__).parent
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found = {name.partition(".")[0] for name in names}
            assert not found & {"pickle", "joblib", "cloudpickle", "dill"}, path
            assert "skops" not in found or path.name == "formats.py", path


def test_functions_and_own_classes_are_refused():
    """A model that holds a function of the user's is refused at registering, with its name and the next step."""
    model = FunctionTransformer(lambda table: table).fit([[1.0]])
    with pytest.raises(NotAllowed, match=r"list of safe types: .*<lambda>") as caught:
        register_model("delay", model)
    assert "before the model" in caught.value.hint


def test_trust_never_comes_from_the_file():
    """A skops file that names os.system, or brings its own list of trusted types, is refused."""
    data = skops.io.dumps(FunctionTransformer(__import__("os").system))
    with pytest.raises(NotAllowed, match="system"):
        unpack(data)
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        schema = json.loads(source.read("schema.json"))
    forged = json.dumps({**schema, "trusted": ["posix.system"], "allowed": True})
    with pytest.raises(NotAllowed, match="system"):
        unpack(archive(schema__json=forged, trusted__json='["posix.system"]'))


@pytest.mark.parametrize("name", ["posix.system", "os.system", "builtins.eval", "builtins.getattr", "subprocess.Popen"])
def test_list_holds_nothing_that_acts(name: str):
    """Our list names only internals of scikit-learn, NumPy and SciPy."""
    assert name not in ALLOWED
    assert {entry.partition(".")[0] for entry in ALLOWED} == {"numpy", "scipy", "sklearn"}


def test_list_names_things_that_exist():
    """Each name on the list exists in the installed versions, so that typing errors and dead names are seen."""
    import importlib

    absent = []
    for entry in sorted(ALLOWED):
        module, _, name = entry.rpartition(".")
        try:
            getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError):
            absent.append(entry)
    assert absent == []


def test_file_saved_by_skops(tmp_path: Path):
    """A file that skops wrote can be registered, through the same gate."""
    skops.io.dump(MODEL, tmp_path / "model.skops")
    register_model("delay", tmp_path / "model.skops", example=np.array([[0.5]]))
    assert load_model("delay").predict([[1.0]]) == [1]


def test_archive_bomb():
    """An archive that would unfold to far more than it holds is refused unread."""
    with pytest.raises(NotAllowed, match="would unfold"):
        unpack(archive(schema__json="{}", bomb__npy=b"\0" * 150_000_000))


def test_broken_archives():
    """A model file cut or changed anywhere is one of our errors, never a traceback of an archive or array reader."""
    data = pack(MODEL)
    rng = np.random.default_rng(0)
    for _ in range(150):
        cut = bytearray(data[: int(rng.integers(0, len(data)))] if rng.random() < 0.3 else data)
        for _ in range(int(rng.integers(1, 5))):
            if cut:
                cut[int(rng.integers(0, len(cut)))] = int(rng.integers(0, 256))
        with contextlib.suppress(InvalidInput, NotAllowed):
            assert hasattr(unpack(bytes(cut)), "predict")
