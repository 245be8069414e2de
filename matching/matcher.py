"""Finding and taking the other side: price first, then time, at the resting price."""

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
    BOOK_ORDERS,
    EVENT_COMMAND,
    EVENT_KIND,
    EVENT_LEAVES_LOTS,
    EVENT_ORDER_ID,
    EVENT_OTHER,
    EVENT_PRICE_TICKS,
    EVENT_QTY_LOTS,
    EVENT_RESTING_LEAVES_LOTS,
    LEVEL_HEAD,
    LEVEL_ORDERS,
    LEVEL_QTY_LOTS,
    NO_SLOT,
    ORDER_FILLED_LOTS,
    ORDER_ID,
    ORDER_LEAVES_LOTS,
    ORDER_NEXT,
    ORDER_PREVIOUS,
    EventKind,
)
from matching.queue import drop_level, free_slot

Array = Any

# Numba folds module-level integers into the code; members of an IntEnum would be typed apart.
_EXECUTED = int(EventKind.EXECUTED)


@inlined
def write_event(
    events: Array,
    count: int,
    kind: int,
    command: int,
    order_id: int,
    other: int,
    price_ticks: int,
    qty_lots: int,
    leaves_lots: int,
    resting_leaves_lots: int,
) -> int:
    """Write one event row and return the number of rows."""
    events[count, EVENT_KIND] = kind
    events[count, EVENT_COMMAND] = command
    events[count, EVENT_ORDER_ID] = order_id
    events[count, EVENT_OTHER] = other
    events[count, EVENT_PRICE_TICKS] = price_ticks
    events[count, EVENT_QTY_LOTS] = qty_lots
    events[count, EVENT_LEAVES_LOTS] = leaves_lots
    events[count, EVENT_RESTING_LEAVES_LOTS] = resting_leaves_lots
    return count + 1


@inlined
def would_trade(books: Array, book: int, side: int, index: int) -> bool:
    """Say whether an order at this ladder index meets the other side."""
    if side == 0:
        return bool(index >= books[book, BOOK_BEST_ASK])
    return bool(index <= books[book, BOOK_BEST_BID])


@called
def is_fillable(
    books: Array, levels: Array, bitmap: Array, book: int, side: int, limit: int, qty_lots: int
) -> bool:
    """Say whether the other side holds ``qty_lots`` at ``limit`` or better."""
    start = books[book, BOOK_LEVEL_START]
    count = books[book, BOOK_LEVELS]
    words = books[book, BOOK_BITMAP_START]
    missing = qty_lots
    if side == 0:
        words += books[book, BOOK_BITMAP_WORDS]
        index = books[book, BOOK_BEST_ASK]
        while missing > 0 and index <= limit and index < count:
            missing -= levels[start + index, LEVEL_QTY_LOTS]
            index = next_above(bitmap, words, count, index)
    else:
        index = books[book, BOOK_BEST_BID]
        while missing > 0 and index >= limit and index >= 0:
            missing -= levels[start + index, LEVEL_QTY_LOTS]
            index = next_below(bitmap, words, count, index)
    return missing <= 0


@called
def match(
    books: Array,
    levels: Array,
    bitmap: Array,
    orders: Array,
    pool: Array,
    events: Array,
    count: int,
    command: int,
    book: int,
    side: int,
    limit: int,
    slot: int,
) -> int:
    """Trade the order in ``slot`` against the other side up to ladder index ``limit``, best first."""
    start = books[book, BOOK_LEVEL_START]
    base_ticks = books[book, BOOK_BASE_TICKS]
    order_id = orders[slot, ORDER_ID]
    leaves_lots = orders[slot, ORDER_LEAVES_LOTS]
    executed_lots = 0
    if side == 0:
        index = books[book, BOOK_BEST_ASK]
        crosses = index <= limit and index < books[book, BOOK_LEVELS]
    else:
        index = books[book, BOOK_BEST_BID]
        crosses = index >= limit and index >= 0
    while crosses:
        level = start + index
        resting = levels[level, LEVEL_HEAD]
        taken_lots = 0
        removed = 0
        while leaves_lots > 0 and resting != NO_SLOT:
            resting_lots = orders[resting, ORDER_LEAVES_LOTS]
            qty_lots = min(leaves_lots, resting_lots)
            leaves_lots -= qty_lots
            resting_lots -= qty_lots
            taken_lots += qty_lots
            orders[resting, ORDER_FILLED_LOTS] += qty_lots
            orders[resting, ORDER_LEAVES_LOTS] = resting_lots
            count = write_event(
                events,
                count,
                _EXECUTED,
                command,
                order_id,
                orders[resting, ORDER_ID],
                base_ticks + index,
                qty_lots,
                leaves_lots,
                resting_lots,
            )
            if resting_lots == 0:
                following = orders[resting, ORDER_NEXT]
                free_slot(orders, pool, resting)
                removed += 1
                resting = following
        executed_lots += taken_lots
        books[book, BOOK_ORDERS] -= removed
        levels[level, LEVEL_ORDERS] -= removed
        levels[level, LEVEL_QTY_LOTS] -= taken_lots
        if resting == NO_SLOT:
            drop_level(books, bitmap, book, 1 - side, index)
            if side == 0:
                index = books[book, BOOK_BEST_ASK]
                crosses = leaves_lots > 0 and index <= limit and index < books[book, BOOK_LEVELS]
            else:
                index = books[book, BOOK_BEST_BID]
                crosses = leaves_lots > 0 and index >= limit and index >= 0
        else:
            levels[level, LEVEL_HEAD] = resting
            orders[resting, ORDER_PREVIOUS] = NO_SLOT
            crosses = False
    orders[slot, ORDER_LEAVES_LOTS] = leaves_lots
    orders[slot, ORDER_FILLED_LOTS] += executed_lots
    return count
