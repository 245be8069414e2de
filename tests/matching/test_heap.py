"""The pairing heap against sorted lists and the standard library's heap."""

from __future__ import annotations

import heapq
import os
import random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from matching import layout as at
from matching.heap import heap_insert, heap_remove

Int64s = NDArray[np.int64]

SLOTS = 24
FOREIGN = -77
HEAPS = ((0, 1), (5, 6))
"""Key and child columns of two heaps over the same rows; columns 4, 9 and 10 are nobody's."""


def rows(slots: int, seed: int = 1) -> tuple[Int64s, Int64s]:
    """Node rows full of another's numbers, and order rows whose ids do not follow the slots."""
    nodes = np.full((slots, 11), FOREIGN, np.int64)
    orders = np.full((slots, at.ORDER_COLUMNS), FOREIGN, np.int64)
    orders[:, at.ORDER_ID] = np.random.default_rng(seed).permutation(slots) + 1
    return nodes, orders


def checked_members(nodes: Int64s, orders: Int64s, root: int, key: int, child: int) -> set[int]:
    """Walk a heap, assert that every link and the order hold, and return its slots."""

    def rank(slot: int) -> tuple[int, int]:
        return int(nodes[slot, key]), int(orders[slot, at.ORDER_ID])

    found: set[int] = set()
    if root == at.NO_SLOT:
        return found
    assert list(nodes[root, child + 1 : child + 3]) == [at.NO_SLOT, at.NO_SLOT]
    open_slots = [root]
    while open_slots:
        parent = open_slots.pop()
        assert parent not in found
        found.add(parent)
        former, slot = parent, int(nodes[parent, child])
        while slot != at.NO_SLOT:
            assert nodes[slot, child + 2] == former
            assert rank(parent) < rank(slot)
            open_slots.append(slot)
            former, slot = slot, int(nodes[slot, child + 1])
    return found


moves = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["put", "put", "least", "any", "again"]),
        st.integers(0, SLOTS - 1),
        st.one_of(st.integers(-2, 2), st.integers(-(1 << 62), 1 << 62)),
    ),
    min_size=20,
    max_size=90,
)


@given(moves, st.integers(0, 99))
@example([(0, "put", slot, 5) for slot in range(SLOTS)] + [(0, "least", 0, 0)] * SLOTS, 3)
def test_any_moves_equal_those_of_a_sorted_list(
    moves: list[tuple[int, str, int, int]], seed: int
) -> None:
    nodes, orders = rows(SLOTS, seed)
    roots = [at.NO_SLOT, at.NO_SLOT]
    kept: list[dict[int, tuple[int, int]]] = [{}, {}]
    for which, verb, slot, key in [*moves, *[(0, "least", 0, 0), (1, "least", 0, 0)] * SLOTS]:
        key_column, child_column = HEAPS[which]
        members = kept[which]
        if verb == "least":
            slot = min(members, key=members.__getitem__, default=slot)
        if slot in members:
            roots[which] = int(
                heap_remove(nodes, orders, roots[which], slot, key_column, child_column)
            )
            del members[slot]
        if verb in ("put", "again"):
            nodes[slot, key_column] = key
            roots[which] = int(
                heap_insert(nodes, orders, roots[which], slot, key_column, child_column)
            )
            members[slot] = key, int(orders[slot, at.ORDER_ID])
        least = min(members, key=members.__getitem__, default=at.NO_SLOT)
        assert roots[which] == least
        for root, columns, present in zip(roots, HEAPS, kept, strict=True):
            assert checked_members(nodes, orders, root, *columns) == present.keys()
    assert roots == [at.NO_SLOT, at.NO_SLOT]
    assert (nodes[:, [4, 9, 10]] == FOREIGN).all()
    assert (orders[:, 1:] == FOREIGN).all()


