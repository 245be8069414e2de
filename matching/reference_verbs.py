"""The verbs SUBMIT, CANCEL, AMEND and CANCEL_ALL of a command row."""

from __future__ import annotations

from collections.abc import Sequence

from matching.layout import (
    AMEND_WHOLE,
    COMMAND_BOOK,
    COMMAND_ORDER_ID,
    COMMAND_OWNER,
    COMMAND_PRICE_TICKS,
    COMMAND_QTY_LOTS,
    COMMAND_TERMS,
    MAX_PEAKS,
    MAX_QTY_LOTS,
    EventKind,
    Instruction,
    Reason,
    State,
)
from matching.reference_book import ReferenceBook
from matching.reference_entry import accept, run
from matching.reference_floor import Floor
from matching.reference_form import form_refusal, price_is_sound
from matching.reference_links import cancel, cancel_each
from matching.reference_market import (
    band_refusal,
    increases,
    market_refusal,
    price_behind_opposite,
    take_market_price,
)
from matching.reference_orders import RESTING, ReferenceOrder
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


def amend(floor: Floor, command: Row) -> None:
    """Give an order a new price and open size; only what asks for less keeps its place."""
    order_id, price_ticks = command[COMMAND_ORDER_ID], command[COMMAND_PRICE_TICKS]
    order = floor.orders.get(order_id)
    if order is None:
        reason = Reason.UNKNOWN_ORDER
    else:
        filled_lots = order.filled_lots if command[COMMAND_TERMS] & AMEND_WHOLE else 0
        open_lots = command[COMMAND_QTY_LOTS] - filled_lots
        if order.level_code == RESTING and order.has(Instruction.MARKET):
            price_ticks = order.price_ticks
        reason = _amend_refusal(floor, order, price_ticks, open_lots)
    if order is None or reason != Reason.NONE:
        given = command[COMMAND_PRICE_TICKS], command[COMMAND_QTY_LOTS]
        reject(floor, reason, order_id, *given)
        return
    book = floor.book_of(order)
    if book.state == State.OPEN and not order.waits:
        behind = price_behind_opposite(book, order, price_ticks)
        price_ticks = price_ticks if behind is None else behind
    change(floor, order, price_ticks, open_lots)
    run_queue(floor, book)


def _amend_refusal(floor: Floor, order: ReferenceOrder, price_ticks: int, open_lots: int) -> Reason:
    book = floor.book_of(order)
    stands_as_market = order.level_code == RESTING and order.has(Instruction.MARKET)
    if not 1 <= open_lots <= MAX_QTY_LOTS:
        return Reason.INVALID_QTY
    if not stands_as_market and not price_is_sound(book, order.terms, price_ticks):
        return Reason.INVALID_PRICE
    if order.display_lots and open_lots > order.display_lots * MAX_PEAKS:
        return Reason.INVALID_DISPLAY
    if book.state not in (State.OPEN, State.PRE_OPEN):
        return Reason.NOT_OPEN
    if order.waits:
        return Reason.NONE
    reason = band_refusal(book, order, price_ticks)
    if reason != Reason.NONE:
        return reason
    if increases(floor, order, open_lots):
        return Reason.REDUCE_ONLY_WOULD_INCREASE
    opens = book.state == State.OPEN
    if opens and price_behind_opposite(book, order, price_ticks) is None:
        return Reason.POST_ONLY_WOULD_TRADE
    return Reason.NONE


def change(floor: Floor, order: ReferenceOrder, price_ticks: int, open_lots: int) -> None:
    """Carry out a checked amend, with the trades that follow from it."""
    book = floor.book_of(order)
    former_ticks = order.price_ticks
    less = price_ticks == former_ticks and open_lots <= order.open_lots
    keeps_place = less or order.waits
    if not keeps_place:
        book.detach(order)
    order.price_ticks, order.open_lots = price_ticks, open_lots
    order.shown_lots = min(order.shown_lots, open_lots)
    floor.emit(
        EventKind.AMENDED,
        order.order_id,
        former_ticks,
        price_ticks,
        open_lots,
        open_lots,
        keeps_place,
    )
    if not keeps_place:
        run(floor, order)
