"""Cancelling orders, and what linked orders do to one another."""

from __future__ import annotations

from matching.layout import LEVEL_QUEUED, EventKind, Reason
from matching.reference_floor import Floor
from matching.reference_orders import ReferenceOrder


def withdraw(floor: Floor, order: ReferenceOrder, reason: Reason) -> None:
    """Cancel all that is open of one order, without a look at those linked to it."""
    waited = int(order.waits)
    lots = order.open_lots
    floor.emit(EventKind.CANCELLED, order.order_id, reason, order.price_ticks, lots, 0, waited)
    if order.parent is not None and order in order.parent.dormant_children:
        order.parent.dormant_children.remove(order)
    floor.retire(order)


def cancel(floor: Floor, order: ReferenceOrder, reason: Reason) -> None:
    """Cancel one order and, with it, those linked to it."""
    withdraw(floor, order, reason)
    follow_end(floor, order)


def cancel_each(floor: Floor, orders: list[ReferenceOrder], reason: Reason) -> None:
    """Cancel several orders, in turn; one that an earlier one took with it is gone already."""
    for order in orders:
        if floor.lives(order):
            cancel(floor, order, reason)


def follow_fill(floor: Floor, order: ReferenceOrder) -> None:
    """Do what an execution of an order means for those linked to it.

    The first execution counts, or the one that fills the order where its link is COMPLETE.
    """
    if order.complete and order.open_lots:
        return
    cancel_ring(floor, order)
    children, order.dormant_children = order.dormant_children, []
    for child in children:
        floor.book_of(child).wait(child, LEVEL_QUEUED)


def follow_end(floor: Floor, order: ReferenceOrder) -> None:
    """Take the others of a cancelled order's ring, then those still dormant for it, with it."""
    cancel_ring(floor, order)
    children, order.dormant_children = order.dormant_children, []
    cancel_each(floor, children, Reason.LINKED_ORDER)


def cancel_ring(floor: Floor, order: ReferenceOrder) -> None:
    """Cancel the others of an order's ring, in the order of entry beginning behind it.

    The ring is taken apart first, so that what is cancelled does not take the order with it.
    """
    ring = order.ring
    if not ring:
        return
    place = ring.index(order)
    others = ring[place + 1 :] + ring[:place]
    for member in ring:
        member.ring = []
    for other in others:
        if floor.lives(other) and other.open_lots:
            cancel(floor, other, Reason.LINKED_ORDER)
