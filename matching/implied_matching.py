"""The match in a linked book: real orders and implied ones, the best price first, real ones first at it."""

from __future__ import annotations

from matching.arrays import Arrays
from matching.compiled import called
from matching.cycles import NOWHERE, best_cycle, betters, direction_for, implied_index
from matching.fillable import bounded, is_within, would_trade
from matching.implied_prevention import clear_way, is_matching
from matching.implied_trade import trade_cycle
from matching.layout import (
    DETAIL_MINIMUM_LOTS,
    MARK_DETAIL,
    NO_SLOT,
    ORDER_LEAVES_LOTS,
    ORDER_TERMS,
    POOL_STIRRED,
    TIF_MASK,
    TIF_SHIFT,
    TimeInForce,
)
from matching.matcher import match
from matching.stirring import STIRRED_BOOKS

_FOK = int(TimeInForce.FOK)


@called
def is_bound(arrays: Arrays, slot: int) -> bool:
    """Say whether an order must trade some size at once: only real orders are sure to be there for it."""
    terms = arrays.orders[slot, ORDER_TERMS]
    minimum_lots = 0
    if terms & MARK_DETAIL != 0:
        minimum_lots = arrays.details[slot, DETAIL_MINIMUM_LOTS]
    return bool(terms >> TIF_SHIFT & TIF_MASK == _FOK or minimum_lots > 0)


@called
def step_cycle(
    arrays: Arrays,
    count: int,
    command: int,
    combo: int,
    direction: int,
    aggressor: int,
    index: int,
) -> int:
    """Trade a cycle once, or settle what speaks against it."""
    former = count
    count = clear_way(arrays, count, command, combo, direction, aggressor)
    if count > former:
        return count
    return trade_cycle(arrays, count, command, combo, direction, aggressor, index)


@called
def match_linked(
    arrays: Arrays, count: int, command: int, book: int, side: int, limit: int, slot: int
) -> int:
    """Trade the order in ``slot`` up to ladder index ``limit`` with real and implied orders."""
    orders, pool = arrays.orders, arrays.pool
    real_alone = is_bound(arrays, slot)
    going = True
    while going and is_matching(arrays, slot) and orders[slot, ORDER_LEAVES_LOTS] > 0:
        real_limit = bounded(arrays, book, side, limit)
        combo = NO_SLOT
        index = NOWHERE
        # Behind an order of its own side it has no claim to what completes a cycle.
        if not real_alone and betters(arrays, book, side, limit):
            combo = best_cycle(arrays, book, side, limit)
        if combo != NO_SLOT:
            index = implied_index(arrays, combo, book, side, limit)
            if is_within(side, index, real_limit):
                real_limit = index
        if would_trade(arrays, book, side, real_limit):
            count = match(arrays, count, command, book, side, real_limit, slot)
        elif combo != NO_SLOT:
            direction = direction_for(arrays, combo, book, side)
            count = step_cycle(arrays, count, command, combo, direction, slot, index)
        else:
            going = False
    if real_alone and betters(arrays, book, side, limit):
        # What is left of it may rest although it completes a cycle.
        pool[POOL_STIRRED] |= STIRRED_BOOKS
    return count
