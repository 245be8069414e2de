"""Submits and amends answer row by row as their rules say."""

from __future__ import annotations

import pytest

from matching.layout import (
    SLOT_BITS,
    EventKind,
    Instruction,
    Reason,
    Side,
    TimeInForce,
)
from tests.matching.verbs import Verbs

ACCEPTED, EXECUTED, CANCELLED, AMENDED, REJECTED = EventKind
BUY, SELL = Side
REST = Reason.UNFILLED_REMAINDER


def test_ids_carry_the_arrival_and_the_slot_freed_last(books: Verbs) -> None:
    first, second, third = (books.enter(BUY, price, 1) for price in (1, 2, 3))
    assert [first, second, third] == [(n << SLOT_BITS) | n - 1 for n in (1, 2, 3)]
    books.cancel(first)
    books.cancel(third)
    books.submit(0, BUY, 4096, 1)
    assert books.enter(BUY, 1, 1) == 4 << SLOT_BITS | 2
    assert books.enter(BUY, 1, 1) == 5 << SLOT_BITS | 0
    assert books.enter(BUY, 1, 1) == 6 << SLOT_BITS | 3


@pytest.mark.parametrize(
    ("tif", "instructions"),
    [
        (TimeInForce.IOC, Instruction.NONE),
        (TimeInForce.IOC, Instruction.MARKET),
        (TimeInForce.GTC, Instruction.MARKET),
    ],
)
def test_what_may_not_rest_is_cancelled(books: Verbs, tif: int, instructions: int) -> None:
    resting = books.enter(BUY, 10, 3)
    rows = books.submit(0, SELL, 9, 5, tif=tif, instructions=instructions)
    taker = rows[0][2]
    assert rows[1:] == [
        (EXECUTED, 0, taker, resting, 10, 3, 2, 0),
        (CANCELLED, 0, taker, REST, 9, 2, 0, 0),
    ]
    assert books.live == 0


def test_post_only_never_takes(books: Verbs) -> None:
    books.enter(SELL, 10, 1)
    post = {"instructions": Instruction.POST_ONLY}
    refused = books.submit(0, BUY, 10, 1, **post)
    assert refused == [(REJECTED, 0, 0, Reason.POST_ONLY_WOULD_TRADE, 10, 1, 0, 0)]
    resting = books.submit(0, BUY, 9, 2, **post)[0][2]
    refused = books.amend(resting, 10, 2)
    assert refused == [(REJECTED, 0, resting, Reason.POST_ONLY_WOULD_TRADE, 10, 2, 0, 0)]
    assert books.orders(0, BUY) == [(resting, 0, 9, 2, 0)]


def test_a_smaller_size_keeps_the_place_in_the_queue(books: Verbs) -> None:
    first, second = books.enter(BUY, 10, 5), books.enter(BUY, 10, 5)
    assert books.amend(first, 10, 5) == [(AMENDED, 0, first, 10, 10, 5, 5, 1)]
    assert books.amend(first, 10, 2) == [(AMENDED, 0, first, 10, 10, 2, 2, 1)]
    assert [order[0] for order in books.orders(0, BUY)] == [first, second]
    assert books.level(0, BUY, 10) == (7, 2)


@pytest.mark.parametrize(("price_ticks", "qty_lots"), [(10, 6), (11, 5), (11, 2), (9, 5)])
def test_another_price_or_a_larger_size_loses_the_place(
    books: Verbs, price_ticks: int, qty_lots: int
) -> None:
    first = books.enter(BUY, 10, 5)
    second = books.enter(BUY, price_ticks, 5)
    rows = books.amend(first, price_ticks, qty_lots)
    assert rows == [(AMENDED, 0, first, 10, price_ticks, qty_lots, qty_lots, 0)]
    assert [order[0] for order in books.orders(0, BUY)] == [second, first]


def test_an_amend_into_the_other_side_trades_under_the_same_id(books: Verbs) -> None:
    ask = books.enter(SELL, 12, 3)
    bid = books.enter(BUY, 10, 4, owner=5)
    hit = books.submit(0, SELL, 10, 1)
    assert hit[1][3] == bid
    rows = books.amend(bid, 12, 7)
    assert rows == [
        (AMENDED, 0, bid, 10, 12, 7, 7, 0),
        (EXECUTED, 0, bid, ask, 12, 3, 4, 0),
    ]
    assert books.orders(0, BUY) == [(bid, 5, 12, 4, 4)]
    assert books.order(bid).filled_lots == 4
    books.enter(SELL, 13, 4)
    assert books.amend(bid, 13, 4)[-1][6] == 0
    assert books.order(bid) is None
    assert books.cancel(bid) == [(REJECTED, 0, bid, Reason.UNKNOWN_ORDER, 0, 0, 0, 0)]
