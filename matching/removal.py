"""Taking a live order out, wherever it is: the one way in which an order ends other than by trading."""

from __future__ import annotations

from matching.arrays import Arrays
from matching.compiled import called, inlined
from matching.events import write_cancelled
from matching.expiry import disarm
from matching.layout import (
    BOOK_BASE_TICKS,
    BOOK_DETAILED,
    BOOK_ICEBERGS,
    DETAIL_PRICE_TICKS,
    DETAIL_RESERVE_LOTS,
    INSTRUCTION_SHIFT,
    LEVEL_ENDED,
    LEVEL_MATCHING,
    LEVEL_PENDING,
    LEVEL_QUEUED,
    MARK_DETAIL,
    MARK_ICEBERG,
    MARK_TIMED,
    ORDER_BOOK_SHIFT,
    ORDER_ID,
    ORDER_LEAVES_LOTS,
    ORDER_LEVEL,
    ORDER_PREVIOUS,
    ORDER_TERMS,
    POOL_DETAILED,
    Instruction,
)
from matching.queue import dequeue, free_slot, ladder_index
from matching.reducers import unlink_reducer
from matching.triggers import forget_trigger
from matching.waiting import remove_queued, remove_waiting

REDUCE_ONLY_BIT = int(Instruction.REDUCE_ONLY) << INSTRUCTION_SHIFT


@called
def discard(arrays: Arrays, slot: int) -> None:
    """Give back the slot of an order that is nowhere any more, and its expiry with it."""
    terms = arrays.orders[slot, ORDER_TERMS]
    if terms & MARK_DETAIL != 0:
        if terms & MARK_TIMED != 0:
            disarm(arrays, slot)
        arrays.pool[POOL_DETAILED] -= 1
    free_slot(arrays, slot)


@called
def leave_book(arrays: Arrays, slot: int) -> None:
    """Take a resting order off its level, and out of what the book keeps of special ones."""
    terms = arrays.orders[slot, ORDER_TERMS]
    book = terms >> ORDER_BOOK_SHIFT
    dequeue(arrays, book, slot)
    if terms & MARK_DETAIL != 0:
        arrays.books[book, BOOK_DETAILED] -= 1
    if terms & MARK_ICEBERG != 0:
        arrays.books[book, BOOK_ICEBERGS] -= 1
    if terms & REDUCE_ONLY_BIT != 0:
        unlink_reducer(arrays, book, slot)


@inlined
def open_lots(arrays: Arrays, slot: int) -> int:
    """Return all that is open of an order, what an iceberg holds in reserve included."""
    lots: int = arrays.orders[slot, ORDER_LEAVES_LOTS]
    if arrays.orders[slot, ORDER_TERMS] & MARK_ICEBERG != 0:
        lots += arrays.details[slot, DETAIL_RESERVE_LOTS]
    return lots


@inlined
def resting_ticks(arrays: Arrays, slot: int) -> int:
    """Return the price of a resting order."""
    book = arrays.orders[slot, ORDER_TERMS] >> ORDER_BOOK_SHIFT
    return int(arrays.books[book, BOOK_BASE_TICKS] + ladder_index(arrays, slot))


@inlined
def order_ticks(arrays: Arrays, slot: int) -> int:
    """Return the price of a live order: where it rests, or what it asked for while it waits."""
    if arrays.orders[slot, ORDER_LEVEL] < 0:
        return int(arrays.details[slot, DETAIL_PRICE_TICKS])
    return resting_ticks(arrays, slot)


@called
def end_match(arrays: Arrays, count: int, command: int, slot: int, reason: int) -> int:
    """Cancel what is left of an aggressor in the middle of its match, which ends with that."""
    orders = arrays.orders
    leaves_lots = orders[slot, ORDER_LEAVES_LOTS]
    if orders[slot, ORDER_LEVEL] != LEVEL_MATCHING or leaves_lots == 0:
        return count
    orders[slot, ORDER_LEVEL] = LEVEL_ENDED
    count = write_cancelled(
        arrays,
        count,
        command,
        orders[slot, ORDER_ID],
        reason,
        orders[slot, ORDER_PREVIOUS],
        leaves_lots,
        0,
    )
    discard(arrays, slot)
    return count


@called
def take_out(arrays: Arrays, count: int, command: int, slot: int, reason: int) -> int:
    """Cancel a live order and free its slot, without a look at the orders linked to it."""
    orders = arrays.orders
    level = orders[slot, ORDER_LEVEL]
    if level <= LEVEL_MATCHING:
        return end_match(arrays, count, command, slot, reason)
    lots = open_lots(arrays, slot)
    if lots == 0:
        # The trade under way has filled it, and its slot is given back when that is followed up.
        return count
    price_ticks = order_ticks(arrays, slot)
    if level >= 0:
        leave_book(arrays, slot)
    else:
        book = orders[slot, ORDER_TERMS] >> ORDER_BOOK_SHIFT
        if level == LEVEL_PENDING:
            forget_trigger(arrays, book, slot)
        elif level == LEVEL_QUEUED:
            remove_queued(arrays, book, slot)
        remove_waiting(arrays, book, slot)
    count = write_cancelled(
        arrays, count, command, orders[slot, ORDER_ID], reason, price_ticks, lots, int(level < 0)
    )
    discard(arrays, slot)
    return count
