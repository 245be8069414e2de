"""Reader of LOBSTER message files, and the steps that a tape shows being done.

LOBSTER (lobsterdata.com) tells what happened to resting orders, not what was sent: an aggressor
is the run of executions of equal time and side, so it is sent as an IOC of their sizes up to the
last price. An order whose submission the tape does not show existed before with the sum of its
later reductions, and enters where its id stands among the ids that were submitted.
"""

from __future__ import annotations

import csv
import gzip
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from matching.layout import CommandKind, Side

SUBMISSION, REDUCTION, DELETION, EXECUTION, HIDDEN_EXECUTION = 1, 2, 3, 4, 5
PRICE_UNITS_PER_TICK = 100
"""LOBSTER prices are dollars x 10,000; a tick of US equities is a cent."""


class Message(NamedTuple):
    """One row of a message file; time_ns is since midnight, side that of the resting order."""

    time_ns: int
    kind: int
    tape_id: int
    qty_lots: int
    price_ticks: int
    side: int


class Fill(NamedTuple):
    """One execution: the resting order by its tape id, size and price."""

    tape_id: int
    qty_lots: int
    price_ticks: int


class Touch(NamedTuple):
    """Best prices and their sizes; None and 0 where a side is empty."""

    ask_ticks: int | None
    ask_lots: int
    bid_ticks: int | None
    bid_lots: int


class Step(NamedTuple):
    """One thing that the tape shows being done: a SUBMIT, AMEND or CANCEL.

    An aggressor is a SUBMIT with fills, and its tape_id is 0. qty_lots of AMEND is the new open
    size. fills is what the tape shows an aggressor getting.
    """

    kind: CommandKind
    tape_id: int
    side: int
    price_ticks: int
    qty_lots: int
    fills: tuple[Fill, ...] = ()


def read_messages(path: Path) -> list[Message]:
    """Return the rows of a LOBSTER message file, plain or gzipped (ValueError: malformed row)."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as stream:
        return [_message(row) for row in csv.reader(stream)]


def _message(row: list[str]) -> Message:
    if len(row) != 6 or row[5] not in ("1", "-1"):
        raise ValueError(f"not a LOBSTER message row: {','.join(row)}")
    seconds, _, fraction = row[0].partition(".")
    kind, tape_id, qty_lots, price = (int(value) for value in row[1:5])
    if kind != HIDDEN_EXECUTION and price % PRICE_UNITS_PER_TICK:
        raise ValueError(f"price {price} of order {tape_id} is no whole tick")
    return Message(
        int(seconds) * 1_000_000_000 + int(fraction.ljust(9, "0")),
        kind,
        tape_id,
        qty_lots,
        price // PRICE_UNITS_PER_TICK,
        Side.BUY if row[5] == "1" else Side.SELL,
    )


def read_touches(path: Path) -> list[Touch]:
    """Return the best prices of a one-level LOBSTER order book file, one a row."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as stream:
        return [
            Touch(int(a) // PRICE_UNITS_PER_TICK, int(n), int(b) // PRICE_UNITS_PER_TICK, int(k))
            for a, n, b, k in csv.reader(stream)
        ]


def steps(messages: list[Message]) -> Iterator[Step]:
    """Yield what was done, in order: earlier orders where their ids place them, runs as one IOC."""
    submitted = [message.tape_id for message in messages if message.kind == SUBMISSION]
    latest = list(accumulate(submitted, max))
    unseen = _unseen_orders(messages, set(submitted))
    due = 0
    open_lots: dict[int, int] = {}
    run: list[Message] = []
    row = 0
    for message in messages:
        if run and message.kind != HIDDEN_EXECUTION and not _same_run(run[0], message):
            yield _aggressor(run)
            run = []
        if message.kind == SUBMISSION:
            while due < len(unseen) and bisect_left(latest, unseen[due].tape_id) <= row:
                open_lots[unseen[due].tape_id] = unseen[due].qty_lots
                yield unseen[due]
                due += 1
            row += 1
            open_lots[message.tape_id] = message.qty_lots
            yield _step(CommandKind.SUBMIT, message, message.qty_lots)
        elif message.kind == EXECUTION:
            run.append(message)
            open_lots[message.tape_id] -= message.qty_lots
        elif message.kind in (REDUCTION, DELETION):
            left = open_lots[message.tape_id] - message.qty_lots
            open_lots[message.tape_id] = left
            keeps = message.kind == REDUCTION and left > 0
            yield _step(CommandKind.AMEND if keeps else CommandKind.CANCEL, message, left)
    if run:
        yield _aggressor(run)


def _unseen_orders(messages: list[Message], submitted: set[int]) -> list[Step]:
    """Return the orders that the tape never shows being submitted, by id."""
    found: dict[int, Step] = {}
    for message in messages:
        if message.kind in (REDUCTION, DELETION, EXECUTION) and message.tape_id not in submitted:
            former = found.get(message.tape_id)
            lots = message.qty_lots + (former.qty_lots if former else 0)
            found[message.tape_id] = _step(CommandKind.SUBMIT, message, lots)
    return [found[tape_id] for tape_id in sorted(found)]


def _step(kind: CommandKind, message: Message, qty_lots: int) -> Step:
    return Step(kind, message.tape_id, message.side, message.price_ticks, qty_lots)


def _same_run(first: Message, message: Message) -> bool:
    return message.kind == EXECUTION and (first.time_ns, first.side) == (
        message.time_ns,
        message.side,
    )


def _aggressor(run: list[Message]) -> Step:
    fills = tuple(Fill(message.tape_id, message.qty_lots, message.price_ticks) for message in run)
    lots = sum(fill.qty_lots for fill in fills)
    return Step(CommandKind.SUBMIT, 0, 1 - run[0].side, fills[-1].price_ticks, lots, fills)
