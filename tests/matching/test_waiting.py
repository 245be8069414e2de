"""Orders beside the book: in the order in which they came to wait, and the queue of those due."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matching import layout as at
from matching.book import OrderBooks
from matching.layout import EventKind, Reason, Side, State, TriggerSource
from matching.waiting import append_waiting, push_queue, remove_queued, remove_waiting
from tests.matching.reference_desk import Ask, row
from tests.matching.verbs import Verbs

BUY, SELL = Side


@given(st.lists(st.integers(0, 9), max_size=40))
def test_both_lists_against_plain_ones(choices: list[int]) -> None:
    books = OrderBooks(orders=40)
    books.add_book()
    arrays = books.arrays(np.zeros((0, at.CONDITION_COLUMNS), np.int64))
    books.pool[at.POOL_HIGH_WATER] = 40
    books.order_rows[:, at.ORDER_ID] = np.arange(1, 41)
    waiting: list[int] = []
    queue: list[int] = []
    free = list(range(40))
    for choice in choices:
        idle = [slot for slot in waiting if slot not in queue]
        if choice < 5 or not waiting:
            waiting.append(free.pop(choice % len(free)))
            append_waiting(arrays, 0, np.int64(waiting[-1]), at.LEVEL_DORMANT)
        elif choice < 7 and idle:
            queue.append(idle[choice % len(idle)])
            push_queue(arrays, 0, np.int64(queue[-1]))
        else:
            slot = waiting.pop(choice % len(waiting))
            if slot in queue:
                queue.remove(slot)
                remove_queued(arrays, 0, np.int64(slot))
            remove_waiting(arrays, 0, np.int64(slot))
        assert [order[0] - 1 for order in books.waiting(0)] == waiting
        assert books.rows[0, at.BOOK_QUEUED] == len(queue)
        found, slot = [], int(books.rows[0, at.BOOK_QUEUE_HEAD])
        while slot != at.NO_SLOT:
            found.append(slot)
            slot = int(books.details[slot, at.DETAIL_TRIGGER_NEXT])
        assert found == queue


def test_cancel_all_takes_what_waits_last_and_in_its_order(books: Verbs) -> None:
    books.set_price(0, TriggerSource.MARK, 5)
    stops = [
        books.ask(Ask(BUY, 50, 1, source=2, trigger_ticks=ticks), owner=owner)[0][2]
        for ticks, owner in ((30, 1), (10, 1), (20, 2), (40, 1))
    ]
    resting = books.enter(SELL, 90, 1, owner=1)
    assert books.cancel_all(0, 1) == [
        row(EventKind.CANCELLED, resting, Reason.REQUESTED, 90, 1),
        *(
            row(EventKind.CANCELLED, stops[number], Reason.REQUESTED, 50, 1, 0, 1)
            for number in (0, 1, 3)
        ),
    ]
    assert [order[0] for order in books.waiting(0)] == [stops[2]]


def test_the_queue_is_worked_off_in_the_order_of_being_queued(books: Verbs) -> None:
    books.set_holding(1, 0, 9)
    books.set_price(0, TriggerSource.MARK, 5)
    stop = books.ask(Ask(BUY, 50, 1, source=2, trigger_ticks=30))[0][2]
    books.set_state(0, State.PRE_OPEN)
    reducer = books.ask(Ask(SELL, 90, 1, instructions=16), owner=1)[0][2]
    books.set_price(0, TriggerSource.MARK, 30)
    rows = books.set_state(0, State.OPEN)
    assert [one[2] for one in rows] == [0, reducer, stop]
