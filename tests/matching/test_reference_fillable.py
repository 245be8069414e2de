"""What counts as fillable, seen through fill-or-kill orders of exactly that size and one more."""

from __future__ import annotations

import pytest

from matching.layout import EventKind, Instruction, Link, Prevention, Reason, Side, TimeInForce

from .reference_desk import Ask, Desk, kinds, reasons

BUY, SELL = Side.BUY, Side.SELL


def asks_of(*orders: tuple[int, int, int]) -> Desk:
    desk = Desk()
    for owner, price, lots in orders:
        desk.books.submit(0, SELL, price, lots, owner=owner)
    return desk


def assert_fillable(desk: Desk, lots: int, prevention: int = 0, price: int = 12) -> None:
    """That one lot more is refused without a trace, and that so many trade whole."""
    before = desk.books.orders(0, SELL)
    asked = Ask(BUY, price, lots + 1, tif=TimeInForce.FOK, prevention=prevention)
    assert reasons(desk.enter(asked, owner=1)) == [(0, Reason.FOK_NOT_FILLABLE)]
    assert desk.books.orders(0, SELL) == before
    minimum = Ask(BUY, price, lots + 9, minimum_lots=lots + 1, prevention=prevention)
    assert reasons(desk.enter(minimum, owner=1)) == [(0, Reason.MINIMUM_NOT_FILLABLE)]
    if lots:
        events = desk.enter(asked._replace(qty_lots=lots), owner=1)
        assert sum(event[5] for event in events if event[0] == EventKind.EXECUTED) == lots


def test_whatever_rests_within_the_limit_counts() -> None:
    assert_fillable(asks_of((2, 10, 3), (3, 12, 4), (4, 13, 5)), 7)


def test_the_reserve_of_an_iceberg_counts() -> None:
    desk = asks_of((2, 10, 3))
    desk.enter(Ask(SELL, 10, 20, display_lots=2), owner=2)
    assert_fillable(desk, 23)


@pytest.mark.parametrize(
    ("prevention", "lots"),
    [
        (Prevention.NONE, 12),
        (Prevention.CANCEL_AGGRESSOR, 3),
        (Prevention.CANCEL_RESTING, 8),
        (Prevention.CANCEL_BOTH, 3),
        (Prevention.DECREMENT, 3),
    ],
)
def test_own_orders_do_not_count_or_end_the_count(prevention: int, lots: int) -> None:
    assert_fillable(asks_of((2, 10, 3), (1, 11, 4), (3, 12, 5)), lots, prevention)


def test_a_reserve_that_comes_back_behind_an_own_order_does_not_count() -> None:
    desk = Desk()
    desk.enter(Ask(SELL, 10, 20, display_lots=2), owner=2)
    desk.books.submit(0, SELL, 10, 1, owner=1)
    assert_fillable(desk, 2, Prevention.CANCEL_BOTH)


def test_reduce_only_orders_do_not_count() -> None:
    desk = asks_of((2, 10, 3))
    desk.books.set_holding(3, 0, 9)
    desk.books.submit(0, SELL, 11, 4, owner=3, instructions=Instruction.REDUCE_ONLY)
    assert_fillable(desk, 3)


def test_orders_in_a_ring_do_not_count_because_one_takes_the_other_away() -> None:
    desk = asks_of((2, 12, 3))
    desk.enter(Ask(SELL, 10, 4, link=Link.OCO), [Ask(SELL, 11, 4)], owner=2)
    assert_fillable(desk, 3)


def test_the_breakers_range_ends_the_count() -> None:
    desk = asks_of((2, 100, 1))
    desk.books.submit(0, BUY, 100, 1, owner=3)
    desk.books.set_breaker(0, 20_000, 80, 10, 0)
    assert desk.books.range_ticks(0) == (98, 102)
    for price in (101, 102, 103):
        desk.books.submit(0, SELL, price, 2, owner=2)
    assert_fillable(desk, 4, price=200)


def test_a_minimum_that_can_trade_does_and_the_rest_is_ordinary() -> None:
    desk = asks_of((2, 10, 3))
    events = desk.enter(Ask(BUY, 10, 5, minimum_lots=3), owner=1)
    assert kinds(events) == [EventKind.ACCEPTED, EventKind.EXECUTED]
    assert desk.books.depth(0, BUY) == [(10, 2, 1)]
