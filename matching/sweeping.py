"""Cycles that have become executable without a new order: a book opened, a range or a band moved."""

from __future__ import annotations

from matching.arrays import Arrays
from matching.compiled import called
from matching.cycles import NOWHERE, is_clear, left_index, leg_side
from matching.fillable import is_within
from matching.implied_aftermath import follow_linked
from matching.implied_matching import step_cycle
from matching.layout import (
    BOOK_LEG,
    BOOK_LEGS,
    BOOK_RATIO,
    NO_SLOT,
    ORDER_BOOK_SHIFT,
    ORDER_ID,
    ORDER_TERMS,
    POOL_BREACHED,
    POOL_STIRRED,
)
from matching.protection import trip_protections
from matching.queue import best_index, front, is_level
from matching.stirring import STIRRED_BARRED


@called
def younger_front(arrays: Arrays, book: int, side: int, slot: int) -> int:
    """Return the younger of an order, if there is one, and a side's first one."""
    other = front(arrays, book, side)
    if slot == NO_SLOT or arrays.orders[other, ORDER_ID] > arrays.orders[slot, ORDER_ID]:
        slot = other
    return slot


@called
def youngest(arrays: Arrays, combo: int, direction: int) -> int:
    """Return the youngest of a complete cycle's first orders."""
    books = arrays.books
    slot = younger_front(arrays, combo, direction, NO_SLOT)
    for place in range(books[combo, BOOK_LEGS]):
        leg = books[combo, BOOK_LEG + place]
        side = leg_side(direction, books[combo, BOOK_RATIO + place])
        slot = younger_front(arrays, leg, side, slot)
    return slot


@called
def sweep_direction(arrays: Arrays, count: int, command: int, combo: int, direction: int) -> int:
    """Trade a cycle once in one direction if it is executable; its youngest order is the aggressor."""
    best = best_index(arrays, combo, direction)
    if not is_level(arrays, combo, best):
        return count
    index = left_index(arrays, combo, direction, combo)
    if index == NOWHERE or not is_within(direction, index, best):
        return count
    slot = youngest(arrays, combo, direction)
    target = arrays.orders[slot, ORDER_TERMS] >> ORDER_BOOK_SHIFT
    index = left_index(arrays, combo, direction, target)
    if not is_clear(arrays, combo, direction, target, index):
        arrays.pool[POOL_STIRRED] |= STIRRED_BARRED
        return count
    first = count
    count = step_cycle(arrays, count, command, combo, direction, slot, index)
    count = follow_linked(arrays, first, count, command)
    if arrays.pool[POOL_BREACHED] != 0:
        count = trip_protections(arrays, count, command)
    return count


@called
def sweep_once(arrays: Arrays, count: int, command: int) -> int:
    """Trade the first executable cycle once, in the order of linking; no row is written if there is none."""
    former = count
    combo = 0
    arrays.pool[POOL_STIRRED] &= ~STIRRED_BARRED
    while count == former and combo < arrays.books.shape[0]:
        if arrays.books[combo, BOOK_LEGS] > 0:
            count = sweep_direction(arrays, count, command, combo, 0)
            if count == former:
                count = sweep_direction(arrays, count, command, combo, 1)
        combo += 1
    return count


@called
def sweep(arrays: Arrays, count: int, command: int) -> int:
    """Trade what is executable until no cycle is."""
    former = -1
    while former != count:
        former = count
        count = sweep_once(arrays, count, command)
    return count
