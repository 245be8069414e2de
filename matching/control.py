"""What whoever runs the venue does to a book: states, reference prices, protection, time."""

from __future__ import annotations

from matching.activation import run_queue
from matching.aftermath import shrink
from matching.algorithm import gathers
from matching.arrays import Arrays
from matching.batch import end_batch
from matching.cancels import withdraw, withdraw_detailed
from matching.compiled import called, inlined
from matching.events import write_event, write_rejected
from matching.expiry import next_expired
from matching.layout import (
    BOOK_BAND_HIGH,
    BOOK_BAND_LOW,
    BOOK_BATCH_END_NS,
    BOOK_BEST_ASK,
    BOOK_BEST_BID,
    BOOK_LAST_TICKS,
    BOOK_LEVELS,
    BOOK_LOCKED,
    BOOK_MAX_EXTENSIONS,
    BOOK_MOVE,
    BOOK_PAUSE_NS,
    BOOK_REFERENCE_TICKS,
    BOOK_REOPEN_NS,
    BOOK_STATE,
    BOOK_WINDOW_NS,
    MARK_LINKED,
    NO_PRICE,
    NO_SLOT,
    ORDER_NEXT,
    ORDER_TERMS,
    POOL_NOW_NS,
    Control,
    EventKind,
    Reason,
    State,
)
from matching.owners import holding_column
from matching.placing import MARKET_BIT
from matching.queue import best_index, head, is_level, ladder_start, next_level
from matching.sessions import close_for_auction, expire_book, withdraw_fleeting, write_state
from matching.stirring import stir
from matching.triggers import wake_reached
from matching.uncross import indicate, open_book
from matching.watch import clear_window, move_window, set_reference

_LIMIT_LOCKED = int(EventKind.LIMIT_LOCKED)
_UNKNOWN_BOOK = int(Reason.UNKNOWN_BOOK)
_INVALID_TERMS = int(Reason.INVALID_TERMS)
_NOT_OPEN = int(Reason.NOT_OPEN)
_ORDER_EXPIRED = int(Reason.ORDER_EXPIRED)
_OUTSIDE_BAND = int(Reason.OUTSIDE_BAND)
_PRE_OPEN = int(State.PRE_OPEN)
_OPEN = int(State.OPEN)
_EXPIRED = int(State.EXPIRED)
_SET_STATE = int(Control.SET_STATE)
_SET_PRICE = int(Control.SET_PRICE)
_SET_BAND = int(Control.SET_BAND)
_SET_BREAKER = int(Control.SET_BREAKER)
_SET_HOLDING = int(Control.SET_HOLDING)
_SET_REFERENCE = int(Control.SET_REFERENCE)


@called
def set_state(arrays: Arrays, count: int, command: int, book: int, state: int) -> int:
    """Bring a book to a state; opening it uncrosses it."""
    books = arrays.books
    if book < 0 or book >= books.shape[0]:
        return write_rejected(arrays, count, command, 0, _UNKNOWN_BOOK, 0, 0)
    if state < _PRE_OPEN or state > _EXPIRED:
        return write_rejected(arrays, count, command, 0, _INVALID_TERMS, 0, 0)
    former = books[book, BOOK_STATE]
    if former == _EXPIRED:
        return write_rejected(arrays, count, command, 0, _NOT_OPEN, 0, 0)
    if state == _PRE_OPEN:
        return close_for_auction(arrays, count, command, book, 0)
    if state == _OPEN and former != _OPEN:
        return open_book(arrays, count, command, book)
    if state == _EXPIRED:
        count = expire_book(arrays, count, command, book)
    books[book, BOOK_REOPEN_NS] = 0
    if former == _OPEN and state != _OPEN:
        count = withdraw_fleeting(arrays, count, command, book)
    return write_state(arrays, count, command, book, state, 0)


@called
def set_price(arrays: Arrays, book: int, source: int, ticks: int) -> None:
    """Tell a book the present price of a trigger source."""
    arrays.books[book, BOOK_LAST_TICKS + source - 1] = ticks
    if arrays.books[book, BOOK_STATE] == _OPEN:
        wake_reached(arrays, book, source)


@called
def withdraw_outside(
    arrays: Arrays, count: int, command: int, book: int, side: int, edge: int
) -> int:
    """Withdraw a side's orders whose price is better than the ladder index ``edge``."""
    orders = arrays.orders
    start = ladder_start(arrays, book, side)
    index = best_index(arrays, book, side)
    while is_level(arrays, book, index) and (index - edge) * (1 - 2 * side) > 0:
        slot = head(arrays, start + index)
        while slot != NO_SLOT:
            following = orders[slot, ORDER_NEXT]
            terms = orders[slot, ORDER_TERMS]
            if terms & MARKET_BIT == 0:
                count = withdraw(arrays, count, command, slot, _OUTSIDE_BAND)
                if terms & MARK_LINKED != 0:
                    # Those linked to it went too, perhaps the following one among them.
                    following = head(arrays, start + index)
            slot = following
        index = next_level(arrays, book, side, index)
    return count


