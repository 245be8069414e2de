"""What the trade of a cycle does to its orders."""

from __future__ import annotations

import pytest

from matching.layout import EventKind
from tests.matching.linked_books import (
    BUY,
    COMBO,
    FAR,
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
def test_an_iceberg_shows_its_next_part_and_the_cycle_goes_on(kind: type) -> None:
    books = linked(kind)
    table = [(3, *(0,) * 10)]
    [row] = books.apply([(1, NEAR, 0, 1, SELL, 105, 7, 1)], table)
    assert (row[0], row[5]) == (EventKind.ACCEPTED, 7)
    enter(books, FAR, BUY, 100, 9, owner=2)
    events = books.submit(SPREAD, BUY, 5, 7, owner=3)
    assert [lots for kind_of, _, lots in trades(events) if kind_of == COMBO] == [3, 3, 1]
    assert [row[0] for row in events].count(EventKind.REFILLED) == 2


@pytest.mark.parametrize("kind", BOTH)
def test_every_last_price_is_that_of_its_own_book_and_wakes_its_stops(kind: type) -> None:
    """A stop in FAR waits for 100 or below: a trade of the spread wakes it, and it enters by itself."""
    books = linked(kind)
    enter(books, NEAR, SELL, 105, 3, owner=1)
    enter(books, FAR, BUY, 100, 5, owner=2)
    source, falls = 1 << 20, 1 << 22
    stop = (1, FAR, 0, 4, SELL | source | falls, 97, 2, 1)
    [row] = books.apply([stop], [(0, 0, 0, 100, *(0,) * 7)])
    assert row[7] == 1
    events = books.submit(SPREAD, BUY, 5, 1, owner=3)
    assert [books.book_prices(book)[0] for book in (NEAR, FAR, SPREAD)] == [105, 100, 5]
    assert EventKind.ACTIVATED in [row[0] for row in events]
    assert trades(events)[3:] == [(REAL, 100, 2)]
    assert books.holding(4, FAR) == -2
