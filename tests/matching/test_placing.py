"""What is left of an order that has traded: it rests, it ends, or the breaker trips."""

from __future__ import annotations

import pytest

from matching.layout import EventKind, Instruction, Reason, Side, State, TimeInForce
from tests.matching.reference_desk import Ask, kinds, row
from tests.matching.verbs import Verbs

BUY, SELL = Side
EXECUTED, CANCELLED = EventKind.EXECUTED, EventKind.CANCELLED
REST = Reason.UNFILLED_REMAINDER


@pytest.mark.parametrize(
    ("tif", "instructions", "rests"),
    [
        (TimeInForce.GTC, 0, True),
        (TimeInForce.DAY, 0, True),
        (TimeInForce.GTD, 0, True),
        (TimeInForce.IOC, 0, False),
        (TimeInForce.DAY, Instruction.MARKET, False),
        (TimeInForce.DAY, Instruction.MARKET | Instruction.MARKET_TO_LIMIT, True),
    ],
)
def test_time_in_force_and_market_decide_over_the_rest(
    books: Verbs, tif: int, instructions: int, rests: bool
) -> None:
    books.set_day_end(0, 50)
    ask = books.enter(SELL, 10, 3)
    price_ticks = 0 if instructions else 10
    expiry_ns = 9 if tif == TimeInForce.GTD else 0
    rows = books.ask(Ask(BUY, price_ticks, 5, tif, instructions, expiry_ns=expiry_ns))
    taker = rows[0][2]
    assert rows[1] == row(EXECUTED, taker, ask, 10, 3, 2, 0)
    if rests:
        assert rows[2:] == []
        assert books.orders(0, BUY) == [(taker, 0, 10, 2, 3, 0)]
    else:
        assert rows[2:] == [row(CANCELLED, taker, REST, price_ticks, 2)]
        assert books.live == 0


def test_what_the_range_alone_stops_trips_the_breaker(books: Verbs) -> None:
    books.enter(SELL, 100, 1)
    books.submit(0, BUY, 100, 1)
    books.set_breaker(0, 20_000, 80, 10, 0)
    for price_ticks in (102, 103):
        books.enter(SELL, price_ticks, 1)
    rows = books.submit(0, BUY, 103, 3)
    assert kinds(rows) == [EventKind.ACCEPTED, EXECUTED, EventKind.STATE_CHANGED]
    assert rows[1][4] == 102
    assert books.state(0) == State.PRE_OPEN
    assert (books.best_bid(0), books.best_ask(0)) == (103, 103)
    assert kinds(books.advance(9)) == [EventKind.INDICATED]
    assert kinds(books.advance(10)) == [EventKind.UNCROSSED, EventKind.STATE_CHANGED]


def test_what_its_own_limit_stops_trips_nothing(books: Verbs) -> None:
    books.enter(SELL, 100, 1)
    books.submit(0, BUY, 100, 1)
    books.set_breaker(0, 20_000, 80, 10, 0)
    for price_ticks in (102, 103):
        books.enter(SELL, price_ticks, 1)
    books.submit(0, BUY, 102, 3)
    assert books.state(0) == State.OPEN
