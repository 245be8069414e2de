"""Cancels answer row by row as their rules say."""

from __future__ import annotations

import pytest

from matching.layout import (
    EventKind,
    Reason,
    Side,
)
from tests.matching.verbs import Verbs

ACCEPTED, EXECUTED, CANCELLED, AMENDED, REJECTED = list(EventKind)[:5]
BUY, SELL = Side
REST = Reason.UNFILLED_REMAINDER


def test_cancel_all_takes_one_owner_in_one_book(books: Verbs) -> None:
    other = books.add_book()
    elsewhere = books.submit(other, BUY, 10, 1, owner=1)[0][2]
    best, worse, theirs = (books.enter(BUY, p, 1, owner=o) for p, o in ((9, 1), (8, 1), (9, 2)))
    late = books.enter(BUY, 9, 1, owner=1)
    ask = books.enter(SELL, 20, 1, owner=1)
    rows = books.cancel_all(0, 1)
    assert [row[2] for row in rows] == [best, late, worse, ask]
    assert {row[0] for row in rows} == {CANCELLED}
    assert books.orders(0, BUY) == [(theirs, 2, 9, 1, 0, 0)]
    assert books.order(elsewhere) is not None
    assert books.cancel_all(0, 1) == []
    assert books.cancel_all(2, 1) == [(REJECTED, 0, 0, Reason.UNKNOWN_BOOK, 0, 0, 0, 0)]


def test_a_cancelled_order_is_gone_and_its_id_dead(books: Verbs) -> None:
    first, second, third = (books.enter(SELL, 10, lots, owner=lots) for lots in (1, 2, 3))
    books.submit(0, BUY, 10, 2)
    assert books.cancel(second) == [(CANCELLED, 0, second, Reason.REQUESTED, 10, 1, 0, 0)]
    for dead in (first, second):
        assert books.cancel(dead) == [(REJECTED, 0, dead, Reason.UNKNOWN_ORDER, 0, 0, 0, 0)]
        assert books.order(dead) is None
    assert books.orders(0, SELL) == [(third, 3, 10, 3, 0, 0)]


@pytest.mark.parametrize("order_id", [0, -1, 1, (1 << 63) - 1, -(1 << 63), (1 << 24) - 1, 5 << 24])
def test_any_integer_is_a_safe_id(books: Verbs, order_id: int) -> None:
    books.enter(BUY, 10, 1)
    assert books.order(order_id) is None
    assert books.cancel(order_id) == [(REJECTED, 0, order_id, Reason.UNKNOWN_ORDER, 0, 0, 0, 0)]
    assert books.amend(order_id, 10, 1) == [
        (REJECTED, 0, order_id, Reason.UNKNOWN_ORDER, 10, 1, 0, 0)
    ]
    assert books.live == 1


def test_a_cancel_leaves_the_others_in_their_order(books: Verbs) -> None:
    queue = [books.enter(BUY, 10, 1) for _ in range(7)]
    for position in (3, 0, 4):
        books.cancel(queue.pop(position))
        assert [order[0] for order in books.orders(0, BUY)] == queue
        assert books.level(0, BUY, 10) == (len(queue), len(queue))
