"""Cycles that become executable without an order."""

from __future__ import annotations

import pytest

from tests.matching.linked_books import (
    BUY,
    COMBO,
    FAR,
    LEG,
    NEAR,
    SELL,
    SPREAD,
    enter,
    linked,
    trades,
)
from tests.matching.verbs import BOTH


@pytest.mark.parametrize("kind", BOTH)
def test_a_leg_that_opens_lets_the_cycle_trade_at_the_price_of_the_oldest(kind: type) -> None:
    """The offer of NEAR is the youngest, so it gets what is left: 107 instead of 105."""
    books = linked(kind)
    books.set_state(NEAR, 2)
    enter(books, FAR, BUY, 100, 5, owner=2)
    enter(books, SPREAD, BUY, 7, 2, owner=3)
    books.set_state(NEAR, 0)
    enter(books, NEAR, SELL, 105, 3, owner=1)
    events = books.set_state(NEAR, 1)
    assert trades(events) == [(COMBO, 7, 2), (LEG, 107, 2), (LEG, 100, 2)]
    assert books.level(NEAR, SELL, 105) == (1, 1)


@pytest.mark.parametrize("kind", BOTH)
def test_an_older_order_that_is_amended_into_a_cycle_trades(kind: type) -> None:
    books = linked(kind)
    bid = enter(books, SPREAD, BUY, 3, 2, owner=3)
    enter(books, NEAR, SELL, 105, 3, owner=1)
    enter(books, FAR, BUY, 100, 5, owner=2)
    assert trades(books.amend(bid, 6, 2)) == [(COMBO, 5, 2), (LEG, 105, 2), (LEG, 100, 2)]
