"""The match: price first, then time, at the resting price.

Orders with nothing special about them trade in the loop of ``match``; it leaves the others, and those
that self-trade prevention looks at, to ``meet``.
"""

from __future__ import annotations

from matching.arrays import Arrays
from matching.cancels import withdraw
from matching.compiled import called, inlined
from matching.events import write_event
from matching.fillable import is_within
from matching.fills import settle_resting
from matching.iceberg import cut
from matching.layout import (
    BOOK_BASE_TICKS,
    BOOK_LAST_TICKS,
    BOOK_ORDERS,
    LEVEL_ENDED,
    LEVEL_HEAD,
    LEVEL_ORDERS,
    LEVEL_QTY_LOTS,
    MARK_DETAIL,
    NO_SLOT,
    ORDER_FILLED_LOTS,
    ORDER_ID,
    ORDER_LEAVES_LOTS,
    ORDER_LEVEL,
    ORDER_NEXT,
    ORDER_OWNER,
    ORDER_PREVIOUS,
    ORDER_TERMS,
    PREVENTION_MASK,
    PREVENTION_SHIFT,
    EventKind,
    Reason,
)
from matching.owners import allowed_lots, group_of, hold
from matching.prevention import prevent
from matching.queue import (
    best_index,
    drop_level,
    free_slot,
    ladder_index,
    ladder_start,
)
from matching.removal import REDUCE_ONLY_BIT, open_lots

# Numba folds module-level integers into the code; members of an IntEnum would be typed apart.
_EXECUTED = int(EventKind.EXECUTED)
_POSITION_REDUCED = int(Reason.POSITION_REDUCED)


@inlined
def match(
    arrays: Arrays, count: int, command: int, book: int, side: int, limit: int, slot: int
) -> int:
    """Trade the order in ``slot`` against the other side up to ladder index ``limit``, best first."""
    books, levels, orders = arrays.books, arrays.levels, arrays.orders
    base_ticks = books[book, BOOK_BASE_TICKS]
    start = ladder_start(arrays, book, 1 - side)
    order_id = orders[slot, ORDER_ID]
    owner = orders[slot, ORDER_OWNER]
    prevention = orders[slot, ORDER_TERMS] >> PREVENTION_SHIFT & PREVENTION_MASK
    group = group_of(arrays, owner)
    leaves_lots = orders[slot, ORDER_LEAVES_LOTS]
    index = best_index(arrays, book, 1 - side)
    while leaves_lots > 0 and is_within(side, index, limit):
        level = start + index
        resting = levels[level, LEVEL_HEAD]
        taken_lots = 0
        removed = 0
        special = False
        while leaves_lots > 0 and resting != NO_SLOT and not special:
            if orders[resting, ORDER_TERMS] & MARK_DETAIL != 0 or (
                prevention != 0 and group_of(arrays, orders[resting, ORDER_OWNER]) == group
            ):
                special = True
            else:
                resting_lots = orders[resting, ORDER_LEAVES_LOTS]
                qty_lots = min(leaves_lots, resting_lots)
                leaves_lots -= qty_lots
                resting_lots -= qty_lots
                taken_lots += qty_lots
                orders[resting, ORDER_FILLED_LOTS] += qty_lots
                orders[resting, ORDER_LEAVES_LOTS] = resting_lots
                hold(arrays, orders[resting, ORDER_OWNER], book, 1 - side, qty_lots)
                count = write_event(
                    arrays,
                    count,
                    command,
                    _EXECUTED,
                    order_id,
                    orders[resting, ORDER_ID],
                    base_ticks + index,
                    qty_lots,
                    leaves_lots,
                    resting_lots,
                )
                if resting_lots == 0:
                    following = orders[resting, ORDER_NEXT]
                    free_slot(arrays, resting)
                    removed += 1
                    resting = following
        if taken_lots > 0:
            books[book, BOOK_LAST_TICKS] = base_ticks + index
            books[book, BOOK_ORDERS] -= removed
            levels[level, LEVEL_ORDERS] -= removed
            levels[level, LEVEL_QTY_LOTS] -= taken_lots
            orders[slot, ORDER_LEAVES_LOTS] = leaves_lots
            orders[slot, ORDER_FILLED_LOTS] += taken_lots
            hold(arrays, owner, book, side, taken_lots)
            if resting == NO_SLOT:
                drop_level(arrays, book, 1 - side, index)
            else:
                levels[level, LEVEL_HEAD] = resting
                orders[resting, ORDER_PREVIOUS] = NO_SLOT
        if special:
            count = meet(arrays, count, command, book, side, slot, resting)
            leaves_lots = orders[slot, ORDER_LEAVES_LOTS]
            if orders[slot, ORDER_LEVEL] == LEVEL_ENDED:
                leaves_lots = 0
        index = best_index(arrays, book, 1 - side)
    return count


@called
def meet(
    arrays: Arrays, count: int, command: int, book: int, side: int, slot: int, resting: int
) -> int:
    """Let an aggressor meet a special order at the front of the best level: one step of its match."""
    orders = arrays.orders
    owner = orders[resting, ORDER_OWNER]
    prevention = orders[slot, ORDER_TERMS] >> PREVENTION_SHIFT & PREVENTION_MASK
    if prevention != 0 and group_of(arrays, owner) == group_of(arrays, orders[slot, ORDER_OWNER]):
        return prevent(arrays, count, command, slot, resting, prevention)
    terms = orders[resting, ORDER_TERMS]
    resting_lots = orders[resting, ORDER_LEAVES_LOTS]
    if terms & REDUCE_ONLY_BIT != 0:
        allowed = allowed_lots(arrays, owner, book, 1 - side)
        if allowed == 0:
            return withdraw(arrays, count, command, resting, _POSITION_REDUCED)
        if allowed < resting_lots:
            cut_lots = resting_lots - allowed
            count = cut(arrays, count, command, resting, cut_lots, _POSITION_REDUCED)
            resting_lots = allowed
    qty_lots = min(orders[slot, ORDER_LEAVES_LOTS], resting_lots)
    return fill(arrays, count, command, book, side, slot, resting, qty_lots)


@called
def fill(
    arrays: Arrays,
    count: int,
    command: int,
    book: int,
    side: int,
    slot: int,
    resting: int,
    qty_lots: int,
) -> int:
    """Trade an aggressor with a resting order for no more than either of them shows."""
    orders = arrays.orders
    orders[slot, ORDER_LEAVES_LOTS] -= qty_lots
    orders[slot, ORDER_FILLED_LOTS] += qty_lots
    orders[resting, ORDER_FILLED_LOTS] += qty_lots
    hold(arrays, orders[slot, ORDER_OWNER], book, side, qty_lots)
    hold(arrays, orders[resting, ORDER_OWNER], book, 1 - side, qty_lots)
    price_ticks = arrays.books[book, BOOK_BASE_TICKS] + ladder_index(arrays, resting)
    arrays.books[book, BOOK_LAST_TICKS] = price_ticks
    count = write_event(
        arrays,
        count,
        command,
        _EXECUTED,
        orders[slot, ORDER_ID],
        orders[resting, ORDER_ID],
        price_ticks,
        qty_lots,
        orders[slot, ORDER_LEAVES_LOTS],
        open_lots(arrays, resting) - qty_lots,
    )
    return settle_resting(arrays, count, command, resting, qty_lots)
