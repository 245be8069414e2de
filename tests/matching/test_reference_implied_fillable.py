"""The count on paper changes nothing, and is what a like order then trades."""

from __future__ import annotations

from matching.layout import EventKind, TimeInForce, pack_terms
from matching.reference import ReferenceBooks
from matching.reference_implied_fillable import fillable_linked_lots
from matching.reference_orders import ReferenceOrder
from tests.matching.linked_books import BUY, FAR, NEAR, SELL, SPREAD, enter, linked


def test_the_count_is_what_an_ioc_order_then_trades() -> None:
    books = linked(ReferenceBooks)
    for price, lots in ((105, 4), (106, 9)):
        enter(books, NEAR, SELL, price, lots, owner=1)
    for price, lots in ((100, 3), (99, 5)):
        enter(books, FAR, BUY, price, lots, owner=2)
    enter(books, SPREAD, SELL, 6, 2, owner=4)
    for limit, lots in ((4, 0), (5, 3), (6, 6), (7, 10)):
        order = ReferenceOrder(SPREAD, pack_terms(BUY), 3, limit, 99)
        assert fillable_linked_lots(books.books._floor, order, limit) == lots
    events = books.submit(SPREAD, BUY, 7, 99, tif=TimeInForce.IOC, owner=3)
    assert sum(row[5] for row in events if row[0] in (EventKind.EXECUTED, EventKind.IMPLIED)) == 10