@called
def set_band(arrays: Arrays, count: int, command: int, book: int, low: int, high: int) -> int:
    """Set the ladder indices that orders may name, and withdraw those that they leave outside."""
    arrays.books[book, BOOK_BAND_LOW] = low
    arrays.books[book, BOOK_BAND_HIGH] = high
    stir(arrays, book)
    count = withdraw_outside(arrays, count, command, book, 0, high)
    return withdraw_outside(arrays, count, command, book, 1, low)


@called
def set_breaker(
    arrays: Arrays, book: int, move: int, window_ns: int, pause_ns: int, max_extensions: int
) -> None:
    """Set how far executions may go within a window; the window begins empty.

    move: parts per million of the price, or negative: so many ticks whatever the price.
    """
    books = arrays.books
    books[book, BOOK_MOVE] = move
    books[book, BOOK_WINDOW_NS] = window_ns
    books[book, BOOK_PAUSE_NS] = pause_ns
    books[book, BOOK_MAX_EXTENSIONS] = max_extensions
    books[book, BOOK_REFERENCE_TICKS] = NO_PRICE
    clear_window(arrays, book)


@called
def look_at_lock(arrays: Arrays, count: int, command: int, book: int) -> int:
    """Report whether the market stands at an end of its band, when that changes."""
    books = arrays.books
    low = books[book, BOOK_BAND_LOW]
    high = books[book, BOOK_BAND_HIGH]
    locked = 0
    if books[book, BOOK_STATE] == _OPEN and (low > 0 or high < books[book, BOOK_LEVELS] - 1):
        if books[book, BOOK_BEST_BID] == high:
            locked = 1
        elif books[book, BOOK_BEST_ASK] == low:
            locked = 2
    if locked == books[book, BOOK_LOCKED]:
        return count
    books[book, BOOK_LOCKED] = locked
    return write_event(arrays, count, command, _LIMIT_LOCKED, 0, locked, 0, 0, 0, book)


@called
def advance(arrays: Arrays, count: int, command: int, now_ns: int) -> int:
    """Move time on: what is due by then happens, orders that end first, then book by book."""
    count = expire_orders(arrays, count, command, now_ns)
    for book in range(arrays.books.shape[0]):
        count = advance_book(arrays, count, command, book)
        count = run_queue(arrays, count, command, book)
    return count


@called
def expire_orders(arrays: Arrays, count: int, command: int, now_ns: int) -> int:
    """Move time on and cancel every order whose end has come, by its time and then its id."""
    pool = arrays.pool
    pool[POOL_NOW_NS] = max(pool[POOL_NOW_NS], now_ns)
    slot = next_expired(arrays)
    while slot != NO_SLOT:
        count = withdraw_detailed(arrays, count, command, slot, _ORDER_EXPIRED)
        slot = next_expired(arrays)
    return count


@inlined
def is_batch_due(arrays: Arrays, book: int) -> bool:
    """Say whether an open book's batch has come to its end."""
    books = arrays.books
    return bool(
        gathers(arrays, book)
        and books[book, BOOK_STATE] == _OPEN
        and books[book, BOOK_BATCH_END_NS] <= arrays.pool[POOL_NOW_NS]
    )


@called
def advance_book(arrays: Arrays, count: int, command: int, book: int) -> int:
    """Do what is due in one book now, up to its queue."""
    books = arrays.books
    move_window(arrays, book)
    reopen_ns = books[book, BOOK_REOPEN_NS]
    if books[book, BOOK_STATE] == _PRE_OPEN and 0 < reopen_ns <= arrays.pool[POOL_NOW_NS]:
        count = open_book(arrays, count, command, book)
    elif is_batch_due(arrays, book):
        count = end_batch(arrays, count, command, book)
    count = look_at_lock(arrays, count, command, book)
    if books[book, BOOK_STATE] == _PRE_OPEN or (
        books[book, BOOK_STATE] == _OPEN and gathers(arrays, book)
    ):
        count = indicate(arrays, count, command, book)
    return count


@called
def perform(
    arrays: Arrays,
    count: int,
    command: int,
    verb: int,
    book: int,
    first: int,
    second: int,
    third: int,
    fourth: int,
) -> int:
    """Do one Control verb but ADVANCE on a book, up to the queue that follows; arguments in its order."""
    if verb == _SET_STATE:
        count = set_state(arrays, count, command, book, first)
    elif verb == _SET_PRICE:
        set_price(arrays, book, first, second)
    elif verb == _SET_BAND:
        count = set_band(arrays, count, command, book, first, second)
    elif verb == _SET_BREAKER:
        set_breaker(arrays, book, first, second, third, fourth)
    elif verb == _SET_REFERENCE:
        set_reference(arrays, book, first)
    elif verb == _SET_HOLDING:
        arrays.owners[first, holding_column(book)] = second
        count = shrink(arrays, count, command, book, first)
    return count
