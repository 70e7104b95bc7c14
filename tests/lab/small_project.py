"""Makes a project that holds one of everything the panels must show, and names that try to do harm.

Run in a process of its own (`python small_project.py FOLDER`), as a person's script would, so that the test's process
holds no run open.
"""

from __future__ import annotations

import math
import struct
import sys
import zlib
from pathlib import Path

import pandas as pd

import benchbook as bb

HARMFUL = ["<script>window.pwned = 1</script>", '<img src=x onerror="window.pwned = 1">']
LONG = "a run whose name goes on and on until nobody could read it in a sidebar of 250 pixels 🧪🧪"


def png(width: int = 8, height: int = 8) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\x80" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def make_data() -> pd.DataFrame:
    """Three hundred rows with a missing value, in two versions."""
    frame = pd.DataFrame({"delay": [None, *range(299)], "carrier": ["UA", "B6", "<b>EV</b>"] * 100})
    bb.save_dataset("flights", frame.head(10), note="ten rows")
    bb.save_dataset("flights", frame)
    bb.save_dataset("weather", frame[["carrier"]])
    return frame


def make_model(root: Path) -> None:
    """A run with curves, a picture, an input and two registered versions."""
    from sklearn.dummy import DummyRegressor

    with bb.start_run("train", experiment="delays", params={"depth": 6, "model": "hgb"}, tags={"stage": "try"}) as run:
        frame = bb.load_dataset("flights:2")
        for step in range(40):
            run.log_metrics({"loss": math.exp(-step / 10), "auc": 0.7 - math.exp(-step / 5) / 5}, step=step)
        run.log_metric("constant", float("nan"))
        (root / "roc.png").write_bytes(png())
        run.log_artifact(root / "roc.png")
        run.log_text("forty steps done")
        example = frame[["delay"]].dropna()
        for alias in ("champion", "challenger"):
            model = DummyRegressor(strategy="constant", constant=float(len(alias))).fit(example, example["delay"])
            bb.register_model("delay", model, example=example.head(), metrics={"roc_auc": 0.7312498}, alias=alias)


def make_odd_runs() -> None:
    """A failed run, one inside another, and names that are markup."""
    try:
        with bb.start_run("broken", experiment="delays"):
            raise KeyError("dest")
    except KeyError:
        pass
    with bb.start_run("outer", experiment="nested"), bb.start_run("inner", experiment="nested"):
        pass
    for name in [*HARMFUL, LONG]:
        with bb.start_run(name, params={name: name, "__proto__": name}, tags={name: name}, note=name) as run:
            run.log_metrics({name: 1.0}, step=1)
            run.log_metrics({name: 2.0}, step=2)


def main(root: Path) -> None:
    """Make the project in ``root``."""
    bb.use_project(root)
    make_data()
    make_model(root)
    make_odd_runs()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
