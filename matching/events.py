"""Writing event rows."""

from __future__ import annotations

from matching.arrays import Arrays
from matching.compiled import inlined
from matching.layout import (
    EVENT_COMMAND,
    EVENT_KIND,
    EVENT_LEAVES_LOTS,
    EVENT_ORDER_ID,
    EVENT_OTHER,
    EVENT_PRICE_TICKS,
    EVENT_QTY_LOTS,
    EVENT_RESTING_LEAVES_LOTS,
    EventKind,
)

# Numba folds module-level integers into the code; members of an IntEnum would be typed apart.
_CANCELLED = int(EventKind.CANCELLED)
_REJECTED = int(EventKind.REJECTED)


@inlined
def write_event(
    arrays: Arrays,
    count: int,
    command: int,
    kind: int,
    order_id: int,
    other: int,
    price_ticks: int,
    qty_lots: int,
    leaves_lots: int,
    resting_leaves_lots: int,
) -> int:
    """Write one event row and return the number of rows."""
    events = arrays.events
    events[count, EVENT_KIND] = kind
    events[count, EVENT_COMMAND] = command
    events[count, EVENT_ORDER_ID] = order_id
    events[count, EVENT_OTHER] = other
    events[count, EVENT_PRICE_TICKS] = price_ticks
    events[count, EVENT_QTY_LOTS] = qty_lots
    events[count, EVENT_LEAVES_LOTS] = leaves_lots
    events[count, EVENT_RESTING_LEAVES_LOTS] = resting_leaves_lots
    return count + 1


@inlined
def write_rejected(
    arrays: Arrays,
    count: int,
    command: int,
    order_id: int,
    reason: int,
    price_ticks: int,
    qty_lots: int,
) -> int:
    """Write a REJECTED row and return the number of rows."""
    return write_event(
        arrays, count, command, _REJECTED, order_id, reason, price_ticks, qty_lots, 0, 0
    )


@inlined
def write_cancelled(
    arrays: Arrays,
    count: int,
    command: int,
    order_id: int,
    reason: int,
    price_ticks: int,
    qty_lots: int,
    waited: int,
) -> int:
    """Write a CANCELLED row and return the number of rows; ``waited`` is 1 for an order beside the book."""
    return write_event(
        arrays, count, command, _CANCELLED, order_id, reason, price_ticks, qty_lots, 0, waited
    )
