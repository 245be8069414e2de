"""Amends: what keeps its place, what is refused, what becomes of a trigger."""

from __future__ import annotations

import pytest

from matching.layout import (
    MAX_QTY_LOTS,
    CommandKind,
    EventKind,
    Instruction,
    Link,
    Reason,
    Side,
    State,
    TriggerSource,
    TriggerWhen,
)
from matching.reference_amending import Change
from matching.reference_orders import Trigger

from .reference_desk import Ask, Desk, kinds, order_id, reasons, row

BUY, SELL = Side.BUY, Side.SELL
MARK = TriggerSource.MARK
RISES, FALLS = TriggerWhen.RISES, TriggerWhen.FALLS
A, B, C = (order_id(number + 1, number) for number in range(3))


def two_bids() -> Desk:
    desk = Desk()
    desk.books.submit(0, BUY, 10, 5)
    desk.books.submit(0, BUY, 10, 5)
    return desk


def test_less_at_the_same_price_keeps_its_place() -> None:
    desk = two_bids()
    assert desk.books.amend(A, 10, 4) == [row(EventKind.AMENDED, A, 10, 10, 4, 4, 1)]
    assert desk.books.amend(A, 10, 4) == [row(EventKind.AMENDED, A, 10, 10, 4, 4, 1)]
    assert desk.ids(BUY) == [A, B]


def test_more_or_another_price_loses_it() -> None:
    desk = two_bids()
    assert desk.books.amend(A, 10, 6) == [row(EventKind.AMENDED, A, 10, 10, 6, 6, 0)]
    assert desk.ids(BUY) == [B, A]
    assert desk.books.amend(A, 11, 1) == [row(EventKind.AMENDED, A, 10, 11, 1, 1, 0)]
    assert desk.ids(BUY) == [A, B]


def test_the_whole_size_counts_what_is_filled() -> None:
    desk = two_bids()
    desk.books.submit(0, SELL, 10, 2)
    assert reasons(desk.books.amend(A, 10, 2, whole=True)) == [(A, Reason.INVALID_QTY)]
    assert desk.books.amend(A, 10, 5, whole=True) == [row(EventKind.AMENDED, A, 10, 10, 3, 3, 1)]
    assert desk.books.amend(A, 10, 5) == [row(EventKind.AMENDED, A, 10, 10, 5, 5, 0)]


def test_an_amend_that_crosses_trades_and_rests_behind() -> None:
    desk = two_bids()
    desk.books.submit(0, SELL, 12, 3)
    assert desk.books.amend(A, 12, 5) == [
        row(EventKind.AMENDED, A, 10, 12, 5, 5, 0),
        row(EventKind.EXECUTED, A, C, 12, 3, 2, 0),
    ]
    assert desk.books.orders(0, BUY)[0] == (A, 0, 12, 2, 3, 0)


def test_an_iceberg_gives_up_its_reserve_first() -> None:
    desk = Desk()
    desk.enter(Ask(BUY, 10, 9, display_lots=4))
    desk.books.submit(0, SELL, 10, 1)
    assert desk.books.orders(0, BUY)[0][3:] == (3, 1, 5)
    desk.books.amend(A, 10, 5)
    assert desk.books.orders(0, BUY)[0][3:] == (3, 1, 2)
    desk.books.amend(A, 10, 2)
    assert desk.books.orders(0, BUY)[0][3:] == (2, 1, 0)
    desk.books.amend(A, 10, 9)
    assert desk.books.orders(0, BUY)[0][3:] == (4, 1, 5)
    assert reasons(desk.books.amend(A, 10, 257)) == [(A, Reason.INVALID_DISPLAY)]
    assert kinds(desk.books.amend(A, 10, 256)) == [EventKind.AMENDED]


def test_a_waiting_order_keeps_its_place_and_skips_the_markets_checks() -> None:
    desk = Desk()
    stop = Ask(BUY, 10, 5, source=TriggerSource.MARK, trigger_ticks=50)
    desk.enter(stop)
    desk.enter(stop)
    desk.books.set_band(0, 0, 20)
    assert desk.books.amend(A, 30, 9) == [row(EventKind.AMENDED, A, 10, 30, 9, 9, 1)]
    assert [waiting[0] for waiting in desk.books.waiting(0)] == [A, B]
    assert desk.books.waiting(0)[0][3:5] == (30, 9)


def test_a_market_orders_price_is_a_collar_while_it_waits_and_fixed_once_it_rests() -> None:
    desk = Desk()
    market = Instruction.MARKET
    stop = Ask(BUY, 5, 5, instructions=market, source=TriggerSource.MARK, trigger_ticks=50)
    desk.enter(stop)
    assert reasons(desk.books.amend(A, 4096, 5)) == [(A, Reason.INVALID_PRICE)]
    assert desk.books.amend(A, 0, 5) == [row(EventKind.AMENDED, A, 5, 0, 5, 5, 1)]
    desk.books.set_state(0, State.PRE_OPEN)
    desk.books.submit(0, BUY, 7, 5, instructions=market)
    desk.books.submit(0, BUY, 7, 5, instructions=market)
    assert desk.books.amend(B, -9, 4) == [row(EventKind.AMENDED, B, 4095, 4095, 4, 4, 1)]
    assert desk.books.amend(B, 9, 6) == [row(EventKind.AMENDED, B, 4095, 4095, 6, 6, 0)]
    assert desk.ids(BUY) == [C, B]


