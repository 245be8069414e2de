from __future__ import annotations

from matching.layout import Side
from matching.reference import ReferenceBooks
from matching.reference_batch import allotments
from matching.rule import Algorithm, MatchingRule


def test_earlier_batches_then_size_and_the_rest_one_lot_each() -> None:
    books = ReferenceBooks()
    books.add_book(rule=MatchingRule(Algorithm.BATCH_AUCTION, batch_ns=10))
    ids = [books.submit(0, Side.BUY, 100, 5)[0][2]]
    books.advance(10)
    ids += [books.submit(0, Side.BUY, 100, lots)[0][2] for lots in (1, 3, 6)]
    ids += [books.submit(0, Side.BUY, 101, 2)[0][2]]
    book = books._floor.books[0]
    # 2 at the better price, 5 of the earlier batch; 0.7, 2.1 and 4.2 of 7, and the lot left goes first.
    given = allotments(book, Side.BUY, 14)
    assert [given[order_id] for order_id in ids] == [5, 1, 2, 4, 2]
    assert sum(given.values()) == 14
