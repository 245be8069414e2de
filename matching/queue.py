"""The queue of one price level and the pool that its orders live in: intrusive links, no allocation."""

from __future__ import annotations

from matching.arrays import Arrays
from matching.bitmap import next_above, next_below, occupy, vacate
from matching.compiled import called, inlined
from matching.layout import (
    BOOK_BEST_BID,
    BOOK_BITMAP_START,
    BOOK_LEVEL_START,
    BOOK_LEVELS,
    BOOK_ORDERS,
    BOOK_TOP_LOTS,
    BOOK_TOP_ORDER,
    LEVEL_HEAD,
    LEVEL_ORDERS,
    LEVEL_QTY_LOTS,
    LEVEL_TAIL,
    NO_SLOT,
    ORDER_BOOK_SHIFT,
    ORDER_ID,
    ORDER_LEAVES_LOTS,
    ORDER_LEVEL,
    ORDER_NEXT,
    ORDER_PREVIOUS,
    ORDER_TERMS,
    POOL_ARRIVALS,
    POOL_FREE_COUNT,
    POOL_FREE_HEAD,
    POOL_HIGH_WATER,
    POOL_MAX_ORDERS,
    SLOT_BITS,
    SLOT_MASK,
)


@inlined
def has_slot(arrays: Arrays) -> bool:
    """Say whether there is a slot for one more order."""
    pool = arrays.pool
    return bool(pool[POOL_FREE_HEAD] != NO_SLOT or pool[POOL_HIGH_WATER] < pool[POOL_MAX_ORDERS])


@inlined
def take_slot(arrays: Arrays) -> int:
    """Take the slot that was freed last, else a fresh one, and give it the next order id."""
    orders, pool = arrays.orders, arrays.pool
    slot: int = pool[POOL_FREE_HEAD]
    if slot != NO_SLOT:
        pool[POOL_FREE_HEAD] = orders[slot, ORDER_NEXT]
        pool[POOL_FREE_COUNT] -= 1
    else:
        slot = pool[POOL_HIGH_WATER]
        pool[POOL_HIGH_WATER] = slot + 1
    arrival = pool[POOL_ARRIVALS] + 1
    pool[POOL_ARRIVALS] = arrival
    orders[slot, ORDER_ID] = arrival << SLOT_BITS | slot
    return slot


@inlined
def free_slot(arrays: Arrays, slot: int) -> None:
    """Give a slot back; its order id is dead from here on."""
    orders, pool = arrays.orders, arrays.pool
    orders[slot, ORDER_ID] = 0
    orders[slot, ORDER_NEXT] = pool[POOL_FREE_HEAD]
    pool[POOL_FREE_HEAD] = slot
    pool[POOL_FREE_COUNT] += 1


@inlined
def find_slot(arrays: Arrays, order_id: int) -> int:
    """Return the slot of a live order, or NO_SLOT; any int64 is a safe question."""
    slot = order_id & SLOT_MASK
    if (
        order_id <= 0
        or slot >= arrays.pool[POOL_HIGH_WATER]
        or arrays.orders[slot, ORDER_ID] != order_id
    ):
        slot = NO_SLOT
    return slot


@inlined
def ladder_start(arrays: Arrays, book: int, side: int) -> int:
    """Return the level row of ladder index 0 of one side."""
    start: int = arrays.books[book, BOOK_LEVEL_START + side]
    return start


@inlined
def ladder_index(arrays: Arrays, slot: int) -> int:
    """Return the ladder index that a resting order stands on."""
    terms = arrays.orders[slot, ORDER_TERMS]
    level: int = arrays.orders[slot, ORDER_LEVEL]
    return level - ladder_start(arrays, terms >> ORDER_BOOK_SHIFT, terms & 1)


