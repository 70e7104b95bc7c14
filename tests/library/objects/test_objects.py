"""Objects: what was put comes back exactly, or there is a clear error; never other bytes, never half of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from blake3 import blake3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchbook.errors import Conflict, InvalidInput, NotAllowed, NotFound, StorageFull, StoreDamaged
from benchbook.objects import Blob, ObjectStore

FILE_NAMES = st.text(st.characters(exclude_characters="/\\:", exclude_categories=("Cc", "Cs")), min_size=1, max_size=20)
PATHS = st.tuples(
    st.sampled_from(["", "a/", "b c/"]), FILE_NAMES.filter(lambda n: n not in (".", "..", "a", "b c"))
).map("".join)


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    """An object store in a folder."""
    return ObjectStore(tmp_path / "objects")


def files_of(root: Path) -> list[Path]:
    """All files below ``root``."""
    return [path for path in root.rglob("*") if path.is_file()]


@given(data=st.binary(max_size=3_000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
def test_bytes_come_back(store: ObjectStore, data: bytes):
    """Any bytes come back as they were, under the BLAKE3 of themselves."""
    blob = store.put_bytes(data)
    assert blob == Blob(blake3(data).hexdigest(), len(data))
    assert store.get_bytes(blob.id) == data
    assert store.verify(blob.id)


def test_same_content_is_kept_once(store: ObjectStore, tmp_path: Path):
    """Bytes, a file and a stream of the same content are one read-only object."""
    (tmp_path / "a.txt").write_bytes(b"same")
    assert (
        store.put_bytes(b"same") == store.put_file(tmp_path / "a.txt") == store.put_with(lambda out: out.write(b"same"))
    )
    (kept,) = files_of(tmp_path / "objects")
    assert kept.stat().st_mode & 0o777 == 0o444
    assert kept.relative_to(tmp_path / "objects").parts == (
        blake3(b"same").hexdigest()[:2],
        blake3(b"same").hexdigest()[2:],
    )


@pytest.mark.parametrize("root", ["{}/objects", "memory://{}/objects"])
def test_every_id_is_listed(root: str, tmp_path: Path):
    """All objects of a folder or a bucket are listed, and nothing else that lies between them."""
    store = ObjectStore(root.format(tmp_path), cache=tmp_path / "cache")
    assert list(store.ids()) == []
    kept = {store.put_bytes(data).id for data in (b"a", b"b", b"c")}
    for folder in tmp_path.glob("objects/??"):
        (folder / "note.txt").write_text("mine")
    assert set(store.ids()) == kept


def test_file_longer_than_one_stride(store: ObjectStore, tmp_path: Path):
    """A file read in several strides is hashed as a whole."""
    data = os.urandom(9_000_001)
    (tmp_path / "big").write_bytes(data)
    assert store.put_file(tmp_path / "big").id == blake3(data).hexdigest()


@given(files=st.dictionaries(PATHS, st.binary(max_size=50), max_size=6))
@settings(max_examples=30, deadline=None)
def test_folder_comes_back(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory):
    """Any folder of files comes back with the same paths and bytes, and its id depends on nothing else."""
    root = tmp_path_factory.mktemp("folder")
    store, source = ObjectStore(root / "objects"), root / "in"
    source.mkdir()
    for path, data in files.items():
        (source / path).parent.mkdir(exist_ok=True)
        (source / path).write_bytes(data)
    blob = store.put_folder(source)
    assert blob.size == sum(map(len, files.values()))
    assert store.put_folder(store.checkout_folder(blob.id, root / "out")) == blob
    assert {path: (root / "out" / path).read_bytes() for path in files} == files
    assert [entry.path for entry in store.manifest(blob.id)] == sorted(files)


def test_checkout_is_read_only_and_new(store: ObjectStore, tmp_path: Path):
    """A checkout is a read-only copy at a new path; what is there already is never overwritten."""
    blob = store.put_bytes(b"data")
    path = store.checkout(blob.id, tmp_path / "sub" / "data.bin")
    assert (path.read_bytes(), path.stat().st_mode & 0o222) == (b"data", 0)
    with pytest.raises(Conflict, match="exists already"):
        store.checkout(blob.id, path)


def test_unknown_object(store: ObjectStore, tmp_path: Path):
    """Every way to ask for an object that is not here says so."""
    absent = "0" * 64
    assert not store.has(absent)
    for ask in (store.get_bytes, store.open, store.verify, store.local_path, store.manifest):
        with pytest.raises(NotFound, match="object"):
            ask(absent)
    with pytest.raises(NotFound):
        store.checkout(absent, tmp_path / "x")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("bad", ["../../etc/passwd", "", "ab", "A" * 64, "0" * 63 + "/", "/" * 64, None, 3])
def test_id_is_never_a_path(store: ObjectStore, bad: object):
    """Whatever is no content id is refused before anything is opened."""
    with pytest.raises(InvalidInput, match="no content id"):
        store.get_bytes(bad)  # type: ignore[arg-type]


def test_changed_byte_is_found(store: ObjectStore, tmp_path: Path):
    """One changed byte fails every checked read, and a checkout leaves nothing behind."""
    blob = store.put_bytes(b"x" * 100)
    path = store.local_path(blob.id)
    path.chmod(0o644)
    path.write_bytes(b"x" * 99 + b"y")
    assert not store.verify(blob.id)
    for ask in (store.get_bytes, store.manifest, lambda i: store.local_path(i, checked=True)):
        with pytest.raises(StoreDamaged, match="have changed"):
            ask(blob.id)
    with pytest.raises(StoreDamaged):
        store.checkout(blob.id, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_cut_object_is_put_right(store: ObjectStore):
    """Saving the content again replaces an object that lost its end."""
    blob = store.put_bytes(b"x" * 100)
    path = store.local_path(blob.id)
    path.chmod(0o644)
    path.write_bytes(b"x")
    assert store.put_bytes(b"x" * 100) == blob
    assert store.verify(blob.id)


def test_link_out_of_the_folder(store: ObjectStore, tmp_path: Path):
    """A link that leaves its folder is refused by name; one that stays is kept as its content."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a.txt").write_text("a")
    (folder / "b.txt").symlink_to("a.txt")
    entries = store.manifest(store.put_folder(folder).id)
    assert [entry.path for entry in entries] == ["a.txt", "b.txt"]
    assert entries[0].id == entries[1].id
    (tmp_path / "data-secret").write_text("secret")
    (folder / "c.txt").symlink_to("../data-secret")
    with pytest.raises(NotAllowed, match=r"c\.txt leaves its folder"):
        store.put_folder(folder)


