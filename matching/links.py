"""Orders that depend on one another: rings of which one cancels the others, orders that another sets free."""

from __future__ import annotations

from matching.arrays import Arrays
from matching.compiled import called
from matching.layout import (
    DETAIL_CHILD,
    DETAIL_COMPLETE,
    DETAIL_PARENT,
    DETAIL_RING,
    DETAIL_SIBLING,
    NO_SLOT,
    ORDER_BOOK_SHIFT,
    ORDER_TERMS,
    Reason,
)
from matching.removal import take_out
from matching.waiting import push_queue

_LINKED_ORDER = int(Reason.LINKED_ORDER)


@called
def join_ring(arrays: Arrays, former: int, slot: int) -> None:
    """Put an order into a ring behind another, which may be its only member so far."""
    details = arrays.details
    following = details[former, DETAIL_RING]
    if following == NO_SLOT:
        following = former
    details[former, DETAIL_RING] = slot
    details[slot, DETAIL_RING] = following


@called
def leave_parent(arrays: Arrays, slot: int) -> None:
    """Take a dormant order away from the one that would have set it free."""
    details = arrays.details
    parent = details[slot, DETAIL_PARENT]
    if parent == NO_SLOT:
        return
    details[slot, DETAIL_PARENT] = NO_SLOT
    child = details[parent, DETAIL_CHILD]
    if child == slot:
        details[parent, DETAIL_CHILD] = details[slot, DETAIL_SIBLING]
        return
    while details[child, DETAIL_SIBLING] != slot:
        child = details[child, DETAIL_SIBLING]
    details[child, DETAIL_SIBLING] = details[slot, DETAIL_SIBLING]


@called
def cut_ring(arrays: Arrays, count: int, command: int, slot: int) -> int:
    """Cancel the other orders of a ring, in the order of entry beginning behind this one."""
    details = arrays.details
    other = details[slot, DETAIL_RING]
    details[slot, DETAIL_RING] = NO_SLOT
    while other != NO_SLOT and other != slot:
        following = details[other, DETAIL_RING]
        details[other, DETAIL_RING] = NO_SLOT
        leave_parent(arrays, other)
        count = take_out(arrays, count, command, other, _LINKED_ORDER)
        other = following
    return count


@called
def follow_fill(arrays: Arrays, count: int, command: int, slot: int, leaves_lots: int) -> int:
    """Do what a linked order's execution brings about; ``leaves_lots`` stay open of it."""
    details = arrays.details
    if details[slot, DETAIL_COMPLETE] == 1 and leaves_lots > 0:
        return count
    count = cut_ring(arrays, count, command, slot)
    child = details[slot, DETAIL_CHILD]
    details[slot, DETAIL_CHILD] = NO_SLOT
    while child != NO_SLOT:
        details[child, DETAIL_PARENT] = NO_SLOT
        book = arrays.orders[child, ORDER_TERMS] >> ORDER_BOOK_SHIFT
        push_queue(arrays, book, child)
        child = details[child, DETAIL_SIBLING]
    return count


@called
def follow_end(arrays: Arrays, count: int, command: int, slot: int) -> int:
    """Do what a linked order's cancellation brings about; its slot may be free already."""
    details = arrays.details
    leave_parent(arrays, slot)
    count = cut_ring(arrays, count, command, slot)
    child = details[slot, DETAIL_CHILD]
    details[slot, DETAIL_CHILD] = NO_SLOT
    other = child
    while other != NO_SLOT:
        # They go one by one below: a ring among them must not cancel them a second time.
        details[other, DETAIL_RING] = NO_SLOT
        details[other, DETAIL_PARENT] = NO_SLOT
        other = details[other, DETAIL_SIBLING]
    while child != NO_SLOT:
        following = details[child, DETAIL_SIBLING]
        count = take_out(arrays, count, command, child, _LINKED_ORDER)
        child = following
    return count
