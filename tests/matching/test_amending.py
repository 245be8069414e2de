"""Amends: what keeps its place, what goes to the back, what is refused."""

from __future__ import annotations

import pytest

from matching.layout import EventKind, Instruction, Reason, Side, State, TriggerSource
from tests.matching.reference_desk import Ask, row
from tests.matching.verbs import Verbs

BUY, SELL = Side
AMENDED = EventKind.AMENDED


def test_a_smaller_size_keeps_the_place_in_the_queue(books: Verbs) -> None:
    first, second = books.enter(BUY, 10, 5), books.enter(BUY, 10, 5)
    assert books.amend(first, 10, 5) == [row(AMENDED, first, 10, 10, 5, 5, 1)]
    assert books.amend(first, 10, 2) == [row(AMENDED, first, 10, 10, 2, 2, 1)]
    assert books.ids(BUY) == [first, second]
    assert books.level(0, BUY, 10) == (7, 2)


@pytest.mark.parametrize(("price_ticks", "qty_lots"), [(10, 6), (11, 5), (11, 2), (9, 5)])
def test_another_price_or_a_larger_size_loses_the_place(
    books: Verbs, price_ticks: int, qty_lots: int
) -> None:
    first = books.enter(BUY, 10, 5)
    second = books.enter(BUY, price_ticks, 5)
    rows = books.amend(first, price_ticks, qty_lots)
    assert rows == [row(AMENDED, first, 10, price_ticks, qty_lots, qty_lots, 0)]
    assert books.ids(BUY) == [second, first]


def test_an_amend_into_the_other_side_trades_under_the_same_id(books: Verbs) -> None:
    ask = books.enter(SELL, 12, 3)
    bid = books.enter(BUY, 10, 4, owner=5)
    hit = books.submit(0, SELL, 10, 1)
    assert hit[1][3] == bid
    rows = books.amend(bid, 12, 7)
    assert rows == [
        row(AMENDED, bid, 10, 12, 7, 7, 0),
        row(EventKind.EXECUTED, bid, ask, 12, 3, 4, 0),
    ]
    assert books.orders(0, BUY) == [(bid, 5, 12, 4, 4, 0)]
    assert books.order(bid).filled_lots == 4
    books.enter(SELL, 13, 4)
    assert books.amend(bid, 13, 4)[-1][6] == 0
    assert books.order(bid) is None
    assert books.cancel(bid) == [row(EventKind.REJECTED, bid, Reason.UNKNOWN_ORDER, 0, 0)]


def test_a_whole_size_counts_what_is_filled(books: Verbs) -> None:
    bid = books.enter(BUY, 10, 6)
    books.submit(0, SELL, 10, 4)
    assert books.amend(bid, 10, 5, whole=True) == [row(AMENDED, bid, 10, 10, 1, 1, 1)]
    for whole_lots in (4, 3, 0, -1):
        assert books.amend(bid, 10, whole_lots, whole=True) == [
            row(EventKind.REJECTED, bid, Reason.INVALID_QTY, 10, whole_lots)
        ]
    assert books.amend(bid, 10, 5) == [row(AMENDED, bid, 10, 10, 5, 5, 0)]


def test_an_iceberg_gives_up_reserve_first(books: Verbs) -> None:
    order_id = books.ask(Ask(BUY, 10, 20, display_lots=5))[0][2]
    books.amend(order_id, 10, 7)
    assert books.orders(0, BUY) == [(order_id, 0, 10, 5, 0, 2)]
    books.amend(order_id, 10, 3)
    assert books.orders(0, BUY) == [(order_id, 0, 10, 3, 0, 0)]
    books.amend(order_id, 10, 320)
    assert books.orders(0, BUY) == [(order_id, 0, 10, 5, 0, 315)]
    assert books.amend(order_id, 10, 321)[0][3] == Reason.INVALID_DISPLAY


def test_a_waiting_order_keeps_its_place_whatever_changes(books: Verbs) -> None:
    books.set_price(0, TriggerSource.MARK, 5)
    stop = Ask(BUY, 30, 2, source=TriggerSource.MARK, trigger_ticks=9)
    first, second = books.ask(stop)[0][2], books.ask(stop)[0][2]
    assert books.amend(first, 77, 9) == [row(AMENDED, first, 30, 77, 9, 9, 1)]
    assert [order[:5] for order in books.waiting(0)] == [
        (first, 0, BUY, 77, 9),
        (second, 0, BUY, 30, 2),
    ]


def test_checks_come_in_their_order(books: Verbs) -> None:
    books.set_holding(1, 0, -3)
    books.enter(SELL, 50, 1)
    post_only = books.submit(0, BUY, 10, 1, instructions=Instruction.POST_ONLY)[0][2]
    reducer = books.submit(0, BUY, 10, 2, owner=1, instructions=Instruction.REDUCE_ONLY)[0][2]
    books.set_band(0, 0, 60)

    def reason(order_id: int, price_ticks: int, qty_lots: int) -> int:
        (answer,) = books.amend(order_id, price_ticks, qty_lots)
        assert answer == row(EventKind.REJECTED, order_id, answer[3], price_ticks, qty_lots)
        return int(answer[3])

    assert reason(7, -1, 0) == Reason.UNKNOWN_ORDER
    assert reason(post_only, -1, 0) == Reason.INVALID_QTY
    assert reason(post_only, 4096, 1) == Reason.INVALID_PRICE
    assert reason(post_only, 61, 1) == Reason.PRICE_ABOVE_BAND
    assert reason(reducer, 10, 4) == Reason.REDUCE_ONLY_WOULD_INCREASE
    assert reason(post_only, 50, 1) == Reason.POST_ONLY_WOULD_TRADE
    books.set_state(0, State.HALTED)
    assert reason(post_only, 61, 1) == Reason.NOT_OPEN
