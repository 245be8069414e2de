"""What an execution does to an order that rested: its lots, its owner's protection, the orders linked to it."""

from __future__ import annotations

from matching.arrays import Arrays
from matching.compiled import called
from matching.iceberg import take_shown
from matching.layout import MARK_LINKED, ORDER_BOOK_SHIFT, ORDER_TERMS
from matching.links import follow_fill
from matching.protection import PROTECTED_BIT, count_protected
from matching.removal import discard, open_lots


@called
def close_out(
    arrays: Arrays, count: int, command: int, slot: int, lots: int, leaves_lots: int
) -> int:
    """Follow up lots that were taken off an order: protection, links, and the slot of a filled one."""
    terms = arrays.orders[slot, ORDER_TERMS]
    if terms & PROTECTED_BIT != 0:
        count_protected(arrays, terms >> ORDER_BOOK_SHIFT, slot, terms & 1, lots)
    if terms & MARK_LINKED != 0:
        count = follow_fill(arrays, count, command, slot, leaves_lots)
    if leaves_lots == 0:
        discard(arrays, slot)
    return count


@called
def settle_resting(arrays: Arrays, count: int, command: int, slot: int, lots: int) -> int:
    """Take traded lots off what a resting order shows; it shows its next part, or leaves with what follows."""
    leaves_lots = open_lots(arrays, slot) - lots
    count = take_shown(arrays, count, command, slot, lots)
    return close_out(arrays, count, command, slot, lots, leaves_lots)
