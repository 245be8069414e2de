"""The match in a linked book: real orders and implied ones, the best price first, real ones first at it."""

from __future__ import annotations

from matching.arrays import Arrays
from matching.compiled import called
from matching.cycles import NOWHERE, best_cycle, betters, direction_for, implied_index
from matching.fillable import bounded, is_within, would_trade
from matching.implied_prevention import clear_way, is_matching
from matching.implied_trade import trade_cycle
from matching.layout import (
    NO_SLOT,
    ORDER_LEAVES_LOTS,
)
from matching.matcher import match


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
    orders = arrays.orders
    going = True
    while going and is_matching(arrays, slot) and orders[slot, ORDER_LEAVES_LOTS] > 0:
        real_limit = bounded(arrays, book, side, limit)
        combo = NO_SLOT
        index = NOWHERE
        # Behind an order of its own side it has no claim to what completes a cycle.
        if betters(arrays, book, side, limit):
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
    return count
