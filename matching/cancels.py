"""Cancelling one order, or all that an owner has in a book."""

from __future__ import annotations

from typing import Any

from matching.bitmap import next_above, next_below
from matching.compiled import called, inlined
from matching.layout import (
    BOOK_BASE_TICKS,
    BOOK_BEST_ASK,
    BOOK_BEST_BID,
    BOOK_BITMAP_START,
    BOOK_BITMAP_WORDS,
    BOOK_LEVEL_START,
    BOOK_LEVELS,
    LEVEL_HEAD,
    LEVEL_ORDERS,
    NO_SLOT,
    ORDER_BOOK_SHIFT,
    ORDER_ID,
    ORDER_LEAVES_LOTS,
    ORDER_LEVEL,
    ORDER_NEXT,
    ORDER_OWNER,
    ORDER_TERMS,
    POOL_HIGH_WATER,
    SLOT_MASK,
    EventKind,
    Reason,
)
from matching.matcher import write_event
from matching.queue import dequeue, free_slot

Array = Any

# Numba folds module-level integers into the code; members of an IntEnum would be typed apart.
_CANCELLED = int(EventKind.CANCELLED)
_REJECTED = int(EventKind.REJECTED)
_UNKNOWN_BOOK = int(Reason.UNKNOWN_BOOK)
_UNKNOWN_ORDER = int(Reason.UNKNOWN_ORDER)
_REQUESTED = int(Reason.REQUESTED)


@inlined
def find_slot(orders: Array, pool: Array, order_id: int) -> int:
    """Return the slot of a live order, or NO_SLOT; any int64 is a safe question."""
    slot = order_id & SLOT_MASK
    if order_id <= 0 or slot >= pool[POOL_HIGH_WATER] or orders[slot, ORDER_ID] != order_id:
        slot = NO_SLOT
    return slot


@inlined
def withdraw(
    books: Array,
    levels: Array,
    bitmap: Array,
    orders: Array,
    pool: Array,
    events: Array,
    count: int,
    command: int,
    slot: int,
) -> int:
    """Take a live order off its book and report it as cancelled on request."""
    book = orders[slot, ORDER_TERMS] >> ORDER_BOOK_SHIFT
    index = orders[slot, ORDER_LEVEL] - books[book, BOOK_LEVEL_START]
    count = write_event(
        events,
        count,
        _CANCELLED,
        command,
        orders[slot, ORDER_ID],
        _REQUESTED,
        books[book, BOOK_BASE_TICKS] + index,
        orders[slot, ORDER_LEAVES_LOTS],
        0,
        0,
    )
    dequeue(books, levels, bitmap, orders, book, slot)
    free_slot(orders, pool, slot)
    return count


@inlined
def cancel(
    books: Array,
    levels: Array,
    bitmap: Array,
    orders: Array,
    pool: Array,
    events: Array,
    count: int,
    command: int,
    order_id: int,
) -> int:
    """Cancel a live order by its id: CANCELLED or REJECTED."""
    slot = find_slot(orders, pool, order_id)
    if slot == NO_SLOT:
        return write_event(events, count, _REJECTED, command, order_id, _UNKNOWN_ORDER, 0, 0, 0, 0)
    return withdraw(books, levels, bitmap, orders, pool, events, count, command, slot)


@inlined
def withdraw_owned(
    books: Array,
    levels: Array,
    bitmap: Array,
    orders: Array,
    pool: Array,
    events: Array,
    count: int,
    command: int,
    level: int,
    owner: int,
    last: int,
) -> int:
    """Withdraw an owner's orders of one level in their order, until ``last`` rows are written."""
    slot = levels[level, LEVEL_HEAD]
    here = levels[level, LEVEL_ORDERS]
    while here > 0 and count < last:
        following = orders[slot, ORDER_NEXT]
        if orders[slot, ORDER_OWNER] == owner:
            count = withdraw(books, levels, bitmap, orders, pool, events, count, command, slot)
        slot = following
        here -= 1
    return count


@called
def cancel_all(
    books: Array,
    levels: Array,
    bitmap: Array,
    orders: Array,
    pool: Array,
    events: Array,
    count: int,
    command: int,
    book: int,
    owner: int,
    owned: int,
) -> int:
    """Cancel what ``owner`` has in ``book``, bids then asks, best first; stop after ``owned`` orders."""
    if book < 0 or book >= books.shape[0]:
        return write_event(events, count, _REJECTED, command, 0, _UNKNOWN_BOOK, 0, 0, 0, 0)
    start = books[book, BOOK_LEVEL_START]
    number = books[book, BOOK_LEVELS]
    # Each row is one order less: as many rows as orders are owned end the search.
    last = count + owned
    index = books[book, BOOK_BEST_BID]
    while index >= 0 and count < last:
        count = withdraw_owned(
            books, levels, bitmap, orders, pool, events, count, command, start + index, owner, last
        )
        index = next_below(bitmap, books[book, BOOK_BITMAP_START], number, index)
    words = books[book, BOOK_BITMAP_START] + books[book, BOOK_BITMAP_WORDS]
    index = books[book, BOOK_BEST_ASK]
    while index < number and count < last:
        count = withdraw_owned(
            books, levels, bitmap, orders, pool, events, count, command, start + index, owner, last
        )
        index = next_above(bitmap, words, number, index)
    return count
