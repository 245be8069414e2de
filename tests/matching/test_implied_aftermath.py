"""What follows a cycle in every book that it touched."""

from __future__ import annotations

import pytest

from matching.layout import EventKind
from tests.matching.linked_books import (
    BUY,
    FAR,
    NEAR,
    SELL,
    SPREAD,
    enter,
    linked,
)
from tests.matching.verbs import BOTH


@pytest.mark.parametrize("kind", BOTH)
def test_reduce_only_orders_shrink_with_what_the_combos_owner_got_in_the_leg(kind: type) -> None:
    """Owner 3 is short 4 of NEAR with a bid to close; the spread buys it 3 of them."""
    books = linked(kind)
    books.set_holding(3, NEAR, -4)
    books.submit(NEAR, BUY, 90, 4, owner=3, instructions=16)
    enter(books, NEAR, SELL, 105, 3, owner=1)
    enter(books, FAR, BUY, 100, 5, owner=2)
    books.submit(SPREAD, BUY, 5, 3, owner=3)
    assert books.holding(3, NEAR) == -1
    assert books.level(NEAR, BUY, 90) == (1, 1)


@pytest.mark.parametrize("kind", BOTH)
def test_a_protection_counts_a_leg_and_takes_the_others_away(kind: type) -> None:
    books = linked(kind)
    books.set_protection(1, NEAR, 50, 30, 3, 0)
    enter(books, FAR, BUY, 100, 9, owner=2)
    for price in (105, 106):
        books.submit(NEAR, SELL, price, 3, owner=1, instructions=32)
    events = books.submit(SPREAD, BUY, 5, 3, owner=3)
    assert EventKind.PROTECTION_TRIPPED in [row[0] for row in events]
    assert books.level(NEAR, SELL, 106) == (0, 0)


@pytest.mark.parametrize("kind", BOTH)
def test_a_breakers_range_follows_an_implied_trade(kind: type) -> None:
    books = linked(kind)
    books.set_breaker(NEAR, -4, 80, 5, 0)
    books.set_reference(NEAR, 103)
    enter(books, NEAR, SELL, 105, 3, owner=1)
    enter(books, FAR, BUY, 100, 5, owner=2)
    books.submit(SPREAD, BUY, 5, 1, owner=3)
    assert books.range_ticks(NEAR) == (101, 109)