def test_link_to_a_folder(store: ObjectStore, tmp_path: Path):
    """A link to a folder is refused, so that no circle can be walked."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "again").symlink_to(tmp_path / "data")
    with pytest.raises(NotAllowed, match="points at a folder"):
        store.put_folder(tmp_path / "data")


def test_pipes_are_refused_at_once(store: ObjectStore, tmp_path: Path):
    """A named pipe, which would block for ever, and a device, which never ends, are refused."""
    (tmp_path / "data").mkdir()
    os.mkfifo(tmp_path / "data" / "pipe")
    for put, path in ((store.put_folder, "data"), (store.put_file, "data/pipe"), (store.put_file, "/dev/zero")):
        with pytest.raises(NotAllowed, match="no regular file"):
            put(tmp_path / path)


def test_file_names_no_system_could_keep(store: ObjectStore, tmp_path: Path):
    """A file name that is no UTF-8, or has a backslash or control character, is refused by name."""
    for name in (b"caf\xe9", b"a\\..\\b", b"new\nline", b"C:x"):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        (folder / os.fsdecode(name)).write_text("x")
        with pytest.raises(NotAllowed, match="cannot be kept"):
            store.put_folder(folder)


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", "a//b", "C:\\x", "a\\..\\b", "", ".", "a\0b"])
def test_manifest_that_would_escape(store: ObjectStore, tmp_path: Path, path: str):
    """A manifest made by hand that names a path outside is damage: nothing is written."""
    import json

    inner = store.put_bytes(b"payload")
    blob = store.put_bytes(json.dumps({"files": [[path, inner.id, 7]], "kind": "folder"}).encode())
    with pytest.raises(StoreDamaged, match="is no folder"):
        store.checkout_folder(blob.id, tmp_path / "deep" / "out")
    assert not (tmp_path / "deep").exists()


def test_missing_file_and_folder(store: ObjectStore, tmp_path: Path):
    """A path that is not there is NotFound with near names; a folder given as a file says so."""
    (tmp_path / "flights.csv").write_text("a\n1\n")
    with pytest.raises(NotFound, match=r"flights\.csv"):
        store.put_file(tmp_path / "flight.csv")
    with pytest.raises(NotFound, match="folder"):
        store.put_folder(tmp_path / "nowhere")
    with pytest.raises(InvalidInput, match="is a folder"):
        store.put_file(tmp_path)


def test_place_that_cannot_be_written(tmp_path: Path):
    """An objects folder that cannot be made is a clear error, not a traceback of the system."""
    (tmp_path / "objects").write_text("a file stands here")
    with pytest.raises(InvalidInput, match="cannot be used"):
        ObjectStore(tmp_path / "objects").put_bytes(b"x")


def test_full_disk(tmp_path: Path):
    """A full disk is StorageFull; earlier objects stay right and no draft is left to fill it further."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", disk], check=False).returncode
    ):
        pytest.skip("a small tmpfs cannot be mounted here")
    try:
        store = ObjectStore(disk / "objects")
        kept = store.put_bytes(os.urandom(600_000))
        with pytest.raises(StorageFull, match="No space"):
            store.put_bytes(os.urandom(600_000))
        assert store.verify(kept.id)
        assert len(files_of(disk)) == 1
    finally:
        subprocess.run(["umount", disk], check=True)


