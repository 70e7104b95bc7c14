"""The Store: the small interface to everything that is recorded (`read`, `record`, `revision`, `run_sql`).

Reading folds first, so an answer always holds what has been logged, live or finished, by one single path.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import uuid
import warnings
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import duckdb

from benchbook.errors import InvalidInput, NotAllowed, StorageFull, StoreBusy, StoreDamaged
from benchbook.store import locked_sql
from benchbook.store.database import attach, drop_instance, instance, is_corrupt, is_full, set_aside
from benchbook.store.filter import FIT
from benchbook.store.fold import LEDGER, Folder, StoreAhead
from benchbook.store.ledger import Fact, Ledger
from benchbook.store.lock import hold, unreadable, unwritable
from benchbook.store.revision import revision_of
from benchbook.store.schema import migrate
from benchbook.store.sums import add_sums

if TYPE_CHECKING:
    import numpy as np

T = TypeVar("T")


class Query(NamedTuple):
    """SQL and its parameters; made only by the functions in `benchbook.store.queries`.

    ``condition`` is the part of it that a person wrote, whose errors are theirs.
    """

    sql: str
    params: tuple[Any, ...] = ()
    condition: str = ""


class NewFact(NamedTuple):
    """A fact to be recorded: what was done to which thing, and what else is to be known of it."""

    action: str
    noun: str
    name: str
    data: dict[str, Any]


class Ask:
    """Questions answered from one state of the store: as rows, or as columns for many rows.

    Both raise InvalidInput where a person's condition does not fit what is compared with it.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def __call__(self, query: Query) -> list[tuple[Any, ...]]:
        """All rows."""
        with _explained_condition(query.condition):
            return self._cursor.execute(query.sql, list(query.params)).fetchall()

    def columns(self, query: Query) -> dict[str, np.ndarray[Any, Any]]:
        """One numpy array per column (n,): for many rows this is several times faster than tuples."""
        return cast("dict[str, Any]", self._cursor.execute(query.sql, list(query.params)).fetchnumpy())


_UNFIT = (
    duckdb.BinderException,
    duckdb.ConversionException,
    duckdb.InvalidInputException,
    duckdb.InvalidTypeException,
    duckdb.NotImplementedException,
    duckdb.OutOfRangeException,
    duckdb.ParserException,
    duckdb.SyntaxException,
    duckdb.TypeMismatchException,
)
"""What DuckDB raises for the question itself; never for a broken file, a lock or a full disk."""


@contextmanager
def _explained_condition(condition: str) -> Iterator[None]:
    try:
        yield
    except _UNFIT as error:
        if not condition:
            raise
        _, _, said = str(error).partition(": ")
        why = said.partition("\n")[0].strip()
        raise InvalidInput(f"The filter {condition[:200]!r} does not fit: {why}", hint=FIT) from error


