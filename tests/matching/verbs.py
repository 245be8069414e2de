"""The verbs of either implementation of the books, answering lists of tuples."""

from __future__ import annotations

from typing import Any

from matching.book import OrderBooks
from matching.layout import EventKind
from matching.reference import EventRow, ReferenceBooks
from tests.matching.twins import rows_of

BOTH = (OrderBooks, ReferenceBooks)


class Verbs:
    """Wraps books so that event rows of both kinds are lists of tuples."""

    def __init__(self, books: OrderBooks | ReferenceBooks) -> None:
        self.books = books

    def __getattr__(self, name: str) -> Any:
        return getattr(self.books, name)

    def submit(self, *values: int, **options: int) -> list[EventRow]:
        """Enter an order."""
        return _listed(self.books.submit(*values, **options))

    def cancel(self, order_id: int) -> list[EventRow]:
        """Cancel one order."""
        return _listed(self.books.cancel(order_id))

    def amend(self, order_id: int, price_ticks: int, qty_lots: int) -> list[EventRow]:
        """Amend one order."""
        return _listed(self.books.amend(order_id, price_ticks, qty_lots))

    def cancel_all(self, book: int, owner: int) -> list[EventRow]:
        """Cancel an owner's orders."""
        return _listed(self.books.cancel_all(book, owner))

    def enter(self, side: int, price_ticks: int, qty_lots: int, owner: int = 0) -> int:
        """Enter an order into book 0 that must not trade, and return its id."""
        events = self.submit(0, side, price_ticks, qty_lots, owner=owner)
        assert [event[0] for event in events] == [EventKind.ACCEPTED]
        return events[0][2]


def _listed(events: Any) -> list[EventRow]:
    return events if isinstance(events, list) else rows_of(events)
