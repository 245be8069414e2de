"""Self-trade prevention: what happens where an aggressor meets an order of its own group."""

from __future__ import annotations

from matching.arrays import Arrays
from matching.cancels import withdraw
from matching.compiled import called
from matching.events import write_event
from matching.iceberg import cut
from matching.layout import (
    LEVEL_ENDED,
    ORDER_ID,
    ORDER_LEAVES_LOTS,
    ORDER_LEVEL,
    ORDER_PREVIOUS,
    EventKind,
    Prevention,
    Reason,
)
from matching.removal import end_match, open_lots

_REDUCED = int(EventKind.REDUCED)
_SELF_TRADE = int(Reason.SELF_TRADE)
_CANCEL_AGGRESSOR = int(Prevention.CANCEL_AGGRESSOR)
_CANCEL_RESTING = int(Prevention.CANCEL_RESTING)
_CANCEL_BOTH = int(Prevention.CANCEL_BOTH)


@called
def prevent(
    arrays: Arrays, count: int, command: int, slot: int, resting: int, prevention: int
) -> int:
    """Keep the aggressor in ``slot`` from trading with a resting order, as it asked."""
    if prevention in (_CANCEL_RESTING, _CANCEL_BOTH):
        count = withdraw(arrays, count, command, resting, _SELF_TRADE)
    if prevention in (_CANCEL_AGGRESSOR, _CANCEL_BOTH):
        count = end_match(arrays, count, command, slot, _SELF_TRADE)
    elif prevention != _CANCEL_RESTING:
        count = decrement(arrays, count, command, slot, resting)
    return count


@called
def decrement(arrays: Arrays, count: int, command: int, slot: int, resting: int) -> int:
    """Take the smaller of both sizes off both; whichever is used up is cancelled."""
    orders = arrays.orders
    lots = min(orders[slot, ORDER_LEAVES_LOTS], orders[resting, ORDER_LEAVES_LOTS])
    if lots == open_lots(arrays, resting):
        count = withdraw(arrays, count, command, resting, _SELF_TRADE)
    else:
        count = cut(arrays, count, command, resting, lots, _SELF_TRADE)
    if orders[slot, ORDER_LEVEL] == LEVEL_ENDED:
        # The resting order's ring took the aggressor with it.
        return count
    leaves_lots = orders[slot, ORDER_LEAVES_LOTS] - lots
    if leaves_lots == 0:
        return end_match(arrays, count, command, slot, _SELF_TRADE)
    orders[slot, ORDER_LEAVES_LOTS] = leaves_lots
    return write_event(
        arrays,
        count,
        command,
        _REDUCED,
        orders[slot, ORDER_ID],
        _SELF_TRADE,
        orders[slot, ORDER_PREVIOUS],
        lots,
        leaves_lots,
        0,
    )
