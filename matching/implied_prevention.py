"""What must be settled before a cycle trades: self-trades, and reduce-only orders that are too large."""

from __future__ import annotations

from matching.arrays import Arrays
from matching.cancels import withdraw
from matching.compiled import called, inlined
from matching.cycles import leg_side
from matching.iceberg import cut
from matching.layout import (
    BOOK_LEG,
    BOOK_LEGS,
    BOOK_RATIO,
    LEVEL_MATCHING,
    ORDER_BOOK_SHIFT,
    ORDER_ID,
    ORDER_LEAVES_LOTS,
    ORDER_LEVEL,
    ORDER_OWNER,
    ORDER_TERMS,
    PREVENTION_MASK,
    PREVENTION_SHIFT,
    Prevention,
    Reason,
)
from matching.owners import allowed_lots, group_of
from matching.queue import front
from matching.removal import REDUCE_ONLY_BIT, end_match

_SELF_TRADE = int(Reason.SELF_TRADE)
_POSITION_REDUCED = int(Reason.POSITION_REDUCED)
_CANCEL_AGGRESSOR = int(Prevention.CANCEL_AGGRESSOR)
_CANCEL_BOTH = int(Prevention.CANCEL_BOTH)


@inlined
def is_matching(arrays: Arrays, slot: int) -> bool:
    """Say whether an order is an aggressor in its match, and so in no queue."""
    return bool(arrays.orders[slot, ORDER_LEVEL] == LEVEL_MATCHING)


@inlined
def party(arrays: Arrays, book: int, side: int, aggressor: int) -> int:
    """Return the order that trades in a book of a cycle: the aggressor in its own, else the first one."""
    if arrays.orders[aggressor, ORDER_TERMS] >> ORDER_BOOK_SHIFT == book:
        return aggressor
    return front(arrays, book, side)


@called
def fit(arrays: Arrays, count: int, command: int, book: int, side: int, slot: int) -> int:
    """Cut a resting reduce-only order to what its owner's holding allows, or cancel it."""
    orders = arrays.orders
    if orders[slot, ORDER_TERMS] & REDUCE_ONLY_BIT == 0 or is_matching(arrays, slot):
        return count
    allowed = allowed_lots(arrays, orders[slot, ORDER_OWNER], book, side)
    leaves_lots = orders[slot, ORDER_LEAVES_LOTS]
    if allowed == 0:
        count = withdraw(arrays, count, command, slot, _POSITION_REDUCED)
    elif allowed < leaves_lots:
        count = cut(arrays, count, command, slot, leaves_lots - allowed, _POSITION_REDUCED)
    return count


@called
def end(arrays: Arrays, count: int, command: int, slot: int) -> int:
    """Cancel an order for which its owner would trade with itself, wherever it is."""
    if is_matching(arrays, slot):
        return end_match(arrays, count, command, slot, _SELF_TRADE)
    return withdraw(arrays, count, command, slot, _SELF_TRADE)


@called
def part(
    arrays: Arrays, count: int, command: int, combo_slot: int, leg_slot: int, aggressor: int
) -> int:
    """Keep a combo's order and one in a leg from trading with each other, as the younger of them asks.

    The aggressor counts as the youngest. DECREMENT cannot mean sizes of two instruments: it cancels the other.
    """
    orders = arrays.orders
    active, other = leg_slot, combo_slot
    if combo_slot == aggressor or (
        leg_slot != aggressor and orders[combo_slot, ORDER_ID] > orders[leg_slot, ORDER_ID]
    ):
        active, other = combo_slot, leg_slot
    asked = orders[active, ORDER_TERMS] >> PREVENTION_SHIFT & PREVENTION_MASK
    alike = group_of(arrays, orders[active, ORDER_OWNER]) == group_of(
        arrays, orders[other, ORDER_OWNER]
    )
    if asked == 0 or not alike:
        return count
    if asked != _CANCEL_AGGRESSOR:
        count = end(arrays, count, command, other)
    if asked in (_CANCEL_AGGRESSOR, _CANCEL_BOTH):
        count = end(arrays, count, command, active)
    return count


@called
def clear_way(
    arrays: Arrays, count: int, command: int, combo: int, direction: int, aggressor: int
) -> int:
    """Settle the first thing for which a cycle may not trade as it stands; no row is written if none does."""
    books = arrays.books
    former = count
    combo_slot = party(arrays, combo, direction, aggressor)
    count = fit(arrays, count, command, combo, direction, combo_slot)
    place = 0
    while count == former and place < books[combo, BOOK_LEGS]:
        leg = books[combo, BOOK_LEG + place]
        side = leg_side(direction, books[combo, BOOK_RATIO + place])
        slot = party(arrays, leg, side, aggressor)
        count = part(arrays, count, command, combo_slot, slot, aggressor)
        if count == former:
            count = fit(arrays, count, command, leg, side, slot)
        place += 1
    return count
