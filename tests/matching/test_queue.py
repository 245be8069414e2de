"""The pool's slots and a level's queue against plain lists."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matching import layout as at
from matching.book import OrderBooks
from matching.queue import dequeue, enqueue, free_slot, take_slot


@given(st.lists(st.integers(-1, 9), min_size=5, max_size=40))
def test_the_slot_freed_last_is_taken_first(choices: list[int]) -> None:
    orders = np.zeros((64, at.ORDER_COLUMNS), np.int64)
    pool = np.zeros(at.POOL_COUNTERS, np.int64)
    pool[at.POOL_FREE_HEAD] = at.NO_SLOT
    taken: list[int] = []
    free: list[int] = []
    fresh = arrivals = 0
    for choice in choices:
        if choice < 0 or not taken:
            slot = int(take_slot(orders, pool))
            arrivals += 1
            if free:
                assert slot == free.pop()
            else:
                assert slot == fresh
                fresh += 1
            assert orders[slot, at.ORDER_ID] == arrivals << at.SLOT_BITS | slot
            taken.append(slot)
        else:
            slot = taken.pop(choice % len(taken))
            free_slot(orders, pool, slot)
            free.append(slot)
            assert orders[slot, at.ORDER_ID] == 0
        assert pool[at.POOL_FREE_COUNT] == len(free)
        assert pool[at.POOL_HIGH_WATER] == fresh


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), min_size=10, max_size=60))
def test_queues_keep_arrival_whatever_leaves(moves: list[tuple[int, int]]) -> None:
    books = OrderBooks(orders=64)
    books.add_book(4096)
    ladder: dict[int, list[int]] = {100: [], 101: [], 4095: []}
    prices = list(ladder)
    for kind, choice in moves:
        index = prices[choice % 3]
        if kind or not ladder[index]:
            slot = take_slot(books.order_rows, books.pool)
            books.order_rows[slot, at.ORDER_LEAVES_LOTS] = choice + 1
            books.order_rows[slot, at.ORDER_TERMS] = 0
            enqueue(
                books.rows, books.levels, books.bitmap, books.order_rows, 0, np.int64(index), slot
            )
            ladder[index].append(int(slot))
        else:
            slot = ladder[index].pop(choice % len(ladder[index]))
            dequeue(books.rows, books.levels, books.bitmap, books.order_rows, 0, slot)
            free_slot(books.order_rows, books.pool, slot)
        for price_ticks, queue in ladder.items():
            lots = sum(int(books.order_rows[slot, at.ORDER_LEAVES_LOTS]) for slot in queue)
            assert books.level(0, 0, price_ticks) == (lots, len(queue))
        found = [order[0] & at.SLOT_MASK for order in books.orders(0, 0)]
        assert found == [slot for price in sorted(ladder, reverse=True) for slot in ladder[price]]
        best = max((price for price, queue in ladder.items() if queue), default=None)
        assert books.best_bid(0) == best
