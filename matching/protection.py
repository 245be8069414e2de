"""Market-maker protection: too much traded within an interval takes all protected orders away."""

from __future__ import annotations

from matching.arrays import Arrays
from matching.cancels import withdraw_resting
from matching.compiled import called, inlined
from matching.events import write_event
from matching.layout import (
    BOOK_FAMILY,
    BOOK_WEIGHT,
    FROZEN_FOR_GOOD,
    INSTRUCTION_SHIFT,
    MAX_TIME_NS,
    NO_SLOT,
    ORDER_OWNER,
    POOL_BREACHED,
    POOL_NOW_NS,
    PROTECTION_DELTA,
    PROTECTION_DELTA_LIMIT,
    PROTECTION_FAMILY,
    PROTECTION_FROZEN_NS,
    PROTECTION_FROZEN_UNTIL_NS,
    PROTECTION_INTERVAL_NS,
    PROTECTION_OWNER,
    PROTECTION_QTY_LIMIT_LOTS,
    PROTECTION_QTY_LOTS,
    PROTECTION_START_NS,
    EventKind,
    Instruction,
    Reason,
)

_PROTECTION_TRIPPED = int(EventKind.PROTECTION_TRIPPED)
_PROTECTION = int(Reason.PROTECTION)
PROTECTED_BIT = int(Instruction.PROTECTED) << INSTRUCTION_SHIFT


@called
def find_protection(arrays: Arrays, book: int, owner: int) -> int:
    """Return the row of an owner's protection in the family of a book, or NO_SLOT."""
    protections = arrays.protections
    for row in range(protections.shape[0]):
        if (
            protections[row, PROTECTION_OWNER] == owner
            and protections[row, PROTECTION_FAMILY] == arrays.books[book, BOOK_FAMILY]
            and protections[row, PROTECTION_INTERVAL_NS] > 0
        ):
            return row
    return NO_SLOT


@inlined
def is_frozen(arrays: Arrays, row: int) -> bool:
    """Say whether the orders of a protection are refused now."""
    until_ns = arrays.protections[row, PROTECTION_FROZEN_UNTIL_NS]
    return bool(until_ns == FROZEN_FOR_GOOD or arrays.pool[POOL_NOW_NS] < until_ns)


@inlined
def is_breached(arrays: Arrays, row: int) -> bool:
    """Say whether a protection's counts have reached one of its limits."""
    protections = arrays.protections
    qty_limit_lots = protections[row, PROTECTION_QTY_LIMIT_LOTS]
    delta_limit = protections[row, PROTECTION_DELTA_LIMIT]
    return bool(
        (qty_limit_lots > 0 and protections[row, PROTECTION_QTY_LOTS] >= qty_limit_lots)
        or (delta_limit > 0 and abs(protections[row, PROTECTION_DELTA]) >= delta_limit)
    )


@called
def count_protected(arrays: Arrays, book: int, slot: int, side: int, lots: int) -> None:
    """Count an execution of a protected order."""
    protections = arrays.protections
    row = find_protection(arrays, book, arrays.orders[slot, ORDER_OWNER])
    if row == NO_SLOT:
        return
    now_ns = arrays.pool[POOL_NOW_NS]
    if now_ns >= protections[row, PROTECTION_START_NS] + protections[row, PROTECTION_INTERVAL_NS]:
        protections[row, PROTECTION_START_NS] = now_ns
        protections[row, PROTECTION_QTY_LOTS] = 0
        protections[row, PROTECTION_DELTA] = 0
    protections[row, PROTECTION_QTY_LOTS] += lots
    protections[row, PROTECTION_DELTA] += lots * (1 - 2 * side) * arrays.books[book, BOOK_WEIGHT]
    if is_breached(arrays, row):
        arrays.pool[POOL_BREACHED] = 1


@called
def trip_protections(arrays: Arrays, count: int, command: int) -> int:
    """Withdraw the orders of every protection that is breached, and refuse new ones for its time."""
    books, pool, protections = arrays.books, arrays.pool, arrays.protections
    pool[POOL_BREACHED] = 0
    for row in range(protections.shape[0]):
        if protections[row, PROTECTION_INTERVAL_NS] == 0 or not is_breached(arrays, row):
            continue
        owner = protections[row, PROTECTION_OWNER]
        family = protections[row, PROTECTION_FAMILY]
        count = write_event(
            arrays,
            count,
            command,
            _PROTECTION_TRIPPED,
            0,
            owner,
            0,
            0,
            0,
            family,
        )
        protections[row, PROTECTION_QTY_LOTS] = 0
        protections[row, PROTECTION_DELTA] = 0
        protections[row, PROTECTION_START_NS] = -MAX_TIME_NS
        protections[row, PROTECTION_FROZEN_UNTIL_NS] = FROZEN_FOR_GOOD
        if protections[row, PROTECTION_FROZEN_NS] > 0:
            protections[row, PROTECTION_FROZEN_UNTIL_NS] = (
                pool[POOL_NOW_NS] + protections[row, PROTECTION_FROZEN_NS]
            )
        for book in range(books.shape[0]):
            if books[book, BOOK_FAMILY] == family:
                count = withdraw_resting(
                    arrays,
                    count,
                    command,
                    book,
                    owner,
                    PROTECTED_BIT,
                    _PROTECTION,
                    arrays.events.shape[0],
                )
    return count
