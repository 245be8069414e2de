"""Plain orders answer row by row as their rules say."""

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

ACCEPTED, EXECUTED, CANCELLED, AMENDED, REJECTED = list(EventKind)[:5]
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
    assert books.orders(0, BUY) == [(resting, 0, 9, 2, 0, 0)]
