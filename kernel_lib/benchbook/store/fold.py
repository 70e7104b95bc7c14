"""Folding: bring what streams and ledger hold into the attached store, exactly once, in slices that each commit.

A slice is one transaction that also advances the files' recorded offsets, so a kill at any line repeats nothing and
loses nothing. Small slices go through list parameters, large ones through a spool file that DuckDB reads itself;
Arrow and pandas would cost seconds of import in a fresh process.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec
from duckdb import DuckDBPyConnection

from benchbook.store import apply
from benchbook.store.ledger import Ledger
from benchbook.store.lines import TIME_LIMIT, RawLine, decode
from benchbook.store.lock import unwritable
from benchbook.store.stream import writer_lives

SLICE = 8 * 1024 * 1024
LINES = 100_000
"""A slice is committed at this many bytes or lines."""
BULK = 5_000
"""From this many lines on DuckDB reads a piece itself, which is faster than list parameters."""
LEDGER = "ledger.jsonl"


class StoreAhead(Exception):
    """The store has folded more of a file than the file holds: somebody cut the file, so the store is rebuilt."""


class Piece(msgspec.Struct):
    """Whole lines of one stream that are not folded yet."""

    file: str
    text: bytes
    lines: int
    start: int
    """How many lines of the stream stand before this piece."""
    offset: int
    """Where this piece ends in the stream, in bytes."""
    changed: int
    """When the stream was last written, in microseconds since the epoch."""
    bad: int = 0
    state: str = "live"


class Folder:
    """Folds one project's files into the attached store. The caller holds the project lock."""

    def __init__(self, folder: Path, cursor: DuckDBPyConnection, home: Path | None = None) -> None:
        self.folder = folder
        self.home = home or folder
        """Where the store lies: elsewhere when ``folder`` cannot be written."""
        self.cursor = cursor
        self.finished: list[str] = []
        """Streams read to the end whose writers are gone: they move to ``done/`` once a checkpoint holds them."""

    def fold(self) -> None:
        """Fold everything there is.

        Raises:
            StoreAhead: the store is to be rebuilt.
            StoreDamaged: the ledger's chain is broken.
        """
        self.cursor.execute(apply.INCOMING)
        self.fold_ledger()
        slice_: list[Piece] = []
        size, lines = 0, 0
        for piece in self._pieces():
            slice_.append(piece)
            size, lines = size + len(piece.text), lines + piece.lines
            if size >= SLICE or lines >= LINES:
                self._commit(slice_)
                slice_, size, lines = [], 0, 0
        if slice_:
            self._commit(slice_)

    def fold_ledger(self) -> None:
        """Fold new facts; they are few, so one transaction does."""
        ledger = Ledger(self.folder / LEDGER)
        offset, seq, prev = self.ledger_state()
        if ledger.size() < offset:
            raise StoreAhead
        entries = list(ledger.entries(offset, prev, seq))
        if not entries:
            return
        self.cursor.execute(apply.FACTS)
        facts = [e.fact for e in entries]
        columns = [
            [f.seq for f in facts],
            [f.id for f in facts],
            [round(f.time * 1e6) for f in facts],
            [f.actor for f in facts],
            [f.action for f in facts],
            [f.noun for f in facts],
            [f.name for f in facts],
            [msgspec.json.encode(f.data).decode() for f in facts],
        ]
        self.cursor.execute("BEGIN")
        self.cursor.execute("DELETE FROM new_facts")
        self.cursor.execute(
            "INSERT INTO new_facts SELECT unnest($1::BIGINT[]), unnest($2::VARCHAR[]),"
            " make_timestamp(unnest($3::BIGINT[])), unnest($4::VARCHAR[]), unnest($5::VARCHAR[]),"
            " unnest($6::VARCHAR[]), unnest($7::VARCHAR[]), unnest($8::VARCHAR[])",
            columns,
        )
        apply.apply_facts(self.cursor)
        last = entries[-1]
        self.cursor.execute("DELETE FROM files WHERE name = ?", [LEDGER])
        row = [LEDGER, last.end, last.fact.seq, 0, "ledger", last.hash]
        self.cursor.execute("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?)", row)
        self.cursor.execute("COMMIT")

    def ledger_state(self) -> tuple[int, int, str]:
        """Offset, number and hash of the last folded fact."""
        sql = 'SELECT "offset", lines, hash FROM files WHERE name = ?'
        rows = self.cursor.execute(sql, [LEDGER]).fetchall()
        return rows[0] if rows else (0, 0, "")

    def _paths(self) -> list[Path]:
        """Streams to look at: the active ones, and the finished ones too if this store has seen no stream yet.

        A store elsewhere does not move streams itself, so for it any finished one may be new.
        """
        streams = self.folder / "streams"
        places = [streams / "active"]
        seen = "SELECT 1 FROM files WHERE state <> 'ledger' LIMIT 1"
        if self.home != self.folder or not self.cursor.execute(seen).fetchall():
            places.append(streams / "done")
        found = [Path(e.path) for place in places if place.is_dir() for e in os.scandir(place) if e.name[0] != "."]
        return sorted(found, key=lambda path: path.name)

    def _pieces(self) -> Iterator[Piece]:
        paths = self._paths()
        sql = 'SELECT name, "offset", lines, state FROM files WHERE name IN (SELECT unnest($1::VARCHAR[]))'
        rows = self.cursor.execute(sql, [[path.name for path in paths]]).fetchall() if paths else []
        known = {name: (offset, lines, state) for name, offset, lines, state in rows}
        for path in paths:
            offset, lines, state = known.get(path.name, (0, 0, "live"))
            if state == "done":
                self.finished.append(path.name)
            else:
                yield from self._read(path, offset, lines)

    def _read(self, path: Path, offset: int, lines: int) -> Iterator[Piece]:
        """New whole lines of one stream, in pieces; the last piece of a dead writer closes the stream."""
        with open(path, "rb") as file:
            alive = writer_lives(file.fileno())  # before reading on: what a dead writer left is then all there is
            stat = os.fstat(file.fileno())
            changed = stat.st_mtime_ns // 1000
            if stat.st_size < offset:
                raise StoreAhead
            file.seek(offset)
            while text := _whole_lines(file, stat.st_size - offset):
                piece = Piece(path.name, text, text.count(b"\n"), lines, offset + len(text), changed)
                offset, lines = piece.offset, lines + piece.lines
                file.seek(offset)
                yield piece
        if not alive:
            torn = int(stat.st_size > offset)  # its writer died in the last line, and nobody was told of that line
            yield Piece(path.name, b"", 0, lines, stat.st_size, changed, bad=torn, state="done")

    def _commit(self, pieces: list[Piece]) -> None:
        """One slice: lines, offsets and the closing of dead runs in one transaction."""
        cursor = self.cursor
        cursor.execute("BEGIN")
        cursor.execute("DELETE FROM incoming")
        self._insert_small([p for p in pieces if 0 < p.lines < BULK])
        for piece in pieces:
            if piece.lines >= BULK:
                self._insert_bulk(piece)
        apply.apply_lines(cursor)
        dead = {p.file.removesuffix(".jsonl"): p.changed for p in pieces if p.state == "done"}
        if dead:
            apply.reap(cursor, dead)
        self._advance(pieces)
        cursor.execute("COMMIT")
        self.finished += [p.file for p in pieces if p.state == "done"]

    def _insert_small(self, pieces: list[Piece]) -> None:
        rows: list[tuple[str, int, RawLine]] = []
        for piece in pieces:
            for index, text in enumerate(piece.text.split(b"\n")[:-1]):
                line = decode(text)
                if line is None:
                    piece.bad += 1
                else:
                    rows.append((piece.file, piece.start + index, line))
        if not rows:
            return
        lines = [row[2] for row in rows]
        columns = [
            [row[0] for row in rows],
            [row[1] for row in rows],
            [line.r for line in lines],
            [line.e for line in lines],
            [round(line.t * 1e6) for line in lines],
            [line.s for line in lines],
            [line.k for line in lines],
            [line.v for line in lines],
            [bytes(line.d).decode() or None for line in lines],
        ]
        self.cursor.execute(
            "INSERT INTO incoming SELECT unnest($1::VARCHAR[]), unnest($2::BIGINT[]), unnest($3::VARCHAR[]),"
            " unnest($4::VARCHAR[]), make_timestamp(unnest($5::BIGINT[])), unnest($6::BIGINT[]),"
            " unnest($7::VARCHAR[]), unnest($8::DOUBLE[]), unnest($9::VARCHAR[])",
            columns,
        )

    def _insert_bulk(self, piece: Piece) -> None:
        spool = self.home / "tmp" / f"spool-{os.getpid()}.jsonl"
        try:
            spool.parent.mkdir(exist_ok=True)
            spool.write_bytes(piece.text)
            exactly = "".join(f"[{char}]" if char in "*?[" else char for char in str(spool))  # it would be a pattern
            self.cursor.execute(_BULK, [piece.file, piece.start, exactly, max(16_777_216, len(piece.text))])
        except OSError as error:
            raise unwritable(spool, error) from error
        finally:
            spool.unlink(missing_ok=True)
        good = self.cursor.execute("SELECT count(*) FROM incoming WHERE file = ?", [piece.file]).fetchall()[0][0]
        piece.bad += piece.lines - good

    def _advance(self, pieces: list[Piece]) -> None:
        last = {p.file: p for p in pieces}
        bad = dict.fromkeys(last, 0)
        for piece in pieces:
            bad[piece.file] += piece.bad
        old = "SELECT name, bad FROM files WHERE name IN (SELECT unnest($1::VARCHAR[]))"
        for name, count in self.cursor.execute(old, [list(last)]).fetchall():
            bad[name] += count
        self.cursor.execute("DELETE FROM files WHERE name IN (SELECT unnest($1::VARCHAR[]))", [list(last)])
        self.cursor.execute(
            "INSERT INTO files SELECT unnest($1::VARCHAR[]), unnest($2::BIGINT[]), unnest($3::BIGINT[]),"
            " unnest($4::BIGINT[]), unnest($5::VARCHAR[]), NULL",
            [
                list(last),
                [p.offset for p in last.values()],
                [p.start + p.lines for p in last.values()],
                [bad[name] for name in last],
                [p.state for p in last.values()],
            ],
        )


_BULK = f"""
INSERT INTO incoming
SELECT $1, $2 + n - 1, r, e, make_timestamp((t * 1e6)::BIGINT), s, coalesce(k, ''), TRY_CAST(v AS DOUBLE), d
FROM (SELECT row_number() OVER () AS n, * FROM read_json($3, format = 'newline_delimited', ignore_errors = true,
    maximum_object_size = $4, hive_partitioning = false,
    columns = {{r: 'VARCHAR', e: 'VARCHAR', t: 'DOUBLE', s: 'BIGINT', k: 'VARCHAR', v: 'VARCHAR', d: 'JSON'}}))
WHERE r IS NOT NULL AND e IS NOT NULL AND t >= 0 AND t < {TIME_LIMIT}
  AND (v IS NULL OR TRY_CAST(v AS DOUBLE) IS NOT NULL) AND NOT (e = 'metric' AND v IS NULL)"""


def _whole_lines(file: BinaryIO, left: int) -> bytes:
    """The next whole lines, about one slice of them; a line longer than a slice is read whole."""
    text = file.read(min(SLICE, left))
    if b"\n" not in text and len(text) < left:
        text += file.readline(left - len(text))
    return text[: text.rfind(b"\n") + 1]
