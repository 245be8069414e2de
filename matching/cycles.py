"""Cycles: a combo with all its legs, and the price that their best orders imply.

A cycle is linked once (``OrderBooks.link``). It has two *directions*, named by the side of the combo's order:
where that buys, its owner buys the legs of positive ratio and sells those of negative ratio. All books of a
cycle have one tick, and its ratios are 1 and -1, so that what the others leave for one order is a price on
tick.
"""

from __future__ import annotations

from matching.arrays import Arrays
from matching.compiled import called, inlined
from matching.fillable import is_within
from matching.layout import (
    BOOK_BAND_HIGH,
    BOOK_BAND_LOW,
    BOOK_BASE_TICKS,
    BOOK_CYCLE,
    BOOK_CYCLE_END_NS,
    BOOK_LEG,
    BOOK_LEGS,
    BOOK_LEVELS,
    BOOK_LINKED,
    BOOK_NEXT_CYCLE,
    BOOK_RANGE_HIGH,
    BOOK_RANGE_LOW,
    BOOK_RATIO,
    BOOK_STATE,
    NO_PRICE,
    NO_SLOT,
    POOL_NOW_NS,
    POOL_STIRRED,
    State,
)
from matching.queue import best_index, is_level, rank
from matching.stirring import STIRRED_BOOKS

_OPEN = int(State.OPEN)
NOWHERE = NO_PRICE
"""The ladder index of a price that is not implied."""


@inlined
def leg_side(direction: int, ratio: int) -> int:
    """Return the side of the orders that trade with a combo's owner in a leg."""
    side = 1 - direction
    if ratio < 0:
        side = direction
    return side


@inlined
def direction_of(side: int, ratio: int) -> int:
    """Return the direction of a cycle in which an order of this side trades in a leg."""
    return leg_side(side, ratio)


@inlined
def is_in_range(arrays: Arrays, book: int, index: int) -> bool:
    """Say whether an execution may have this ladder index."""
    books = arrays.books
    return bool(books[book, BOOK_RANGE_LOW] <= index <= books[book, BOOK_RANGE_HIGH])


@inlined
def is_ended(arrays: Arrays, combo: int) -> bool:
    """Say whether a combo's end has come."""
    end_ns = arrays.books[combo, BOOK_CYCLE_END_NS]
    return bool(end_ns != 0 and arrays.pool[POOL_NOW_NS] >= end_ns)


@called
def left_index(arrays: Arrays, combo: int, direction: int, target: int) -> int:
    """Return what the other books' best orders leave for one in ``target``, or NOWHERE; it may lie anywhere.

    target: the combo or one of its legs. Nowhere unless all books are open, none is
    empty and the combo's end has not come.
    """
    books = arrays.books
    own = 1
    ticks = 0
    closed = int(books[combo, BOOK_STATE] != _OPEN) + int(is_ended(arrays, combo))
    for place in range(books[combo, BOOK_LEGS]):
        leg = books[combo, BOOK_LEG + place]
        ratio = books[combo, BOOK_RATIO + place]
        closed += int(books[leg, BOOK_STATE] != _OPEN)
        if leg == target:
            own = ratio
        else:
            index = best_index(arrays, leg, leg_side(direction, ratio))
            closed += int(not is_level(arrays, leg, index))
            ticks += ratio * (books[leg, BOOK_BASE_TICKS] + index)
    if target != combo:
        index = best_index(arrays, combo, direction)
        closed += int(not is_level(arrays, combo, index))
        ticks = own * (books[combo, BOOK_BASE_TICKS] + index - ticks)
    if closed != 0:
        return NOWHERE
    return int(ticks - books[target, BOOK_BASE_TICKS])


@called
def is_clear(arrays: Arrays, combo: int, direction: int, target: int, index: int) -> bool:
    """Say whether a cycle may trade with ``index`` in ``target``: inside all ranges, and its own band there."""
    books = arrays.books
    barred = 0
    if target != combo:
        barred += int(not is_in_range(arrays, combo, best_index(arrays, combo, direction)))
    for place in range(books[combo, BOOK_LEGS]):
        leg = books[combo, BOOK_LEG + place]
        side = leg_side(direction, books[combo, BOOK_RATIO + place])
        if leg != target:
            barred += int(not is_in_range(arrays, leg, best_index(arrays, leg, side)))
    return bool(
        barred == 0
        and is_in_range(arrays, target, index)
        and books[target, BOOK_BAND_LOW] <= index <= books[target, BOOK_BAND_HIGH]
    )


