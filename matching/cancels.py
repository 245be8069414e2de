"""Cancelling one order, or all that an owner has in a book."""

from __future__ import annotations

from matching.arrays import Arrays
from matching.compiled import called, inlined
from matching.events import write_cancelled, write_rejected
from matching.layout import (
    BOOK_WAITING_HEAD,
    LEVEL_HEAD,
    MARK_DETAIL,
    MARK_LINKED,
    NO_SLOT,
    ORDER_BOOK_SHIFT,
    ORDER_ID,
    ORDER_LEAVES_LOTS,
    ORDER_NEXT,
    ORDER_OWNER,
    ORDER_TERMS,
    Reason,
)
from matching.links import follow_end
from matching.queue import (
    best_index,
    dequeue,
    find_slot,
    free_slot,
    head,
    is_level,
    ladder_start,
    next_level,
)
from matching.removal import resting_ticks, take_out

# Numba folds module-level integers into the code; members of an IntEnum would be typed apart.
_UNKNOWN_BOOK = int(Reason.UNKNOWN_BOOK)
_UNKNOWN_ORDER = int(Reason.UNKNOWN_ORDER)
_REQUESTED = int(Reason.REQUESTED)


@called
def withdraw_detailed(arrays: Arrays, count: int, command: int, slot: int, reason: int) -> int:
    """Cancel a live order whose detail row is in use, and what hangs on it."""
    linked = arrays.orders[slot, ORDER_TERMS] & MARK_LINKED
    count = take_out(arrays, count, command, slot, reason)
    if linked != 0:
        count = follow_end(arrays, count, command, slot)
    return count


@inlined
def withdraw(arrays: Arrays, count: int, command: int, slot: int, reason: int) -> int:
    """Cancel a live order and report it, and after it those that are linked to it."""
    orders = arrays.orders
    terms = orders[slot, ORDER_TERMS]
    if terms & MARK_DETAIL != 0:
        return withdraw_detailed(arrays, count, command, slot, reason)
    count = write_cancelled(
        arrays,
        count,
        command,
        orders[slot, ORDER_ID],
        reason,
        resting_ticks(arrays, slot),
        orders[slot, ORDER_LEAVES_LOTS],
        0,
    )
    dequeue(arrays, terms >> ORDER_BOOK_SHIFT, slot)
    free_slot(arrays, slot)
    return count


@inlined
def cancel(arrays: Arrays, count: int, command: int, order_id: int) -> int:
    """Cancel a live order by its id: CANCELLED or REJECTED."""
    slot = find_slot(arrays, order_id)
    if slot == NO_SLOT:
        return write_rejected(arrays, count, command, order_id, _UNKNOWN_ORDER, 0, 0)
    return withdraw(arrays, count, command, slot, _REQUESTED)


@called
def withdraw_level(
    arrays: Arrays,
    count: int,
    command: int,
    level: int,
    owner: int,
    wanted: int,
    reason: int,
    last: int,
) -> int:
    """Withdraw the owner's orders of a level that have all ``wanted`` terms, up to ``last`` rows."""
    levels, orders = arrays.levels, arrays.orders
    slot = levels[level, LEVEL_HEAD]
    while slot != NO_SLOT and count < last:
        following = orders[slot, ORDER_NEXT]
        terms = orders[slot, ORDER_TERMS]
        if orders[slot, ORDER_OWNER] == owner and terms & wanted == wanted:
            count = withdraw(arrays, count, command, slot, reason)
            if terms & MARK_LINKED != 0:
                # Those linked to it went too, perhaps the following one among them.
                following = head(arrays, level)
        slot = following
    return count


@called
def withdraw_resting(
    arrays: Arrays,
    count: int,
    command: int,
    book: int,
    owner: int,
    wanted: int,
    reason: int,
    last: int,
) -> int:
    """Withdraw an owner's resting orders that have all ``wanted`` terms, bids then asks, best first.

    It ends once ``last`` rows are written: each row is one order less.
    """
    for side in range(2):
        start = ladder_start(arrays, book, side)
        index = best_index(arrays, book, side)
        while is_level(arrays, book, index) and count < last:
            count = withdraw_level(
                arrays, count, command, start + index, owner, wanted, reason, last
            )
            index = next_level(arrays, book, side, index)
    return count


@called
def cancel_all(arrays: Arrays, count: int, command: int, book: int, owner: int, owned: int) -> int:
    """Cancel what ``owner`` has in ``book``, resting and waiting; stop after ``owned`` orders."""
    books, orders = arrays.books, arrays.orders
    if book < 0 or book >= books.shape[0]:
        return write_rejected(arrays, count, command, 0, _UNKNOWN_BOOK, 0, 0)
    last = count + owned
    count = withdraw_resting(arrays, count, command, book, owner, 0, _REQUESTED, last)
    slot = books[book, BOOK_WAITING_HEAD]
    while slot != NO_SLOT and count < last:
        following = orders[slot, ORDER_NEXT]
        if orders[slot, ORDER_OWNER] == owner:
            linked = orders[slot, ORDER_TERMS] & MARK_LINKED
            count = withdraw(arrays, count, command, slot, _REQUESTED)
            if linked != 0:
                following = books[book, BOOK_WAITING_HEAD]
        slot = following
    return count
