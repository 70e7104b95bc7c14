"""Drift of 100,000 x 25 and of a new chunk, false alarms and detection; `drift-large` 1,000,000 x 100 and its memory.

Tables are Parquet files as `save_dataset` writes them. Raw: SciPy's KS and Wasserstein, chi-squared, PSI and
Jensen-Shannon by hand, on the same frames already in memory.
"""

from __future__ import annotations

import multiprocessing
import resource
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from peers import drift_of_peers
from timing import Figure, paired, seconds

ROWS, CHUNK = 100_000, 10_000
CHUNKS = 200


def frame(rows: int, *, seed: int, numbers: int = 20, words: int = 5) -> pd.DataFrame:
    """Number columns of several shapes and categories of 5 to 2,000 names."""
    random = np.random.default_rng(seed)
    found: dict[str, Any] = {}
    for at in range(numbers):
        values = random.normal(size=rows)
        found[f"n{at}"] = (values, np.exp(values), values.round(1), values * 1e4 // 1)[at % 4]
    for at in range(words):
        count = (5, 20, 100, 500, 2_000)[at % 5]
        names = np.array([f"category {name}" for name in range(count)])
        found[f"t{at}"] = names[(count * random.random(rows) ** 2).astype(int)]
    return pd.DataFrame(found)


def by_hand(before: pd.DataFrame, after: pd.DataFrame) -> None:
    """The same statistics with SciPy, for people who have both frames in memory."""
    from scipy.spatial.distance import jensenshannon
    from scipy.stats import chi2_contingency, ks_2samp, wasserstein_distance

    for name in before:
        a, b = before[name], after[name]
        if name.startswith("t"):
            counts = pd.concat([a.value_counts(), b.value_counts()], axis=1).fillna(0).to_numpy().T
            chi2_contingency(counts, correction=False)
        else:
            x, y = a.to_numpy(), b.to_numpy()
            ks_2samp(x, y, method="asymp"), wasserstein_distance(x, y)
            edges = np.unique(np.quantile(x, np.arange(1, 10) / 10))
            counts = np.array([np.bincount(np.searchsorted(edges, v), minlength=len(edges) + 1) for v in (x, y)])
        p, q = (np.maximum(side, 0.5) / side.sum() for side in counts)
        ((q - p) * np.log(q / p)).sum(), jensenshannon(*counts, base=2)


def drift() -> list[Figure]:
    """Ours through dataset versions; then what 200 chunks ring that must not, and 200 that must."""
    from benchbook.data import save_dataset
    from benchbook.monitoring import compare_datasets
    from benchbook.project import open_project

    before, after, chunk = frame(ROWS, seed=0), frame(ROWS, seed=1), frame(CHUNK, seed=2)
    with tempfile.TemporaryDirectory() as place:
        project = open_project(place)
        for name, data in (("before", before), ("after", after), ("chunk", chunk)):
            save_dataset(name, data, project=project)
        first = seconds(lambda: compare_datasets("before", "after", project=project))
        ours, raw = paired(
            lambda: compare_datasets("before", "after", project=project), lambda: by_hand(before, after), 3
        )
        small, raw_small = paired(
            lambda: compare_datasets("before", "chunk", exact=False, project=project), lambda: by_hand(before, chunk), 5
        )
        false, seen = alarms_of(before, Path(place))
        files = [Path(place, f"{name}.parquet") for name in ("before", "after")]
        for file, data in zip(files, (before, after), strict=True):
            data.to_parquet(file, index=False)
        peers = drift_of_peers(*files)
    hand = "SciPy by hand, in memory"
    return [
        Figure(f"drift {ROWS:,} x 25 against the same, exact", ours, "s", hand, raw, "≤ 0.6 s"),
        *(Figure("the same, files already read by the peer", ours, "s", *peer) for peer in peers.items()),
        Figure("the first time, the reference unknown", first, "s", hand, raw),
        Figure(f"new chunk {CHUNK:,} x 25, reference cached", small, "s", hand, raw_small, "≤ 0.2 s"),
        Figure(f"false alarms, {CHUNKS} chunks of the reference", 100 * false / CHUNKS, "%", aim="≤ 5 %"),
        Figure(f"0.3 sd shift in 1 of 25 seen, {CHUNKS} chunks", 100 * seen / CHUNKS, "%", aim="≥ 95 %"),
    ]


def alarms_of(before: pd.DataFrame, folder: Path) -> tuple[int, int]:
    """How many chunks drawn from the reference ring, and how many ring for their shifted column."""
    from benchbook.data.engine import open_engine
    from benchbook.data.tables import inspect_parquet
    from benchbook.monitoring import alarms, compare, make_reference, propose_thresholds

    path = folder / "chunk.parquet"

    def table(data: pd.DataFrame) -> Any:
        data.to_parquet(path, index=False)
        with open_engine(path) as engine:
            return inspect_parquet(engine, path, "chunk")[0]

    whole = table(before)
    with open_engine(path) as engine:
        reference = make_reference(engine, whole)
    limits = propose_thresholds(reference, CHUNK)
    random = np.random.default_rng(3)
    false = seen = 0
    for number in range(CHUNKS):
        chunk = before.iloc[random.choice(len(before), CHUNK, replace=False)].reset_index(drop=True)
        false += bool(alarms(compare(reference, table(chunk)), limits))
        moved = f"n{number % 20}"
        chunk[moved] += 0.3 * before[moved].std()
        seen += moved in {alarm.column for alarm in alarms(compare(reference, table(chunk)), limits)}
    return false, seen


def drift_large() -> list[Figure]:
    """1,000,000 x 100 against the same, as saved, in a process of its own whose peak is told."""
    from benchbook.data import save_dataset
    from benchbook.project import open_project

    with tempfile.TemporaryDirectory() as place:
        project = open_project(place)
        for seed, name in enumerate(("before", "after")):
            write_large(Path(place) / "large.parquet", seed)
            save_dataset(name, Path(place) / "large.parquet", project=project)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            first, cached, peak = pool.apply(compare_large, (place,))
    return [
        Figure("drift 1,000,000 x 100, the reference unknown", first, "s", aim="≤ 20 s"),
        Figure("the same, reference cached", cached, "s"),
        Figure("peak memory of the process", peak / 1e9, "GB", aim="≤ 1.5 GB"),
    ]


def write_large(path: Path, seed: int, rows: int = 1_000_000) -> None:
    """Write 80 number and 20 category columns piece by piece, with the options of `save_dataset`."""
    import pyarrow as pa

    writer = None
    for piece in range(10):
        table = pa.Table.from_pandas(frame(rows // 10, seed=100 * seed + piece, numbers=80, words=20))
        if writer is None:
            writer = pq.ParquetWriter(path, table.schema, compression="zstd", use_content_defined_chunking=True)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def compare_large(place: str) -> tuple[float, float, int]:
    """Sketch and compare; returns seconds with and without the sketch's, and the peak in bytes."""
    from benchbook.monitoring import compare_datasets
    from benchbook.project import open_project

    project = open_project(place)
    first = seconds(lambda: compare_datasets("before", "after", project=project))
    cached = seconds(lambda: compare_datasets("before", "after", project=project))
    return first, cached, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
