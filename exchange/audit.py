"""Replaying a log for inspection: its digest, and whether log, snapshots and laws hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from exchange.core import invariants, snapshot
from exchange.core.layout import (
    COMMAND_SEQ,
    EVENT_KIND,
    EVENT_ORDER_ID,
    EVENT_RESTING_FEE_MICROS,
    INSTRUMENT_OPEN_INTEREST_LOTS,
    INSTRUMENT_VOLUME_LOTS,
    VENUE_DAY,
    VENUE_TRADES,
    EventKind,
    Instruction,
)
from exchange.log import opening
from exchange.log.codec import CorruptLogError
from exchange.log.store import LogPrunedError
from exchange.replica import PublicReplica, Replica, recover
from exchange.statements.statement import StatementError

Progress = Callable[[int], None]


class Replayed(NamedTuple):
    """What a replay of every command came to."""

    commands: int
    trades: int
    digest: str


class Census(NamedTuple):
    """What a whole log holds. ``quotes``: orders of mass quotes. ``accepted``: the ids of all orders."""

    commands: int
    orders: int
    quotes: int
    trades: int
    volume_lots: int
    open_interest_lots: int
    accepted: frozenset[int]
    broken_laws: list[str]


class Finding(NamedTuple):
    """One thing that was checked; ``problems`` is empty where it holds."""

    check: str
    problems: list[str]


def last_seq(directory: Path) -> int:
    """Return the sequence number at which the log in a data directory ends."""
    log = opening.readable(directory)
    try:
        return log.last_seq
    finally:
        log.close()


def replay(directory: Path, *, progress: Progress = lambda seq: None) -> Replayed:
    """Apply every command of a log to a new core; raises as the log and its reading do."""
    log = opening.readable(directory)
    try:
        core = recover(PublicReplica(), log, from_start=True, progress=progress).core
    finally:
        log.close()
    return Replayed(core.seq, int(core.venue[VENUE_TRADES]), snapshot.digest(core))


def census(directory: Path, *, progress: Progress = lambda seq: None) -> Census:
    """Count what a log holds by replaying it, and check the laws at its end."""
    log = opening.readable(directory)
    accepted: set[int] = set()
    quotes = 0
    replica = PublicReplica()
    try:
        for batch in log.read():
            for row in replica.apply(batch):
                if row[EVENT_KIND] == EventKind.ACCEPTED:
                    accepted.add(row[EVENT_ORDER_ID])
                    quotes += bool(row[EVENT_RESTING_FEE_MICROS] & Instruction.QUOTE)
            progress(replica.core.seq)
    finally:
        log.close()
    core = replica.core
    return Census(
        core.seq,
        len(accepted),
        quotes,
        int(core.venue[VENUE_TRADES]),
        int(core.instruments[:, INSTRUMENT_VOLUME_LOTS].sum()),
        int(core.instruments[:, INSTRUMENT_OPEN_INTEREST_LOTS].sum()),
        frozenset(accepted),
        invariants.violations(core),
    )


def verify(
    directory: Path, *, every: int = 1_000, progress: Progress = lambda seq: None
) -> Iterator[Finding]:
    """Check a log from its first command: its chain, the laws on the way, its snapshots and statements.

    One that was pruned is checked from its oldest snapshot on.

    every: commands between two checks of the laws, which also hold at the end and at each snapshot.
    """
    log = opening.readable(directory)
    try:
        ends_seq = log.last_seq
        saved = {kept.seq: kept for kept in log.snapshots()}
        replica, broken, unequal, checked, days = Replica(), [], [], 0, 0
        try:
            try:
                next(log.read(limit=1), None)
            except LogPrunedError:
                if not saved:
                    raise
                replica.load(saved[min(saved)])
            for batch in log.read(replica.core.seq):
                days += sum(row[EVENT_KIND] == EventKind.DAY_ROLLED for row in replica.apply(batch))
                core = replica.core
                last = core.seq == ends_seq
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
        unexplained = [*replica.statement_faults, *_running_day(replica)]
        yield Finding(f"postings explain every balance ({days} days and since)", unexplained)
    finally:
        log.close()


def _running_day(replica: Replica) -> list[str]:
    """Return what the postings of the day that is running leave unexplained."""
    core = replica.core
    try:
        replica.views.journal.statement(core, int(core.venue[VENUE_DAY]) + 1)
    except StatementError as error:
        return [f"at seq {core.seq}: {error}"]
    return []