@pytest.mark.parametrize("gone", range(7))
def test_root_middle_and_leaf_can_leave(gone: int) -> None:
    nodes, orders = rows(7)
    root = at.NO_SLOT
    nodes[:, 0] = [4, 1, 3, 0, 6, 5, 2]
    for slot in (3, 1, 2, 0, 4, 5, 6):
        root = int(heap_insert(nodes, orders, root, slot, 0, 1))
    # Taking the least out once leaves a tree of more than one storey.
    root = int(heap_remove(nodes, orders, root, 3, 0, 1))
    assert nodes[root, 1] != at.NO_SLOT
    if gone != 3:
        root = int(heap_remove(nodes, orders, root, gone, 0, 1))
    left = [slot for slot in np.argsort(nodes[:, 0]).tolist() if slot not in (3, gone)]
    for slot in left:
        assert root == slot
        root = int(heap_remove(nodes, orders, root, slot, 0, 1))
    assert root == at.NO_SLOT


def test_equal_keys_leave_by_order_id() -> None:
    nodes, orders = rows(SLOTS)
    nodes[:, 0] = 9
    root = at.NO_SLOT
    for slot in range(SLOTS):
        root = int(heap_insert(nodes, orders, root, slot, 0, 1))
    left = []
    while root != at.NO_SLOT:
        left.append(int(orders[root, at.ORDER_ID]))
        root = int(heap_remove(nodes, orders, root, root, 0, 1))
    assert left == list(range(1, SLOTS + 1))


@settings(max_examples=5)
@given(st.integers(0, (1 << 32) - 1))
def test_a_long_life_equals_heapq(seed: int) -> None:
    chance = random.Random(seed)
    slots = 300
    nodes, orders = rows(slots, seed)
    root = at.NO_SLOT
    plain: list[tuple[int, int, int]] = []
    free = list(range(slots))
    for _ in range(4_000):
        if free and (not plain or chance.random() < 0.55):
            slot = free.pop(chance.randrange(len(free)))
            nodes[slot, 0] = chance.randrange(100)
            heapq.heappush(plain, (int(nodes[slot, 0]), int(orders[slot, at.ORDER_ID]), slot))
            root = int(heap_insert(nodes, orders, root, slot, 0, 1))
        else:
            slot = heapq.heappop(plain)[2]
            assert root == slot
            root = int(heap_remove(nodes, orders, root, slot, 0, 1))
            free.append(slot)
    assert checked_members(nodes, orders, root, 0, 1) == {slot for _, _, slot in plain}


class CountedRows:
    """An array that counts how often one of its columns is read."""

    def __init__(self, array: Int64s, column: int) -> None:
        self.array, self.column, self.reads = array, column, 0

    def __getitem__(self, place: tuple[int, int]) -> np.int64:
        self.reads += place[1] == self.column
        found: np.int64 = self.array[place]
        return found

    def __setitem__(self, place: tuple[int, int], value: int) -> None:
        self.array[place] = value


@pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT") != "1",
    reason="reads can be counted only while the compiler is off",
)
@pytest.mark.parametrize("order", ["rising", "falling", "shuffled"])
def test_comparisons_grow_with_the_logarithm(order: str) -> None:
    slots = 2_048
    plain_nodes, orders = rows(slots)
    keys = np.arange(slots)
    if order == "falling":
        keys = keys[::-1]
    elif order == "shuffled":
        keys = np.random.default_rng(2).permutation(slots)
    plain_nodes[:, 0] = keys
    nodes = CountedRows(plain_nodes, 0)
    root = at.NO_SLOT
    for slot in range(slots):
        root = heap_insert(nodes, orders, root, slot, 0, 1)
    for _ in range(slots):
        root = heap_remove(nodes, orders, root, root, 0, 1)
    assert root == at.NO_SLOT
    # Two reads a comparison; 11 is log2 of the slots. A quadratic heap would need 4 million.
    assert slots < nodes.reads <= 2 * 3 * slots * 11
