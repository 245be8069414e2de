"""How much real and implied orders together hold for one that must trade at once: FOK, a minimum quantity.

The trades are counted in the order in which they would be made. Nothing is traded meanwhile: a combo's row
keeps what its cycle has taken so far, so that two cycles do not count the same order. Cycles count while all
their orders are sure to trade: until one is reduce-only, in a ring or has a reserve, or self-trade prevention
would have a word. What real orders hold counts behind that, too.
"""

from __future__ import annotations

from matching.arrays import Arrays
from matching.compiled import called, inlined
from matching.cycles import (
    NOWHERE,
    betters,
    direction_for,
    first_cycle,
    is_in_range,
    is_tradable,
    leg_side,
    next_cycle,
)
from matching.fillable import bounded, counts, is_fillable, is_within, missing_after
from matching.layout import (
    BOOK_BAND_HIGH,
    BOOK_BAND_LOW,
    BOOK_BASE_TICKS,
    BOOK_LEG,
    BOOK_LEGS,
    BOOK_RATIO,
    BOOK_TRIED_LOTS,
    LEVEL_HEAD,
    LEVEL_QTY_LOTS,
    NO_SLOT,
    ORDER_ID,
    ORDER_LEAVES_LOTS,
    ORDER_NEXT,
    ORDER_OWNER,
    ORDER_TERMS,
    PREVENTION_MASK,
    PREVENTION_SHIFT,
    Prevention,
)
from matching.owners import group_of
from matching.queue import best_index, is_level, ladder_index, ladder_start, next_level, rank
from matching.removal import open_lots

_CANCEL_AGGRESSOR = int(Prevention.CANCEL_AGGRESSOR)
_CANCEL_BOTH = int(Prevention.CANCEL_BOTH)
MAX_TRADES = 64
"""Trades of cycles that are counted for one order: what it costs to ask is bounded."""


@called
def takes(arrays: Arrays, combo: int, direction: int, book: int, side: int) -> bool:
    """Say whether a cycle takes from this side of a book in this direction."""
    books = arrays.books
    found = book == combo and side == direction
    for place in range(books[combo, BOOK_LEGS]):
        its_side = leg_side(direction, books[combo, BOOK_RATIO + place])
        found = found or (books[combo, BOOK_LEG + place] == book and its_side == side)
    return bool(found)


@called
def tried_lots(arrays: Arrays, target: int, target_side: int, book: int, side: int) -> int:
    """Return what the cycles of an order's book have taken so far from a side of another book."""
    lots = 0
    combo = first_cycle(arrays, target)
    while combo != NO_SLOT:
        direction = direction_for(arrays, combo, target, target_side)
        if takes(arrays, combo, direction, book, side):
            lots += arrays.books[combo, BOOK_TRIED_LOTS]
        combo = next_cycle(arrays, combo, target)
    return int(lots)


@called
def front_after(arrays: Arrays, book: int, side: int, lots: int) -> tuple[int, int]:
    """Return the order that is first once lots are taken, and what it shows then; NO_SLOT if none is."""
    start = ladder_start(arrays, book, side)
    index = best_index(arrays, book, side)
    while is_level(arrays, book, index) and lots >= arrays.levels[start + index, LEVEL_QTY_LOTS]:
        lots -= arrays.levels[start + index, LEVEL_QTY_LOTS]
        index = next_level(arrays, book, side, index)
    if not is_level(arrays, book, index):
        return NO_SLOT, 0
    slot = arrays.levels[start + index, LEVEL_HEAD]
    while lots >= arrays.orders[slot, ORDER_LEAVES_LOTS]:
        lots -= arrays.orders[slot, ORDER_LEAVES_LOTS]
        slot = arrays.orders[slot, ORDER_NEXT]
    return slot, arrays.orders[slot, ORDER_LEAVES_LOTS] - lots


@called
def source(arrays: Arrays, target: int, target_side: int, book: int, side: int) -> tuple[int, int]:
    """Return the order that the next trade would take in a book, and what it shows then."""
    lots = tried_lots(arrays, target, target_side, book, side)
    return front_after(arrays, book, side, lots)


@called
def tried_index(arrays: Arrays, combo: int, target: int, target_side: int) -> int:
    """Return the price that a cycle implies after what was taken, NOWHERE where it may not trade."""
    books = arrays.books
    if not is_tradable(arrays, combo):
        return NOWHERE
    direction = direction_for(arrays, combo, target, target_side)
    own = 1
    ticks = 0
    barred = 0
    for place in range(books[combo, BOOK_LEGS]):
        leg = books[combo, BOOK_LEG + place]
        ratio = books[combo, BOOK_RATIO + place]
        if leg == target:
            own = ratio
        else:
            slot, _lots = source(arrays, target, target_side, leg, leg_side(direction, ratio))
            if slot == NO_SLOT:
                return NOWHERE
            index = ladder_index(arrays, slot)
            barred += int(not is_in_range(arrays, leg, index))
            ticks += ratio * (books[leg, BOOK_BASE_TICKS] + index)
    if combo != target:
        slot, _lots = source(arrays, target, target_side, combo, direction)
        if slot == NO_SLOT:
            return NOWHERE
        index = ladder_index(arrays, slot)
        barred += int(not is_in_range(arrays, combo, index))
        ticks = own * (books[combo, BOOK_BASE_TICKS] + index - ticks)
    index = ticks - books[target, BOOK_BASE_TICKS]
    barred += int(not is_in_range(arrays, target, index))
    if barred != 0 or not books[target, BOOK_BAND_LOW] <= index <= books[target, BOOK_BAND_HIGH]:
        return NOWHERE
    return int(index)


