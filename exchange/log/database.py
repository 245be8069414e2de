"""The SQLite file of a log: how it is opened, what a commit costs, and what a failed one leaves behind.

Write-ahead log (WAL). With synchronous=FULL a commit is synced, so that it survives the loss of power;
with NORMAL only checkpoints are, so that a commit survives the end of the process, and a loss of power
costs the latest commits but never their order; OFF never syncs, and a loss of power may cost the file
(https://www.sqlite.org/pragma.html#pragma_synchronous).
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from exchange.log.terms import Durability

SYNCHRONOUS: dict[Durability, int] = {"none": 0, "os": 1, "fsync": 2}
"""SQLite's OFF, NORMAL and FULL."""

TRIAL_BYTES = 1 << 20
"""What a disk must take before the log goes on; the pages are kept for the next batches."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS trial (room BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS batches (
    first_seq INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    ts_ns INTEGER NOT NULL,
    rows BLOB NOT NULL,
    texts BLOB NOT NULL,
    checksum INTEGER NOT NULL
);
"""

_INCOMPLETE = frozenset((sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE))


def connect(path: Path, durability: Durability | None = None) -> sqlite3.Connection:
    """Open a log's file; durability: of what is written to it, None to read alone."""
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    try:
        database.execute("PRAGMA journal_mode=WAL")
        if durability is not None:
            database.execute(f"PRAGMA synchronous={SYNCHRONOUS[durability]}")
    except UnicodeDecodeError as error:
        database.close()
        # What SQLite says of a damaged schema quotes it.
        raise sqlite3.DatabaseError(f"{path} is damaged: {error}") from None
    except BaseException:
        database.close()
        raise
    return database


def durability_of(database: sqlite3.Connection) -> Durability:
    """Return what SQLite says that it does at a commit."""
    synchronous = min(int(database.execute("PRAGMA synchronous").fetchone()[0]), 2)
    return next(name for name, value in SYNCHRONOUS.items() if value == synchronous)


def is_incomplete(error: Exception) -> bool:
    """Say whether a commit failed so that nothing of it can ever come back.

    A transaction's last frame carries its commit. Where a write failed that frame is not whole, and
    whoever opens the file later stops before it. After any other failure, of a sync above all, the frames
    may be there or not: the kernel forgets pages that it could not write, and the next sync succeeds
    (https://wiki.postgresql.org/wiki/Fsync_Errors).
    """
    return isinstance(error, sqlite3.Error) and error.sqlite_errorcode in _INCOMPLETE


def write_trial(database: sqlite3.Connection) -> None:
    """Write and free TRIAL_BYTES, durably; raises sqlite3.Error while the disk refuses.

    What a failed commit left in the write-ahead log is behind the last commit that counts, so these frames
    overwrite its first ones: from then on nothing of it can come back, since each frame's checksum goes
    on from the one before it (https://www.sqlite.org/fileformat2.html#wal_file_format).
    """
    database.execute("INSERT INTO trial VALUES (zeroblob(?))", (TRIAL_BYTES,))
    database.execute("DELETE FROM trial")


def checkpoint(database: sqlite3.Connection) -> None:
    """Copy all of the write-ahead log into the file, and sync that; raises sqlite3.Error where it cannot."""
    busy, frames, copied = database.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
    if busy or frames != copied:
        raise sqlite3.OperationalError(f"{copied} of {frames} frames could be copied")
