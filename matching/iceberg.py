"""What an order shows and what it holds in reserve."""

from __future__ import annotations

from matching.algorithm import forget_top
from matching.arrays import Arrays
from matching.compiled import called
from matching.events import write_event
from matching.layout import (
    BOOK_BASE_TICKS,
    DETAIL_DISPLAY_LOTS,
    DETAIL_RESERVE_LOTS,
    LEVEL_QTY_LOTS,
    ORDER_BOOK_SHIFT,
    ORDER_ID,
    ORDER_LEAVES_LOTS,
    ORDER_LEVEL,
    ORDER_TERMS,
    EventKind,
)
from matching.queue import dequeue, enqueue, ladder_index
from matching.removal import leave_book, open_lots, order_ticks

_REDUCED = int(EventKind.REDUCED)
_REFILLED = int(EventKind.REFILLED)


@called
def show(arrays: Arrays, slot: int, lots: int) -> None:
    """Split an iceberg's open lots into what it shows and its reserve."""
    shown_lots = min(lots, arrays.details[slot, DETAIL_DISPLAY_LOTS])
    arrays.orders[slot, ORDER_LEAVES_LOTS] = shown_lots
    arrays.details[slot, DETAIL_RESERVE_LOTS] = lots - shown_lots


@called
def take_shown(arrays: Arrays, count: int, command: int, slot: int, lots: int) -> int:
    """Take lots off what a resting order shows; then show an iceberg's next part, or leave the book."""
    orders = arrays.orders
    if lots < orders[slot, ORDER_LEAVES_LOTS]:
        orders[slot, ORDER_LEAVES_LOTS] -= lots
        arrays.levels[orders[slot, ORDER_LEVEL], LEVEL_QTY_LOTS] -= lots
        return count
    leaves_lots = open_lots(arrays, slot) - lots
    if leaves_lots == 0:
        leave_book(arrays, slot)
        orders[slot, ORDER_LEAVES_LOTS] = 0
        return count
    book = orders[slot, ORDER_TERMS] >> ORDER_BOOK_SHIFT
    index = ladder_index(arrays, slot)
    dequeue(arrays, book, slot)
    show(arrays, slot, leaves_lots)
    enqueue(arrays, book, orders[slot, ORDER_TERMS] & 1, index, slot)
    forget_top(arrays, book, orders[slot, ORDER_TERMS] & 1, slot)
    return write_event(
        arrays,
        count,
        command,
        _REFILLED,
        orders[slot, ORDER_ID],
        0,
        arrays.books[book, BOOK_BASE_TICKS] + index,
        orders[slot, ORDER_LEAVES_LOTS],
        leaves_lots,
        0,
    )


@called
def cut(arrays: Arrays, count: int, command: int, slot: int, lots: int, reason: int) -> int:
    """Take lots off a resting order without a trade; it keeps its place, and something stays open."""
    count = write_event(
        arrays,
        count,
        command,
        _REDUCED,
        arrays.orders[slot, ORDER_ID],
        reason,
        order_ticks(arrays, slot),
        lots,
        open_lots(arrays, slot) - lots,
        arrays.orders[slot, ORDER_LEAVES_LOTS] - lots,
    )
    return take_shown(arrays, count, command, slot, lots)
