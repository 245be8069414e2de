"""The queue of one price level and the pool that its orders live in: intrusive links, no allocation."""

from __future__ import annotations

from typing import Any

from matching.bitmap import next_above, next_below, occupy, vacate
from matching.compiled import inlined
from matching.layout import (
    BOOK_BEST_ASK,
    BOOK_BEST_BID,
    BOOK_BITMAP_START,
    BOOK_BITMAP_WORDS,
    BOOK_LEVEL_START,
    BOOK_LEVELS,
    BOOK_ORDERS,
    LEVEL_HEAD,
    LEVEL_ORDERS,
    LEVEL_QTY_LOTS,
    LEVEL_TAIL,
    NO_SLOT,
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
    SLOT_BITS,
)

Array = Any


@inlined
def take_slot(orders: Array, pool: Array) -> int:
    """Take the slot that was freed last, else a fresh one, and give it the next order id."""
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
def free_slot(orders: Array, pool: Array, slot: int) -> None:
    """Give a slot back; its order id is dead from here on."""
    orders[slot, ORDER_ID] = 0
    orders[slot, ORDER_NEXT] = pool[POOL_FREE_HEAD]
    pool[POOL_FREE_HEAD] = slot
    pool[POOL_FREE_COUNT] += 1


@inlined
def enqueue(
    books: Array, levels: Array, bitmap: Array, orders: Array, book: int, index: int, slot: int
) -> None:
    """Put an order with its LEAVES and TERMS set at the back of the level at ladder ``index``."""
    level = books[book, BOOK_LEVEL_START] + index
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
        start = books[book, BOOK_BITMAP_START]
        if orders[slot, ORDER_TERMS] & 1 == 0:
            occupy(bitmap, start, books[book, BOOK_LEVELS], index)
            if index > books[book, BOOK_BEST_BID]:
                books[book, BOOK_BEST_BID] = index
        else:
            start += books[book, BOOK_BITMAP_WORDS]
            occupy(bitmap, start, books[book, BOOK_LEVELS], index)
            if index < books[book, BOOK_BEST_ASK]:
                books[book, BOOK_BEST_ASK] = index
    else:
        tail = levels[level, LEVEL_TAIL]
        orders[slot, ORDER_PREVIOUS] = tail
        orders[tail, ORDER_NEXT] = slot
        levels[level, LEVEL_TAIL] = slot
        levels[level, LEVEL_QTY_LOTS] += leaves_lots
        levels[level, LEVEL_ORDERS] += 1


@inlined
def drop_level(books: Array, bitmap: Array, book: int, side: int, index: int) -> None:
    """Mark an emptied level as vacant and move the best price on when it was the best."""
    start = books[book, BOOK_BITMAP_START]
    count = books[book, BOOK_LEVELS]
    if side == 0:
        vacate(bitmap, start, count, index)
        if index == books[book, BOOK_BEST_BID]:
            books[book, BOOK_BEST_BID] = next_below(bitmap, start, count, index)
    else:
        start += books[book, BOOK_BITMAP_WORDS]
        vacate(bitmap, start, count, index)
        if index == books[book, BOOK_BEST_ASK]:
            books[book, BOOK_BEST_ASK] = next_above(bitmap, start, count, index)


@inlined
def dequeue(
    books: Array, levels: Array, bitmap: Array, orders: Array, book: int, slot: int
) -> None:
    """Take a resting order out of its level, wherever in the queue it stands."""
    level = orders[slot, ORDER_LEVEL]
    books[book, BOOK_ORDERS] -= 1
    remaining = levels[level, LEVEL_ORDERS] - 1
    levels[level, LEVEL_ORDERS] = remaining
    if remaining == 0:
        levels[level, LEVEL_QTY_LOTS] = 0
        index = level - books[book, BOOK_LEVEL_START]
        drop_level(books, bitmap, book, orders[slot, ORDER_TERMS] & 1, index)
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
