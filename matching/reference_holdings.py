"""What owners hold, and how reduce-only orders follow it."""

from __future__ import annotations

from matching.layout import EventKind, Reason, Side
from matching.reference_floor import Floor
from matching.reference_links import cancel
from matching.reference_orders import RESTING, ReferenceOrder


def holding(floor: Floor, owner: int, book: int) -> int:
    """Lots that an owner of the owner table holds in a book, negative where it is short."""
    return floor.holdings[owner].get(book, 0)


def change_holding(floor: Floor, owner: int, book: int, lots: int) -> None:
    """Book what an owner bought, or (negative) sold; owners outside the table hold nothing."""
    if floor.has_owner(owner):
        floor.holdings[owner][book] = holding(floor, owner, book) + lots


def reducible_lots(floor: Floor, order: ReferenceOrder) -> int:
    """How large a reduce-only order of this owner, book and side may be."""
    held = holding(floor, order.owner, order.book)
    return max(0, held if order.side == Side.SELL else -held)


def cut_to_holding(floor: Floor, order: ReferenceOrder) -> None:
    """Cut a reduce-only order to what it may be, or cancel it where that is nothing."""
    allowed = reducible_lots(floor, order)
    if allowed == 0:
        cancel(floor, order, Reason.POSITION_REDUCED)
    elif allowed < order.open_lots:
        reduce(floor, order, order.open_lots - allowed, Reason.POSITION_REDUCED)


def reduce(floor: Floor, order: ReferenceOrder, lots: int, reason: Reason) -> None:
    """Take lots off what an order shows, without a trade; some of it stays open."""
    order.open_lots -= lots
    order.shown_lots = max(0, order.shown_lots - lots)
    shown_lots = order.shown_lots if order.level_code == RESTING else 0
    price_ticks, open_lots = order.price_ticks, order.open_lots
    floor.emit(EventKind.REDUCED, order.order_id, reason, price_ticks, lots, open_lots, shown_lots)


def shrink_reducers(floor: Floor, book: int, owner: int) -> None:
    """Cut the resting reduce-only orders of an owner in a book, newest first."""
    for order in reversed(list(floor.books[book].reducers.values())):
        if order.owner == owner and floor.lives(order):
            cut_to_holding(floor, order)
