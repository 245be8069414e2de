"""Snapshots from the log alone, in a process of their own: the exchange goes on meanwhile.

Run as ``python -m exchange.snapshotting DATA_DIR [--kept N]``: it recovers as any start does, saves the
state where the log ended, reads that back and compares digests, and prints one line of JSON. Reasons:
docs/decisions/0031-snapshots-and-recovery.md.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
import time
from pathlib import Path

import msgspec

from exchange.core import snapshot
from exchange.explained import ExplainedError
from exchange.log import opening
from exchange.log.snapshots import SnapshotStore
from exchange.log.terms import SNAPSHOTS_KEPT
from exchange.replica import Replica, recover

NICENESS = 19


class SnapshotError(ExplainedError, RuntimeError):
    """What was saved is not the state that it was taken of."""


class Taken(msgspec.Struct, frozen=True):
    """A snapshot that was saved and read back, or the one that was there already."""

    seq: int
    digest: str
    bytes: int
    seconds: float


def take(directory: Path, kept: int = SNAPSHOTS_KEPT) -> Taken:
    """Recover from the log of a data directory and keep the state at its end.

    Raises as opening, reading and saving do, and SnapshotError, with the snapshot withdrawn, where it
    restores to another state.
    """
    began_s = time.monotonic()
    store = SnapshotStore(directory, kept)
    log = opening.readable(directory)
    try:
        replica = recover(Replica(), log)
    finally:
        log.close()
    saved = replica.snapshot()
    expected = snapshot.digest(replica.core)
    if saved.seq not in store.seqs():
        store.save(saved)
        read = next(store.newest_first(), None)
        if read != saved or snapshot.digest(snapshot.restore(read.core)) != expected:
            store.withdraw(saved.seq)
            raise SnapshotError(f"the snapshot at seq {saved.seq} restores to another state")
    size = len(saved.core) + len(saved.views) + len(saved.market)
    return Taken(saved.seq, expected, size, time.monotonic() - began_s)


def give_way() -> None:
    """Let this process run only when no other wants the processor (sched(7), SCHED_IDLE), or seldom."""
    if sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    else:
        os.nice(NICENESS)


def main() -> None:
    """Take a snapshot from the command line, giving way to all other processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--kept", type=int, default=SNAPSHOTS_KEPT)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    give_way()
    gc.disable()
    taken = take(arguments.directory, arguments.kept)
    sys.stdout.write(msgspec.json.encode(taken).decode() + "\n")


if __name__ == "__main__":
    main()
