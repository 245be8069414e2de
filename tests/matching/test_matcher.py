"""Aggressors trade best price first, then earliest, at the resting price."""

from __future__ import annotations

import pytest

from matching.layout import (
    EventKind,
    Instruction,
    Reason,
    Side,
    TimeInForce,
    pack_terms,
)
from tests.matching.verbs import Verbs

ACCEPTED, EXECUTED, CANCELLED, AMENDED, REJECTED = list(EventKind)[:5]
BUY, SELL = Side
REST = Reason.UNFILLED_REMAINDER


def test_a_limit_order_takes_what_crosses_and_rests_the_remainder(books: Verbs) -> None:
    far, near_first, near_second = (books.enter(SELL, p, q) for p, q in ((12, 4), (10, 3), (10, 2)))
    rows = books.submit(0, BUY, 11, 9, owner=7)
    taker = rows[0][2]
    assert rows == [
        (ACCEPTED, 0, taker, pack_terms(BUY), 11, 9, 9, 0),
        (EXECUTED, 0, taker, near_first, 10, 3, 6, 0),
        (EXECUTED, 0, taker, near_second, 10, 2, 4, 0),
    ]
    assert books.orders(0, BUY) == [(taker, 7, 11, 4, 5, 0)]
    assert books.orders(0, SELL) == [(far, 0, 12, 4, 0, 0)]
    assert books.order(near_first) is None


@pytest.mark.parametrize(("collar_ticks", "last_ticks"), [(0, 4095), (90, 100), (89, 99)])
def test_a_market_order_reaches_as_far_as_its_collar(
    books: Verbs, collar_ticks: int, last_ticks: int
) -> None:
    asks = {price: books.enter(SELL, price, 1) for price in (10, 99, 100, 4095)}
    rows = books.submit(0, BUY, collar_ticks, 5, instructions=Instruction.MARKET)
    reached = [price for price in asks if price <= last_ticks]
    assert rows[1:-1] == [
        (EXECUTED, 0, rows[0][2], asks[price], price, 1, 4 - number, 0)
        for number, price in enumerate(reached)
    ]
    left = 5 - len(reached)
    assert rows[-1] == (CANCELLED, 0, rows[0][2], REST, collar_ticks, left, 0, 0)


@pytest.mark.parametrize("instructions", [Instruction.NONE, Instruction.MARKET])
def test_fill_or_kill_fills_in_full_or_not_at_all(books: Verbs, instructions: int) -> None:
    for price_ticks in (10, 11, 11, 12):
        books.enter(SELL, price_ticks, 5)
    enough = 20 if instructions else 15
    fok = {"tif": TimeInForce.FOK, "instructions": instructions}
    before = books.orders(0, SELL)
    refused = books.submit(0, BUY, 11, enough + 1, **fok)
    assert refused == [(REJECTED, 0, 0, Reason.FOK_NOT_FILLABLE, 11, enough + 1, 0, 0)]
    assert books.orders(0, SELL) == before
    rows = books.submit(0, BUY, 11, enough, **fok)
    assert sum(row[5] for row in rows if row[0] == EXECUTED) == enough
    assert rows[-1][0] == EXECUTED
    assert books.best_bid(0) is None
