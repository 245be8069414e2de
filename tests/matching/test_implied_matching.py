"""An aggressor in linked books: the best price, real orders first, all legs or none."""

from __future__ import annotations

import pytest

from matching.layout import EventKind
from tests.matching.linked_books import (
    BUY,
    COMBO,
    FAR,
    LEG,
    NEAR,
    REAL,
    SELL,
    SPREAD,
    enter,
    linked,
    trades,
)
from tests.matching.verbs import BOTH


@pytest.mark.parametrize("kind", BOTH)
def test_outrights_imply_the_spread(kind: type) -> None:
    """Buying NEAR at 105 and selling FAR at 100 is buying the spread at 5, whatever it was bid."""
    books = linked(kind)
    enter(books, NEAR, SELL, 105, 3, owner=1)
    enter(books, FAR, BUY, 100, 5, owner=2)
    events = books.submit(SPREAD, BUY, 9, 4, owner=3)
    assert trades(events) == [(COMBO, 5, 3), (LEG, 105, 3), (LEG, 100, 3)]
    assert books.level(SPREAD, BUY, 9) == (1, 1)
    assert books.level(FAR, BUY, 100) == (2, 1)
    held = {owner: [books.holding(owner, book) for book in range(3)] for owner in (1, 2, 3)}
    assert held == {1: [-3, 0, 0], 2: [0, 3, 0], 3: [3, -3, 0]}


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(
    ("book", "side", "limit", "paid"), [(NEAR, BUY, 110, 108), (FAR, SELL, 90, 92)]
)
def test_the_spread_and_one_outright_imply_the_other(
    kind: type, book: int, side: int, limit: int, paid: int
) -> None:
    """The spread offered at 8 with FAR offered at 100 sells NEAR at 108; bid -8, NEAR bid 100: FAR at 92."""
    books = linked(kind)
    if book == NEAR:
        enter(books, SPREAD, SELL, 8, 2, owner=1)
        enter(books, FAR, SELL, 100, 9, owner=2)
        rest = [(LEG, paid, 2), (LEG, 100, 2)]
    else:
        enter(books, SPREAD, SELL, 8, 2, owner=1)
        enter(books, NEAR, BUY, 100, 9, owner=2)
        rest = [(LEG, 100, 2), (LEG, paid, 2)]
    events = books.submit(book, side, limit, 2, owner=3)
    assert trades(events) == [(COMBO, 8, 2), *rest]


@pytest.mark.parametrize("kind", BOTH)
def test_the_best_price_comes_first_and_real_orders_before_implied_ones(kind: type) -> None:
    books = linked(kind)
    enter(books, NEAR, SELL, 105, 2, owner=1)
    enter(books, NEAR, SELL, 106, 2, owner=1)
    enter(books, FAR, BUY, 100, 9, owner=2)
    enter(books, SPREAD, SELL, 7, 1, owner=4)
    enter(books, SPREAD, SELL, 6, 1, owner=4)
    events = books.submit(SPREAD, BUY, 7, 6, owner=3)
    legs = [[(COMBO, price, 2), (LEG, 100 + price, 2), (LEG, 100, 2)] for price in (5, 6)]
    assert trades(events) == [*legs[0], (REAL, 6, 1), *legs[1], (REAL, 7, 1)]


@pytest.mark.parametrize("kind", BOTH)
def test_of_cycles_with_one_price_the_first_linked_trades_first(kind: type) -> None:
    """Both spreads sell book 0 at 108 by way of the same order in book 1."""
    links = ((2, ((0, 1), (1, -1))), (3, ((0, 1), (1, -1))))
    for order in (links, links[::-1]):
        books = linked(kind, order, books=4)
        later, sooner = order[1][0], order[0][0]
        enter(books, later, SELL, 8, 2, owner=1)
        enter(books, sooner, SELL, 8, 2, owner=2)
        enter(books, 1, SELL, 100, 9, owner=3)
        books.submit(0, BUY, 108, 2, owner=4)
        assert (books.level(sooner, SELL, 8), books.level(later, SELL, 8)) == ((0, 0), (2, 1))


@pytest.mark.parametrize("kind", BOTH)
def test_nothing_trades_while_a_book_is_closed_or_empty(kind: type) -> None:
    books = linked(kind)
    enter(books, NEAR, SELL, 105, 3, owner=1)
    assert trades(books.submit(SPREAD, BUY, 9, 1, tif=1, owner=3)) == []
    far = enter(books, FAR, BUY, 100, 5, owner=2)
    books.set_state(FAR, 2)
    assert trades(books.submit(SPREAD, BUY, 9, 1, tif=1, owner=3)) == []
    books.cancel(far)


@pytest.mark.parametrize("kind", BOTH)
def test_a_post_only_order_does_not_meet_an_implied_one(kind: type) -> None:
    books = linked(kind)
    enter(books, NEAR, SELL, 105, 3, owner=1)
    enter(books, FAR, BUY, 100, 5, owner=2)
    [row] = books.submit(SPREAD, BUY, 5, 1, instructions=1, owner=3)
    assert row[0] == EventKind.REJECTED
    [row] = books.submit(SPREAD, BUY, 5, 1, instructions=1 | 8, owner=3)
    assert (row[0], row[4]) == (EventKind.ACCEPTED, 4)


@pytest.mark.parametrize("kind", BOTH)
def test_a_range_of_one_leg_keeps_the_cycle_from_trading(kind: type) -> None:
    """NEAR may move by two ticks from 100, so its offer of 105 does not trade, by itself or in a cycle."""
    books = linked(kind)
    books.set_breaker(NEAR, -2, 80, 5, 0)
    books.set_reference(NEAR, 100)
    enter(books, NEAR, SELL, 105, 3, owner=1)
    enter(books, FAR, BUY, 100, 5, owner=2)
    assert trades(books.submit(SPREAD, BUY, 9, 1, owner=3)) == []
    assert trades(books.set_reference(NEAR, 104)) == [(COMBO, 5, 1), (LEG, 105, 1), (LEG, 100, 1)]
