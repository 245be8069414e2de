"""Seeded streams of orders, the same for every engine that is measured: a futures market's and harder ones.

What is drawn is told by a Mix (see ``mixes``): adds at some distance from a moving mid, cancels of an
order drawn evenly from those alive, amends (to another price, so priority is lost everywhere) and
marketable limit orders, sized so that the number alive stays near its target. Orders have dense ids
in order of submission. The stream is drawn in chunks against our own books, which keep count of what is
alive; that dry run also gives the ids of our command rows.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching import layout as at
from matching.book import OrderBooks
from matching.layout import CommandKind, EventKind, Side

Rows = NDArray[np.int64]

LEVELS = 40_960
"""Prices of a book: what the exchange lists a perpetual with ($0.001 to $40), its widest default."""
MID_TICKS = LEVELS // 2
LOWEST_TICKS = 1
"""Many books from outside refuse a price of zero."""
MESSAGES_PER_CHUNK = 500
MEAN_ADD_LOTS = 5.5
MEAN_REVERSION = 0.001


class Verb(IntEnum):
    """What a message asks for; a marketable order is an ADD that crosses."""

    ADD = 0
    CANCEL = 1
    AMEND = 2


class Flow(NamedTuple):
    """A stream and its translation.

    messages: int64[n, 5] of Verb, order, side, price_ticks, qty_lots, where the first ``preload`` rows
    fill the book and are not timed. An AMEND gives the new price and open size.
    commands: int64[n, COMMAND_COLUMNS], the same as rows for OrderBooks.
    trades: int64[m, 5] of message index, resting order, aggressor, price_ticks, qty_lots.
    live: orders alive at the end.
    """

    messages: Rows
    commands: Rows
    trades: Rows
    preload: int
    live: int

    def trades_until(self, message: int) -> Rows:
        """Return the trades of the messages before this one, without the message index."""
        return self.trades[self.trades[:, 0] < message, 1:]


class Mix(NamedTuple):
    """What a stream is like.

    live: orders to preload, and to stay near. distance_ticks: mean distance of passive prices from the
    mid, geometric; 0: even over all prices. add, cancel, amend, marketable: shares, summing to one.
    reach_ticks: how far a marketable order may go. moves: whether the mid wanders.
    """

    name: str
    text: str
    live: int
    distance_ticks: float
    add: float = 0.48
    cancel: float = 0.42
    amend: float = 0.05
    marketable: float = 0.05
    reach_ticks: int = 20
    moves: bool = True

    @property
    def marketable_lots(self) -> float:
        """Twice the mean size of a marketable order that takes what is added and not cancelled."""
        return 2 * MEAN_ADD_LOTS * (self.add - self.cancel) / self.marketable


class FlowGenerator:
    """Draws messages against the book as it stands, chunk by chunk."""

    def __init__(self, mix: Mix, count: int, seed: int) -> None:
        live = mix.live
        self.rng = np.random.default_rng(seed)
        self.mix = mix
        self.count = live + count
        self.books = OrderBooks(orders=2 * live)
        self.books.add_book(LEVELS)
        self.mid_ticks = self.home_ticks = float(MID_TICKS)
        self.order_ids = np.zeros(live + count, np.int64)
        self.side = np.zeros(live + count, np.int64)
        self.price_ticks = np.zeros(live + count, np.int64)
        self.alive = np.zeros(live + count, np.bool_)
        self.orders = 0
        self.chunks: list[tuple[Rows, Rows, Rows]] = []
        self.sent = 0

    def distances(self, count: int) -> Rows:
        if self.mix.distance_ticks == 0:
            return self.rng.integers(1, MID_TICKS, count)
        return self.rng.geometric(1 / self.mix.distance_ticks, count)

    def passive_prices(self, side: Rows) -> Rows:
        """Prices away from the mid that do not meet the other side's best."""
        bid, ask = self.books.best_bid(0), self.books.best_ask(0)
        mid, away = round(self.mid_ticks), self.distances(len(side))
        buy = np.minimum(mid - away, (ask if ask is not None else LEVELS) - 1)
        sell = np.maximum(mid + away, (bid if bid is not None else -1) + 1)
        return np.clip(np.where(side == Side.BUY, buy, sell), LOWEST_TICKS, LEVELS - 1)

    def add(self, count: int) -> None:
        """Add passive orders."""
        side = self.rng.integers(0, 2, count)
        rows = np.zeros((count, 5), np.int64)
        rows[:, 2], rows[:, 3] = side, self.passive_prices(side)
        rows[:, 4] = self.rng.integers(1, 11, count)
        self.send(rows)

    def run(self) -> Flow:
        """Preload, draw the rest, and return the whole stream."""
        live = self.mix.live
        for start in range(0, live, 10_000):
            self.add(min(10_000, live - start))
        while self.sent < self.count:
            self.chunk(min(MESSAGES_PER_CHUNK, self.count - self.sent))
        messages, commands, trades = (
            np.concatenate(arrays) for arrays in zip(*self.chunks, strict=True)
        )
        return Flow(messages, commands, trades, live, self.books.live)

    def chunk(self, count: int) -> None:
        """Draw and send the next messages; some may be left out (see send)."""
        rng, mix = self.rng, self.mix
        if mix.moves:
            self.mid_ticks += rng.choice([-1, 0, 1], p=[0.125, 0.75, 0.125])
            self.mid_ticks += (self.home_ticks - self.mid_ticks) * MEAN_REVERSION
        kind = rng.choice(4, count, p=[mix.add, mix.cancel, mix.amend, mix.marketable])
        rows = np.zeros((count, 5), np.int64)
        rows[:, 2] = rng.integers(0, 2, count)
        rows[:, 4] = rng.integers(1, 11, count)
        targets = np.flatnonzero(self.alive)
        # A book that has run low is filled again: no chunk takes more orders than there are.
        kind[np.flatnonzero((kind == 1) | (kind == 2))[len(targets) :]] = 0
        removing = (kind == 1) | (kind == 2)
        chosen = rng.choice(targets, int(removing.sum()), replace=False, shuffle=True)
        rows[removing, 1] = chosen
        rows[removing, 2] = self.side[chosen]
        rows[kind == 1, 0] = Verb.CANCEL
        rows[kind == 1, 4] = 0
        rows[kind == 2, 0] = Verb.AMEND
        passive = (kind == 0) | (kind == 2)
        rows[passive, 3] = self.passive_prices(rows[passive, 2])
        # At its own price an amend might keep its priority, which not every engine can do.
        stays = (kind == 2) & (rows[:, 3] == self.price_ticks[rows[:, 1]])
        rows[stays, 3] += 2 * rows[stays, 2] - 1
        self.marketable(rows, kind == 3)
        self.send(rows)

    def marketable(self, rows: Rows, chosen: NDArray[np.bool_]) -> None:
        """Limit orders through the other side's best, sized to keep the number alive near target."""
        bid, ask = self.books.best_bid(0), self.books.best_ask(0)
        if bid is None or ask is None:
            raise RuntimeError("a side of the generated book ran empty")
        behind = np.sign(self.mid_ticks - (bid + ask) / 2)
        count = int(chosen.sum())
        side = (self.rng.random(count) > 0.5 + 0.1 * behind).astype(np.int64)
        reach_ticks, lots = self.mix.reach_ticks, self.mix.marketable_lots
        through = np.where(side == Side.BUY, ask + reach_ticks, bid - reach_ticks)
        excess = self.books.live / self.mix.live - 1
        largest = int(np.clip(lots * (1 + 20 * excess), 2, 5 * lots))
        rows[chosen, 2] = side
        rows[chosen, 3] = np.clip(through, LOWEST_TICKS, LEVELS - 1)
        rows[chosen, 4] = self.rng.integers(1, largest + 1, count)

    def send(self, rows: Rows) -> None:
        """Number the new orders, translate the rows, and learn from the events what is alive."""
        adds = rows[:, 0] == Verb.ADD
        fresh = np.arange(self.orders, self.orders + int(adds.sum()))
        rows[adds, 1] = fresh
        self.side[fresh] = rows[adds, 2]
        priced = rows[:, 0] != Verb.CANCEL
        self.price_ticks[rows[priced, 1]] = rows[priced, 3]
        self.orders += len(fresh)
        commands = np.zeros((len(rows), at.COMMAND_COLUMNS), np.int64)
        kinds = np.array([CommandKind.SUBMIT, CommandKind.CANCEL, CommandKind.AMEND], np.int64)
        commands[:, at.COMMAND_KIND] = kinds[rows[:, 0]]
        commands[~adds, at.COMMAND_ORDER_ID] = self.order_ids[rows[~adds, 1]]
        commands[:, at.COMMAND_OWNER] = rows[:, 1] % 1000
        commands[adds, at.COMMAND_TERMS] = rows[adds, 2]
        commands[:, at.COMMAND_PRICE_TICKS] = rows[:, 3]
        commands[:, at.COMMAND_QTY_LOTS] = rows[:, 4]
        events = self.books.apply(commands)
        kind = events[:, at.EVENT_KIND]
        accepted = events[kind == EventKind.ACCEPTED]
        self.order_ids[fresh] = accepted[:, at.EVENT_ORDER_ID]
        self.alive[fresh] = True
        executed = events[kind == EventKind.EXECUTED]
        resting, taker = (
            order_numbers(executed[:, column]) for column in (at.EVENT_OTHER, at.EVENT_ORDER_ID)
        )
        self.alive[resting[executed[:, at.EVENT_RESTING_LEAVES_LOTS] == 0]] = False
        self.alive[taker[executed[:, at.EVENT_LEAVES_LOTS] == 0]] = False
        cancelled = events[kind == EventKind.CANCELLED]
        self.alive[order_numbers(cancelled[:, at.EVENT_ORDER_ID])] = False
        trades = trades_of(events)
        # A target that an earlier message of the chunk took is refused; such messages are left out.
        kept = np.ones(len(rows), np.bool_)
        kept[events[kind == EventKind.REJECTED, at.EVENT_COMMAND]] = False
        trades[:, 0] = (np.cumsum(kept) - 1)[trades[:, 0]] + self.sent
        self.chunks.append((rows[kept], commands[kept], trades))
        self.sent += int(kept.sum())


def order_numbers(order_ids: Rows) -> Rows:
    """Return the dense ids of our order ids: arrivals count from 1, and every add is accepted."""
    return (order_ids >> at.SLOT_BITS) - 1


def trades_of(events: Rows) -> Rows:
    """Return the executions among event rows as a Flow has them."""
    rows = events[events[:, at.EVENT_KIND] == EventKind.EXECUTED]
    trades = np.empty((len(rows), 5), np.int64)
    trades[:, 0] = rows[:, at.EVENT_COMMAND]
    trades[:, 1] = order_numbers(rows[:, at.EVENT_OTHER])
    trades[:, 2] = order_numbers(rows[:, at.EVENT_ORDER_ID])
    trades[:, 3] = rows[:, at.EVENT_PRICE_TICKS]
    trades[:, 4] = rows[:, at.EVENT_QTY_LOTS]
    return trades
