"""One execution, and what follows from the executions of a match or an auction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from matching.layout import EventKind, Instruction, Reason, TriggerSource
from matching.reference_floor import Floor
from matching.reference_holdings import change_holding, shrink_reducers
from matching.reference_links import cancel_each
from matching.reference_orders import ReferenceOrder
from matching.reference_protection import Protection
from matching.reference_triggers import look_at_triggers


class Trade(NamedTuple):
    """An execution as the steps after a match need it; the owners in the order of the row."""

    book: int
    price_ticks: int
    owners: tuple[int, ...]


def execute(floor: Floor, order: ReferenceOrder, lots: int) -> None:
    """Fill lots of an order: its size, its owner's holding, its owner's protection."""
    change_holding(floor, order.owner, order.book, lots if order.buys else -lots)
    fill(floor, order, lots)


def fill(floor: Floor, order: ReferenceOrder, lots: int) -> None:
    """Fill lots of an order without a look at what its owner holds."""
    order.open_lots -= lots
    order.filled_lots += lots
    protection = protection_of(floor, order)
    if protection is not None:
        signed_lots = lots if order.buys else -lots
        delta = signed_lots * floor.book_of(order).weight
        protection.count(lots, delta, floor.now_ns)


def protection_of(floor: Floor, order: ReferenceOrder) -> Protection | None:
    """The protection that a PROTECTED order counts for and falls under, None where there is none."""
    if not order.has(Instruction.PROTECTED):
        return None
    found = floor.protections.get((order.owner, floor.book_of(order).family))
    return found if found is not None and found.interval_ns else None


def take_prices(floor: Floor, trades: list[Trade]) -> None:
    """Shrink reduce-only orders of all who traded, then move the last prices and their triggers."""
    for book, owner in dict.fromkeys(_owners(trades)):
        shrink_reducers(floor, book, owner)
    for trade in trades:
        traded = floor.books[trade.book]
        traded.breaker.trade(trade.price_ticks)
        traded.prices_of_sources[TriggerSource.LAST] = trade.price_ticks
    for book in dict.fromkeys(trade.book for trade in trades):
        look_at_triggers(floor.books[book], TriggerSource.LAST)


def _owners(trades: list[Trade]) -> Iterable[tuple[int, int]]:
    for trade in trades:
        for owner in trade.owners:
            yield trade.book, owner


def trip_protections(floor: Floor) -> None:
    """Freeze the owners whose limits are reached, and cancel their PROTECTED orders."""
    for protection in floor.protections.values():
        if protection.interval_ns and protection.breached:
            owner, family = protection.owner, protection.family
            protection.freeze(floor.now_ns)
            floor.emit(EventKind.PROTECTION_TRIPPED, 0, owner, 0, 0, 0, family)
            for book in floor.books:
                if book.family == family:
                    quotes = [order for order in book.resting() if order.owner == owner]
                    protected = [order for order in quotes if order.has(Instruction.PROTECTED)]
                    cancel_each(floor, protected, Reason.PROTECTION)
