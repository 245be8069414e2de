"""How much the other side holds for an order: what FOK and a minimum quantity ask before anything trades."""

from __future__ import annotations

from matching.arrays import Arrays
from matching.compiled import called, inlined
from matching.layout import (
    BOOK_ALGORITHM,
    BOOK_DETAILED,
    BOOK_LEVELS,
    BOOK_RANGE_HIGH,
    BOOK_RANGE_LOW,
    DETAIL_RING,
    LEVEL_HEAD,
    LEVEL_QTY_LOTS,
    MARK_DETAIL,
    NO_SLOT,
    ORDER_LEAVES_LOTS,
    ORDER_NEXT,
    ORDER_OWNER,
    ORDER_TERMS,
    Prevention,
)
from matching.owners import group_of
from matching.queue import best_index, is_level, ladder_start, next_level, rank
from matching.removal import REDUCE_ONLY_BIT, open_lots
from matching.rule import Algorithm

_PRICE_TIME = int(Algorithm.PRICE_TIME)
_CANCEL_RESTING = int(Prevention.CANCEL_RESTING)
NEVER = -1


@inlined
def is_within(side: int, index: int, limit: int) -> bool:
    """Say whether an order of this side and limit may trade at a ladder index."""
    return bool(rank(side, index) <= rank(side, limit))


@inlined
def would_trade(arrays: Arrays, book: int, side: int, limit: int) -> bool:
    """Say whether an order at this index, which is inside the ladder, meets the other side."""
    return is_within(side, best_index(arrays, book, 1 - side), limit)


@inlined
def bounded(arrays: Arrays, book: int, side: int, limit: int) -> int:
    """Return a limit cut to the range that executions may reach; one that nothing is within, if need be."""
    low = arrays.books[book, BOOK_RANGE_LOW]
    high = arrays.books[book, BOOK_RANGE_HIGH]
    best = best_index(arrays, book, 1 - side)
    if side == 0:
        limit = min(limit, high)
        if best < low:
            limit = -1
    else:
        limit = max(limit, low)
        if best > high:
            limit = arrays.books[book, BOOK_LEVELS]
    return limit


@inlined
def counts(arrays: Arrays, slot: int) -> bool:
    """Say whether an order is sure to trade when its turn comes: it can neither shrink nor vanish before."""
    terms = arrays.orders[slot, ORDER_TERMS]
    if terms & MARK_DETAIL == 0:
        return True
    return bool(terms & REDUCE_ONLY_BIT == 0 and arrays.details[slot, DETAIL_RING] == NO_SLOT)


@called
def missing_after(
    arrays: Arrays, level: int, missing_lots: int, owner: int, prevention: int, shared: bool
) -> int:
    """Return what a level leaves missing, order by order; NEVER where it ends the count for good.

    An iceberg's reserve comes back behind the others: it is out of reach where one of the own group
    among them ends the count. In a level that is shared (not by time) such an order ends it wherever it
    stands, because prevention looks at the whole level first.
    """
    orders = arrays.orders
    slot = arrays.levels[level, LEVEL_HEAD]
    missing_shown_lots = missing_lots
    while slot != NO_SLOT and (missing_shown_lots > 0 or shared):
        if prevention != 0 and group_of(arrays, orders[slot, ORDER_OWNER]) == group_of(
            arrays, owner
        ):
            if prevention != _CANCEL_RESTING:
                return NEVER
        elif counts(arrays, slot):
            missing_shown_lots -= orders[slot, ORDER_LEAVES_LOTS]
            missing_lots -= open_lots(arrays, slot)
        slot = orders[slot, ORDER_NEXT]
    return max(0, missing_lots)


@called
def is_fillable(
    arrays: Arrays, book: int, side: int, limit: int, qty_lots: int, owner: int, prevention: int
) -> bool:
    """Say whether ``qty_lots`` would trade at once for an order with this limit."""
    levels = arrays.levels
    by_level = prevention == 0 and arrays.books[book, BOOK_DETAILED] == 0
    shared = arrays.books[book, BOOK_ALGORITHM] != _PRICE_TIME
    start = ladder_start(arrays, book, 1 - side)
    index = best_index(arrays, book, 1 - side)
    limit = bounded(arrays, book, side, limit)
    missing_lots = qty_lots
    while missing_lots > 0 and is_level(arrays, book, index) and is_within(side, index, limit):
        if by_level:
            missing_lots = max(0, missing_lots - levels[start + index, LEVEL_QTY_LOTS])
        else:
            missing_lots = missing_after(
                arrays, start + index, missing_lots, owner, prevention, shared
            )
        index = next_level(arrays, book, 1 - side, index)
    return missing_lots == 0
