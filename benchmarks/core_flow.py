"""One stream over many instruments and accounts, as rows for the whole core and for the books alone."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np

from benchmarks.flow import LEVELS, MID_TICKS, FlowGenerator, Rows, Verb
from benchmarks.mixes import FUTURES
from exchange.core import layout as at
from exchange.core.commands import Batch, Command, batch_of
from exchange.core.core import Core
from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import CommandKind
from matching import layout as floor
from matching.book import OrderBooks

LIVE_ORDERS = 10_000
MOST_LIVE_ORDERS = 100_000
DEPOSIT_MICROS = 10**13
BATCH = 1000
ACCOUNTS_A_BATCH = 10_000

SPEC = InstrumentSpec(
    name="",
    family="",
    underlying="H100",
    index="h100_usd",
    perpetual=True,
    tick_micros=1_000,
    contract_hours=100,
    created_ns=0,
    expiry_ns=0,
    base_ticks=0,
    levels=LEVELS,
    reference_ticks=MID_TICKS,
    initial_margin_ppm=200_000,
    maintenance_margin_ppm=150_000,
    band_ppm=1_000_000,
    max_order_lots=1_000,
    max_position_lots=1_000_000,
    maker_fee_micros=10_000,
    taker_fee_micros=20_000,
)


class CoreFlow(NamedTuple):
    """A stream and what it runs against.

    rows: int64[n, COMMAND_COLUMNS] of the core, SEQ from 1 and TS_NS 0, without the accounts and
    listings before them. floor_rows: the same for OrderBooks. preload: rows that fill the books.
    """

    accounts: int
    instruments: int
    rows: Rows
    floor_rows: Rows
    preload: int


def draw(accounts: int, instruments: int, count: int, seed: int) -> CoreFlow:
    """Draw futures-like streams, one an instrument, shuffled into one, each order of a random account."""
    rng = np.random.default_rng(seed)
    mix = FUTURES._replace(live=LIVE_ORDERS // instruments)
    drawn = [
        FlowGenerator(mix, count // instruments, seed + book).run().messages
        for book in range(instruments)
    ]
    live = mix.live
    loads = [messages[:live] for messages in drawn]
    streams = [messages[live:] for messages in drawn]
    parts = [_shuffled(rng, chosen) for chosen in (loads, streams)]
    messages = np.concatenate([part[0] for part in parts])
    books = np.concatenate([part[1] for part in parts])
    owners = rng.integers(0, accounts, (instruments, max(map(len, drawn))))
    order_ids = _order_ids(messages, books, instruments)
    rows = np.zeros((len(messages), at.COMMAND_COLUMNS), np.int64)
    adds = messages[:, 0] == Verb.ADD
    kinds = np.array([CommandKind.SUBMIT, CommandKind.CANCEL, CommandKind.AMEND], np.int64)
    rows[:, at.COMMAND_KIND] = kinds[messages[:, 0]]
    rows[:, at.COMMAND_ACCOUNT] = owners[books, messages[:, 1]]
    rows[:, at.COMMAND_INSTRUMENT] = books
    rows[~adds, at.COMMAND_ORDER_ID] = order_ids[~adds]
    rows[:, at.COMMAND_SIDE] = messages[:, 2]
    rows[:, at.COMMAND_PRICE_TICKS] = messages[:, 3]
    rows[:, at.COMMAND_QTY_LOTS] = messages[:, 4]
    rows[:, at.COMMAND_SEQ] = np.arange(1, len(rows) + 1)
    return CoreFlow(accounts, instruments, rows, _floor_rows(rows, adds), live * instruments)


def _shuffled(rng: np.random.Generator, streams: list[Rows]) -> tuple[Rows, Rows]:
    """Return the streams' messages in a random order that keeps each stream's own, and their books."""
    books = np.repeat(np.arange(len(streams)), [len(stream) for stream in streams])
    rng.shuffle(books)
    messages = np.empty((len(books), 5), np.int64)
    for book, stream in enumerate(streams):
        messages[books == book] = stream
    return messages, books


def _order_ids(messages: Rows, books: Rows, instruments: int) -> Rows:
    """Return the id of the order that each message is about, from a run through our own books."""
    floor_books = open_books(instruments)
    known: dict[tuple[int, int], int] = {}
    found = np.zeros(len(messages), np.int64)
    for row, (book, message) in enumerate(zip(books.tolist(), messages.tolist(), strict=True)):
        verb, order, side, price_ticks, qty_lots = message
        if verb == Verb.ADD:
            events = floor_books.submit(book, side, price_ticks, qty_lots)
            known[book, order] = int(events[0, floor.EVENT_ORDER_ID])
        elif verb == Verb.CANCEL:
            floor_books.cancel(known[book, order])
        else:
            floor_books.amend(known[book, order], price_ticks, qty_lots)
        found[row] = known[book, order]
    return found


def _floor_rows(rows: Rows, adds: Rows) -> Rows:
    commands = np.zeros((len(rows), floor.COMMAND_COLUMNS), np.int64)
    commands[:, floor.COMMAND_KIND] = rows[:, at.COMMAND_KIND]
    commands[:, floor.COMMAND_BOOK] = rows[:, at.COMMAND_INSTRUMENT]
    commands[:, floor.COMMAND_OWNER] = rows[:, at.COMMAND_ACCOUNT]
    commands[:, floor.COMMAND_ORDER_ID] = rows[:, at.COMMAND_ORDER_ID]
    commands[adds, floor.COMMAND_TERMS] = rows[adds, at.COMMAND_SIDE]
    commands[:, floor.COMMAND_PRICE_TICKS] = rows[:, at.COMMAND_PRICE_TICKS]
    commands[:, floor.COMMAND_QTY_LOTS] = rows[:, at.COMMAND_QTY_LOTS]
    return commands


def open_books(instruments: int) -> OrderBooks:
    """Open as many empty books."""
    books = OrderBooks(orders=MOST_LIVE_ORDERS)
    for _ in range(instruments):
        books.add_book(LEVELS)
    return books


def open_core(accounts: int, instruments: int) -> Core:
    """Open a venue with as many instruments and funded accounts."""
    core = Core()
    listings = [
        Command(
            CommandKind.LIST_INSTRUMENT,
            text=msgspec.json.encode(
                msgspec.structs.replace(SPEC, name=f"B{number}-PERPETUAL", family=f"B{number}")
            ).decode(),
        )
        for number in range(instruments)
    ]
    openings = [
        Command(
            CommandKind.OPEN_ACCOUNT,
            qty_lots=10_000,
            amount_micros=DEPOSIT_MICROS,
            text=f"account-{number}",
        )
        for number in range(accounts)
    ]
    for commands in (listings, openings):
        for start in range(0, len(commands), ACCOUNTS_A_BATCH):
            core.apply(batch_of(commands[start : start + ACCOUNTS_A_BATCH], core.seq + 1, 0))
    return core


def batches(flow: CoreFlow, first_seq: int, start: int, end: int) -> list[Batch]:
    """Return rows ``start`` to ``end`` in batches for a core whose next command is ``first_seq``."""
    rows = flow.rows[start:end].copy()
    rows[:, at.COMMAND_SEQ] = np.arange(first_seq, first_seq + len(rows))
    return [Batch(rows[at_row : at_row + BATCH], {}) for at_row in range(0, len(rows), BATCH)]
