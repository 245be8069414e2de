"""What of a log may go: the batches before the oldest snapshot that recovery may have to begin with."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from exchange.core import snapshot
from exchange.explained import ExplainedError
from exchange.log import database
from exchange.log.snapshots import SnapshotStore
from exchange.log.store import CommandLog
from exchange.log.terms import LOG_NAME

AT_ONCE = 64
"""Batches a transaction: between two of them a running exchange commits."""
PAUSE_S = 0.002


class NothingToPruneError(ExplainedError, ValueError):
    """No batch may go; the text says why."""


class Pruned(NamedTuple):
    """What went: how many batches and commands, and where the log begins now."""

    batches: int
    commands: int
    first_seq: int


def prune(directory: Path, *, progress: Callable[[int], None] = lambda seq: None) -> Pruned:
    """Remove the batches before the oldest kept snapshot; an exchange may run meanwhile.

    The batch with which that snapshot ends stays, because the chain of checksums goes on from it. Raises
    NothingToPruneError where a snapshot is damaged, of other rules, or not at a batch's end; then nothing
    is removed.
    """
    log = CommandLog(directory, writable=False)
    try:
        oldest_seq = _oldest(directory, log)
    finally:
        log.close()
    batches = commands = 0
    with closing(database.connect(directory / LOG_NAME, "fsync")) as opened:
        while True:
            found = opened.execute(
                "DELETE FROM batches WHERE first_seq IN (SELECT first_seq FROM batches WHERE "
                "first_seq + count - 1 < ? ORDER BY first_seq LIMIT ?) RETURNING first_seq, count",
                (oldest_seq, AT_ONCE),
            ).fetchall()
            if not found:
                break
            batches += len(found)
            commands += sum(count for _, count in found)
            progress(max(first + count - 1 for first, count in found))
            time.sleep(PAUSE_S)
        (first_seq,) = opened.execute("SELECT min(first_seq) FROM batches").fetchone()
    return Pruned(batches, commands, int(first_seq))


def _oldest(directory: Path, log: CommandLog) -> int:
    """Return the oldest snapshot's seq once every kept one is found whole."""
    seqs = SnapshotStore(directory).seqs()
    if not seqs:
        raise NothingToPruneError(f"{directory} has no snapshot: `cfx log snapshot` takes one")
    whole = []
    for kept in log.snapshots():
        snapshot.restore(kept.core)
        if not log.ends_at(kept.seq):
            raise NothingToPruneError(f"no batch of the log ends at the snapshot's seq {kept.seq}")
        whole.append(kept.seq)
    if whole != seqs:
        damaged = ", ".join(str(seq) for seq in seqs if seq not in whole)
        raise NothingToPruneError(
            f"the snapshot at seq {damaged} is damaged, so the log may be needed: "
            "`cfx log snapshot` takes another"
        )
    return seqs[-1]
