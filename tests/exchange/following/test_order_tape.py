"""The tape's rows alone rebuild every book, order by order and level by level, after each command."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from exchange.core import snapshot
from exchange.core.commands import batch_of
from exchange.core.core import Core
from exchange.feed import PublicFeed, public_instrument
from exchange.following.order_tape import LevelRow, OrderRow, OrderTape, commands_of
from exchange.replica import PublicReplica, Replica
from matching.layout import Side
from tests.exchange import traffic
from tests.exchange.core import implied_market
from tests.exchange.core.lab import submit


class Reader:
    """Books as somebody builds them who only has the tape."""

    def __init__(self) -> None:
        self.queues: dict[tuple[int, int, int], dict[int, int]] = defaultdict(dict)
        self.places: dict[int, tuple[int, int, int]] = {}
        self.sizes: dict[tuple[int, int, int], int] = {}
        self.traded = 0
        self.filled = 0

    def order(self, row: OrderRow) -> None:
        place = (row.instrument, row.side, row.price_ticks)
        if row.action == "A":
            assert row.order_id not in self.places
            assert row.qty_lots > 0
            self.places[row.order_id] = place
            self.queues[place][row.order_id] = row.qty_lots
        elif row.action == "C":
            assert self.places[row.order_id] == place
            left = self.queues[place][row.order_id] - row.qty_lots
            assert left >= 0
            if left:
                self.queues[place][row.order_id] = left
            else:
                del self.queues[place][row.order_id], self.places[row.order_id]
        elif row.action == "T":
            self.traded += 1
        elif row.action == "F":
            self.filled += 1
        else:
            for order_id, known in list(self.places.items()):
                if known[0] == row.instrument:
                    del self.places[order_id], self.queues[known][order_id]

    def level(self, row: LevelRow) -> None:
        self.sizes[row.instrument, row.side, row.price_ticks] = row.qty_lots

    def check(self, core: Core) -> None:
        for number in range(len(core.specs)):
            for side in Side:
                held: dict[int, list[tuple[int, int]]] = defaultdict(list)
                for order_id, _, price_ticks, lots, _, _ in core.books.orders(number, side):
                    held[price_ticks].append((order_id, lots))
                rebuilt = {
                    place[2]: list(queue.items())
                    for place, queue in self.queues.items()
                    if place[:2] == (number, side) and queue
                }
                assert rebuilt == held
                sizes = {
                    place[2]: lots
                    for place, lots in self.sizes.items()
                    if place[:2] == (number, side) and lots
                }
                depth = core.books.depth(number, side)
                assert sizes == {price_ticks: lots for price_ticks, lots, _ in depth}


@pytest.mark.parametrize("seed", [51, 52, 53, 56, 57, 58])
def test_every_command_of_random_traffic_is_on_the_tape(seed: int) -> None:
    tape, reader, live = OrderTape(Core()), Reader(), Replica()
    trades = 0
    for batch in traffic.batches(seed, 900):
        live.apply(batch)
        for command in commands_of(batch):
            tape.apply(command)
            for row in tape.orders:
                reader.order(row)
            for level in tape.levels:
                reader.level(level)
            trades += len(tape.trades)
            tape.clear()
            reader.check(tape.core)
    assert reader.places
    assert trades == reader.traded > 20
    assert reader.filled >= trades
    # A batch taken apart is the same history.
    assert snapshot.digest(tape.core) == snapshot.digest(live.core)


def test_trades_are_those_of_the_public_tape() -> None:
    tape, live = OrderTape(Core()), Replica()
    for batch in traffic.batches(54, 900):
        live.apply(batch)
        tape.apply(batch)
    assert tape.trades
    for number in range(len(live.core.specs)):
        public = [print_.trade for print_ in live.market.board(number).tape.dump()]
        assert [
            (row.trade_id, row.trade_seq, row.ts_ns, row.price_ticks, row.qty_lots, row.odd_micros)
            for row in tape.trades
            if row.instrument == number
        ] == [
            (t.trade_id, t.trade_seq, t.ts_ns, t.price_ticks, t.qty_lots, t.odd_micros)
            for t in public
        ]


def test_what_stands_builds_the_books_of_a_tape_that_begins_later() -> None:
    first = OrderTape(Core())
    batches = traffic.batches(55, 700)
    half = len(batches) // 2
    for batch in batches[:half]:
        first.apply(batch)
    later = OrderTape(snapshot.restore(snapshot.take(first.core)))
    reader = Reader()
    for row in later.standing():
        reader.order(row)
    for batch in batches[half:]:
        later.apply(batch)
    for row in later.orders:
        reader.order(row)
    for number in range(len(later.core.specs)):
        for side in Side:
            held = [
                (order_id, lots)
                for order_id, _, _, lots, _, _ in later.core.books.orders(number, side)
            ]
            assert all(
                reader.queues[reader.places[order_id]][order_id] == lots for order_id, lots in held
            )
    first.clear()
    for batch in batches[half:]:
        first.apply(batch)
    assert (later.events, later.trades, later.orders, later.levels) == (
        first.events,
        first.trades,
        first.orders,
        first.levels,
    )


def test_combos_that_trade_with_the_books_of_their_legs_are_on_the_tape() -> None:
    lab, rng = implied_market.market(), np.random.default_rng(5)
    tape, reader = OrderTape(snapshot.restore(snapshot.take(lab.core))), Reader()
    market = PublicReplica()
    market.core = snapshot.restore(snapshot.take(lab.core))
    market.feed = PublicFeed(market.core, market.market)
    for number, spec in enumerate(market.core.specs):
        market.market.list_instrument(public_instrument(number, spec))
    kinds: set[str] = set()
    middles = {implied_market.GPU1: 300, implied_market.GPU2: 280, implied_market.SPREAD: 20}
    for _ in range(400):
        number = int(rng.choice(list(middles)))
        account, side = int(rng.integers(0, 4)), int(rng.integers(0, 2))
        price = middles[number] + int(rng.integers(-4, 5))
        order = submit(account, side, price, int(rng.integers(1, 6)), instrument=number)
        batch = batch_of([order], tape.core.seq + 1, tape.core.ts_ns + 1)
        tape.clear()
        tape.apply(batch)
        for row in tape.orders:
            reader.order(row)
        for level in tape.levels:
            reader.level(level)
        reader.check(tape.core)
        kinds |= {trade.kind for trade in tape.trades}
        market.apply(batch)
        for trade in tape.trades:
            public = market.market.board(trade.instrument).tape.dump()
            found = next(p.trade for p in public if p.trade.trade_id == trade.trade_id)
            assert (found.trade_seq, found.price_ticks, found.qty_lots, found.side) == (
                trade.trade_seq,
                trade.price_ticks,
                trade.qty_lots,
                trade.side,
            )
    assert {"book", "implied", "implied_leg"} <= kinds
