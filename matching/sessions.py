"""Trading states of a book: closing it for an auction, pausing it, ending it."""

from __future__ import annotations

from matching.algorithm import forget_tops
from matching.arrays import Arrays
from matching.cancels import withdraw
from matching.compiled import called
from matching.events import write_event
from matching.layout import (
    BOOK_EXTENSIONS,
    BOOK_FLEETING,
    BOOK_INDICATED_LOTS,
    BOOK_INDICATED_SURPLUS_LOTS,
    BOOK_INDICATED_TICKS,
    BOOK_PAUSE_NS,
    BOOK_REOPEN_NS,
    BOOK_STATE,
    BOOK_WAITING_HEAD,
    DETAIL_PRICE_TICKS,
    DETAIL_RESERVE_LOTS,
    DETAIL_RING,
    LEVEL_HEAD,
    LEVEL_QUEUED,
    MARK_DETAIL,
    MARK_LINKED,
    NO_SLOT,
    ORDER_ID,
    ORDER_LEAVES_LOTS,
    ORDER_NEXT,
    ORDER_TERMS,
    POOL_NOW_NS,
    TIF_MASK,
    TIF_SHIFT,
    EventKind,
    Reason,
    State,
    TimeInForce,
)
from matching.queue import best_index, head, is_level, ladder_start, next_level
from matching.removal import REDUCE_ONLY_BIT, leave_book, open_lots, order_ticks
from matching.stirring import stir
from matching.waiting import append_waiting, push_queue

_PARKED = int(EventKind.PARKED)
_STATE_CHANGED = int(EventKind.STATE_CHANGED)
_UNFILLED_REMAINDER = int(Reason.UNFILLED_REMAINDER)
_IOC = int(TimeInForce.IOC)
_BOOK_EXPIRED = int(Reason.BOOK_EXPIRED)
_PRE_OPEN = int(State.PRE_OPEN)


@called
def write_state(
    arrays: Arrays, count: int, command: int, book: int, state: int, price_ticks: int
) -> int:
    """Change a book's state and report it."""
    books = arrays.books
    books[book, BOOK_STATE] = state
    stir(arrays, book)
    return write_event(arrays, count, command, _STATE_CHANGED, 0, state, price_ticks, 0, 0, book)


@called
def depends(arrays: Arrays, slot: int) -> bool:
    """Say whether an order may not take part in an auction: it depends on what others do in it."""
    terms = arrays.orders[slot, ORDER_TERMS]
    return bool(
        terms & REDUCE_ONLY_BIT != 0
        or (terms & MARK_DETAIL != 0 and arrays.details[slot, DETAIL_RING] != NO_SLOT)
    )


@called
def park(arrays: Arrays, count: int, command: int, book: int, slot: int) -> int:
    """Move a resting order to the queue, for the time when the book opens again."""
    orders, details = arrays.orders, arrays.details
    lots = open_lots(arrays, slot)
    price_ticks = order_ticks(arrays, slot)
    leave_book(arrays, slot)
    orders[slot, ORDER_LEAVES_LOTS] = lots
    details[slot, DETAIL_RESERVE_LOTS] = 0
    details[slot, DETAIL_PRICE_TICKS] = price_ticks
    append_waiting(arrays, book, slot, LEVEL_QUEUED)
    push_queue(arrays, book, slot)
    return write_event(
        arrays, count, command, _PARKED, orders[slot, ORDER_ID], 0, price_ticks, lots, lots, 0
    )


@called
def forget_indicative(arrays: Arrays, book: int) -> None:
    """Let the next indicative price of a book be the first one of an auction."""
    books = arrays.books
    books[book, BOOK_INDICATED_TICKS] = 0
    books[book, BOOK_INDICATED_LOTS] = 0
    books[book, BOOK_INDICATED_SURPLUS_LOTS] = 0


@called
def withdraw_fleeting(arrays: Arrays, count: int, command: int, book: int) -> int:
    """Cancel the IOC orders of a batch that ends."""
    books, orders = arrays.books, arrays.orders
    if books[book, BOOK_FLEETING] == 0:
        return count
    books[book, BOOK_FLEETING] = 0
    for side in range(2):
        start = ladder_start(arrays, book, side)
        index = best_index(arrays, book, side)
        while is_level(arrays, book, index):
            slot = head(arrays, start + index)
            while slot != NO_SLOT:
                following = orders[slot, ORDER_NEXT]
                terms = orders[slot, ORDER_TERMS]
                if terms >> TIF_SHIFT & TIF_MASK == _IOC:
                    count = withdraw(arrays, count, command, slot, _UNFILLED_REMAINDER)
                    if terms & MARK_LINKED != 0:
                        # Those linked to it went too, perhaps the following one among them.
                        following = head(arrays, start + index)
                slot = following
            index = next_level(arrays, book, side, index)
    return count


@called
def close_for_auction(arrays: Arrays, count: int, command: int, book: int, reopen_ns: int) -> int:
    """Bring a book to PRE_OPEN: orders are collected until it opens, by itself at ``reopen_ns`` if not 0."""
    books = arrays.books
    if books[book, BOOK_STATE] != _PRE_OPEN:
        count = withdraw_fleeting(arrays, count, command, book)
        forget_tops(arrays, book)
        for side in range(2):
            start = ladder_start(arrays, book, side)
            index = best_index(arrays, book, side)
            while is_level(arrays, book, index):
                slot = head(arrays, start + index)
                while slot != NO_SLOT:
                    following = arrays.orders[slot, ORDER_NEXT]
                    if depends(arrays, slot):
                        count = park(arrays, count, command, book, slot)
                    slot = following
                index = next_level(arrays, book, side, index)
        forget_indicative(arrays, book)
        books[book, BOOK_EXTENSIONS] = 0
    books[book, BOOK_REOPEN_NS] = reopen_ns
    return write_state(arrays, count, command, book, _PRE_OPEN, 0)


@called
def pause(arrays: Arrays, count: int, command: int, book: int) -> int:
    """Stop continuous trading for the breaker's pause; an auction ends it."""
    reopen_ns = arrays.pool[POOL_NOW_NS] + arrays.books[book, BOOK_PAUSE_NS]
    return close_for_auction(arrays, count, command, book, reopen_ns)


@called
def expire_book(arrays: Arrays, count: int, command: int, book: int) -> int:
    """Cancel every order of a book, resting and waiting."""
    books, levels = arrays.books, arrays.levels
    for side in range(2):
        start = ladder_start(arrays, book, side)
        index = best_index(arrays, book, side)
        while is_level(arrays, book, index):
            slot = levels[start + index, LEVEL_HEAD]
            count = withdraw(arrays, count, command, slot, _BOOK_EXPIRED)
            index = best_index(arrays, book, side)
    while books[book, BOOK_WAITING_HEAD] != NO_SLOT:
        slot = books[book, BOOK_WAITING_HEAD]
        count = withdraw(arrays, count, command, slot, _BOOK_EXPIRED)
    return count