def test_before_an_auction_an_amend_does_not_trade() -> None:
    desk = two_bids()
    desk.books.submit(0, SELL, 12, 5)
    desk.books.set_state(0, State.PRE_OPEN)
    assert desk.books.amend(A, 13, 5) == [row(EventKind.AMENDED, A, 10, 13, 5, 5, 0)]
    assert (desk.books.best_bid(0), desk.books.best_ask(0)) == (13, 12)


def test_a_post_only_amend_is_refused_or_repriced() -> None:
    desk = Desk()
    desk.books.submit(0, BUY, 10, 5, instructions=Instruction.POST_ONLY)
    reprice = Instruction.POST_ONLY | Instruction.REPRICE
    desk.books.submit(0, BUY, 10, 5, instructions=reprice)
    desk.books.submit(0, SELL, 12, 5)
    assert reasons(desk.books.amend(A, 12, 5)) == [(A, Reason.POST_ONLY_WOULD_TRADE)]
    assert desk.books.amend(B, 15, 5) == [row(EventKind.AMENDED, B, 10, 11, 5, 5, 0)]
    assert desk.books.amend(B, 13, 4) == [row(EventKind.AMENDED, B, 11, 11, 4, 4, 1)]


@pytest.mark.parametrize(
    ("price", "lots", "reason"),
    [
        (10, 0, Reason.INVALID_QTY),
        (10, MAX_QTY_LOTS + 1, Reason.INVALID_QTY),
        (4096, 5, Reason.INVALID_PRICE),
        (21, 5, Reason.PRICE_ABOVE_BAND),
    ],
)
def test_a_refused_amend_changes_nothing(price: int, lots: int, reason: Reason) -> None:
    desk = two_bids()
    desk.books.set_band(0, 0, 20)
    refused = [row(EventKind.REJECTED, A, reason, price, lots)]
    assert desk.books.amend(A, price, lots) == refused
    assert desk.books.orders(0, BUY) == [(A, 0, 10, 5, 0, 0), (B, 0, 10, 5, 0, 0)]


@pytest.mark.parametrize(
    ("when", "trail", "moved"), [(RISES, 3, 103), (RISES, 9, 109), (FALLS, 3, 97), (FALLS, 9, 91)]
)
def test_another_trail_hangs_on_the_same_peak(when: int, trail: int, moved: int) -> None:
    trigger = Trigger(MARK, when, None, 5)
    trigger.follow(100)
    following = trigger.amended(0, trail)
    assert (following.price_ticks, following.trail_ticks) == (moved, trail)
    asleep = Trigger(MARK, when, None, 5).amended(0, trail)
    assert (asleep.price_ticks, asleep.trail_ticks) == (None, trail)
    fixed = Trigger(MARK, when, 40).amended(50, 0)
    assert (fixed.price_ticks, fixed.trail_ticks, fixed.when) == (50, 0, when)


def test_an_amend_without_a_condition_row_leaves_the_trigger() -> None:
    desk = Desk()
    desk.enter(Ask(BUY, 10, 5, source=MARK, trigger_ticks=50))
    desk.books.amend(A, 12, 4)
    assert desk.books.waiting(0)[0][3:] == (12, 4, -1, 50)
    desk.books.amend(A, 12, 4, trigger_ticks=0)
    assert desk.books.waiting(0)[0][6] == 0
    assert Change(1, 1, None).condition is None


def test_a_condition_row_outside_the_table_is_refused() -> None:
    desk = Desk()
    desk.enter(Ask(BUY, 10, 5, source=MARK, trigger_ticks=50))
    for named in (-1, 2, 1 << 40):
        command = (CommandKind.AMEND, 0, A, 0, 0, 10, 5, named)
        assert reasons(desk.books.apply([command], [[0] * 11])) == [(A, Reason.INVALID_TERMS)]


def test_a_dormant_orders_trigger_is_looked_at_when_its_turn_comes() -> None:
    desk = Desk()
    desk.books.set_price(0, MARK, 20)
    stop = Ask(SELL, 5, 1, source=MARK, when=FALLS, trigger_ticks=10)
    desk.enter(Ask(BUY, 30, 1, link=Link.OTO), [stop])
    assert kinds(desk.books.amend(B, 5, 1, trigger_ticks=25)) == [EventKind.AMENDED]
    filled = desk.books.submit(0, SELL, 30, 1)
    assert filled[-1] == row(EventKind.ACTIVATED, B, 25, 5, 1, 1)
