"""Amending icebergs and waiting orders, and what margin the difference needs."""

from __future__ import annotations

import pytest

from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.commands import Command, Conditions
from exchange.core.layout import CommandKind, EventKind, Instruction, Reason, State
from matching.layout import MAX_PEAKS, TriggerSource
from tests.exchange.core.lab import BUY, SELL, USD, Lab, spec, submit

LOT = 438 * USD
FEE = 5 * USD


def amend(order_id: int, price_ticks: int, qty_lots: int, account: int = 0) -> Command:
    kind = CommandKind.AMEND
    return Command(kind, account, order_id=order_id, price_ticks=price_ticks, qty_lots=qty_lots)


def test_a_larger_order_needs_margin_for_the_difference_only() -> None:
    lab = Lab(spec(), deposits=(10 * LOT + 3 * FEE,))
    order_id = lab.order(submit(0, BUY, 300, 3))
    assert lab.reason(amend(order_id, 300, 10)) == Reason.INSUFFICIENT_MARGIN
    assert lab.reason(amend(order_id, 300, 6)) == Reason.NONE
    assert lab.reason(amend(order_id, 300, 9)) == Reason.NONE
    assert lab.initial(0) == 9 * LOT
    # A tick above the mark would be lost on each lot.
    assert lab.reason(amend(order_id, 310, 9)) == Reason.INSUFFICIENT_MARGIN
    assert lab.reason(amend(order_id, 290, 9)) == Reason.NONE
    assert invariants.violations(lab.core) == []


def test_an_iceberg_works_with_its_reserve() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD, 10**6 * USD))
    accepted, conditioned = lab.do(submit(0, BUY, 300, 20, conditions=Conditions(display_lots=5)))
    order_id = accepted[at.EVENT_ORDER_ID]
    assert conditioned[at.EVENT_KIND] == EventKind.CONDITIONED
    assert conditioned[at.EVENT_QTY_LOTS] == 5
    assert lab.core.books.depth(0, BUY) == [(300, 5, 1)]
    assert lab.initial(0) == 20 * LOT
    events = lab.do(submit(1, SELL, 300, 7, tif=1))
    kinds = [row[at.EVENT_KIND] for row in events]
    assert kinds == [
        EventKind.ACCEPTED,
        EventKind.EXECUTED,
        EventKind.REFILLED,
        EventKind.EXECUTED,
    ]
    assert lab.initial(0) == 20 * LOT
    # Smaller, it gives up reserve first and keeps its place.
    assert lab.do(amend(order_id, 300, 4))[0][at.EVENT_RESTING_LEAVES_LOTS] == 1
    assert lab.core.books.depth(0, BUY) == [(300, 3, 1)]
    assert lab.initial(0) == 11 * LOT
    too_large = amend(order_id, 300, 5 * MAX_PEAKS + 1)
    assert lab.reason(too_large) == Reason.INVALID_DISPLAY
    assert invariants.violations(lab.core) == []


def test_a_waiting_order_is_amended_without_band_or_margin() -> None:
    lab = Lab(spec(), deposits=(USD,))
    conditions = Conditions(trigger_ticks=350)
    order_id = lab.order(submit(0, BUY, 310, 1, conditions=conditions, source=TriggerSource.LAST))
    (amended,) = lab.do(amend(order_id, 360, 9))
    assert amended[at.EVENT_KIND] == EventKind.AMENDED
    assert amended[at.EVENT_TAG] == 310
    assert amended[at.EVENT_RESTING_LEAVES_LOTS] == 1
    assert lab.initial(0) == 0
    digest = lab.timeless_digest
    for command, reason in (
        (amend(order_id, 360, 501), Reason.QTY_ABOVE_MAXIMUM),
        (amend(order_id, 0, 1), Reason.INVALID_PRICE),
        (amend(order_id, 4_097, 1), Reason.INVALID_PRICE),
        (amend(order_id, 360, 0), Reason.INVALID_QTY),
    ):
        assert lab.reason(command) == reason
    assert lab.timeless_digest == digest
    order = lab.core.books.order(order_id)
    assert order is not None
    assert (order.price_ticks, order.leaves_lots) == (360, 9)


@pytest.mark.parametrize("collar_ticks", [0, 7])
def test_a_waiting_market_order_keeps_a_collar(collar_ticks: int) -> None:
    lab = Lab(spec(), deposits=(10**6 * USD, 10**6 * USD))
    order_id = lab.order(
        submit(
            0,
            BUY,
            3,
            4,
            conditions=Conditions(trigger_ticks=305),
            source=TriggerSource.LAST,
            instructions=Instruction.MARKET,
        )
    )
    assert lab.reason(amend(order_id, collar_ticks, 4)) == Reason.NONE
    for price_ticks in (305, 310, 313):
        lab.order(submit(1, SELL, price_ticks, 1))
    lab.do(submit(1, BUY, 305, 1))
    # From the best ask, 310, on: any price, or up to seven ticks more.
    assert lab.lots(0) == 2
    assert lab.core.account(0)[at.ACCOUNT_ORDERS] == 0