@inlined
def enqueue(arrays: Arrays, book: int, side: int, index: int, slot: int) -> None:
    """Put an order with its LEAVES set at the back of its side's level at ladder ``index``."""
    books, levels, orders = arrays.books, arrays.levels, arrays.orders
    level = ladder_start(arrays, book, side) + index
    leaves_lots = orders[slot, ORDER_LEAVES_LOTS]
    orders[slot, ORDER_LEVEL] = level
    orders[slot, ORDER_NEXT] = NO_SLOT
    books[book, BOOK_ORDERS] += 1
    if levels[level, LEVEL_ORDERS] == 0:
        orders[slot, ORDER_PREVIOUS] = NO_SLOT
        levels[level, LEVEL_HEAD] = slot
        levels[level, LEVEL_TAIL] = slot
        levels[level, LEVEL_QTY_LOTS] = leaves_lots
        levels[level, LEVEL_ORDERS] = 1
        start = books[book, BOOK_BITMAP_START + side]
        occupy(arrays.bitmap, start, books[book, BOOK_LEVELS], index)
        if rank(side, index) > rank(side, best_index(arrays, book, side)):
            books[book, BOOK_BEST_BID + side] = index
            if books[book, BOOK_TOP_LOTS] != 0:
                books[book, BOOK_TOP_ORDER + side] = orders[slot, ORDER_ID]
    else:
        tail = levels[level, LEVEL_TAIL]
        orders[slot, ORDER_PREVIOUS] = tail
        orders[tail, ORDER_NEXT] = slot
        levels[level, LEVEL_TAIL] = slot
        levels[level, LEVEL_QTY_LOTS] += leaves_lots
        levels[level, LEVEL_ORDERS] += 1


@inlined
def drop_level(arrays: Arrays, book: int, side: int, index: int) -> None:
    """Mark an emptied level as vacant and move the best price on when it was the best."""
    books = arrays.books
    vacate(arrays.bitmap, books[book, BOOK_BITMAP_START + side], books[book, BOOK_LEVELS], index)
    if index == best_index(arrays, book, side):
        books[book, BOOK_BEST_BID + side] = next_level(arrays, book, side, index)


@inlined
def dequeue(arrays: Arrays, book: int, slot: int) -> None:
    """Take a resting order out of its level, wherever in the queue it stands."""
    books, levels, orders = arrays.books, arrays.levels, arrays.orders
    level = orders[slot, ORDER_LEVEL]
    books[book, BOOK_ORDERS] -= 1
    remaining = levels[level, LEVEL_ORDERS] - 1
    levels[level, LEVEL_ORDERS] = remaining
    if remaining == 0:
        levels[level, LEVEL_QTY_LOTS] = 0
        side = orders[slot, ORDER_TERMS] & 1
        drop_level(arrays, book, side, level - ladder_start(arrays, book, side))
    else:
        levels[level, LEVEL_QTY_LOTS] -= orders[slot, ORDER_LEAVES_LOTS]
        former = orders[slot, ORDER_PREVIOUS]
        following = orders[slot, ORDER_NEXT]
        if former == NO_SLOT:
            levels[level, LEVEL_HEAD] = following
        else:
            orders[former, ORDER_NEXT] = following
        if following == NO_SLOT:
            levels[level, LEVEL_TAIL] = former
        else:
            orders[following, ORDER_PREVIOUS] = former


@inlined
def next_level(arrays: Arrays, book: int, side: int, index: int) -> int:
    """Return the next occupied ladder index behind ``index`` on a side: -1 or LEVELS at the end."""
    start = arrays.books[book, BOOK_BITMAP_START + side]
    levels = arrays.books[book, BOOK_LEVELS]
    if side == 0:
        return next_below(arrays.bitmap, start, levels, index)
    return next_above(arrays.bitmap, start, levels, index)


@inlined
def best_index(arrays: Arrays, book: int, side: int) -> int:
    """Return a side's best ladder index: -1 (bids) or LEVELS (asks) where it is empty."""
    best: int = arrays.books[book, BOOK_BEST_BID + side]
    return best


@inlined
def rank(side: int, index: int) -> int:
    """Return a number that is the greater the better a ladder index is for this side.

    That is the index itself for bids, and its complement, which turns the order round, for asks.
    """
    return index ^ -side


@inlined
def is_level(arrays: Arrays, book: int, index: int) -> bool:
    """Say whether an index is inside the ladder, that is, no end mark."""
    return bool(index >= 0 and index < arrays.books[book, BOOK_LEVELS])


@inlined
def head(arrays: Arrays, level: int) -> int:
    """Return the first order of a level, NO_SLOT where none rests."""
    slot: int = NO_SLOT
    if arrays.levels[level, LEVEL_ORDERS] > 0:
        slot = arrays.levels[level, LEVEL_HEAD]
    return slot


@called
def front(arrays: Arrays, book: int, side: int) -> int:
    """Return the order of a side that trades next."""
    level = ladder_start(arrays, book, side) + best_index(arrays, book, side)
    slot: int = arrays.levels[level, LEVEL_HEAD]
    return slot
