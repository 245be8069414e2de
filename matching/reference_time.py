"""What time does: orders expire, windows move, books open again, and what waited for it is told."""

from __future__ import annotations

from matching.layout import EventKind, Reason, Side, State
from matching.reference_auction import auction_price
from matching.reference_batch import end_batch, is_due
from matching.reference_book import ReferenceBook
from matching.reference_floor import Floor
from matching.reference_links import cancel
from matching.reference_queue import run_queue
from matching.reference_states import open_book


def advance(floor: Floor, now_ns: int) -> None:
    """Move time to ``now_ns``, or look at everything again where that is not later."""
    floor.now_ns = max(floor.now_ns, now_ns)
    _expire(floor)
    for book in floor.books:
        book.breaker.move_on(floor.now_ns)
        if book.reopen_ns is not None and book.reopen_ns <= floor.now_ns:
            open_book(floor, book)
        elif is_due(floor, book):
            end_batch(floor, book)
        _tell_limit_lock(floor, book)
        _tell_indicative(floor, book)
        run_queue(floor, book)


def _expire(floor: Floor) -> None:
    due = [
        (order.expiry_ns, order.order_id)
        for order in floor.orders.values()
        if order.expiry_ns is not None and order.expiry_ns <= floor.now_ns
    ]
    for _, order_id in sorted(due):
        order = floor.orders.get(order_id)
        if order is not None:
            cancel(floor, order, Reason.ORDER_EXPIRED)


def _tell_limit_lock(floor: Floor, book: ReferenceBook) -> None:
    locked = 0
    if book.state == State.OPEN and book.banded:
        if book.best(Side.BUY) == book.high_band_ticks:
            locked = 1 + Side.BUY
        elif book.best(Side.SELL) == book.low_band_ticks:
            locked = 1 + Side.SELL
    if locked != book.locked:
        book.locked = locked
        floor.emit(EventKind.LIMIT_LOCKED, 0, locked, 0, 0, 0, book.index)


def _tell_indicative(floor: Floor, book: ReferenceBook) -> None:
    gathers = book.state == State.OPEN and book.gathers
    if book.state != State.PRE_OPEN and not gathers:
        return
    found = auction_price(book)
    told = (found.price_ticks or 0, found.volume_lots, found.surplus_lots)
    if told != book.indicated:
        book.indicated = told
        floor.emit(EventKind.INDICATED, 0, book.index, *told)