@called
def place_of(arrays: Arrays, combo: int, leg: int) -> int:
    """Return the place of a book among a combo's legs."""
    place = 0
    while arrays.books[combo, BOOK_LEG + place] != leg:
        place += 1
    return place


@called
def direction_for(arrays: Arrays, combo: int, book: int, side: int) -> int:
    """Return the direction of a cycle in which an order of this side trades in one of its books."""
    if combo == book:
        return side
    return direction_of(side, arrays.books[combo, BOOK_RATIO + place_of(arrays, combo, book)])


@inlined
def first_cycle(arrays: Arrays, book: int) -> int:
    """Return the combo of the first cycle that a book is in, NO_SLOT if there is none."""
    combo: int = arrays.books[book, BOOK_CYCLE]
    if arrays.books[book, BOOK_LEGS] > 0:
        combo = book
    return combo


@inlined
def next_cycle(arrays: Arrays, combo: int, book: int) -> int:
    """Return the combo of the next cycle that a book is in, NO_SLOT if there is none."""
    following: int = NO_SLOT
    if combo != book:
        place = place_of(arrays, combo, book)
        following = arrays.books[combo, BOOK_NEXT_CYCLE + place]
    return following


@called
def is_tradable(arrays: Arrays, combo: int) -> bool:
    """Say whether all books of a cycle are open and the combo's end has not come."""
    books = arrays.books
    closed = int(books[combo, BOOK_STATE] != _OPEN) + int(is_ended(arrays, combo))
    for place in range(books[combo, BOOK_LEGS]):
        closed += int(books[books[combo, BOOK_LEG + place], BOOK_STATE] != _OPEN)
    return closed == 0


@called
def implied_index(arrays: Arrays, combo: int, book: int, side: int, limit: int) -> int:
    """Return the price that a cycle implies for an order up to its limit, NOWHERE where it may not trade.

    Where only a range or a band is in its way, the command ends with a look at all cycles.
    """
    direction = direction_for(arrays, combo, book, side)
    index = left_index(arrays, combo, direction, book)
    if index == NOWHERE or not is_within(side, index, limit):
        return NOWHERE
    if not is_clear(arrays, combo, direction, book, index):
        arrays.pool[POOL_STIRRED] |= STIRRED_BOOKS
        return NOWHERE
    return index


@called
def best_cycle(arrays: Arrays, book: int, side: int, limit: int) -> int:
    """Return the combo of the cycle that implies the best price for an order up to its limit, or NO_SLOT.

    Of cycles with the same price it is the one linked first.
    """
    found = NO_SLOT
    best = 0
    combo = first_cycle(arrays, book)
    while combo != NO_SLOT:
        index = implied_index(arrays, combo, book, side, limit)
        if index != NOWHERE and (found == NO_SLOT or rank(side, index) < rank(side, best)):
            found = combo
            best = index
        combo = next_cycle(arrays, combo, book)
    return found


@called
def offered_linked(arrays: Arrays, book: int, side: int) -> int:
    """Return the best ladder index that a linked book offers to an order of this side."""
    best = best_index(arrays, book, 1 - side)
    anywhere = (arrays.books[book, BOOK_LEVELS] - 1) * (1 - side)
    combo = best_cycle(arrays, book, side, anywhere)
    if combo != NO_SLOT:
        index = implied_index(arrays, combo, book, side, anywhere)
        if rank(side, index) < rank(side, best):
            best = index
    return int(best)


@inlined
def offered_index(arrays: Arrays, book: int, side: int) -> int:
    """Return the best ladder index at which an order of this side could trade, real or implied.

    Where there is none, it is the end mark of the other side.
    """
    if arrays.books[book, BOOK_LINKED] != 0 and arrays.books[book, BOOK_STATE] == _OPEN:
        return offered_linked(arrays, book, side)
    return best_index(arrays, book, 1 - side)


@inlined
def would_meet(arrays: Arrays, book: int, side: int, limit: int) -> bool:
    """Say whether an order at this index, which is inside the ladder, meets a real or an implied one."""
    return is_within(side, offered_index(arrays, book, side), limit)


@inlined
def betters(arrays: Arrays, book: int, side: int, limit: int) -> bool:
    """Say whether an order at this index may complete a cycle: it is better than its own side's best.

    What stands behind another order completes none that this one did not.
    """
    # In this order an order that stays behind needs no further line of the book's row.
    return bool(
        rank(side, limit) > rank(side, best_index(arrays, book, side))
        and arrays.books[book, BOOK_LINKED] != 0
    )
