"""Stops: which of the pending orders a price reaches, and in what order."""

from __future__ import annotations

from operator import itemgetter

from matching.layout import LEVEL_PENDING, LEVEL_QUEUED, State, TriggerWhen
from matching.reference_book import ReferenceBook
from matching.reference_orders import ReferenceOrder, Trigger


def make_pending(book: ReferenceBook, order: ReferenceOrder, trigger: Trigger) -> None:
    """Let an order wait for its trigger; a trailing one takes its distance from the source now."""
    if trigger.trailing:
        trigger.follow(book.prices_of_sources[trigger.source])
    book.wait(order, LEVEL_PENDING)


def look_at_triggers(book: ReferenceBook, source: int) -> None:
    """Queue the pending orders that the price of a source reaches, while the book is OPEN.

    Those that wait for a rise come first, nearest trigger first, then those that wait for a fall in
    the same way, each by order id where triggers are equal; then trailing ones in the order in which
    they became pending.
    """
    price_ticks = book.prices_of_sources.get(source)
    if book.state != State.OPEN or price_ticks is None:
        return
    rises, falls, trailing = [], [], []
    for order in book.pending.values():
        trigger = order.trigger
        if trigger is None or trigger.source != source:
            continue
        trigger.follow(price_ticks)
        if not trigger.is_reached_by(price_ticks):
            continue
        trigger.reached = True
        ticks = trigger.price_ticks or 0
        if trigger.trailing:
            trailing.append(order)
        elif trigger.when == TriggerWhen.RISES:
            rises.append((ticks, order.order_id, order))
        else:
            falls.append((-ticks, order.order_id, order))
    nearest_first = sorted(rises, key=itemgetter(0, 1)) + sorted(falls, key=itemgetter(0, 1))
    for order in [order for _, _, order in nearest_first] + trailing:
        book.wait(order, LEVEL_QUEUED)
