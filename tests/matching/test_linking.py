"""Which books may be linked, and what a snapshot keeps of it."""

from __future__ import annotations

import pytest

from matching.book import OrderBooks
from tests.matching.linked_books import BUY, FAR, NEAR, SELL, SPREAD, enter, linked, trades
from tests.matching.verbs import BOTH, Verbs


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(
    ("combo", "legs"),
    [
        (2, [(0, 1)]),
        (2, [(0, 1), (0, -1)]),
        (2, [(0, 1), (2, -1)]),
        (2, [(0, 1), (1, -2)]),
        (2, [(0, 1), (9, -1)]),
        (-1, [(0, 1), (1, -1)]),
        (3, [(0, 1), (1, -1)]),
        (2, [(0, 1), (3, -1)]),
        (4, [(0, 1), (1, -1)]),
    ],
)
def test_what_may_not_be_linked_is_refused(
    kind: type, combo: int, legs: list[tuple[int, int]]
) -> None:
    """Book 3 is a combo already, and book 4 has an order."""
    books = linked(kind, ((3, ((0, 1), (1, -1))),), books=5)
    enter(books, 4, BUY, 1, 1)
    with pytest.raises(ValueError, match=r"\w"):
        books.books.link(combo, legs)


def test_a_snapshot_keeps_the_links() -> None:
    books = linked(OrderBooks)
    enter(books, NEAR, SELL, 105, 3, owner=1)
    enter(books, FAR, BUY, 100, 5, owner=2)
    again = Verbs(OrderBooks.restore(books.snapshot()))
    assert len(trades(again.submit(SPREAD, BUY, 5, 1, owner=3))) == 3


@pytest.mark.parametrize("kind", BOTH)
def test_a_cycle_ends_with_its_combo(kind: type) -> None:
    made = kind(owners=4)
    for _ in range(3):
        made.add_book(4096, -2048)
    made.link(SPREAD, ((NEAR, 1), (FAR, -1)), 50)
    books = Verbs(made)
    books.advance(49)
    enter(books, NEAR, SELL, 105, 3, owner=1)
    enter(books, FAR, BUY, 100, 5, owner=2)
    assert len(trades(books.submit(SPREAD, BUY, 5, 1, owner=3))) == 3
    books.advance(50)
    assert trades(books.submit(SPREAD, BUY, 5, 1, owner=3)) == []
