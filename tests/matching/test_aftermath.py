"""What executions bring about: smaller reduce-only orders, then woken stops."""

from __future__ import annotations

from matching.layout import EventKind, Instruction, Reason, Side, TriggerSource
from tests.matching.reference_desk import Ask, row
from tests.matching.verbs import Verbs

BUY, SELL = Side
REDUCE = {"instructions": Instruction.REDUCE_ONLY}


def test_the_newest_reduce_only_order_shrinks_first(books: Verbs) -> None:
    books.set_holding(1, 0, 5)
    older, newer = (books.submit(0, SELL, 100 + n, 4, owner=1, **REDUCE)[0][2] for n in range(2))
    first = books.submit(0, SELL, 90, 3, owner=1)[0][2]
    rows = books.submit(0, BUY, 90, 3, owner=2)
    taker = rows[0][2]
    assert rows[1:] == [
        row(EventKind.EXECUTED, taker, first, 90, 3, 0, 0),
        row(EventKind.REDUCED, newer, Reason.POSITION_REDUCED, 101, 2, 2, 2),
        row(EventKind.REDUCED, older, Reason.POSITION_REDUCED, 100, 2, 2, 2),
    ]


def test_what_nothing_is_left_of_is_cancelled(books: Verbs) -> None:
    books.set_holding(1, 0, 3)
    resting = books.submit(0, SELL, 100, 3, owner=1, **REDUCE)[0][2]
    books.submit(0, BUY, 90, 3, owner=2)
    rows = books.submit(0, SELL, 90, 3, owner=1)
    assert rows[-1] == row(EventKind.CANCELLED, resting, Reason.POSITION_REDUCED, 100, 3)
    assert books.holding(1, 0) == 0
    assert books.depth(0, SELL) == []


def test_the_last_price_of_a_sweep_wakes_stops_behind_the_shrinking(books: Verbs) -> None:
    books.set_holding(1, 0, 2)
    reducer = books.submit(0, SELL, 200, 2, owner=1, **REDUCE)[0][2]
    asks = [books.enter(SELL, price, 1, owner=1) for price in (100, 101)]
    wake = {"source": TriggerSource.LAST}
    high = books.ask(Ask(BUY, 50, 1, trigger_ticks=101, **wake))[0][2]
    low = books.ask(Ask(BUY, 51, 1, trigger_ticks=100, **wake))[0][2]
    rows = books.submit(0, BUY, 101, 2, owner=2)
    taker = rows[0][2]
    assert rows[1:] == [
        row(EventKind.EXECUTED, taker, asks[0], 100, 1, 1, 0),
        row(EventKind.EXECUTED, taker, asks[1], 101, 1, 0, 0),
        row(EventKind.CANCELLED, reducer, Reason.POSITION_REDUCED, 200, 2),
        row(EventKind.ACTIVATED, low, 100, 51, 1, 1),
        row(EventKind.ACTIVATED, high, 101, 50, 1, 1),
    ]
    assert books.book_prices(0) == (101, None, None)