def retrigger(order_id: int, account: int = 0, **new: int) -> Command:
    command = amend(order_id, 310, 1, account)
    return command._replace(instructions=at.AMEND_TRIGGER, conditions=Conditions(**new))


def test_a_waiting_order_gets_a_new_trigger_and_its_events_say_so() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD, 10**6 * USD))
    conditions = Conditions(trigger_ticks=350, display_lots=1)
    order_id = lab.order(submit(0, BUY, 310, 1, conditions=conditions, source=TriggerSource.LAST))
    amended, conditioned = lab.do(retrigger(order_id, trigger_ticks=305))
    assert amended[at.EVENT_KIND] == EventKind.AMENDED
    assert conditioned[at.EVENT_KIND] == EventKind.CONDITIONED
    assert conditioned[at.EVENT_ORDER_ID] == order_id
    assert (conditioned[at.EVENT_PRICE_TICKS], conditioned[at.EVENT_QTY_LOTS]) == (305, 1)
    lab.order(submit(1, SELL, 305, 1))
    assert EventKind.ACTIVATED in [row[at.EVENT_KIND] for row in lab.do(submit(1, BUY, 305, 1))]
    assert invariants.violations(lab.core) == []


def test_a_new_trail_hangs_on_the_peak_and_is_told() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,))
    trailing = {"source": TriggerSource.MARK, "when": 1, "trailing": 1}
    order_id = lab.order(submit(0, SELL, 310, 1, conditions=Conditions(trail_ticks=20), **trailing))
    _, conditioned = lab.do(retrigger(order_id, trail_ticks=5))
    assert (conditioned[at.EVENT_PRICE_TICKS], conditioned[at.EVENT_LEAVES_LOTS]) == (295, 5)


def test_a_refused_trigger_changes_nothing() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD, 10**6 * USD))
    terms = {"source": TriggerSource.MARK}
    stop = lab.order(submit(0, BUY, 310, 1, conditions=Conditions(trigger_ticks=350), **terms))
    resting = lab.order(submit(0, BUY, 290, 1))
    digest = lab.timeless_digest
    for command, reason in (
        (retrigger(stop, trigger_ticks=300), Reason.TRIGGER_REACHED),
        (retrigger(stop, trigger_ticks=0), Reason.INVALID_TRIGGER),
        (retrigger(stop)._replace(conditions=None), Reason.INVALID_TRIGGER),
        (retrigger(stop, trigger_ticks=4_097), Reason.INVALID_TRIGGER),
        (retrigger(stop, trigger_ticks=360, trail_ticks=1), Reason.INVALID_TRIGGER),
        (retrigger(stop, 1, trigger_ticks=360), Reason.UNKNOWN_ORDER),
        (retrigger(resting, trigger_ticks=360), Reason.INVALID_TRIGGER),
    ):
        assert lab.reason(command) == reason
    assert lab.timeless_digest == digest
    # Conditions without the instruction are none.
    kept = retrigger(stop, trigger_ticks=360)._replace(instructions=0)
    assert [row[at.EVENT_KIND] for row in lab.do(kept)] == [EventKind.AMENDED]
    assert lab.core.books.waiting(0)[0][6] == 350


def test_a_reduce_only_order_is_not_amended_beyond_the_position() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD, 10**6 * USD))
    lab.trade(0, 1, 300, 5)
    order_id = lab.order(submit(0, SELL, 305, 3, instructions=Instruction.REDUCE_ONLY))
    assert lab.reason(amend(order_id, 305, 6)) == Reason.REDUCE_ONLY_WOULD_INCREASE
    assert lab.reason(amend(order_id, 305, 5)) == Reason.NONE
    (shrunk,) = [
        row
        for row in lab.do(submit(1, BUY, 301, 2), submit(0, SELL, 301, 2, tif=1))
        if row[at.EVENT_KIND] == EventKind.REDUCED
    ]
    assert shrunk[at.EVENT_TAG] == Reason.POSITION_REDUCED
    assert shrunk[at.EVENT_LEAVES_LOTS] == lab.lots(0) == 3
    assert invariants.violations(lab.core) == []


def test_an_amend_before_an_auction_does_not_trade() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD, 10**6 * USD))
    order_id = lab.order(submit(0, BUY, 290, 2))
    lab.order(submit(1, SELL, 300, 2))
    lab.do(Command(CommandKind.SET_STATE, instrument=0, qty_lots=State.PRE_OPEN))
    (amended,) = lab.do(amend(order_id, 310, 3))
    assert amended[at.EVENT_KIND] == EventKind.AMENDED
    assert lab.core.books.best_bid(0) == 310
    assert invariants.violations(lab.core) == []
