"""What kernels ask of a book's rule, of the arrays alone."""

from __future__ import annotations

import numpy as np
import pytest

from matching.algorithm import begin_batch, forget_tops, gathers
from matching.book import OrderBooks
from matching.layout import BOOK_BATCH_END_NS, BOOK_TOP_ORDER, CONDITION_COLUMNS, POOL_NOW_NS
from matching.rule import PRICE_TIME, Algorithm, MatchingRule

NO_CONDITIONS = np.zeros((0, CONDITION_COLUMNS), np.int64)


@pytest.mark.parametrize(
    ("rule", "ends_ns"),
    [
        (PRICE_TIME, 0),
        (MatchingRule(Algorithm.PRO_RATA), 0),
        (MatchingRule(Algorithm.BATCH_AUCTION, batch_ns=100), 300),
    ],
)
def test_a_batch_gathers_till_the_next_whole_interval(rule: MatchingRule, ends_ns: int) -> None:
    books = OrderBooks()
    book = books.add_book(rule=rule)
    arrays = books.arrays(NO_CONDITIONS)
    arrays.pool[POOL_NOW_NS] = 250
    arrays.books[book, BOOK_BATCH_END_NS] = 0
    begin_batch(arrays, book)
    assert gathers(arrays, book) is (ends_ns > 0)
    assert arrays.books[book, BOOK_BATCH_END_NS] == ends_ns


def test_neither_side_keeps_its_top_order() -> None:
    books = OrderBooks()
    book = books.add_book(rule=MatchingRule(Algorithm.FIFO_TOP, top_lots=5))
    arrays = books.arrays(NO_CONDITIONS)
    arrays.books[book, BOOK_TOP_ORDER : BOOK_TOP_ORDER + 2] = 7
    forget_tops(arrays, book)
    assert (arrays.books[book, BOOK_TOP_ORDER : BOOK_TOP_ORDER + 2] == 0).all()
