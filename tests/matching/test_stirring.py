"""Which calls end with a look at the cycles."""

from __future__ import annotations

from matching.book import OrderBooks
from matching.layout import POOL_STIRRED, State
from tests.matching.linked_books import BUY, FAR, NEAR, SELL, SPREAD, enter, linked


def test_what_bars_a_cycle_is_remembered_until_it_trades() -> None:
    """While NEAR's range bars a complete cycle a mere cancel is followed by a look at it."""
    books = linked(OrderBooks)
    books.set_breaker(NEAR, -2, 80, 5, 0)
    books.set_reference(NEAR, 100)
    barred = enter(books, NEAR, SELL, 103, 1, owner=1)
    enter(books, NEAR, SELL, 104, 1, owner=1)
    enter(books, FAR, BUY, 100, 5, owner=2)
    enter(books, SPREAD, BUY, 9, 1, owner=3)
    assert books.pool[POOL_STIRRED] != 0
    books.cancel(barred)
    assert books.pool[POOL_STIRRED] != 0
    books.set_reference(NEAR, 103)
    assert books.pool[POOL_STIRRED] == 0
    assert books.holding(3, NEAR) == 1


def test_books_without_links_never_stir() -> None:
    books = OrderBooks(owners=2)
    books.add_book()
    books.set_state(0, State.HALTED)
    books.set_state(0, State.OPEN)
    books.set_band(0, 5, 9)
    assert books.pool[POOL_STIRRED] == 0
