"""SnapshotStore: the snapshots of a log, in an SQLite file of their own.

Beside the log and not in it, because SQLite has one writer a file: a snapshot of many megabytes would hold
up the orders, and it is written by another process than they are.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from exchange.log.port import Snapshot
from exchange.log.terms import SNAPSHOTS_KEPT

SNAPSHOTS_NAME = "snapshots.db"
BUSY_S = 30.0
_DAMAGED = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))

logger = logging.getLogger(__name__)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS snapshots (
    seq INTEGER PRIMARY KEY,
    core BLOB NOT NULL,
    views BLOB NOT NULL,
    market BLOB NOT NULL,
    checksum INTEGER NOT NULL
)
"""


class SnapshotStore:
    """The snapshots in a data directory; several processes may read and save.

    kept: how many a save leaves, the newest ones.
    """

    def __init__(self, directory: Path, kept: int = SNAPSHOTS_KEPT) -> None:
        if kept < 1:
            raise ValueError(f"{kept} snapshots to keep: keep one at least")
        self.path = directory / SNAPSHOTS_NAME
        self._kept = kept

    def _connect(self) -> closing[sqlite3.Connection]:
        # A rollback journal, since new pages are then written once: nothing of them is in the journal.
        database = sqlite3.connect(self.path, isolation_level=None, timeout=BUSY_S)
        try:
            database.execute("PRAGMA synchronous=FULL")
        except BaseException:
            database.close()
            raise
        return closing(database)

    def save(self, snapshot: Snapshot) -> None:
        """Keep a snapshot durably; raises sqlite3.Error, and then those before it are as they were.

        A file that is damaged gives way to a new one: what it held follows from the log.
        """
        try:
            self._save(snapshot)
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            # What SQLite says of a damaged schema quotes it, and need not be text.
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
            if code & 0xFF not in _DAMAGED:
                raise
            logger.error("%s is damaged and made anew: %s", self.path, error)
            self.path.unlink(missing_ok=True)
            self.path.with_name(f"{self.path.name}-journal").unlink(missing_ok=True)
            self._save(snapshot)

    def _save(self, snapshot: Snapshot) -> None:
        with self._connect() as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute(_SCHEMA)
            database.execute(
                "INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?)",
                (*snapshot, snapshot.checksum),
            )
            database.execute(
                "DELETE FROM snapshots WHERE seq NOT IN "
                "(SELECT seq FROM snapshots ORDER BY seq DESC LIMIT ?)",
                (self._kept,),
            )
            # Closing without it rolls back.
            database.execute("COMMIT")

    def withdraw(self, seq: int) -> None:
        """Remove a snapshot."""
        with self._connect() as database:
            database.execute("DELETE FROM snapshots WHERE seq = ?", (seq,))

    def seqs(self) -> list[int]:
        """Return the sequence numbers of what is kept, damaged or not, newest first."""
        if not self.path.exists():
            return []
        with self._connect() as database:
            try:
                found = database.execute("SELECT seq FROM snapshots ORDER BY seq DESC").fetchall()
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):
                    return []
                raise
        return [seq for (seq,) in found]

    def newest_first(self) -> Iterator[Snapshot]:
        """Yield the intact snapshots; one that is damaged, or a file that is, is passed over and told."""
        try:
            seqs = self.seqs()
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            logger.error("%s cannot be read, the log must do without it: %s", self.path, error)
            return
        for seq in seqs:
            try:
                with self._connect() as database:
                    found = database.execute(
                        "SELECT core, views, market, checksum FROM snapshots WHERE seq = ?", (seq,)
                    ).fetchone()
            except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
                logger.error("the snapshot at seq %d cannot be read: %s", seq, error)
                continue
            # Another process may have replaced it meanwhile; a damaged row may lack what it must have.
            if found is not None and all(isinstance(part, bytes) for part in found[:3]):
                snapshot = Snapshot(seq, *found[:3])
                if snapshot.checksum == found[3]:
                    yield snapshot
