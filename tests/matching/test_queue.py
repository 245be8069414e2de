"""The pool's slots and a level's queue against plain lists."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matching import layout as at
from matching.arrays import Arrays
from matching.book import OrderBooks
from matching.layout import Side
from matching.queue import (
    best_index,
    dequeue,
    enqueue,
    find_slot,
    free_slot,
    head,
    is_level,
    ladder_index,
    ladder_start,
    next_level,
    take_slot,
)

NO_CONDITIONS = np.zeros((0, at.CONDITION_COLUMNS), np.int64)


def arrays_of(books: OrderBooks) -> Arrays:
    return books.arrays(NO_CONDITIONS)


@given(st.lists(st.integers(-1, 9), min_size=5, max_size=40))
def test_the_slot_freed_last_is_taken_first(choices: list[int]) -> None:
    arrays = arrays_of(OrderBooks(orders=64))
    orders, pool = arrays.orders, arrays.pool
    taken: list[int] = []
    free: list[int] = []
    fresh = arrivals = 0
    for choice in choices:
        if choice < 0 or not taken:
            slot = int(take_slot(arrays))
            arrivals += 1
            if free:
                assert slot == free.pop()
            else:
                assert slot == fresh
                fresh += 1
            order_id = arrivals << at.SLOT_BITS | slot
            assert orders[slot, at.ORDER_ID] == order_id
            assert find_slot(arrays, np.int64(order_id)) == slot
            taken.append(slot)
        else:
            slot = taken.pop(choice % len(taken))
            order_id = orders[slot, at.ORDER_ID]
            free_slot(arrays, np.int64(slot))
            free.append(slot)
            assert find_slot(arrays, order_id) == at.NO_SLOT
        assert pool[at.POOL_FREE_COUNT] == len(free)
        assert pool[at.POOL_HIGH_WATER] == fresh


@given(
    st.sampled_from(Side),
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), min_size=10, max_size=60),
)
def test_queues_keep_arrival_whatever_leaves(side: int, moves: list[tuple[int, int]]) -> None:
    books = OrderBooks(orders=64)
    books.add_book(4096)
    arrays = arrays_of(books)
    ladder: dict[int, list[int]] = {100: [], 101: [], 4095: []}
    prices = list(ladder)
    for kind, choice in moves:
        index = np.int64(prices[choice % 3])
        if kind or not ladder[index]:
            slot = take_slot(arrays)
            books.order_rows[slot, at.ORDER_LEAVES_LOTS] = choice + 1
            books.order_rows[slot, at.ORDER_TERMS] = side
            enqueue(arrays, 0, int(side), index, slot)
            assert ladder_index(arrays, slot) == index
            ladder[index].append(int(slot))
        else:
            slot = np.int64(ladder[index].pop(choice % len(ladder[index])))
            dequeue(arrays, 0, slot)
            free_slot(arrays, slot)
        start = int(ladder_start(arrays, 0, int(side)))
        for price_ticks, queue in ladder.items():
            assert head(arrays, start + price_ticks) == (queue[0] if queue else at.NO_SLOT)
            lots = sum(int(books.order_rows[slot, at.ORDER_LEAVES_LOTS]) for slot in queue)
            assert books.level(0, side, price_ticks) == (lots, len(queue))
        best_first = sorted(ladder, reverse=side == Side.BUY)
        occupied = [price for price in best_first if ladder[price]]
        found = [order[0] & at.SLOT_MASK for order in books.orders(0, side)]
        assert found == [slot for price in occupied for slot in ladder[price]]
        walked, step = [], np.int64(best_index(arrays, 0, int(side)))
        while is_level(arrays, 0, step):
            walked.append(int(step))
            step = np.int64(next_level(arrays, 0, int(side), step))
        assert walked == occupied
