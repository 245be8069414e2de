"""What an order does from the moment it is in: it trades, rests, ends, and moves others."""

from __future__ import annotations

from matching.layout import (
    LEVEL_DORMANT,
    LEVEL_QUEUED,
    EventKind,
    Instruction,
    Link,
    Reason,
    State,
)
from matching.reference_allocation import allocate
from matching.reference_book import ReferenceBook
from matching.reference_floor import Floor
from matching.reference_implied import match_linked
from matching.reference_links import cancel, follow_end, follow_fill
from matching.reference_matching import limit_of, match
from matching.reference_orders import ReferenceOrder
from matching.reference_states import trip
from matching.reference_trades import take_prices, trip_protections
from matching.reference_triggers import make_pending
from matching.rule import Algorithm


def accept(
    floor: Floor, order: ReferenceOrder, link: int, linked: list[ReferenceOrder], terms: int
) -> None:
    """Take in a checked order and those linked to it; ``terms`` are the first one's as given."""
    book = floor.book_of(order)
    tie(order, link, linked)
    steps_aside = order.trigger is None and book.state == State.PRE_OPEN
    aside = steps_aside and (order.has(Instruction.REDUCE_ONLY) or link == Link.OCO)
    if steps_aside and not aside and order.has(Instruction.MARKET):
        order.price_ticks = book.highest_ticks if order.buys else book.lowest_ticks
    _admit(floor, order, terms, waits=aside or order.trigger is not None)
    for other in linked:
        _admit(floor, other, other.terms, waits=True)
    if order.trigger is not None:
        make_pending(book, order, order.trigger)
    elif aside:
        book.wait(order, LEVEL_QUEUED)
    for other in linked:
        book.wait(other, LEVEL_DORMANT)
    if not order.waits:
        run(floor, order)
    if link == Link.OCO and floor.lives(order):
        for other in linked:
            if floor.lives(other):
                book.wait(other, LEVEL_QUEUED)


def tie(order: ReferenceOrder, link: int, linked: list[ReferenceOrder]) -> None:
    """Link orders as OCO (one ring), OTO (dormant for the first) or OTOCO (both)."""
    if link in (Link.OTO, Link.OTOCO):
        order.dormant_children = list(linked)
        for other in linked:
            other.parent = order
    ring = [order, *linked] if link == Link.OCO else list(linked)
    if link in (Link.OCO, Link.OTOCO):
        for member in ring:
            member.ring = ring


def _admit(floor: Floor, order: ReferenceOrder, terms: int, *, waits: bool) -> None:
    floor.admit(order)
    lots = order.open_lots
    floor.emit(EventKind.ACCEPTED, order.order_id, terms, order.price_ticks, lots, lots, int(waits))


def run(floor: Floor, order: ReferenceOrder) -> None:
    """Let an order that is in no queue trade and rest; while PRE_OPEN it only rests."""
    book = floor.book_of(order)
    if book.state == State.PRE_OPEN:
        _rest(book, order)
        return
    if book.gathers:
        _rest(book, order)
        return
    limit_ticks = limit_of(book, order)
    meet = match if book.rule.algorithm == Algorithm.PRICE_TIME else allocate
    trades = (match_linked if book.cycles else meet)(floor, order, limit_ticks)
    left = floor.lives(order) and order.open_lots > 0
    stopped_by_range = left and book.crosses(order.side, limit_ticks)
    if trades:
        follow_fill(floor, order)
    if not floor.lives(order):
        follow_end(floor, order)
    elif not left:
        floor.retire(order)
    elif order.may_rest:
        _rest(book, order)
    else:
        cancel(floor, order, Reason.UNFILLED_REMAINDER)
    if trades:
        take_prices(floor, trades)
    if stopped_by_range:
        trip(floor, book)
    if trades:
        trip_protections(floor)


def _rest(book: ReferenceBook, order: ReferenceOrder) -> None:
    order.minimum_lots = 0
    order.show()
    book.rest(order)
