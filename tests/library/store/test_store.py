"""The Store: a cache that may be lost, damaged or outdated at any time without losing an answer."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from benchbook.errors import Conflict, InvalidInput, NotAllowed, StoreBusy
from benchbook.store import Query, Store, Stream, schema

Everything = Callable[[Store], dict[str, list[str]]]
Begin = Callable[..., Stream]
ONE = Query("SELECT 1")


def fill(store: Store, begin: Begin) -> None:
    """A finished run, a running one and a fact."""
    stream = begin("done")
    for step in range(2_000):
        stream.append("metric", f"k{step % 50}", step, step)
    stream.close({"status": "finished", "failure": None})
    begin("live").append("metric", "loss", 1.0, 0)
    store.record("set_alias", "model", "m", lambda _ask: {"alias": "champion", "version": 3})


def test_reading_an_empty_project_makes_nothing(tmp_path: Path) -> None:
    """Looking at a folder in which nothing was recorded answers, and leaves no file."""
    assert Store(tmp_path / ".benchbook").read(Query("SELECT count(*) FROM runs")) == [(0,)]
    assert list(tmp_path.iterdir()) == []


def test_deleted_store_is_rebuilt(store: Store, begin: Begin, everything: Everything) -> None:
    """Without store.duckdb, finished and running runs and facts are all there again."""
    fill(store, begin)
    before = everything(store)
    (store.folder / "store.duckdb").unlink()
    assert everything(store) == before


@pytest.mark.filterwarnings("ignore:.*it is rebuilt:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:.*without a checkpoint:RuntimeWarning")
@pytest.mark.parametrize("damage", ["empty", "text", "header", "half", "flips", "wal"])
def test_damaged_store_is_rebuilt(damage: str, store: Store, begin: Begin, everything: Everything) -> None:
    """Cut, overwritten or flipped, the file is set aside and the answers are the same as before."""
    fill(store, begin)
    before = everything(store)
    path = store.folder / "store.duckdb"
    good = path.read_bytes()
    broken = {
        "empty": b"",
        "text": b"this is no database" * 100,
        "header": good[:5] + bytes([good[5] ^ 255]) + good[6:],
        "half": good[: len(good) // 2],
        "flips": good[:4096] + bytes(byte ^ 255 for byte in good[4096:]),
        "wal": good,
    }[damage]
    path.write_bytes(broken)
    if damage == "wal":
        path.with_name("store.duckdb.wal").write_bytes(b"\x13garbage" * 500)
    assert everything(Store(store.folder)) == before


def test_cut_stream_is_noticed(store: Store, begin: Begin) -> None:
    """When somebody cuts a stream the store is rebuilt from what is left, and says so."""
    stream = begin()
    stream.append("metric", "m", 1.0, 0)
    first = stream.path.stat().st_size
    stream.append("metric", "m", 2.0, 1)
    assert store.read(Query("SELECT count(*) FROM metrics")) == [(2,)]
    with stream.path.open("r+b") as file:
        file.truncate(first)
    with pytest.warns(RuntimeWarning, match="holds more than the files"):
        assert store.read(Query("SELECT count(*) FROM metrics")) == [(1,)]


def test_revision_follows_everything(store: Store, begin: Begin) -> None:
    """Each logged line, each fact, each birth and each death of a writer changes the revision; looking does not."""
    seen = [store.revision()]
    stream = begin()
    seen.append(store.revision())
    stream.append("metric", "m", 1.0, 0)
    seen.append(store.revision())
    store.record("set_alias", "model", "m", lambda _ask: {"alias": "a", "version": 1})
    seen.append(store.revision())
    assert store.revision() == seen[-1]
    stream.close()
    seen.append(store.revision())
    assert len(set(seen)) == len(seen)


def test_busy_store_names_the_holder(folder: Path, spawn: Callable[..., subprocess.Popen[str]]) -> None:
    """Waiting ends in StoreBusy with the holder's pid and command, and works again once the holder is killed."""
    process = spawn("holder", "h")
    assert process.stdout is not None
    process.stdout.readline()
    with pytest.raises(StoreBusy, match=rf"pid {process.pid} on .*worker\.py") as busy:
        Store(folder, wait=0.3).read(ONE)
    assert busy.value.retry_after > 0
    process.kill()
    process.wait()
    assert Store(folder, wait=5).read(ONE) == [(1,)]


def test_file_open_elsewhere_is_busy_not_broken(store: Store) -> None:
    """A store somebody opened with DuckDB itself is busy: it is not set aside."""
    store.read(Query("SELECT 1"))
    store.record("x", "dataset", "d", lambda _ask: {})
    code = f"import duckdb, sys; c = duckdb.connect({str(store.path)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(StoreBusy, match="open in another program"):
            store.read(ONE)
        process.communicate()
    assert store.read(Query("SELECT count(*) FROM facts")) == [(1,)]


def test_threads_share_a_store(store: Store, begin: Begin) -> None:
    """Eight threads reading and recording through one Store all get their answers."""
    begin()
    errors: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(5):
                store.record("x", "dataset", "d", lambda _ask: {})
                store.read(ONE)
        except BaseException as error:  # noqa: BLE001  shown below, in the main thread
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert store.read(Query("SELECT count(*), max(seq) FROM facts")) == [(40, 40)]


def test_decision_sees_the_state_it_is_recorded_on(store: Store) -> None:
    """What `decide` asks is answered under the lock, on everything recorded before."""
    newest = Query("SELECT coalesce(max(version), 0) FROM aliases")
    for expected in (1, 2, 3):
        fact = store.record("set_alias", "model", "m", lambda ask: {"alias": "a", "version": ask(newest)[0][0] + 1})
        assert fact is not None
        assert (fact.data["version"], fact.seq, fact.actor) == (expected, expected, "tester")


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A project nobody may write says so, with the folder's name."""
    with pytest.raises((NotAllowed, InvalidInput), match="/proc"):
        Store(Path("/proc/nowhere")).record("x", "dataset", "d", lambda _ask: {})


def test_old_schemas_migrate(store: Store, begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store of every earlier schema, empty or with rows, is brought to today's, and holds what it held."""
    for known in range(1, len(schema.MIGRATIONS) + 1):
        begin(f"old{known}").append("metric", "m", 1.0, 0)
        with monkeypatch.context() as past:
            past.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:known])
            store.path.unlink(missing_ok=True)
            store.read(ONE)
        assert store.read(Query("SELECT count(*) FROM migrations")) == [(len(schema.MIGRATIONS),)]
        assert store.read(Query("SELECT count(*) FROM runs")) == [(known,)]


def test_migration_is_all_or_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that fails leaves neither its tables nor its record, and the next try succeeds."""
    store.record("x", "dataset", "d", lambda _ask: {})

    def m002_broken(cursor: duckdb.DuckDBPyConnection) -> None:
        cursor.execute("CREATE TABLE extra (a BIGINT)")
        cursor.execute("SELECT nonsense")

    with monkeypatch.context() as future:
        future.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, m002_broken])
        with pytest.raises(duckdb.BinderException):
            store.read(ONE)
    assert store.read(Query("SELECT count(*) FROM migrations")) == [(len(schema.MIGRATIONS),)]
    assert store.read(Query("SELECT count(*) FROM information_schema.tables WHERE table_name = 'extra'")) == [(0,)]


def test_newer_schema_is_left_alone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that a newer Benchbook migrated is refused with what to do, and not harmed."""
    with monkeypatch.context() as future:
        future.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, lambda _cursor: None])
        store.read(ONE)
    with pytest.raises(Conflict, match="Update Benchbook"):
        store.read(ONE)
