"""The queue of a book: waiting orders whose turn has come become active one after another."""

from __future__ import annotations

from matching.layout import CASCADE_ORDERS, LEVEL_PENDING, EventKind, Instruction, Reason, State
from matching.reference_book import ReferenceBook
from matching.reference_entry import run
from matching.reference_floor import Floor
from matching.reference_holdings import cut_to_holding
from matching.reference_links import cancel, cancel_ring
from matching.reference_market import band_refusal, standing_refusal, take_market_price
from matching.reference_orders import ReferenceOrder, Trigger
from matching.reference_states import trip
from matching.reference_triggers import make_pending


def run_queue(floor: Floor, book: ReferenceBook) -> None:
    """Activate what is queued while the book is OPEN, at most CASCADE_ORDERS orders.

    If more wait then and the book has a pause, it trips; else they go on with the next command.
    """
    for _ in range(CASCADE_ORDERS):
        if book.state != State.OPEN or not book.queue:
            return
        activate(floor, book, next(iter(book.queue.values())))
    if book.state == State.OPEN and book.queue and book.breaker.pause_ns:
        trip(floor, book)


def activate(floor: Floor, book: ReferenceBook, order: ReferenceOrder) -> None:
    """Let a queued order go on: to its trigger, into the market, or off the floor."""
    trigger = order.trigger
    if trigger is not None and not trigger.reached and _goes_to_wait(floor, book, order, trigger):
        return
    trigger_ticks = 0 if trigger is None else trigger.price_ticks or 0
    lots = order.open_lots
    told = len(floor.events)
    book.detach(order)
    order.trigger = None
    floor.emit(EventKind.ACTIVATED, order.order_id, trigger_ticks, order.price_ticks, lots, lots)
    if trigger is not None:
        cancel_ring(floor, order)
    reason = band_refusal(book, order, order.price_ticks)
    if reason == Reason.NONE and order.has(Instruction.REDUCE_ONLY):
        cut_to_holding(floor, order)
        if not floor.lives(order):
            return
    if reason == Reason.NONE:
        reason = standing_refusal(floor, order)
    if reason != Reason.NONE:
        cancel(floor, order, reason)
        return
    take_market_price(book, order)
    floor.restate_price(told, order.price_ticks)
    run(floor, order)


def _goes_to_wait(
    floor: Floor, book: ReferenceBook, order: ReferenceOrder, trigger: Trigger
) -> bool:
    """Deal with an order whose trigger was not watched yet; False where it is reached already."""
    source_ticks = book.prices_of_sources.get(trigger.source)
    if trigger.trailing:
        if source_ticks is None:
            cancel(floor, order, Reason.INVALID_TRIGGER)
        else:
            make_pending(book, order, trigger)
        return True
    if trigger.is_reached_by(source_ticks):
        return False
    book.wait(order, LEVEL_PENDING)
    return True