class Store:
    """Everything recorded in one project's ``.benchbook`` folder. Cheap to make; holds nothing open between calls.

    ``wait`` is how many seconds a call waits for other processes; ``actor`` is who recorded facts name. A folder that
    cannot be written is answered from a store of this process's own, which lies in a temporary folder, its ``home``.
    """

    def __init__(self, folder: Path, *, wait: float = 10.0, actor: str = "", home: Path | None = None) -> None:
        self.folder = folder
        self.home = home or folder
        self.wait = wait
        self.actor = actor
        self.path = self.home / "store.duckdb"
        self._folded: str | None = None
        self._elsewhere: dict[int, Store] = {}
        """By process: a forked child must not share its parent's, which ends with the parent."""

    def read(self, query: Query) -> list[tuple[Any, ...]]:
        """All rows of one query, over everything logged until now.

        Raises:
            StoreBusy: another process held the project too long.
            StoreDamaged: the ledger's chain is broken.
        """
        return self.read_with(lambda ask: ask(query))

    def read_with(self, work: Callable[[Ask], T]) -> T:
        """What ``work(ask)`` returns, all its questions answered from one state. It may run twice, so it only reads."""
        if other := self._elsewhere.get(os.getpid()):
            return other.read_with(work)
        try:
            return self._opened(lambda folder: work(Ask(folder.cursor)), tolerant=True)
        except NotAllowed as error:
            return self._make_elsewhere(error).read_with(work)

    def record(
        self,
        action: str,
        noun: str,
        name: str,
        decide: Callable[[Ask], dict[str, Any] | None],
        *,
        actor: str | None = None,
    ) -> Fact | None:
        """Record a fact for good, or nothing if ``decide(ask)`` returns None.

        ``decide`` runs under the project lock on the folded state, so what it saw still holds when the fact is written.
        When this returns, the fact is on the disk and in the store.

        Raises:
            StoreBusy, StorageFull, StoreDamaged, NotAllowed: nothing was recorded.
        """

        def one(ask: Ask) -> list[NewFact]:
            data = decide(ask)
            return [] if data is None else [NewFact(action, noun, name, data)]

        recorded = self.record_facts(one, actor=actor)
        return recorded[0] if recorded else None

    def record_facts(self, decide: Callable[[Ask], Sequence[NewFact]], *, actor: str | None = None) -> list[Fact]:
        """Record the facts that ``decide(ask)`` returns, in order and in one locked step, as `record` does one.

        Each is true by itself as soon as its line is on the disk: a process killed in between leaves the first ones,
        so their order must make sense at every point.

        Raises:
            StoreBusy, StorageFull, StoreDamaged, NotAllowed: nothing more was recorded.
        """

        def work(folder: Folder) -> list[Fact]:
            new = decide(Ask(folder.cursor))
            return [self._append(folder, fact, actor or self.actor) for fact in new]

        return self._opened(work, tolerant=False)

    def _append(self, folder: Folder, new: NewFact, actor: str) -> Fact:
        offset, seq, prev = folder.ledger_state()
        fact = Fact(prev, seq + 1, uuid.uuid4().hex, time.time(), actor, *new)
        Ledger(self.folder / LEDGER).append(fact, offset)
        try:
            folder.fold_ledger()
        except duckdb.Error as error:  # the fact is true already: the next reader folds it
            warnings.warn(f"A fact was recorded but not yet folded: {error}", RuntimeWarning, stacklevel=2)
        return fact

    def copy_facts(self, folder: Path) -> None:
        """Write the facts so far as the ledger of another, new folder: for work that must leave this one alone.

        Raises:
            StoreBusy, StorageFull, NotAllowed: the ledger cannot be read, or the folder not be written.
        """
        text = b""
        try:
            with hold(self.folder / "lock", self.wait, write=False), suppress(FileNotFoundError):
                text = (self.folder / LEDGER).read_bytes()
            with open(folder / LEDGER, "xb") as file:
                file.write(text[: text.rfind(b"\n") + 1])
        except OSError as error:
            raise unwritable(folder, error) from error

    def run_sql(self, sql: str, *, limit: int = 10_000, seconds: float = 10.0) -> locked_sql.SqlResult:
        """Run a user's SELECT, in a child process with hard limits, on a copy: it can neither write, nor reach files,
        nor hold anybody up.

        Raises:
            InvalidInput: for anything but one SELECT, for an error in it, or when it exceeds time or memory.
        """
        locked_sql.check_request(sql, limit, seconds)
        if not self.folder.is_dir():  # asking a project in which nothing was recorded makes no folder there
            with tempfile.TemporaryDirectory(prefix="benchbook-") as empty:
                Path(empty, ".benchbook").mkdir()
                return Store(Path(empty, ".benchbook")).run_sql(sql, limit=limit, seconds=seconds)
        if other := self._elsewhere.get(os.getpid()):
            return other.run_sql(sql, limit=limit, seconds=seconds)
        scratch = locked_sql.scratch_file(self.home)
        try:
            self._opened(lambda _folder: None, tolerant=False, after=lambda: locked_sql.copy_store(self.path, scratch))
            return locked_sql.run_in_child(scratch, sql, limit, seconds)
        except NotAllowed as error:
            return self._make_elsewhere(error).run_sql(sql, limit=limit, seconds=seconds)
        finally:
            locked_sql.remove(scratch)

    def revision(self) -> str:
        """A short text that changes whenever anything was logged or recorded, or a writer died. Stat only, no lock."""
        return revision_of(self.folder)

    def _make_elsewhere(self, why: NotAllowed) -> Store:
        """A store that begins with what the project's own holds, so that only what is new must be folded.

        Raises:
            NotAllowed: the given one, if a store elsewhere is no help against it.
        """
        if self.home != self.folder or not self.folder.is_dir():
            raise why
        try:
            home = Path(tempfile.mkdtemp(prefix="benchbook-"))
            store = Store(self.folder, wait=self.wait, home=home)
            weakref.finalize(store, _remove, home, os.getpid())
            with hold(self.folder / "lock", self.wait, write=False):
                for name in ("store.duckdb", "store.duckdb.wal"):
                    with suppress(FileNotFoundError, PermissionError):
                        shutil.copyfile(self.folder / name, home / name)
        except OSError as error:
            raise unwritable(Path(tempfile.gettempdir()), error) from error
        message = f"{self.folder} cannot be written: it is answered from a copy in {home}."
        warnings.warn(message, RuntimeWarning, stacklevel=2)
        self._elsewhere[os.getpid()] = store
        return store

    def _opened(self, work: Callable[[Folder], T], *, tolerant: bool, after: Callable[[], None] | None = None) -> T:
        """Lock, attach, fold, work, detach, unlock; a store file found broken is set aside and rebuilt, once."""
        instance()  # made before the lock: it takes up to 150 ms the first time
        if tolerant and not self.folder.is_dir():
            return self._empty(work)
        with hold(self.folder / "lock", self.wait, write=self.home == self.folder):
            try:
                result = self._attempt(work, tolerant=tolerant)
            except PermissionError as error:
                raise unreadable(error) from error
            except StoreAhead:
                set_aside(self.path, "it holds more than the files it was folded from")
                result = self._attempt(work, tolerant=tolerant)
            except duckdb.Error as error:
                if not is_corrupt(error):
                    raise self._explained(error) from error
                drop_instance()
                set_aside(self.path, str(error))
                result = self._attempt(work, tolerant=tolerant)
            if after is not None:
                after()
            return result

    def _empty(self, work: Callable[[Folder], T]) -> T:
        """Answer for a project in which nothing was ever recorded, without making its folder."""
        with attach(Path(":memory:")) as attached:
            migrate(attached.cursor)
            return work(Folder(self.folder, attached.cursor))

    def _attempt(self, work: Callable[[Folder], T], *, tolerant: bool) -> T:
        seen = f"{self.revision()} {_inode(self.path)}"
        with attach(self.path) as attached:
            folder = Folder(self.folder, attached.cursor, self.home)
            fresh = migrate(attached.cursor) or seen != self._folded
            complete = not fresh or self._fold(folder, tolerant=tolerant)
            result = work(folder)
        if attached.checkpointed and complete:
            self._folded = seen
            if self.home == self.folder:
                self._move_finished(folder.finished)
        return result

    def _fold(self, folder: Folder, *, tolerant: bool) -> bool:
        """Fold; whether all of it could be: with a full disk a reader is answered from what was folded before."""
        try:
            folder.fold()
        except (duckdb.Error, StorageFull) as error:
            if not (tolerant and (isinstance(error, StorageFull) or is_full(error))):
                raise
            with suppress(duckdb.TransactionException):  # a COMMIT that failed has ended its transaction already
                folder.cursor.execute("ROLLBACK")
            warnings.warn("The disk is full: answers hold what was folded before.", RuntimeWarning, stacklevel=2)
            return False
        return True

    def _move_finished(self, names: list[str]) -> None:
        """Only after a checkpoint holds them: a lost log would otherwise hide them from view."""
        streams = self.folder / "streams"
        waiting = [name for name in names if (streams / "active" / name).exists()]
        if not waiting:
            return
        try:
            (streams / "done").mkdir(exist_ok=True)
            add_sums(streams, waiting)
        except OSError:  # no space: they stay where they are, and move when there is some
            return
        for name in waiting:
            os.rename(streams / "active" / name, streams / "done" / name)

    def _explained(self, error: duckdb.Error) -> Exception:
        if is_full(error):
            return StorageFull(f"No space is left beside {self.path}.", hint="Free space; nothing recorded is lost.")
        if "Could not set lock on file" in str(error) or "Conflicting lock" in str(error):
            return StoreBusy(
                f"{self.path} is open in another program: {error}",
                hint="Close it there; ask Benchbook with bb.sql instead of opening the file.",
                holder=str(error),
            )
        if any(mark in str(error) for mark in ("Permission denied", "Read-only file system")):
            hint = "Ask its owner for the right to write it."
            return NotAllowed(f"{self.path} cannot be written: {error}", hint=hint)
        if isinstance(error, (duckdb.IOException, duckdb.CatalogException, duckdb.FatalException)):
            hint = "Move it away: it is rebuilt from the ledger and the streams."
            return StoreDamaged(f"{self.path} is not what Benchbook made: {error}", hint=hint)
        return error


def _remove(home: Path, pid: int) -> None:
    """A forked child that ends must leave its parent's folder alone."""
    if pid == os.getpid():
        shutil.rmtree(home, ignore_errors=True)


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0
