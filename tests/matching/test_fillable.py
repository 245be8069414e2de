"""What FOK and a minimum quantity count before anything trades."""

from __future__ import annotations

import pytest

from matching.layout import EventKind, Instruction, Link, Prevention, Reason, Side, TimeInForce
from tests.matching.reference_desk import Ask
from tests.matching.verbs import Verbs

BUY, SELL = Side


@pytest.mark.parametrize(
    ("ask", "lots"),
    [
        (Ask(SELL, 10, 5), 5),
        (Ask(SELL, 11, 5), 5),
        (Ask(SELL, 12, 5), 0),
        (Ask(SELL, 10, 50, display_lots=5), 50),
        (Ask(SELL, 10, 5, instructions=Instruction.REDUCE_ONLY), 0),
        (Ask(SELL, 10, 5, link=Link.OCO), 0),
        (Ask(SELL, 10, 5, link=Link.OTO), 5),
    ],
)
def test_shown_and_reserve_count_but_not_what_may_vanish(books: Verbs, ask: Ask, lots: int) -> None:
    books.set_holding(1, 0, 5)
    books.ask(ask, [Ask(SELL, 90, 1)] if ask.link else [], owner=1)
    fok = {"tif": TimeInForce.FOK, "owner": 7}
    assert books.submit(0, BUY, 11, lots + 1, **fok)[0][3] == Reason.FOK_NOT_FILLABLE
    minimum = Ask(BUY, 11, 99, minimum_lots=lots + 1)
    assert books.ask(minimum, owner=7)[0][3] == Reason.MINIMUM_NOT_FILLABLE
    if lots:
        rows = books.submit(0, BUY, 11, lots, **fok)
        assert sum(row[5] for row in rows if row[0] == EventKind.EXECUTED) == lots


@pytest.mark.parametrize(
    ("prevention", "lots"),
    [
        (Prevention.NONE, 9),
        (Prevention.CANCEL_RESTING, 6),
        (Prevention.CANCEL_AGGRESSOR, 2),
        (Prevention.CANCEL_BOTH, 2),
        (Prevention.DECREMENT, 2),
    ],
)
def test_orders_of_the_own_group_do_not_count_or_end_the_count(
    books: Verbs, prevention: int, lots: int
) -> None:
    books.set_group(6, 7)
    for owner, qty_lots in ((1, 2), (6, 3), (2, 4)):
        books.enter(SELL, 10, qty_lots, owner=owner)
    order = {"tif": TimeInForce.FOK, "owner": 7, "prevention": prevention}
    assert books.submit(0, BUY, 10, lots + 1, **order)[0][3] == Reason.FOK_NOT_FILLABLE
    rows = books.submit(0, BUY, 10, lots, **order)
    assert sum(row[5] for row in rows if row[0] == EventKind.EXECUTED) == lots


def test_a_reserve_behind_the_own_group_is_out_of_reach(books: Verbs) -> None:
    books.ask(Ask(SELL, 10, 10, display_lots=2), owner=1)
    books.enter(SELL, 10, 3, owner=7)
    order = {"tif": TimeInForce.FOK, "owner": 7, "prevention": Prevention.DECREMENT}
    assert books.submit(0, BUY, 10, 3, **order)[0][3] == Reason.FOK_NOT_FILLABLE
    assert books.submit(0, BUY, 10, 2, **order)[0][0] == EventKind.ACCEPTED


def test_prices_beyond_the_range_do_not_count(books: Verbs) -> None:
    books.enter(SELL, 100, 1)
    books.submit(0, BUY, 100, 1)
    books.set_breaker(0, 20_000, 80, 10, 0)
    books.enter(SELL, 102, 3)
    books.enter(SELL, 103, 3)
    fok = {"tif": TimeInForce.FOK}
    assert books.submit(0, BUY, 110, 4, **fok)[0][3] == Reason.FOK_NOT_FILLABLE
    assert books.submit(0, BUY, 110, 3, **fok)[0][0] == EventKind.ACCEPTED
