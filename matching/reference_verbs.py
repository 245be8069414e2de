"""The verbs SUBMIT, CANCEL and CANCEL_ALL of a command row."""

from __future__ import annotations

from collections.abc import Sequence

from matching.layout import (
    COMMAND_BOOK,
    COMMAND_ORDER_ID,
    COMMAND_OWNER,
    COMMAND_PRICE_TICKS,
    COMMAND_QTY_LOTS,
    EventKind,
    Reason,
)
from matching.reference_book import ReferenceBook
from matching.reference_entry import accept
from matching.reference_floor import Floor
from matching.reference_form import form_refusal
from matching.reference_links import cancel, cancel_each
from matching.reference_market import market_refusal, take_market_price
from matching.reference_queue import run_queue
from matching.reference_requests import Row, is_complete, linked_requests, request_of


def reject(
    floor: Floor, reason: Reason, order_id: int = 0, price_ticks: int = 0, qty_lots: int = 0
) -> None:
    """Write the one row of a rejected command."""
    floor.emit(EventKind.REJECTED, order_id, reason, price_ticks, qty_lots)


def find_book(floor: Floor, book: int) -> ReferenceBook | None:
    """A book by its index, None where there is no such book."""
    return floor.books[book] if 0 <= book < len(floor.books) else None


def submit(floor: Floor, command: Row, conditions: Sequence[Row]) -> None:
    """Enter an order, with those linked to it, if form, market and room allow it."""
    book = find_book(floor, command[COMMAND_BOOK])
    price_ticks, qty_lots = command[COMMAND_PRICE_TICKS], command[COMMAND_QTY_LOTS]
    if book is None:
        reject(floor, Reason.UNKNOWN_BOOK, 0, price_ticks, qty_lots)
        return
    request = request_of(command, conditions)
    reason = form_refusal(floor, book, request, conditions)
    if reason != Reason.NONE:
        reject(floor, reason, 0, price_ticks, qty_lots)
        return
    order = request.make_order(book)
    linked = [other.make_order(book) for other in linked_requests(request, conditions)]
    reason = market_refusal(floor, order)
    if reason == Reason.NONE and len(floor.orders) + 1 + len(linked) > floor.max_orders:
        reason = Reason.BOOK_FULL
    if reason != Reason.NONE:
        reject(floor, reason, 0, price_ticks, qty_lots)
        return
    for member in (order, *linked):
        member.complete = is_complete(request)
    if order.trigger is None:
        take_market_price(book, order)
    accept(floor, order, request.link, linked, request.terms)
    run_queue(floor, book)


def cancel_order(floor: Floor, command: Row) -> None:
    """Cancel one order."""
    order = floor.orders.get(command[COMMAND_ORDER_ID])
    if order is None:
        reject(floor, Reason.UNKNOWN_ORDER, command[COMMAND_ORDER_ID])
    else:
        cancel(floor, order, Reason.REQUESTED)


def cancel_all(floor: Floor, command: Row) -> None:
    """Cancel what an owner has in a book: bids, asks, then what waits."""
    book = find_book(floor, command[COMMAND_BOOK])
    if book is None:
        reject(floor, Reason.UNKNOWN_BOOK)
        return
    everything = book.resting() + list(book.waiting.values())
    owned = [order for order in everything if order.owner == command[COMMAND_OWNER]]
    cancel_each(floor, owned, Reason.REQUESTED)
