"""The match of books that share a price level by size, or that give its first order a capped priority.

Best price first. Of each level: the top order's part, then shares in proportion to what is shown
(PRO_RATA), then what is left by time. The steps and their rounding are those that CME Group publishes as
the steps of Globex' matching algorithms; what differs: docs/matching.md.
"""

from __future__ import annotations

from matching.arrays import Arrays
from matching.cancels import withdraw
from matching.compiled import called, inlined
from matching.fillable import is_within
from matching.iceberg import cut
from matching.layout import (
    BOOK_ALGORITHM,
    BOOK_DETAILED,
    BOOK_MINIMUM_LOTS,
    BOOK_TOP_LOTS,
    BOOK_TOP_ORDER,
    BOOK_TOP_PPM,
    LEVEL_HEAD,
    LEVEL_MATCHING,
    LEVEL_ORDERS,
    LEVEL_QTY_LOTS,
    NO_SLOT,
    ORDER_ID,
    ORDER_LEAVES_LOTS,
    ORDER_LEVEL,
    ORDER_NEXT,
    ORDER_OWNER,
    ORDER_TERMS,
    PREVENTION_MASK,
    PREVENTION_SHIFT,
    SLOT_MASK,
    Reason,
)
from matching.matcher import fill
from matching.owners import allowed_lots, group_of
from matching.prevention import prevent
from matching.queue import best_index, head, ladder_start
from matching.removal import REDUCE_ONLY_BIT, open_lots
from matching.rule import Algorithm

_PRO_RATA = int(Algorithm.PRO_RATA)
_POSITION_REDUCED = int(Reason.POSITION_REDUCED)
_PPM = 10**6
_SMALL = 1 << 31
_HIGHEST_BIT = 61


@called
def share(lots: int, part: int, whole: int) -> int:
    """Return ``lots * part // whole`` exactly, for 0 <= part <= whole < 2**61 and lots < 2**62.

    The product may be wider than an int64, so long division goes through the bits of ``lots``.
    """
    if lots < _SMALL and part < _SMALL:
        return lots * part // whole
    quotient = 0
    rest = 0
    for bit in range(_HIGHEST_BIT, -1, -1):
        quotient *= 2
        rest *= 2
        if lots >> bit & 1 != 0:
            rest += part
        while rest >= whole:
            rest -= whole
            quotient += 1
    return quotient


@inlined
def is_matching(arrays: Arrays, slot: int) -> bool:
    """Say whether an aggressor lives and has something open."""
    orders = arrays.orders
    return bool(orders[slot, ORDER_LEVEL] == LEVEL_MATCHING and orders[slot, ORDER_LEAVES_LOTS] > 0)


@called
def find_conflict(arrays: Arrays, book: int, side: int, level: int, slot: int) -> int:
    """Return the first order of a level that may not simply trade with this aggressor, or NO_SLOT.

    It is of the aggressor's group where that asks for prevention, or reduces only and is too large by now.
    """
    orders = arrays.orders
    prevention = orders[slot, ORDER_TERMS] >> PREVENTION_SHIFT & PREVENTION_MASK
    group = group_of(arrays, orders[slot, ORDER_OWNER])
    resting = head(arrays, level)
    while resting != NO_SLOT:
        owner = orders[resting, ORDER_OWNER]
        if prevention != 0 and group_of(arrays, owner) == group:
            return resting
        if orders[resting, ORDER_TERMS] & REDUCE_ONLY_BIT != 0 and orders[
            resting, ORDER_LEAVES_LOTS
        ] > allowed_lots(arrays, owner, book, 1 - side):
            return resting
        resting = orders[resting, ORDER_NEXT]
    return NO_SLOT


@called
def cut_to_allowed(
    arrays: Arrays, count: int, command: int, book: int, side: int, resting: int
) -> int:
    """Cut or cancel a resting reduce-only order that its owner's holding has made too large."""
    orders = arrays.orders
    allowed = allowed_lots(arrays, orders[resting, ORDER_OWNER], book, side)
    excess_lots = orders[resting, ORDER_LEAVES_LOTS] - allowed
    if allowed == 0:
        return withdraw(arrays, count, command, resting, _POSITION_REDUCED)
    if excess_lots > 0:
        return cut(arrays, count, command, resting, excess_lots, _POSITION_REDUCED)
    return count


@called
def settle_conflicts(
    arrays: Arrays, count: int, command: int, book: int, side: int, level: int, slot: int
) -> int:
    """See to self-trade prevention and reduce-only orders of a whole level before anything there trades."""
    orders = arrays.orders
    prevention = orders[slot, ORDER_TERMS] >> PREVENTION_SHIFT & PREVENTION_MASK
    if prevention == 0 and arrays.books[book, BOOK_DETAILED] == 0:
        return count
    group = group_of(arrays, orders[slot, ORDER_OWNER])
    resting = find_conflict(arrays, book, side, level, slot)
    while resting != NO_SLOT:
        if prevention != 0 and group_of(arrays, orders[resting, ORDER_OWNER]) == group:
            count = prevent(arrays, count, command, slot, resting, prevention)
        else:
            count = cut_to_allowed(arrays, count, command, book, 1 - side, resting)
        resting = NO_SLOT
        if is_matching(arrays, slot):
            resting = find_conflict(arrays, book, side, level, slot)
    return count


