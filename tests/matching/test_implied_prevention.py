"""Self-trades across books, and reduce-only orders in a cycle."""

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
@pytest.mark.parametrize(
    ("asked", "left"), [(0, (1, 0)), (1, (2, 0)), (2, (0, 1)), (3, (0, 0)), (4, (0, 1))]
)
def test_an_aggressor_in_the_spread_does_as_it_asked_when_it_meets_itself_in_a_leg(
    kind: type, asked: int, left: tuple[int, int]
) -> None:
    """Owner 1 offers NEAR and buys the spread; left: lots of the offer, and of the spread's bid."""
    books = linked(kind)
    enter(books, NEAR, SELL, 105, 2, owner=1)
    enter(books, FAR, BUY, 100, 5, owner=2)
    books.submit(SPREAD, BUY, 5, 1, owner=1, prevention=asked)
    assert (books.level(NEAR, SELL, 105)[0], books.level(SPREAD, BUY, 5)[0]) == left


@pytest.mark.parametrize("kind", BOTH)
def test_two_resting_orders_of_one_owner_do_as_the_younger_asked(kind: type) -> None:
    """Owner 1 offers the spread and then FAR; a buyer of NEAR would make both trade with each other."""
    books = linked(kind)
    enter(books, SPREAD, SELL, 8, 2, owner=1)
    books.submit(FAR, SELL, 100, 2, owner=1, prevention=1)
    events = books.submit(NEAR, BUY, 108, 1, owner=3)
    assert trades(events) == []
    assert (books.level(SPREAD, SELL, 8)[0], books.level(FAR, SELL, 100)[0]) == (2, 0)
    assert books.level(NEAR, BUY, 108)[0] == 1


@pytest.mark.parametrize("kind", BOTH)
def test_orders_in_two_legs_do_not_meet_though_they_are_of_one_owner(kind: type) -> None:
    books = linked(kind)
    enter(books, SPREAD, SELL, 8, 2, owner=1)
    enter(books, FAR, SELL, 100, 2, owner=3)
    events = books.submit(NEAR, BUY, 108, 1, owner=3, prevention=1)
    assert trades(events) == [(COMBO, 8, 1), (LEG, 108, 1), (LEG, 100, 1)]


@pytest.mark.parametrize("kind", BOTH)
def test_a_reduce_only_order_is_cut_to_the_holding_before_it_trades(kind: type) -> None:
    books = linked(kind)
    books.set_holding(1, NEAR, 5)
    books.submit(NEAR, SELL, 105, 5, owner=1, instructions=16)
    enter(books, FAR, BUY, 100, 9, owner=2)
    books.submit(NEAR, BUY, 104, 2, owner=4)
    books.submit(NEAR, SELL, 104, 2, owner=1)
    assert trades(books.submit(SPREAD, BUY, 9, 9, owner=3))[0] == (COMBO, 5, 3)
    assert books.holding(1, NEAR) == 0
