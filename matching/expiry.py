"""Orders that end at a time: a heap of their expiries over all books."""

from __future__ import annotations

from matching.arrays import Arrays
from matching.compiled import called
from matching.heap import heap_insert, heap_remove
from matching.layout import (
    DETAIL_EXPIRY_CHILD,
    DETAIL_EXPIRY_NS,
    MARK_TIMED,
    NO_SLOT,
    ORDER_TERMS,
    POOL_EXPIRY_ROOT,
    POOL_NOW_NS,
)


@called
def arm(arrays: Arrays, slot: int) -> None:
    """Let an order end at its EXPIRY_NS."""
    arrays.orders[slot, ORDER_TERMS] |= MARK_TIMED
    arrays.pool[POOL_EXPIRY_ROOT] = heap_insert(
        arrays.details,
        arrays.orders,
        arrays.pool[POOL_EXPIRY_ROOT],
        slot,
        DETAIL_EXPIRY_NS,
        DETAIL_EXPIRY_CHILD,
    )


@called
def disarm(arrays: Arrays, slot: int) -> None:
    """Forget the expiry of an order that was armed."""
    arrays.orders[slot, ORDER_TERMS] &= ~MARK_TIMED
    arrays.pool[POOL_EXPIRY_ROOT] = heap_remove(
        arrays.details,
        arrays.orders,
        arrays.pool[POOL_EXPIRY_ROOT],
        slot,
        DETAIL_EXPIRY_NS,
        DETAIL_EXPIRY_CHILD,
    )


@called
def next_expired(arrays: Arrays) -> int:
    """Return the order that must end first among those whose time has come, or NO_SLOT."""
    root: int = arrays.pool[POOL_EXPIRY_ROOT]
    if root != NO_SLOT and arrays.details[root, DETAIL_EXPIRY_NS] > arrays.pool[POOL_NOW_NS]:
        root = NO_SLOT
    return root
