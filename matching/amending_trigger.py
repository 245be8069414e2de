"""A new trigger or trail for an order that still waits for its old one."""

from __future__ import annotations

from matching.arrays import Arrays
from matching.compiled import called
from matching.layout import (
    CONDITION_TRAIL_TICKS,
    CONDITION_TRIGGER_TICKS,
    DETAIL_TRAIL_TICKS,
    DETAIL_TRIGGER_TICKS,
    LEVEL_PENDING,
    MARK_TRIGGERED,
    ORDER_BOOK_SHIFT,
    ORDER_LEVEL,
    ORDER_TERMS,
    TRAILING,
    Reason,
)
from matching.terms import is_valid_trigger
from matching.triggers import (
    forget_trigger,
    is_reached,
    source_of,
    source_ticks,
    trailed_ticks,
    watch_trigger,
)

_NONE = int(Reason.NONE)
_INVALID_TRIGGER = int(Reason.INVALID_TRIGGER)
_TRIGGER_REACHED = int(Reason.TRIGGER_REACHED)


@called
def amended_ticks(arrays: Arrays, slot: int, row: int) -> int:
    """Return where the trigger of a pending order would stand by a condition row.

    A trailing one keeps its peak, which is where its present trigger stands less its present trail.
    """
    details = arrays.details
    terms = arrays.orders[slot, ORDER_TERMS]
    if terms & TRAILING == 0:
        ticks: int = arrays.conditions[row, CONDITION_TRIGGER_TICKS]
        return ticks
    longer_ticks = arrays.conditions[row, CONDITION_TRAIL_TICKS] - details[slot, DETAIL_TRAIL_TICKS]
    return trailed_ticks(terms, longer_ticks, details[slot, DETAIL_TRIGGER_TICKS])


@called
def check_form(arrays: Arrays, slot: int, row: int) -> int:
    """Check that an order still waits for a trigger of the kind that a condition row gives it."""
    terms = arrays.orders[slot, ORDER_TERMS]
    if (
        source_of(terms) == 0
        or terms & MARK_TRIGGERED != 0
        or not is_valid_trigger(
            arrays,
            terms >> ORDER_BOOK_SHIFT,
            terms,
            arrays.conditions[row, CONDITION_TRIGGER_TICKS],
            arrays.conditions[row, CONDITION_TRAIL_TICKS],
        )
    ):
        return _INVALID_TRIGGER
    return _NONE


@called
def check_reached(arrays: Arrays, slot: int, row: int) -> int:
    """Check that a pending order's source is not at its new trigger already."""
    terms = arrays.orders[slot, ORDER_TERMS]
    book = terms >> ORDER_BOOK_SHIFT
    if arrays.orders[slot, ORDER_LEVEL] == LEVEL_PENDING and is_reached(
        terms, amended_ticks(arrays, slot, row), source_ticks(arrays, book, source_of(terms))
    ):
        return _TRIGGER_REACHED
    return _NONE


@called
def amend_trigger(arrays: Arrays, slot: int, row: int) -> None:
    """Give a waiting order the checked trigger or trail of a condition row; it keeps its places."""
    orders, details = arrays.orders, arrays.details
    terms = orders[slot, ORDER_TERMS]
    book = terms >> ORDER_BOOK_SHIFT
    pending = orders[slot, ORDER_LEVEL] == LEVEL_PENDING
    ticks = amended_ticks(arrays, slot, row)
    if terms & TRAILING != 0:
        # Before it is pending its trigger follows nothing yet.
        if pending:
            details[slot, DETAIL_TRIGGER_TICKS] = ticks
        details[slot, DETAIL_TRAIL_TICKS] = arrays.conditions[row, CONDITION_TRAIL_TICKS]
    elif pending:
        forget_trigger(arrays, book, slot)
        details[slot, DETAIL_TRIGGER_TICKS] = ticks
        watch_trigger(arrays, book, slot)
    else:
        details[slot, DETAIL_TRIGGER_TICKS] = ticks