@called
def best_tried(arrays: Arrays, book: int, side: int, limit: int) -> tuple[int, int]:
    """Return the combo of the cycle that would trade next, NO_SLOT if none would, and its price."""
    found = NO_SLOT
    best = 0
    combo = first_cycle(arrays, book)
    while combo != NO_SLOT:
        index = tried_index(arrays, combo, book, side)
        within = index != NOWHERE and is_within(side, index, limit)
        if within and (found == NO_SLOT or rank(side, index) < rank(side, best)):
            found = combo
            best = index
        combo = next_cycle(arrays, combo, book)
    return found, best


@inlined
def is_sure(arrays: Arrays, slot: int) -> bool:
    """Say whether an order of a cycle can neither shrink nor vanish nor come back on the way."""
    reserve_lots = open_lots(arrays, slot) - arrays.orders[slot, ORDER_LEAVES_LOTS]
    return bool(counts(arrays, slot) and reserve_lots == 0)


@called
def prevents(arrays: Arrays, slot: int, other: int, owner: int, prevention: int) -> bool:
    """Say whether self-trade prevention has a word between two orders; NO_SLOT is the one that counts.

    owner, prevention: of that one, which is the younger for it has not come yet.
    """
    orders = arrays.orders
    if other != NO_SLOT:
        if orders[slot, ORDER_ID] < orders[other, ORDER_ID]:
            slot, other = other, slot
        prevention = orders[slot, ORDER_TERMS] >> PREVENTION_SHIFT & PREVENTION_MASK
        owner = orders[other, ORDER_OWNER]
    alike = group_of(arrays, orders[slot, ORDER_OWNER]) == group_of(arrays, owner)
    return bool(prevention != 0 and alike)


@called
def sure_lots(
    arrays: Arrays, combo: int, target: int, target_side: int, owner: int, prevention: int
) -> int:
    """Return what the next trade of a cycle is sure to come to, 0 where it is not sure."""
    books = arrays.books
    direction = direction_for(arrays, combo, target, target_side)
    combo_slot, lots = NO_SLOT, arrays.orders.shape[0] << 40
    sure = True
    if combo != target:
        combo_slot, lots = source(arrays, target, target_side, combo, direction)
        sure = is_sure(arrays, combo_slot) and not prevents(
            arrays, combo_slot, NO_SLOT, owner, prevention
        )
    for place in range(books[combo, BOOK_LEGS]):
        leg = books[combo, BOOK_LEG + place]
        side = leg_side(direction, books[combo, BOOK_RATIO + place])
        if leg != target and sure:
            slot, shown_lots = source(arrays, target, target_side, leg, side)
            lots = min(lots, shown_lots)
            sure = is_sure(arrays, slot) and not prevents(
                arrays, slot, combo_slot, owner, prevention
            )
    return int(lots) if sure else 0


@called
def is_fillable_linked(
    arrays: Arrays, book: int, side: int, limit: int, qty_lots: int, owner: int, prevention: int
) -> bool:
    """Say whether ``qty_lots`` would trade at once in a linked book, with real and implied orders."""
    start = ladder_start(arrays, book, 1 - side)
    index = best_index(arrays, book, 1 - side)
    reach = bounded(arrays, book, side, limit)
    missing_lots = qty_lots
    trades = 0
    counting = True
    going = True
    while missing_lots > 0 and going:
        combo, implied = NO_SLOT, NOWHERE
        if counting:
            combo, implied = best_tried(arrays, book, side, limit)
        until = reach
        if combo != NO_SLOT and is_within(side, implied, reach):
            until = implied
        while missing_lots > 0 and is_level(arrays, book, index) and is_within(side, index, until):
            missing_lots = missing_after(
                arrays, start + index, missing_lots, owner, prevention, False
            )
            index = next_level(arrays, book, 1 - side, index)
        going = combo != NO_SLOT
        if going and missing_lots > 0:
            lots = min(sure_lots(arrays, combo, book, side, owner, prevention), missing_lots)
            arrays.books[combo, BOOK_TRIED_LOTS] += lots
            missing_lots -= lots
            trades += 1
            counting = lots > 0 and trades < MAX_TRADES
            # Real orders are there whatever cycles do, unless these cancel the aggressor first.
            going = counting or prevention not in (_CANCEL_AGGRESSOR, _CANCEL_BOTH)
    combo = first_cycle(arrays, book)
    while combo != NO_SLOT:
        arrays.books[combo, BOOK_TRIED_LOTS] = 0
        combo = next_cycle(arrays, combo, book)
    return missing_lots == 0


@called
def is_fillable_at_once(
    arrays: Arrays, book: int, side: int, limit: int, qty_lots: int, owner: int, prevention: int
) -> bool:
    """Say whether ``qty_lots`` would trade at once, with implied orders where the match would meet any."""
    if betters(arrays, book, side, limit):
        return is_fillable_linked(arrays, book, side, limit, qty_lots, owner, prevention)
    return is_fillable(arrays, book, side, limit, qty_lots, owner, prevention)
