"""A heap whose nodes are rows of an array: any of them can leave, and nothing is allocated.

A pairing heap (Fredman, Sedgewick, Sleator and Tarjan, 1986) with the two-pass deletion. A node is a
row of ``nodes``, named by its slot; its key stands in ``key_column``, and its links in three columns
from ``child_column`` on: the first child, the next sibling, and the previous sibling, which is the
parent for a first child. The root has NO_SLOT for both siblings. Least is the least (key, order id),
the id being that of the same slot in ``orders``; neither may change while a node is in the heap.
"""

from __future__ import annotations

from typing import Any

from matching.compiled import called, inlined
from matching.layout import NO_SLOT, ORDER_ID

Array = Any

_NEXT = 1
_PREVIOUS = 2


@inlined
def is_before(nodes: Array, orders: Array, one: int, other: int, key_column: int) -> bool:
    """Say whether a node has the smaller key, or of equal keys the smaller order id."""
    key = nodes[one, key_column]
    other_key = nodes[other, key_column]
    before = key < other_key
    if key == other_key:
        before = orders[one, ORDER_ID] < orders[other, ORDER_ID]
    return bool(before)


@inlined
def link_under(nodes: Array, parent: int, slot: int, child_column: int) -> None:
    """Make a root the first child of another root."""
    child = nodes[parent, child_column]
    nodes[slot, child_column + _NEXT] = child
    nodes[slot, child_column + _PREVIOUS] = parent
    if child != NO_SLOT:
        nodes[child, child_column + _PREVIOUS] = slot
    nodes[parent, child_column] = slot


@inlined
def meld(
    nodes: Array, orders: Array, one: int, other: int, key_column: int, child_column: int
) -> int:
    """Join two heaps that are not empty and return the root, whose sibling links the caller sets."""
    root, loser = one, other
    if is_before(nodes, orders, other, one, key_column):
        root, loser = other, one
    link_under(nodes, root, loser, child_column)
    return root


@inlined
def meld_siblings(
    nodes: Array, orders: Array, first: int, key_column: int, child_column: int
) -> int:
    """Join a chain of siblings that have lost their parent; return the root, or NO_SLOT for no chain.

    First in pairs from the front, which leaves the winners on a stack linked by NEXT, then one after
    the other from the back: the order that makes a removal cost O(log n) amortised.
    """
    stack = NO_SLOT
    slot = first
    while slot != NO_SLOT:
        following = NO_SLOT
        winner = slot
        partner = nodes[slot, child_column + _NEXT]
        if partner != NO_SLOT:
            following = nodes[partner, child_column + _NEXT]
            winner = meld(nodes, orders, slot, partner, key_column, child_column)
        nodes[winner, child_column + _NEXT] = stack
        stack = winner
        slot = following
    root = stack
    if root != NO_SLOT:
        slot = nodes[root, child_column + _NEXT]
        while slot != NO_SLOT:
            following = nodes[slot, child_column + _NEXT]
            root = meld(nodes, orders, root, slot, key_column, child_column)
            slot = following
        nodes[root, child_column + _NEXT] = NO_SLOT
        nodes[root, child_column + _PREVIOUS] = NO_SLOT
    return root


@called
def heap_insert(
    nodes: Array, orders: Array, root: int, slot: int, key_column: int, child_column: int
) -> int:
    """Put a node with its key set into the heap of ``root`` (NO_SLOT: empty); return the new root. O(1)."""
    nodes[slot, child_column] = NO_SLOT
    nodes[slot, child_column + _NEXT] = NO_SLOT
    nodes[slot, child_column + _PREVIOUS] = NO_SLOT
    if root != NO_SLOT:
        slot = meld(nodes, orders, root, slot, key_column, child_column)
    return slot


@called
def heap_remove(
    nodes: Array, orders: Array, root: int, slot: int, key_column: int, child_column: int
) -> int:
    """Take a node that is in the heap out of it, wherever it is; return the new root, or NO_SLOT.

    O(log n) amortised over the heap's whole life; a single removal may take O(n).
    """
    orphans = meld_siblings(nodes, orders, nodes[slot, child_column], key_column, child_column)
    if slot == root:
        return orphans
    former = nodes[slot, child_column + _PREVIOUS]
    following = nodes[slot, child_column + _NEXT]
    if nodes[former, child_column] == slot:
        nodes[former, child_column] = following
    else:
        nodes[former, child_column + _NEXT] = following
    if following != NO_SLOT:
        nodes[following, child_column + _PREVIOUS] = former
    if orphans != NO_SLOT:
        # The root precedes all that was below it, so it stays the root.
        link_under(nodes, root, orphans, child_column)
    return root
