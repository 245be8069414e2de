"""Reduce-only orders follow what their owner holds."""

from __future__ import annotations

from matching.layout import EventKind, Instruction, Reason, Side

from .reference_desk import Desk, order_id, row

BUY, SELL = Side.BUY, Side.SELL
A, B, C, D, E = (order_id(number + 1, number) for number in range(5))
REDUCE = Instruction.REDUCE_ONLY


def test_executions_change_both_holdings_and_those_of_strangers_are_not_kept() -> None:
    desk = Desk(owners=2)
    desk.books.submit(0, SELL, 10, 5, owner=1)
    desk.books.submit(0, BUY, 10, 3, owner=0)
    desk.books.submit(0, BUY, 10, 2, owner=9)
    assert (desk.books.holding(0, 0), desk.books.holding(1, 0)) == (3, -5)


def test_a_reduce_only_order_may_at_most_flatten() -> None:
    desk = Desk()
    desk.books.set_holding(1, 0, 5)
    too_large = desk.books.submit(0, SELL, 10, 6, owner=1, instructions=REDUCE)
    assert too_large == [row(EventKind.REJECTED, 0, Reason.REDUCE_ONLY_WOULD_INCREASE, 10, 6)]
    wrong_side = desk.books.submit(0, BUY, 10, 1, owner=1, instructions=REDUCE)
    assert wrong_side == [row(EventKind.REJECTED, 0, Reason.REDUCE_ONLY_WOULD_INCREASE, 10, 1)]
    accepted = desk.books.submit(0, SELL, 10, 5, owner=1, instructions=REDUCE)
    assert accepted == [row(EventKind.ACCEPTED, A, SELL | REDUCE << 8, 10, 5, 5)]
    assert desk.books.amend(A, 10, 6) == [
        row(EventKind.REJECTED, A, Reason.REDUCE_ONLY_WOULD_INCREASE, 10, 6)
    ]


def test_a_corrected_holding_cuts_the_newest_first() -> None:
    desk = Desk()
    desk.books.set_holding(1, 0, 9)
    for price, lots in [(10, 9), (11, 3), (12, 7)]:
        desk.books.submit(0, SELL, price, lots, owner=1, instructions=REDUCE)
    assert desk.books.set_holding(1, 0, 4) == [
        row(EventKind.REDUCED, C, Reason.POSITION_REDUCED, 12, 3, 4, 4),
        row(EventKind.REDUCED, A, Reason.POSITION_REDUCED, 10, 5, 4, 4),
    ]
    desk.books.amend(A, 13, 4)
    assert desk.books.set_holding(1, 0, -4) == [
        row(EventKind.CANCELLED, A, Reason.POSITION_REDUCED, 13, 4),
        row(EventKind.CANCELLED, C, Reason.POSITION_REDUCED, 12, 4),
        row(EventKind.CANCELLED, B, Reason.POSITION_REDUCED, 11, 3),
    ]


def test_the_first_of_several_to_trade_cuts_the_others() -> None:
    desk = Desk()
    desk.books.set_holding(1, 0, 5)
    desk.books.set_holding(2, 0, 4)
    for owner, price, lots in [(1, 10, 5), (2, 10, 4), (1, 12, 5), (2, 12, 2)]:
        desk.books.submit(0, SELL, price, lots, owner=owner, instructions=REDUCE)
    assert desk.books.submit(0, BUY, 10, 8, owner=3)[1:] == [
        row(EventKind.EXECUTED, E, A, 10, 5, 3, 0),
        row(EventKind.EXECUTED, E, B, 10, 3, 0, 1),
        row(EventKind.CANCELLED, C, Reason.POSITION_REDUCED, 12, 5),
        row(EventKind.REDUCED, D, Reason.POSITION_REDUCED, 12, 1, 1, 1),
    ]
    assert [desk.books.holding(owner, 0) for owner in (1, 2, 3)] == [0, 1, 8]


def test_the_aggressors_orders_shrink_before_those_of_the_resting_owner() -> None:
    desk = Desk()
    desk.books.set_holding(1, 0, 3)
    desk.books.set_holding(2, 0, -3)
    desk.books.submit(0, SELL, 20, 3, owner=1, instructions=REDUCE)
    desk.books.submit(0, BUY, 5, 3, owner=2, instructions=REDUCE)
    desk.books.submit(0, SELL, 10, 2, owner=1)
    assert desk.books.submit(0, BUY, 10, 2, owner=2)[2:] == [
        row(EventKind.REDUCED, B, Reason.POSITION_REDUCED, 5, 2, 1, 1),
        row(EventKind.REDUCED, A, Reason.POSITION_REDUCED, 20, 2, 1, 1),
    ]


def test_a_resting_reduce_only_order_is_cut_on_the_way_before_it_trades() -> None:
    desk = Desk()
    desk.books.set_holding(1, 0, 5)
    for price, lots in [(10, 4), (11, 4), (12, 4)]:
        desk.books.submit(0, SELL, price, lots, owner=1, instructions=REDUCE)
    assert desk.books.submit(0, BUY, 12, 9)[1:] == [
        row(EventKind.EXECUTED, D, A, 10, 4, 5, 0),
        row(EventKind.REDUCED, B, Reason.POSITION_REDUCED, 11, 3, 1, 1),
        row(EventKind.EXECUTED, D, B, 11, 1, 4, 0),
        row(EventKind.CANCELLED, C, Reason.POSITION_REDUCED, 12, 4),
    ]
    assert desk.books.holding(1, 0) == 0
    assert desk.books.depth(0, BUY) == [(12, 4, 1)]
