"""Batch auctions: one price, time across batches, none within one."""

from __future__ import annotations

from typing import Any

import pytest

from matching.book import OrderBooks
from matching.layout import EventKind, Instruction, Link, Reason, Side, State, TimeInForce
from matching.rule import Algorithm, MatchingRule
from tests.matching.reference_desk import Ask
from tests.matching.verbs import BOTH, OWNERS, Verbs, rows_of

BATCH = MatchingRule(Algorithm.BATCH_AUCTION, batch_ns=100)


def opened() -> OrderBooks:
    books = OrderBooks(owners=8)
    books.add_book(rule=BATCH)
    return books


def enter(books: OrderBooks, side: Side, ticks: int, lots: int, **terms: int) -> int:
    rows = rows_of(books.submit(0, side, ticks, lots, **terms))
    assert [row[0] for row in rows] == [EventKind.ACCEPTED]
    return rows[0][2]


def fills(rows: list[tuple[int, ...]]) -> dict[int, int]:
    """Return lots by order; every execution is at one price."""
    found: dict[int, int] = {}
    trades = [row for row in rows if row[0] == EventKind.UNCROSSED]
    assert len({row[4] for row in trades}) <= 1
    for row in trades:
        for order_id in row[2:4]:
            found[order_id] = found.get(order_id, 0) + row[5]
    return found


def test_orders_cross_until_the_end_of_the_batch_and_trade_at_one_price() -> None:
    books = opened()
    buy = enter(books, Side.BUY, 105, 4)
    early, late = enter(books, Side.SELL, 101, 4), enter(books, Side.SELL, 103, 4)
    assert books.best_bid(0) == 105
    assert books.best_ask(0) == 101
    assert fills(rows_of(books.advance(99))) == {}
    rows = rows_of(books.advance(100))
    assert fills(rows) == {buy: 4, early: 4}
    # 101 and 102 leave nothing over; without a reference price the middle, rounded up.
    assert next(row[4] for row in rows if row[0] == EventKind.UNCROSSED) == 102
    assert books.order(late) is not None
    assert books.best_ask(0) == 103
    assert books.state(0) == State.OPEN


def test_size_decides_within_a_batch_whoever_came_first() -> None:
    for sizes in ([30, 10], [10, 30]):
        books = opened()
        ids = [enter(books, Side.BUY, 100, lots) for lots in sizes]
        enter(books, Side.SELL, 100, 20)
        got = fills(rows_of(books.advance(100)))
        assert [got[order_id] for order_id in ids] == [lots // 2 for lots in sizes]


def test_what_an_earlier_batch_left_goes_first() -> None:
    books = opened()
    old = enter(books, Side.BUY, 100, 10)
    books.advance(100)
    new = [enter(books, Side.BUY, 100, lots) for lots in (30, 10)]
    enter(books, Side.SELL, 100, 14)
    got = fills(rows_of(books.advance(200)))
    assert [got.get(order_id, 0) for order_id in (old, *new)] == [10, 3, 1]


def test_an_ioc_order_lives_until_the_end_of_its_batch_and_fok_is_refused() -> None:
    books = opened()
    passing = enter(books, Side.BUY, 100, 5, tif=TimeInForce.IOC)
    market = enter(books, Side.BUY, 0, 5, instructions=Instruction.MARKET)
    enter(books, Side.SELL, 90, 3)
    refused = rows_of(books.submit(0, Side.BUY, 100, 1, tif=TimeInForce.FOK))
    assert [(row[0], row[3]) for row in refused] == [(EventKind.REJECTED, Reason.FOK_NOT_FILLABLE)]
    rows = rows_of(books.advance(100))
    assert sum(fills(rows).values()) == 6
    ended = {row[2] for row in rows if row[0] == EventKind.CANCELLED}
    assert ended == {passing, market}
    assert books.live == 0


def test_batches_end_at_whole_intervals_of_time_however_late_time_is_told() -> None:
    books = opened()
    books.advance(250)
    assert books.next_batch_end_ns() == 300
    books.advance(1_000)
    assert books.next_batch_end_ns() == 1_100


def test_a_batch_outside_the_breakers_range_pauses_the_book() -> None:
    books = opened()
    books.set_breaker(0, -2, 80, 1_000, 0)
    enter(books, Side.BUY, 100, 1)
    enter(books, Side.SELL, 100, 1)
    books.advance(100)
    enter(books, Side.BUY, 120, 1)
    enter(books, Side.SELL, 120, 1)
    rows = rows_of(books.advance(150))
    assert fills(rows) == {}
    rows = rows_of(books.advance(200))
    assert fills(rows) == {}
    assert books.state(0) == State.PRE_OPEN
    assert sum(fills(rows_of(books.advance(2_000))).values()) == 2
    assert books.state(0) == State.OPEN


@pytest.mark.parametrize("kind", BOTH, ids=lambda kind: kind.__name__)
def test_two_orders_of_a_ring_that_meet_trade_and_end_once(kind: Any) -> None:
    books = Verbs(kind(owners=OWNERS))
    books.add_book(rule=BATCH)
    asked = Ask(Side.BUY, 100, 2, link=Link.OCO), [Ask(Side.SELL, 100, 1), Ask(Side.SELL, 200, 1)]
    buy, sell, other = (row[2] for row in books.ask(*asked) if row[0] == EventKind.ACCEPTED)
    rows = books.advance(100)
    assert rows[:2] == [
        (EventKind.UNCROSSED, 0, buy, sell, 100, 1, 1, 0),
        (EventKind.CANCELLED, 0, other, Reason.LINKED_ORDER, 200, 1, 0, 0),
    ]
    assert [row for row in rows[2:] if row[2] in (buy, sell, other)] == []
    assert (books.ids(Side.BUY), books.ids(Side.SELL)) == ([buy], [])
    assert books.live == 1


def test_halting_ends_a_batch_without_a_trade() -> None:
    books = opened()
    passing = enter(books, Side.BUY, 100, 5, tif=TimeInForce.IOC)
    stays = enter(books, Side.SELL, 100, 5)
    rows = rows_of(books.set_state(0, State.HALTED))
    assert [(row[0], row[2]) for row in rows] == [
        (EventKind.CANCELLED, passing),
        (EventKind.STATE_CHANGED, 0),
    ]
    assert books.order(stays) is not None
