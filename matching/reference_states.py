"""Trading states of a book: how it closes, pauses and opens."""

from __future__ import annotations

from matching.layout import (
    LEVEL_QUEUED,
    EventKind,
    Instruction,
    Reason,
    State,
    TimeInForce,
    TriggerSource,
)
from matching.reference_auction import AuctionPrice, auction_price, inside_range, uncross
from matching.reference_book import ReferenceBook
from matching.reference_floor import Floor
from matching.reference_links import cancel, cancel_each
from matching.reference_orders import tif_of
from matching.reference_trades import take_prices, trip_protections
from matching.reference_triggers import look_at_triggers


def cancel_fleeting(floor: Floor, book: ReferenceBook) -> None:
    """Cancel the IOC orders that rest in a book of batch auctions, because their batch is over."""
    for order in book.resting():
        if tif_of(order.terms) == TimeInForce.IOC and floor.lives(order):
            cancel(floor, order, Reason.UNFILLED_REMAINDER)


def change_state(floor: Floor, book: ReferenceBook, state: State) -> None:
    """Bring a book that is not EXPIRED to a state, by the way that this state asks for."""
    book.reopen_ns = None
    if state == book.state:
        _enter(floor, book, state, 0)
    elif state == State.OPEN:
        open_book(floor, book)
    elif state == State.PRE_OPEN:
        book.extensions = 0
        _enter_pre_open(floor, book, 0)
    else:
        if state == State.EXPIRED:
            everything = book.resting() + list(book.waiting.values())
            cancel_each(floor, everything, Reason.BOOK_EXPIRED)
        if book.state == State.OPEN:
            cancel_fleeting(floor, book)
        _enter(floor, book, state, 0)


def trip(floor: Floor, book: ReferenceBook) -> None:
    """Pause an OPEN book; time opens it again."""
    book.extensions = 0
    _enter_pre_open(floor, book, 0)
    book.reopen_ns = floor.now_ns + book.breaker.pause_ns


def open_book(floor: Floor, book: ReferenceBook) -> None:
    """Open a book by its uncross, or prolong the auction where the price would lie out of range."""
    found = auction_price(book)
    price_ticks = found.price_ticks
    if price_ticks is None or inside_range(book, price_ticks):
        _open_at(floor, book, found)
    elif book.extensions < book.breaker.max_extensions:
        book.extensions += 1
        _enter_pre_open(floor, book, price_ticks)
        book.reopen_ns = floor.now_ns + book.breaker.pause_ns
    else:
        _open_at(floor, book, found)


def _open_at(floor: Floor, book: ReferenceBook, found: AuctionPrice) -> None:
    trades = uncross(floor, book, found)
    book.tops = [None, None]
    book.batch_end_ns = book.rule.batch_end_ns(floor.now_ns)
    book.extensions = 0
    book.reopen_ns = None
    _enter(floor, book, State.OPEN, found.price_ticks or 0)
    if trades:
        book.breaker.begin_anew()
        take_prices(floor, trades)
        trip_protections(floor)
    elif book.last_ticks is not None and TriggerSource.MARK in book.prices_of_sources:
        book.breaker.begin_anew(book.clamped(book.prices_of_sources[TriggerSource.MARK]))
    look_at_triggers(book, TriggerSource.MARK)
    look_at_triggers(book, TriggerSource.INDEX)


def _enter_pre_open(floor: Floor, book: ReferenceBook, price_ticks: int) -> None:
    """Close a book for an auction; what the auction cannot take steps aside until it opens."""
    if book.state != State.PRE_OPEN:
        cancel_fleeting(floor, book)
        book.tops = [None, None]
        book.indicated = (0, 0, 0)
    for order in book.resting():
        if order.has(Instruction.REDUCE_ONLY) or order.ring:
            book.detach(order)
            book.wait(order, LEVEL_QUEUED)
            lots = order.open_lots
            floor.emit(EventKind.PARKED, order.order_id, 0, order.price_ticks, lots, lots)
    _enter(floor, book, State.PRE_OPEN, price_ticks)


def _enter(floor: Floor, book: ReferenceBook, state: State, price_ticks: int) -> None:
    book.state = state
    floor.emit(EventKind.STATE_CHANGED, 0, state, price_ticks, 0, 0, book.index)
