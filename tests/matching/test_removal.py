"""However an order ends, nothing of it stays behind in what the books count."""

from __future__ import annotations

import pytest

from matching import layout as at
from matching.book import OrderBooks
from matching.layout import (
    EventKind,
    Instruction,
    Link,
    Reason,
    Side,
    State,
    TimeInForce,
    TriggerSource,
)
from tests.matching.reference_desk import Ask, row
from tests.matching.verbs import OWNERS, Verbs

BUY, SELL = Side
COUNTS = (at.BOOK_ORDERS, at.BOOK_ICEBERGS, at.BOOK_REDUCERS, at.BOOK_QUEUED, at.BOOK_DETAILED)
ENDS = (at.BOOK_WAITING_HEAD, at.BOOK_WAITING_TAIL, at.BOOK_QUEUE_HEAD, at.BOOK_QUEUE_TAIL)


def fill_with_everything(books: Verbs) -> None:
    """Enter one order of each kind for owner 1, none of which trades."""
    timed = {"tif": TimeInForce.GTD, "expiry_ns": 50}
    mark = {"source": TriggerSource.MARK, "trigger_ticks": 900}
    books.set_holding(1, 0, 9)
    books.set_price(0, TriggerSource.MARK, 500)
    books.set_protection(1, 0, 10, 10, 10, 10)
    for ask, linked in (
        (Ask(BUY, 100, 9), []),
        (Ask(BUY, 100, 9, display_lots=3, **timed), []),
        (Ask(SELL, 200, 9, instructions=Instruction.REDUCE_ONLY, **timed), []),
        (Ask(BUY, 101, 9, instructions=Instruction.PROTECTED), []),
        (Ask(BUY, 99, 9, **mark, **timed), []),
        (Ask(BUY, 99, 9, source=2, trailing=True, trail_ticks=700), []),
        (Ask(SELL, 210, 9, link=Link.OCO), [Ask(SELL, 220, 9), Ask(SELL, 230, 9, **mark)]),
        (Ask(SELL, 211, 9, link=Link.OTOCO, **timed), [Ask(BUY, 9, 9), Ask(BUY, 8, 9, **mark)]),
    ):
        rows = books.ask(ask, linked, owner=1)
        assert rows[0][0] == EventKind.ACCEPTED, (ask, rows)
    books.set_state(0, State.PRE_OPEN)
    queued = Ask(SELL, 230, 2, instructions=Instruction.REDUCE_ONLY)
    assert books.ask(queued, owner=1)[0][7] == 1


@pytest.mark.parametrize("way", ["one by one", "all at once", "expired", "reopened and one by one"])
def test_nothing_stays_behind(way: str) -> None:
    books = OrderBooks(orders=1, owners=OWNERS)
    verbs = Verbs(books)
    verbs.add_book()
    fresh = books.rows[0].copy()
    fill_with_everything(verbs)
    assert books.live == 13
    if way == "all at once":
        assert len(verbs.cancel_all(0, 1)) == 13
    elif way == "expired":
        assert len(verbs.set_state(0, State.EXPIRED)) == 14
    else:
        if way == "reopened and one by one":
            verbs.set_state(0, State.OPEN)
        ids = [o[0] for side in Side for o in books.orders(0, side)]
        ids += [order[0] for order in books.waiting(0)]
        for order_id in ids:
            verbs.cancel(order_id)
    assert books.live == 0
    assert books.pool[at.POOL_DETAILED] == 0
    assert books.pool[at.POOL_EXPIRY_ROOT] == at.NO_SLOT
    for column in (*COUNTS, *ENDS, *range(at.BOOK_RISES_ROOT, at.BOOK_INDICATED_TICKS)):
        assert books.rows[0, column] == fresh[column], column
    assert not books.bitmap.any()
    assert (books.owners[:, at.OWNER_REDUCER] == at.NO_SLOT).all()
    assert not books.levels[:, [at.LEVEL_QTY_LOTS, at.LEVEL_ORDERS]].any()


def test_a_cancel_says_whether_the_order_waited(books: Verbs) -> None:
    books.set_price(0, TriggerSource.MARK, 5)
    stop = Ask(BUY, 33, 9, source=TriggerSource.MARK, trigger_ticks=900)
    waiting, resting = books.ask(stop)[0][2], books.enter(BUY, 10, 4)
    assert books.cancel(waiting) == [
        row(EventKind.CANCELLED, waiting, Reason.REQUESTED, 33, 9, 0, 1)
    ]
    assert books.cancel(resting) == [row(EventKind.CANCELLED, resting, Reason.REQUESTED, 10, 4)]