@inlined
def top_of(arrays: Arrays, book: int, side: int, level: int) -> int:
    """Return the slot of a side's top order if it rests on this level row, or NO_SLOT."""
    order_id = arrays.books[book, BOOK_TOP_ORDER + side]
    slot: int = order_id & SLOT_MASK
    if (
        order_id == 0
        or arrays.orders[slot, ORDER_ID] != order_id
        or arrays.orders[slot, ORDER_LEVEL] != level
    ):
        slot = NO_SLOT
    return slot


@called
def pro_rata_lots(arrays: Arrays, book: int, lots: int, part: int, whole: int) -> int:
    """Return an order's share by size: rounded down, and nothing where that is below the minimum."""
    if arrays.books[book, BOOK_ALGORITHM] != _PRO_RATA or whole == 0:
        return 0
    found: int = share(lots, part, whole)
    if found < arrays.books[book, BOOK_MINIMUM_LOTS]:
        return 0
    return found


@called
def shared_lots(
    arrays: Arrays, book: int, level: int, top: int, top_lots: int, lots: int, whole: int
) -> int:
    """Return the sum of all shares by size in ``lots``, the top order's rest taking part."""
    orders = arrays.orders
    total = 0
    if arrays.books[book, BOOK_ALGORITHM] == _PRO_RATA:
        resting: int = arrays.levels[level, LEVEL_HEAD]
        while resting != NO_SLOT:
            part = orders[resting, ORDER_LEAVES_LOTS]
            if resting == top:
                part -= top_lots
            total += pro_rata_lots(arrays, book, lots, part, whole)
            resting = orders[resting, ORDER_NEXT]
    return int(total)


@called
def allocate_level(
    arrays: Arrays, count: int, command: int, book: int, side: int, level: int, slot: int
) -> int:
    """Share what an aggressor has open among the orders of a level: one round, in rows by time.

    A round ends early where what it brings about takes orders off the level; the next one shares anew.
    """
    books, orders, levels = arrays.books, arrays.orders, arrays.levels
    incoming_lots = orders[slot, ORDER_LEAVES_LOTS]
    whole_lots = levels[level, LEVEL_QTY_LOTS]
    exhausted = incoming_lots >= whole_lots
    top = NO_SLOT
    top_lots = 0
    behind_lots = 0
    if not exhausted:
        top = top_of(arrays, book, 1 - side, level)
    if top != NO_SLOT:
        shown_lots = orders[top, ORDER_LEAVES_LOTS]
        granted_lots = incoming_lots * books[book, BOOK_TOP_PPM] // _PPM
        top_lots = min(shown_lots, books[book, BOOK_TOP_LOTS], granted_lots)
        if books[book, BOOK_ALGORITHM] != _PRO_RATA:
            # What the top order has beyond its part stands behind all others of the level.
            behind_lots = max(0, incoming_lots - top_lots - (whole_lots - shown_lots))
    rest_lots = incoming_lots - top_lots
    whole_lots -= top_lots
    by_time_lots = rest_lots - behind_lots
    if not exhausted:
        by_time_lots -= shared_lots(arrays, book, level, top, top_lots, rest_lots, whole_lots)
    fifo_top = books[book, BOOK_ALGORITHM] != _PRO_RATA
    remaining = levels[level, LEVEL_ORDERS]
    visits = remaining
    resting: int = levels[level, LEVEL_HEAD]
    while visits > 0 and is_matching(arrays, slot):
        visits -= 1
        following = orders[resting, ORDER_NEXT]
        shown_lots = orders[resting, ORDER_LEAVES_LOTS]
        if exhausted:
            lots = shown_lots
        elif fifo_top and resting == top:
            lots = top_lots + behind_lots
        else:
            part = shown_lots
            lots = 0
            if resting == top:
                part -= top_lots
                lots = top_lots
            by_size_lots = pro_rata_lots(arrays, book, rest_lots, part, whole_lots)
            extra_lots = min(part - by_size_lots, by_time_lots)
            by_time_lots -= extra_lots
            lots += by_size_lots + extra_lots
        if lots > 0:
            if orders[resting, ORDER_TERMS] & REDUCE_ONLY_BIT != 0:
                resting_id = orders[resting, ORDER_ID]
                count = cut_to_allowed(arrays, count, command, book, 1 - side, resting)
                if orders[resting, ORDER_ID] != resting_id or not is_matching(arrays, slot):
                    return count
                lots = min(lots, orders[resting, ORDER_LEAVES_LOTS])
            if lots == open_lots(arrays, resting):
                remaining -= 1
            count = fill(arrays, count, command, book, side, slot, resting, lots)
            if levels[level, LEVEL_ORDERS] != remaining:
                return count
        resting = following
    return count


@called
def allocate(
    arrays: Arrays, count: int, command: int, book: int, side: int, limit: int, slot: int
) -> int:
    """Trade the order in ``slot`` against the other side up to ladder index ``limit``, best first."""
    start = ladder_start(arrays, book, 1 - side)
    index = best_index(arrays, book, 1 - side)
    while is_matching(arrays, slot) and is_within(side, index, limit):
        level = start + index
        count = settle_conflicts(arrays, count, command, book, side, level, slot)
        if is_matching(arrays, slot) and arrays.levels[level, LEVEL_ORDERS] > 0:
            count = allocate_level(arrays, count, command, book, side, level, slot)
        index = best_index(arrays, book, 1 - side)
    return count