def test_same_object_from_many_threads(store: ObjectStore, tmp_path: Path):
    """Many writers of the same content at once leave one right object."""
    data = os.urandom(500_000)
    threads = [threading.Thread(target=store.put_bytes, args=(data,)) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert [path.read_bytes() for path in files_of(tmp_path / "objects")] == [data]


KILLED = """
import sys
from benchbook.objects import ObjectStore
print("ready", flush=True)
ObjectStore(sys.argv[1]).put_file(sys.argv[2])
"""


@pytest.mark.parametrize("delay", [0.0, 0.01, 0.02, 0.05, 0.1])
def test_killed_writer_leaves_no_object(tmp_path: Path, delay: float):
    """A writer killed at any moment leaves no object, or the whole one."""
    source = tmp_path / "big"
    source.write_bytes(os.urandom(40_000_000))
    process = subprocess.Popen([sys.executable, "-c", KILLED, tmp_path / "objects", source], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    seen = [path for path in files_of(tmp_path / "objects") if path.parent.name != ".incoming"]
    assert all(path.stat().st_size == 40_000_000 for path in seen)
    store = ObjectStore(tmp_path / "objects")
    assert store.verify(store.put_file(source).id)


def test_drafts_of_the_dead_are_swept(store: ObjectStore, tmp_path: Path):
    """A draft left by a writer that died goes after a day; a fresh one stays."""
    store.put_bytes(b"first")
    incoming = tmp_path / "objects" / ".incoming"
    (incoming / "old").write_bytes(b"x")
    (incoming / "new").write_bytes(b"x")
    os.utime(incoming / "old", (0, 0))
    ObjectStore(tmp_path / "objects").put_bytes(b"second")
    assert [path.name for path in incoming.iterdir()] == ["new"]


def test_writer_that_raises_leaves_nothing(store: ObjectStore, tmp_path: Path):
    """When what fills an object raises, its error comes through and nothing is kept."""

    def fill(out: object) -> None:
        out.write(b"half")  # type: ignore[attr-defined]
        raise KeyError("half-way")

    with pytest.raises(KeyError, match="half-way"):
        store.put_with(fill)
    assert files_of(tmp_path / "objects") == []


def test_bucket_stands_where_a_folder_stands(tmp_path: Path):
    """Behind an fsspec URL the same calls do the same; a local path is a checked copy in the cache."""
    store = ObjectStore(f"memory://{tmp_path.name}/objects", cache=tmp_path / "cache")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.bin").write_bytes(b"abc" * 1000)
    blob = store.put_folder(tmp_path / "in")
    (entry,) = store.manifest(blob.id)
    assert store.local_path(entry.id).read_bytes() == b"abc" * 1000
    assert store.local_path(entry.id).is_relative_to(tmp_path / "cache")
    store.checkout_folder(blob.id, tmp_path / "out")
    assert (tmp_path / "out" / "a.bin").read_bytes() == b"abc" * 1000
    with pytest.raises(NotFound):
        store.get_bytes("0" * 64)


def test_unknown_place():
    """A URL of no known kind is refused when the store is made."""
    with pytest.raises(InvalidInput, match="cannot be used for objects"):
        ObjectStore("gopher://evil/objects")
