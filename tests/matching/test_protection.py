"""Market-maker protection: lots and delta within an interval, over a family of books."""

from __future__ import annotations

from matching.layout import EventKind, Instruction, Reason, Side
from tests.matching.reference_desk import row
from tests.matching.verbs import OWNERS, Verbs

BUY, SELL = Side
TRIPPED = EventKind.PROTECTION_TRIPPED
PROTECTED = {"owner": 1, "instructions": Instruction.PROTECTED}


def family(books: Verbs) -> Verbs:
    """Return books of the same kind: two of family 7, the second of weight 3."""
    pair = Verbs(type(books.books)(owners=OWNERS))
    pair.add_book(family=7)
    pair.add_book(family=7, weight=3)
    return pair


def test_lots_reach_their_limit_in_all_books_of_the_family(books: Verbs) -> None:
    books = family(books)
    books.set_protection(1, 7, 100, 50, 4, 0)
    ask, bid = (books.submit(0, side, 10 + side, 9, **PROTECTED)[0][2] for side in (SELL, BUY))
    other = books.submit(1, BUY, 10, 9, **PROTECTED)[0][2]
    plain = books.submit(1, BUY, 9, 9, owner=1)[0][2]
    assert len(books.submit(0, BUY, 11, 3, owner=2)) == 2
    assert books.protection(1, 7) == (3, -3, 0)
    rows = books.submit(1, SELL, 10, 1, owner=2)
    assert rows[2:] == [
        row(TRIPPED, 0, 1, 0, 0, 0, 7),
        row(EventKind.CANCELLED, bid, Reason.PROTECTION, 10, 9),
        row(EventKind.CANCELLED, ask, Reason.PROTECTION, 11, 6),
        row(EventKind.CANCELLED, other, Reason.PROTECTION, 10, 8),
    ]
    assert books.ids(BUY, 1) == [plain]
    assert books.protection(1, 7) == (0, 0, 50)


def test_delta_counts_both_ways_and_by_weight(books: Verbs) -> None:
    books = family(books)
    books.set_protection(1, 7, 100, 50, 0, 6)
    for book in range(2):
        for side in Side:
            books.submit(book, side, 10 + side, 90, **PROTECTED)
    for book, side, delta in ((0, SELL, 5), (0, BUY, 0), (1, BUY, -3)):
        books.submit(book, side, 10 + 1 - side, 5 if book == 0 else 1, owner=2)
        assert books.protection(1, 7)[1] == delta
    rows = books.submit(1, BUY, 11, 1, owner=2)
    assert rows[2][0] == TRIPPED


def test_a_new_interval_begins_with_the_first_trade_after_its_end(books: Verbs) -> None:
    books.set_protection(1, 0, 10, 0, 5, 0)
    books.submit(0, BUY, 10, 90, **PROTECTED)
    for now_ns, lots, counted in ((3, 2, 2), (12, 2, 4), (13, 2, 2), (22, 2, 4)):
        books.advance(now_ns)
        books.submit(0, SELL, 10, lots, owner=2)
        assert books.protection(1, 0)[0] == counted
    assert books.submit(0, SELL, 10, 1, owner=2)[2][0] == TRIPPED
    assert books.protection(1, 0) == (0, 0, -1)
    books.advance(10_000)
    assert books.submit(0, BUY, 10, 1, **PROTECTED)[0][3] == Reason.FROZEN
    books.set_protection(1, 0, 10, 0, 5, 0)
    assert books.submit(0, BUY, 10, 1, **PROTECTED)[0][0] == EventKind.ACCEPTED
    books.set_protection(1, 0, 0, 0, 0, 0)
    assert books.protection(1, 0) is None
    assert books.submit(0, BUY, 10, 1, **PROTECTED)[0][3] == Reason.UNPROTECTED
