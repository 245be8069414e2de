"""The whole core and the floor alone on one stream: alternating rounds in one process, medians."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from benchmarks.core_flow import BATCH, CoreFlow, batches, open_books, open_core
from benchmarks.flow import Rows
from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.commands import Batch, Command, batch_of
from exchange.core.core import Core
from exchange.core.layout import CommandKind, EventKind
from matching import layout as floor

MARK_ACCOUNTS = 100_000
MARK_TICKS = 20_480
SPARE_ROWS = 2 * BATCH


class Paired(NamedTuple):
    """Commands a second of both, the median over the rounds of core rate by floor rate, and rows a command.

    same: whether both told the same trades. sample_s: seconds of one of the samples of the laws that a
    running exchange takes (``exchange.law_watch``), mean of as many as come round the instruments.
    """

    accounts: int
    commands: int
    core_per_s: float
    floor_per_s: float
    ratio: float
    events: float
    same: bool
    sample_s: float


class Marked(NamedTuple):
    """A mark change: on how many positions, and its median seconds."""

    positions: int
    seconds: float


def pair(flow: CoreFlow, rounds: int) -> Paired:
    """Time a flow's commands behind its preload, in as many rounds, by batches of 1,000.

    Raises RuntimeError when a law does not hold after them.
    """
    core, books = open_core(flow.accounts, flow.instruments), open_books(flow.instruments)
    for batch in batches(flow, core.seq + 1, 0, flow.preload):
        core.apply(batch)
    books.apply(flow.floor_rows[: flow.preload])
    books.make_room(SPARE_ROWS)
    ours = batches(flow, core.seq + 1, flow.preload, len(flow.rows))
    theirs = [
        flow.floor_rows[start : start + BATCH]
        for start in range(flow.preload, len(flow.rows), BATCH)
    ]
    rates: tuple[list[float], list[float]] = [], []
    trades: tuple[list[Rows], list[Rows]] = [], []
    size = -(-len(ours) // rounds)
    told = 0
    for number, start in enumerate(range(0, len(ours), size)):
        runs: list[tuple[Callable[[Any], Rows], list[Any], Callable[[Rows], Rows]]] = [
            (core.apply, ours[start : start + size], _core_trades),
            (books.apply, theirs[start : start + size], _floor_trades),
        ]
        count = sum(map(len, theirs[start : start + size]))
        # Who begins changes with each round, so neither always finds the other's caches.
        for which in (0, 1) if number % 2 == 0 else (1, 0):
            apply, given, trades_of = runs[which]
            seconds, events, found = timed(apply, given, trades_of)
            rates[which].append(count / seconds)
            trades[which].extend(found)
            told += events * (which == 0)
    started = time.thread_time()
    broken = [law for turn in range(flow.instruments) for law in invariants.sampled(core, turn)]
    sample_s = (time.thread_time() - started) / flow.instruments
    if broken:
        raise RuntimeError(f"the laws do not hold: {broken[:3]}")
    commands = len(flow.rows) - flow.preload
    return Paired(
        flow.accounts,
        commands,
        statistics.median(rates[0]),
        statistics.median(rates[1]),
        statistics.median(a / b for a, b in zip(*rates, strict=True)),
        told / commands,
        np.array_equal(np.concatenate(trades[0]), np.concatenate(trades[1])),
        sample_s,
    )


def timed(
    apply: Callable[[Any], Rows], given: Iterable[Any], trades_of: Callable[[Rows], Rows]
) -> tuple[float, int, list[Rows]]:
    """Apply batches; return the seconds of thread time, the event rows written and the trades.

    Each batch is written anew just before, as the sequencer does it: it is in the cache.
    """
    spent_ns, events = 0, 0
    trades = []
    for kept in given:
        batch = kept._replace(rows=kept.rows.copy()) if isinstance(kept, Batch) else kept.copy()
        started = time.thread_time_ns()
        rows = apply(batch)
        spent_ns += time.thread_time_ns() - started
        events += len(rows)
        trades.append(trades_of(rows))
    return spent_ns / 1e9, events, trades


def _core_trades(events: Rows) -> Rows:
    columns = [
        at.EVENT_ORDER_ID,
        at.EVENT_RESTING_ORDER_ID,
        at.EVENT_PRICE_TICKS,
        at.EVENT_QTY_LOTS,
    ]
    rows: Rows = events[events[:, at.EVENT_KIND] == EventKind.EXECUTED][:, columns]
    return rows


def _floor_trades(events: Rows) -> Rows:
    columns = [
        floor.EVENT_ORDER_ID,
        floor.EVENT_OTHER,
        floor.EVENT_PRICE_TICKS,
        floor.EVENT_QTY_LOTS,
    ]
    executed = events[:, floor.EVENT_KIND] == floor.EventKind.EXECUTED
    rows: Rows = events[executed][:, columns]
    return rows


def mark(rounds: int, accounts: int = MARK_ACCOUNTS) -> Marked:
    """Give each account one lot, long or short, and time mark changes of one tick."""
    core = open_core(accounts, 1)
    trades = [
        Command(
            CommandKind.SUBMIT, account, 0, side=account % 2, price_ticks=MARK_TICKS, qty_lots=1
        )
        for account in range(accounts)
    ]
    for start in range(0, accounts, BATCH):
        core.apply(batch_of(trades[start : start + BATCH], core.seq + 1, 0))
    held = int((core.positions[:accounts, 0, at.POSITION_LOTS] != 0).sum())
    return Marked(held, statistics.median(_mark_s(core, number) for number in range(rounds)))


def _mark_s(core: Core, number: int) -> float:
    price_ticks = MARK_TICKS + 1 + number % 2
    batch = batch_of(
        [Command(CommandKind.MARK, instrument=0, price_ticks=price_ticks)], core.seq + 1, 0
    )
    started = time.thread_time()
    events = core.apply(batch)
    seconds = time.thread_time() - started
    if events[0, at.EVENT_KIND] != EventKind.MARKED:
        raise RuntimeError(f"the mark was not taken: {events.tolist()}")
    return seconds
