"""The oracle looks at every cycle after every call."""

from __future__ import annotations

from matching.reference import ReferenceBooks
from matching.reference_settling import settle
from tests.matching.linked_books import BUY, FAR, NEAR, SELL, SPREAD, enter, linked


def test_what_opens_behind_its_back_is_found_by_the_next_look() -> None:
    books = linked(ReferenceBooks)
    enter(books, FAR, BUY, 100, 5, owner=2)
    books.set_state(FAR, 2)
    enter(books, NEAR, SELL, 105, 3, owner=1)
    enter(books, SPREAD, BUY, 7, 2, owner=3)
    floor = books.books._floor
    floor.books[FAR].state = floor.books[NEAR].state
    floor.events = []
    settle(floor)
    assert [row[0] for row in floor.events] == [15, 16, 16]
    assert not floor.cycle_traded
