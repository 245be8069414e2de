"""The verbs of either implementation of the books, answering lists of tuples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from matching.book import OrderBooks
from matching.layout import COMMAND_COLUMNS, CONDITION_COLUMNS, CommandKind, EventKind, pack_terms
from matching.reference import EventRow, ReferenceBooks
from tests.matching.reference_desk import Ask

BOTH = (OrderBooks, ReferenceBooks)
OWNERS = 8

_ANSWERING = {
    "submit",
    "cancel",
    "amend",
    "cancel_all",
    "set_state",
    "set_price",
    "set_band",
    "set_breaker",
    "set_reference",
    "set_protection",
    "set_group",
    "set_holding",
    "set_day_end",
    "advance",
}


class Verbs:
    """Wraps books so that event rows of both kinds are lists of tuples."""

    def __init__(self, books: OrderBooks | ReferenceBooks) -> None:
        self.books = books

    def __getattr__(self, name: str) -> Any:
        verb = getattr(self.books, name)
        if name not in _ANSWERING:
            return verb
        return lambda *values, **options: rows_of(verb(*values, **options))

    def apply(
        self, commands: Sequence[Sequence[int]], conditions: Sequence[Sequence[int]] = ()
    ) -> list[EventRow]:
        """Apply command rows with their table of conditions."""
        if isinstance(self.books, ReferenceBooks):
            return self.books.apply(commands, conditions)
        return rows_of(
            self.books.apply(
                np.array(commands, np.int64).reshape(-1, COMMAND_COLUMNS),
                np.array(conditions, np.int64).reshape(-1, CONDITION_COLUMNS),
            )
        )

    def ask(
        self, ask: Ask, linked: Sequence[Ask] = (), *, owner: int = 0, book: int = 0
    ) -> list[EventRow]:
        """Submit an order with its conditions and those linked to it."""
        table = [ask.condition(linked=len(linked), first=True)]
        table += [other.condition() for other in linked]
        prices = ask.price_ticks, ask.qty_lots
        return self.apply([(CommandKind.SUBMIT, book, 0, owner, ask.terms, *prices, 1)], table)

    def quote(
        self,
        entries: Sequence[tuple[int, int, int]],
        *,
        owner: int = 0,
        instructions: int = 0,
        book: int = 0,
    ) -> list[EventRow]:
        """Mass quote (side, price, lots) entries."""
        table = [(0,) * 8 + entry for entry in entries]
        terms = pack_terms(0, 0, instructions)
        return self.apply(
            [(CommandKind.MASS_QUOTE, book, 0, owner, terms, 0, len(entries), 1)], table
        )

    def enter(self, side: int, price_ticks: int, qty_lots: int, owner: int = 0) -> int:
        """Enter an order into book 0 that must not trade, and return its id."""
        events = self.submit(0, side, price_ticks, qty_lots, owner=owner)
        assert [event[0] for event in events] == [EventKind.ACCEPTED]
        return int(events[0][2])

    def ids(self, side: int, book: int = 0) -> list[int]:
        """Return the ids of a side's resting orders by priority."""
        return [order[0] for order in self.books.orders(book, side)]


def rows_of(rows: Any) -> list[EventRow]:
    """Return event rows as tuples of ints."""
    if isinstance(rows, np.ndarray):
        return [tuple(row) for row in rows.tolist()]
    return [tuple(int(value) for value in row) for row in rows]
