"""The trade of a cycle: a combo's order and one in each leg, all or none, legs against the combo's owner."""

from __future__ import annotations

from matching.arrays import Arrays
from matching.compiled import called, inlined
from matching.cycles import leg_side
from matching.events import write_event
from matching.fills import settle_resting
from matching.implied_prevention import is_matching, party
from matching.layout import (
    BOOK_BASE_TICKS,
    BOOK_LAST_TICKS,
    BOOK_LEG,
    BOOK_LEGS,
    BOOK_RATIO,
    ORDER_FILLED_LOTS,
    ORDER_ID,
    ORDER_LEAVES_LOTS,
    ORDER_OWNER,
    POOL_STIRRED,
    EventKind,
)
from matching.owners import hold
from matching.queue import best_index
from matching.removal import open_lots
from matching.stirring import STIRRED_QUEUES

_IMPLIED = int(EventKind.IMPLIED)
_IMPLIED_LEG = int(EventKind.IMPLIED_LEG)


@called
def cycle_lots(arrays: Arrays, combo: int, direction: int, aggressor: int) -> int:
    """Return what a cycle can trade at once: the smallest of what its orders show."""
    books, orders = arrays.books, arrays.orders
    lots = orders[party(arrays, combo, direction, aggressor), ORDER_LEAVES_LOTS]
    for place in range(books[combo, BOOK_LEGS]):
        side = leg_side(direction, books[combo, BOOK_RATIO + place])
        slot = party(arrays, books[combo, BOOK_LEG + place], side, aggressor)
        lots = min(lots, orders[slot, ORDER_LEAVES_LOTS])
    return int(lots)


@inlined
def fill(arrays: Arrays, slot: int, lots: int) -> int:
    """Count lots of an order as filled; return what stays open once they are taken off it."""
    arrays.orders[slot, ORDER_FILLED_LOTS] += lots
    left_lots = arrays.orders[slot, ORDER_LEAVES_LOTS] - lots
    if not is_matching(arrays, slot):
        left_lots = open_lots(arrays, slot) - lots
    return int(left_lots)


@inlined
def traded_ticks(
    arrays: Arrays, book: int, side: int, slot: int, aggressor: int, index: int
) -> int:
    """Return the price of a party: that of its level, but the aggressor's is ``index``."""
    if slot != aggressor:
        index = best_index(arrays, book, side)
    arrays.books[book, BOOK_LAST_TICKS] = arrays.books[book, BOOK_BASE_TICKS] + index
    return int(arrays.books[book, BOOK_LAST_TICKS])


@called
def settle_party(arrays: Arrays, count: int, command: int, slot: int, lots: int) -> int:
    """Take what was traded off a party; a resting one shows its next part, or leaves with what follows."""
    if is_matching(arrays, slot):
        arrays.orders[slot, ORDER_LEAVES_LOTS] -= lots
        return count
    return settle_resting(arrays, count, command, slot, lots)


@called
def trade_cycle(
    arrays: Arrays,
    count: int,
    command: int,
    combo: int,
    direction: int,
    aggressor: int,
    index: int,
) -> int:
    """Trade a cycle once: the aggressor, which may rest, at a ladder index, the others where they rest."""
    books, orders = arrays.books, arrays.orders
    lots = cycle_lots(arrays, combo, direction, aggressor)
    legs = books[combo, BOOK_LEGS]
    combo_slot = party(arrays, combo, direction, aggressor)
    combo_id = orders[combo_slot, ORDER_ID]
    combo_owner = orders[combo_slot, ORDER_OWNER]
    combo_leaves_lots = fill(arrays, combo_slot, lots)
    count = write_event(
        arrays,
        count,
        command,
        _IMPLIED,
        combo_id,
        orders[aggressor, ORDER_ID],
        traded_ticks(arrays, combo, direction, combo_slot, aggressor, index),
        lots,
        combo_leaves_lots,
        legs,
    )
    for place in range(legs):
        leg = books[combo, BOOK_LEG + place]
        side = leg_side(direction, books[combo, BOOK_RATIO + place])
        slot = party(arrays, leg, side, aggressor)
        leaves_lots = fill(arrays, slot, lots)
        hold(arrays, orders[slot, ORDER_OWNER], leg, side, lots)
        hold(arrays, combo_owner, leg, 1 - side, lots)
        count = write_event(
            arrays,
            count,
            command,
            _IMPLIED_LEG,
            orders[slot, ORDER_ID],
            combo_id,
            traded_ticks(arrays, leg, side, slot, aggressor, index),
            lots,
            leaves_lots,
            combo_leaves_lots,
        )
    count = settle_party(arrays, count, command, combo_slot, lots)
    for place in range(legs):
        leg = books[combo, BOOK_LEG + place]
        side = leg_side(direction, books[combo, BOOK_RATIO + place])
        # The aggressor's slot tells its book even after it has ended; the others are first in theirs still.
        slot = party(arrays, leg, side, aggressor)
        count = settle_party(arrays, count, command, slot, lots)
    arrays.pool[POOL_STIRRED] |= STIRRED_QUEUES
    return count
