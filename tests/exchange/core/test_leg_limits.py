"""A combo is traded while its legs are, and no further than each of them may go."""

from __future__ import annotations

import pytest

from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.instrument import Leg
from exchange.core.layout import CommandKind, EventKind, Instruction, Reason, State
from tests.exchange.core.lab import BUY, SELL, USD, combo, listing, submit
from tests.exchange.core.test_legs import GPU1, GPU2, SPREAD, market


def state(instrument: int, value: int) -> Command:
    return Command(CommandKind.SET_STATE, instrument=instrument, qty_lots=value)


def limit(instrument: int, lots: int) -> Command:
    return Command(CommandKind.SET_POSITION_LIMIT, instrument=instrument, qty_lots=lots)


@pytest.mark.parametrize("leg", [GPU1, GPU2])
@pytest.mark.parametrize("leg_state", [State.HALTED, State.PRE_OPEN, State.CLOSED])
def test_no_combo_without_its_legs(leg: int, leg_state: State) -> None:
    lab = market()
    resting = lab.order(submit(1, SELL, 40, 5, instrument=SPREAD))
    lab.do(state(leg, leg_state))
    for command in (
        submit(0, BUY, 40, 1, instrument=SPREAD),
        Command(CommandKind.AMEND, 1, order_id=resting, price_ticks=39, qty_lots=5),
    ):
        assert lab.reason(command) == Reason.INSTRUMENT_NOT_OPEN
    lab.do(Command(CommandKind.CANCEL, 1, order_id=resting))
    assert lab.core.books.order(resting) is None
    lab.do(state(leg, State.OPEN))
    lab.trade(0, 1, 40, 1, SPREAD)
    assert invariants.violations(lab.core) == []


def test_an_auction_waits_for_the_legs() -> None:
    lab = market(breaker_move_ticks=2, breaker_window_ns=8_000, breaker_pause_ns=3_000)
    lab.trade(0, 1, 40, 1, SPREAD)
    lab.order(submit(1, SELL, 50, 1, instrument=SPREAD))
    rows = lab.do(submit(0, BUY, 50, 1, instrument=SPREAD))
    assert EventKind.STATE_CHANGED in [row[at.EVENT_KIND] for row in rows]
    lab.do(state(GPU2, State.HALTED))
    lab.ts_ns += 10_000
    assert lab.do(Command(CommandKind.ADVANCE)) == []
    assert lab.reason(state(SPREAD, State.OPEN)) == Reason.INSTRUMENT_NOT_OPEN
    lab.do(state(GPU2, State.OPEN))
    rows = lab.do(Command(CommandKind.ADVANCE))
    assert [row[at.EVENT_KIND] for row in rows][:2] == [
        EventKind.UNCROSSED,
        EventKind.LEG_BOOKED,
    ]
    assert lab.lots(0, GPU1) == 2


def test_a_leg_counts_its_position_its_orders_and_the_combo_s() -> None:
    lab = market()
    lab.do(limit(GPU2, 20))
    lab.trade(1, 0, 280, 4, GPU2)
    lab.order(submit(0, SELL, 290, 5, instrument=GPU2))
    lab.order(submit(0, BUY, 30, 3, instrument=SPREAD))
    # Short 4, 5 and 3 more work; 8 are left.
    assert lab.reason(submit(0, BUY, 30, 9, instrument=SPREAD)) == Reason.POSITION_LIMIT
    order = lab.order(submit(0, BUY, 30, 8, instrument=SPREAD))
    amend = Command(CommandKind.AMEND, 0, order_id=order, price_ticks=30, qty_lots=9)
    assert lab.reason(amend) == Reason.POSITION_LIMIT
    # The other way the position is closed first.
    lab.order(submit(0, SELL, 60, 24, instrument=SPREAD))
    assert lab.reason(submit(0, SELL, 60, 1, instrument=SPREAD)) == Reason.POSITION_LIMIT


@pytest.mark.parametrize("other_side", [BUY, SELL])
def test_all_combos_of_a_leg_count_together_and_with_its_own_orders(other_side: int) -> None:
    """Buying a second spread sells GPU2 as the first does where its ratio there is negative, too."""
    ratio = -1 if other_side == BUY else 1
    legs = (Leg("GPU1-31DEC26", 1), Leg("GPU2-31DEC26", ratio))
    lab = market()
    lab.do(
        listing(combo("SECOND", family="SECOND", legs=legs, reference_ticks=0, band_ticks=2_000))
    )
    second = len(lab.core.specs) - 1
    mark_ticks = int(lab.core.instrument(second)[at.INSTRUMENT_MARK_TICKS])
    lab.do(limit(GPU2, 20))
    first = lab.order(submit(0, BUY, 30, 12, instrument=SPREAD))
    too_many = submit(0, other_side, mark_ticks, 9, instrument=second)
    assert lab.reason(too_many) == Reason.POSITION_LIMIT
    lab.order(submit(0, other_side, mark_ticks, 5, instrument=second))
    own = submit(0, SELL, 290, 4, instrument=GPU2)
    assert lab.reason(own) == Reason.POSITION_LIMIT
    lab.order(submit(0, SELL, 290, 3, instrument=GPU2))
    assert lab.reason(submit(0, BUY, 30, 1, instrument=SPREAD)) == Reason.POSITION_LIMIT
    assert invariants.violations(lab.core) == []
    # What is cancelled, or has traded, works no more.
    lab.do(Command(CommandKind.CANCEL, 0, order_id=first))
    lab.order(submit(0, SELL, 290, 12, instrument=GPU2))
    lab.order(submit(1, 1 - other_side, mark_ticks, 5, instrument=second))
    assert lab.lots(0, GPU2) == -5
    assert lab.reason(own) == Reason.POSITION_LIMIT
    assert invariants.violations(lab.core) == []


def test_a_restricted_leg_is_only_closed() -> None:
    lab = market()
    lab.trade(0, 1, 40, 3, SPREAD)
    lab.do(Command(CommandKind.RESTRICT, 0, GPU2, qty_lots=1))
    assert lab.reason(submit(0, BUY, 40, 1, instrument=SPREAD)) == Reason.RESTRICTED
    assert lab.reason(submit(0, SELL, 40, 4, instrument=SPREAD)) == Reason.RESTRICTED
    lab.order(submit(0, SELL, 40, 3, instrument=SPREAD))


def test_a_combo_has_no_position_to_reduce() -> None:
    lab = market()
    lab.trade(0, 1, 40, 3, SPREAD)
    reducing = submit(0, SELL, 40, 1, instrument=SPREAD, instructions=Instruction.REDUCE_ONLY)
    assert lab.reason(reducing) == Reason.REDUCE_ONLY_WOULD_INCREASE


def test_an_order_s_value_counts_whatever_its_sign() -> None:
    # 40 ticks of 3.65 USD are 146 USD a lot.
    lab = market(max_order_micros=1_460 * USD)
    for side, price_ticks in ((BUY, 40), (SELL, 40), (SELL, -40)):
        too_large = submit(0, side, price_ticks, 11, instrument=SPREAD)
        said = lab.reason(too_large)
        assert said == Reason.VALUE_ABOVE_MAXIMUM
        lab.order(submit(0, side, price_ticks, 10, instrument=SPREAD))
