"""A desk at the oracle: orders with all their conditions in one call, expected rows in one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from matching.layout import (
    MAX_ORDERS,
    SLOT_BITS,
    CommandKind,
    EventKind,
    Prevention,
    TimeInForce,
    TriggerSource,
    TriggerWhen,
    pack_terms,
)
from matching.reference import EventRow, ReferenceBooks

WAITS = 1
"""Last column of ACCEPTED and CANCELLED where the order waits, or waited, beside the book."""


class Ask(NamedTuple):
    """An order asked for, in the words of the document."""

    side: int
    price_ticks: int
    qty_lots: int
    tif: int = TimeInForce.GTC
    instructions: int = 0
    prevention: int = Prevention.NONE
    source: int = TriggerSource.NONE
    when: int = TriggerWhen.RISES
    trailing: bool = False
    display_lots: int = 0
    minimum_lots: int = 0
    expiry_ns: int = 0
    trigger_ticks: int = 0
    trail_ticks: int = 0
    link: int = 0
    complete: int = 0

    @property
    def terms(self) -> int:
        return pack_terms(
            self.side,
            self.tif,
            self.instructions,
            prevention=self.prevention,
            source=self.source,
            when=self.when,
            trailing=self.trailing,
        )

    def condition(self, *, linked: int = 0, first: bool = False) -> tuple[int, ...]:
        """The condition row; that of a first order leaves terms, price and size to its command."""
        own = (0, 0, 0) if first else (self.terms, self.price_ticks, self.qty_lots)
        return (
            self.display_lots,
            self.minimum_lots,
            self.expiry_ns,
            self.trigger_ticks,
            self.trail_ticks,
            self.link,
            linked,
            self.complete,
            *own,
        )


class Desk:
    """An oracle with one open book, prices 0 to 4095, and eight owners in its table."""

    def __init__(self, *, max_orders: int = MAX_ORDERS, owners: int = 8) -> None:
        self.books = ReferenceBooks(orders=1, max_orders=max_orders, owners=owners)
        self.books.add_book()

    def enter(
        self, ask: Ask, linked: Sequence[Ask] = (), *, owner: int = 0, book: int = 0
    ) -> list[EventRow]:
        """Submit an order with its conditions and those linked to it."""
        table = [ask.condition(linked=len(linked), first=True)]
        table += [other.condition() for other in linked]
        kind, prices = CommandKind.SUBMIT, (ask.price_ticks, ask.qty_lots)
        return self.books.apply([(kind, book, 0, owner, ask.terms, *prices, 1)], table)

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
        terms = pack_terms(0, TimeInForce.GTC, instructions)
        command = (CommandKind.MASS_QUOTE, book, 0, owner, terms, 0, len(entries), 1)
        return self.books.apply([command], table)

    def ids(self, side: int, book: int = 0) -> list[int]:
        """Ids of the resting orders of a side, in priority order."""
        return [order[0] for order in self.books.orders(book, side)]


def order_id(arrival: int, slot: int) -> int:
    """The id of the order that came as number ``arrival`` and took ``slot``."""
    return arrival << SLOT_BITS | slot


def row(
    kind: EventKind,
    order: int,
    other: int,
    price_ticks: int,
    qty_lots: int,
    leaves_lots: int = 0,
    resting_lots: int = 0,
) -> EventRow:
    """An event row of the first command of a batch."""
    return (int(kind), 0, order, int(other), price_ticks, qty_lots, leaves_lots, resting_lots)


def kinds(events: Sequence[EventRow]) -> list[EventKind]:
    """What the rows report, in their order."""
    return [EventKind(event[0]) for event in events]


def reasons(events: Sequence[EventRow]) -> list[tuple[int, int]]:
    """Order id and reason of the rows that have one."""
    telling = (EventKind.CANCELLED, EventKind.REJECTED, EventKind.REDUCED)
    return [(event[2], event[3]) for event in events if event[0] in telling]
