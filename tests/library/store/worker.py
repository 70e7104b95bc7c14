"""A process of the store's tests: `worker.py FOLDER ROLE NAME [COUNT]`. It says "ready", then acknowledges on stdout.

writer: logs points 0, 1, 2, … and prints each number after its append returned.
recorder: records facts and prints each version after record returned.
reader: reads (and so folds) again and again, printing how many points it saw.
holder: holds the project lock until it is killed.
"""

from __future__ import annotations

import itertools
import sys
import time
from pathlib import Path

from benchbook.store import Query, Store, Stream
from benchbook.store.lock import hold


def writer(folder: Path, name: str, count: int | None) -> None:
    """Log points, each acknowledged after its append returned."""
    stream = Stream.start(
        folder / "streams", name, {"name": name, "experiment": "e", "kind": "run", "host": "h", "pid": 1}
    )
    print("ready")
    for index in itertools.count() if count is None else range(count):
        stream.append("metric", "loss", float(index), index)
        print(index)
    stream.close({"status": "finished", "failure": None})


def recorder(folder: Path, name: str, count: int | None) -> None:
    """Record versions, each acknowledged after record returned."""
    store = Store(folder, wait=60, actor=name)
    newest = Query("SELECT coalesce(max(version), 0) FROM aliases WHERE name = 'shared'")
    print("ready")
    for _ in itertools.count() if count is None else range(count):
        fact = store.record(
            "set_alias", "dataset", "shared", lambda ask: {"alias": "a", "version": ask(newest)[0][0] + 1}
        )
        assert fact is not None
        print(fact.data["version"])


def reader(folder: Path, _name: str, count: int | None) -> None:
    """Read again and again."""
    store = Store(folder, wait=60)
    print("ready")
    for _ in itertools.count() if count is None else range(count):
        print(store.read(Query("SELECT count(*) FROM metrics"))[0][0])


def holder(folder: Path, _name: str, _count: int | None) -> None:
    """Hold the lock."""
    with hold(folder / "lock", 10):
        print("ready")
        time.sleep(600)


if __name__ == "__main__":
    roles = {"writer": writer, "recorder": recorder, "reader": reader, "holder": holder}
    roles[sys.argv[2]](Path(sys.argv[1]), sys.argv[3], int(sys.argv[4]) if len(sys.argv) > 4 else None)
