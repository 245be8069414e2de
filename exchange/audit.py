"""Replaying a log for inspection: its digest, and whether log, snapshots and laws hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from exchange.core import invariants, snapshot
from exchange.core.layout import COMMAND_SEQ, VENUE_TRADES
from exchange.log.codec import CorruptLogError
from exchange.log.store import CommandLog
from exchange.replica import PublicReplica, Replica, recover

Progress = Callable[[int], None]


class Replayed(NamedTuple):
    """What a replay of every command came to."""

    commands: int
    trades: int
    digest: str


class Finding(NamedTuple):
    """One thing that was checked; ``problems`` is empty where it holds."""

    check: str
    problems: list[str]


def last_seq(directory: Path) -> int:
    """Return the sequence number at which the log in a data directory ends."""
    log = CommandLog(directory, writable=False)
    try:
        return log.last_seq
    finally:
        log.close()


def replay(directory: Path, *, progress: Progress = lambda seq: None) -> Replayed:
    """Apply every command of a log to a new core; raises as CommandLog and its reading do."""
    log = CommandLog(directory, writable=False)
    try:
        core = recover(PublicReplica(), log, from_start=True, progress=progress).core
    finally:
        log.close()
    return Replayed(core.seq, int(core.venue[VENUE_TRADES]), snapshot.digest(core))


def verify(
    directory: Path, *, every: int = 1_000, progress: Progress = lambda seq: None
) -> Iterator[Finding]:
    """Check a log from its first command: its chain, the laws on the way, and its snapshots.

    every: commands between two checks of the laws, which also hold at the end and at each snapshot.
    """
    log = CommandLog(directory, writable=False)
    try:
        saved = {kept.seq: kept for kept in log.snapshots()}
        replica, broken, unequal, checked = Replica(), [], [], 0
        try:
            for batch in log.read():
                replica.apply(batch)
                core = replica.core
                last = core.seq == log.last_seq
                if core.seq - checked >= every or core.seq in saved or last:
                    checked = core.seq
                    broken += [f"at seq {core.seq}: {law}" for law in invariants.violations(core)]
                if core.seq in saved:
                    restored = Replica()
                    restored.load(saved[core.seq])
                    if snapshot.digest(restored.core) != snapshot.digest(core):
                        unequal.append(f"at seq {core.seq}: another state than the log's")
                progress(int(batch.rows[-1, COMMAND_SEQ]))
            chain: list[str] = []
        except CorruptLogError as error:
            chain = [str(error)]
        yield Finding(f"log is whole up to seq {replica.core.seq}", chain)
        yield Finding(f"laws hold ({len(invariants.LAWS)} of them)", broken)
        yield Finding(f"snapshots equal the log ({len(saved)} of them)", unequal)
    finally:
        log.close()
