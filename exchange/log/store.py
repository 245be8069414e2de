"""CommandLog: batches in one SQLite file that any tool can open, snapshots in another.

Table ``batches``: one row per group commit, ``first_seq`` the sequence number of its first command.
Readers in other processes follow while the one writer appends. What a commit survives: `database`.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from exchange.core.commands import INT64_MAX, Batch
from exchange.core.core import RULES_VERSION
from exchange.core.layout import COMMAND_SEQ, COMMAND_TS_NS
from exchange.core.snapshot import RulesVersionError
from exchange.log import codec, database, watermark
from exchange.log.codec import CorruptLogError
from exchange.log.port import LogLockedError, Snapshot
from exchange.log.snapshots import SnapshotStore
from exchange.log.terms import LOG_NAME, SNAPSHOTS_KEPT, Durability
from exchange.log.watermark import HighWaterMark, Mark

LOCK_NAME = "commands.lock"
PAGE_BATCHES = 64
"""Batches that a reader fetches at once: while it reads, the writer cannot shorten its write-ahead log."""
POLL_S = 0.002
"""How often a reader looks whether a writer in another process has written."""


class LogCutError(CorruptLogError):
    """The log does not hold what was durable in it before."""


class LogPrunedError(CorruptLogError):
    """What is asked for was removed from the log on purpose."""


class CommandLog:
    """The log of one venue in a directory.

    writable: take the directory's lock; LogLockedError when another process has it. Readers take no
    lock. durability: of what is appended. RulesVersionError when the log was written under other rules,
    LogCutError when it ends before what the high-water mark beside it says, or holds another history; the
    mark is kept where commits are synced, since others may be lost with the machine.
    """

    def __init__(
        self,
        directory: Path,
        *,
        writable: bool,
        durability: Durability = "fsync",
        snapshots_kept: int = SNAPSHOTS_KEPT,
    ) -> None:
        self.path = directory / LOG_NAME
        self._snapshots = SnapshotStore(directory, snapshots_kept)
        self._lock: int | None = None
        self._mark: HighWaterMark | None = None
        # Read first: a log that is being written moves on meanwhile, and never falls behind it.
        marked = watermark.read(directory)
        if writable:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = _locked(directory / LOCK_NAME)
        elif not self.path.exists():
            raise FileNotFoundError(f"{self.path}: no log here; `cfx serve` starts one")
        self._durability = durability if writable else None
        opened = None
        try:
            opened = self._db = database.connect(self.path, self._durability)
            self._last_seq, self._checksum = self._tip()
            # Before anything is written to what may have to be put back together.
            self._check_mark(marked)
            if writable:
                self._db.executescript(database.SCHEMA)
                self._db.execute(
                    "INSERT OR IGNORE INTO meta VALUES ('rules_version', ?)", (RULES_VERSION,)
                )
            self._check_rules()
            if durability == "fsync" and writable:
                self._mark = HighWaterMark(directory)
        except BaseException:
            if opened is not None:
                opened.close()
            self._unlock()
            raise

    def _check_rules(self) -> None:
        found = self._first("SELECT value FROM meta WHERE key = 'rules_version'")
        if found is None:
            raise FileNotFoundError(
                f"{self.path}: no log here yet: its exchange ended while it made one, or is making it; "
                "`cfx serve` goes on"
            )
        if found[0] != RULES_VERSION:
            raise RulesVersionError(
                f"{self.path} was written under rules version {found[0]}, this program has "
                f"{RULES_VERSION}: `cfx migrate {self.path.parent} NEW_DIR` converts it where there is a way, "
                "the release that wrote it reads it"
            )

    def _check_mark(self, marked: Mark) -> None:
        if marked != (self._end_before(marked.seq) or (0, 0)):
            raise LogCutError(
                f"{self.path} ends at seq {self._last_seq} and does not hold what was durable at seq "
                f"{marked.seq}: put {LOG_NAME} and {LOG_NAME}-wal back together, or start from a copy of "
                f"them that does; to go on without what is lost, remove {watermark.MARK_NAME}"
            )

    def _tip(self) -> tuple[int, int]:
        return self._end_before(INT64_MAX) or (0, 0)

    def _end_before(self, seq: int) -> tuple[int, int] | None:
        """Return where the last batch that begins at ``seq`` or before ends, and its checksum."""
        found = self._first(
            "SELECT first_seq + count - 1, checksum FROM batches WHERE first_seq <= ? "
            "ORDER BY first_seq DESC LIMIT 1",
            seq,
        )
        return (int(found[0]), int(found[1])) if found else None

    def _first(self, question: str, *values: int) -> tuple[int, ...] | None:
        """Return the first row of a question's answer; None also where its table was never made."""
        try:
            found: tuple[int, ...] | None = self._db.execute(question, values).fetchone()
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            return None
        if found is not None and not all(isinstance(value, int) for value in found):
            # SQLite gives NULL for what it does not find in a damaged row.
            raise CorruptLogError(f"{self.path} is damaged: a batch lacks its numbers")
        return found

    @property
    def last_seq(self) -> int:
        """Sequence number of the last command: of the writer's own appends, else at the latest look."""
        if self._lock is None:
            self._last_seq, self._checksum = self._tip()
        return self._last_seq

    def checksum_at(self, seq: int) -> int:
        """Return the chained checksum after the batch that ends at ``seq``, 0 before the first.

        Raises CorruptLogError where none ends there.
        """
        end, checksum = self._end_before(seq) or (0, 0)
        if end != seq:
            raise CorruptLogError(f"{self.path}: no batch of the log ends at seq {seq}")
        return checksum

    @property
    def first_seq(self) -> int:
        """Sequence number of the first command that is kept; 1 unless the log was pruned."""
        (found,) = self._db.execute("SELECT min(first_seq) FROM batches").fetchone()
        return int(found or 1)

    def ends_at(self, seq: int) -> bool:
        """Say whether a batch ends at a sequence number, so that reading may begin after it."""
        found = self._end_before(seq)
        return found is not None and found[0] == seq

    @property
    def durability(self) -> Durability:
        """What SQLite says that it does at a commit."""
        return database.durability_of(self._db)

    def append(self, batch: Batch) -> None:
        """Write a batch and return when it is durable.

        Raises sqlite3.Error when the disk refuses: whether the batch is in the log all the same says
        `settle`, which must be called before the next append. ValueError, with nothing written, when the
        batch does not continue the log.
        """
        first_seq = int(batch.rows[0, COMMAND_SEQ])
        if first_seq != self._last_seq + 1:
            raise ValueError(f"the log ends at {self._last_seq}, the batch begins at {first_seq}")
        rows, texts = codec.encode(batch)
        checksum = codec.chained(self._checksum, rows, texts)
        count, ts_ns = len(batch.rows), int(batch.rows[-1, COMMAND_TS_NS])
        self._db.execute(
            "INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?)",
            (first_seq, count, ts_ns, rows, texts, checksum),
        )
        self._last_seq = first_seq + count - 1
        self._checksum = checksum
        if self._mark is not None:
            self._mark.note(self._last_seq, checksum)

    def settle(self, batch: Batch | None = None) -> bool:
        """Say whether a batch whose append failed is in the log, once that is certain and the disk writes.

        Raises sqlite3.Error while it does not, CorruptLogError where the log holds neither what it held
        before the batch nor that and the batch.
        """
        before = after = (self._last_seq, self._checksum)
        if batch is not None:
            after = (
                int(batch.rows[-1, COMMAND_SEQ]),
                codec.chained(self._checksum, *codec.encode(batch)),
            )
        # A new connection, because the former one believes what it has in memory.
        former, self._db = self._db, database.connect(self.path, self._durability)
        with contextlib.suppress(sqlite3.Error):
            former.close()
        database.write_trial(self._db)
        tip = self._tip()
        if tip not in (before, after):
            raise CorruptLogError(f"the log ends at {tip[0]}, which is not what was written to it")
        if tip == before:
            return tip == after
        # It came back through the kernel's memory; only what is written once more is durable.
        database.checkpoint(self._db)
        self._last_seq, self._checksum = tip
        if self._mark is not None:
            self._mark.note(*tip)
        return True

    def read(self, after_seq: int = 0, *, limit: int = -1) -> Iterator[Batch]:
        """Yield the batches after a batch's end, in order.

        Raises CorruptLogError at a record that does not continue its predecessor.
        """
        former = self._end_before(after_seq)
        seq, checksum = former or (0, 0)
        if former is None and after_seq + 1 < self.first_seq:
            raise LogPrunedError(
                f"the log begins at seq {self.first_seq}: what was before it is pruned, and the snapshots "
                "hold what it came to"
            )
        if seq != after_seq:
            raise CorruptLogError(f"no batch of the log ends at seq {after_seq}")
        left = limit if limit >= 0 else sys.maxsize
        while left:
            wanted = min(left, PAGE_BATCHES)
            page = self._page(seq, wanted)
            yield from self._decoded(page, seq, checksum)
            if len(page) < wanted:
                return
            left -= wanted
            seq, checksum = page[-1][0] + page[-1][1] - 1, page[-1][4]

    def _page(self, after_seq: int, limit: int) -> list[tuple[int, int, bytes, bytes, int]]:
        return self._db.execute(
            "SELECT first_seq, count, rows, texts, checksum FROM batches WHERE first_seq > ? "
            "ORDER BY first_seq LIMIT ?",
            (after_seq, limit),
        ).fetchall()

    def _decoded(
        self, page: list[tuple[int, int, bytes, bytes, int]], seq: int, checksum: int
    ) -> Iterator[Batch]:
        for first_seq, count, rows, texts, kept in page:
            whole = isinstance(rows, bytes) and isinstance(texts, bytes) and isinstance(count, int)
            checksum = codec.chained(checksum, rows, texts) if whole else -1
            if first_seq != seq + 1 or checksum != kept:
                raise CorruptLogError(f"the batch at seq {first_seq} is damaged or out of place")
            batch = codec.decode(rows, texts)
            if len(batch.rows) != count or int(batch.rows[0, COMMAND_SEQ]) != first_seq:
                raise CorruptLogError(f"the batch at seq {first_seq} does not hold its commands")
            seq = first_seq + count - 1
            yield batch

    def version(self) -> int:
        """Return a number that changes when another process has written, at almost no cost."""
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    async def changed(self, version: int, timeout_s: float) -> int:
        """Return the version once it is another than this, at the latest after ``timeout_s``."""
        ends_s = time.monotonic() + timeout_s
        while (found := self.version()) == version and time.monotonic() < ends_s:
            await asyncio.sleep(POLL_S)
        return found

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot durably, and the ones before it that are to be kept; older ones go."""
        self._snapshots.save(snapshot)

    def snapshots(self) -> Iterator[Snapshot]:
        """Yield the intact snapshots, newest first; a damaged one is passed over."""
        return self._snapshots.newest_first()

    def close(self) -> None:
        """Close the file and give the lock back."""
        with contextlib.suppress(sqlite3.Error):
            self._db.close()
        if self._mark is not None:
            self._mark.close()
            self._mark = None
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _locked(path: Path) -> int:
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise LogLockedError(
            f"{path.parent} is in use by another exchange: stop it, or choose another --data-dir"
        ) from None
    return descriptor
