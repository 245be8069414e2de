"""The oracle's implied trades: its whole books are compared with the kernel's in ``test_cycles``."""

from __future__ import annotations

from matching.reference import ReferenceBooks
from matching.reference_cycles import cycles_of
from matching.reference_implied import executable
from tests.matching.linked_books import BUY, FAR, NEAR, SELL, SPREAD, enter, linked


def test_a_complete_cycle_names_its_youngest_order_and_what_is_left_for_it() -> None:
    """FAR is halted while the spread is bid at 7; NEAR at 105 less FAR at 100 leaves the bid a tick of two."""
    books = linked(ReferenceBooks)
    enter(books, FAR, BUY, 100, 5, owner=2)
    books.set_state(FAR, 2)
    enter(books, NEAR, SELL, 105, 3, owner=1)
    bid = enter(books, SPREAD, BUY, 7, 2, owner=3)
    floor = books.books._floor
    [cycle] = cycles_of(floor.books)
    assert executable(cycle, BUY) is None
    floor.books[FAR].state = floor.books[NEAR].state
    found = executable(cycle, BUY)
    assert found is not None
    assert (found[0].order_id, found[1]) == (bid, 5)
    assert executable(cycle, SELL) is None
