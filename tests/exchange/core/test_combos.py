"""Combos follow their legs: marks, moves, the end; their trades are corrected with all legs together."""

from __future__ import annotations

import pytest

from exchange.core import combos, invariants
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import CommandKind, EventKind, Reason, State
from exchange.core.mark_rule import MarkRule
from exchange.core.novation import Fill
from exchange.core.scenario_spec import ScenarioSpec
from exchange.margin.assignment import scenario_command
from tests.exchange.core.lab import BUY, SELL, USD, Lab, Row, submit
from tests.exchange.core.test_legs import GPU1, GPU2, HOURS, SPREAD, market


def mark(instrument: int, price_ticks: int = 0) -> Command:
    return Command(CommandKind.MARK, instrument=instrument, price_ticks=price_ticks)


def traded() -> Lab:
    """Account 0 bought 10 of the spread from account 1 at 0.205, its second leg at 2.80; trade 1."""
    lab = market()
    lab.trade(0, 1, 41, 10, SPREAD)
    return lab


def kinds(rows: list[Row]) -> list[int]:
    return [row[at.EVENT_KIND] for row in rows]


def test_a_combo_is_marked_at_its_legs_from_the_first_moment() -> None:
    lab = market(reference_ticks=0)
    listed = [row for row in lab.events if row[at.EVENT_KIND] == EventKind.INSTRUMENT_LISTED]
    assert listed[SPREAD][at.EVENT_PRICE_TICKS] == 40
    assert combos.mark_ticks(lab.core, SPREAD) == 40
    rows = lab.do(mark(GPU2, 301))
    marked = [
        (row[at.EVENT_INSTRUMENT], row[at.EVENT_PRICE_TICKS], row[at.EVENT_TAG])
        for row in rows
        if row[at.EVENT_KIND] == EventKind.MARKED
    ]
    assert marked == [(GPU2, 301, MarkRule.COMMAND), (SPREAD, -2, MarkRule.LEGS)]
    assert invariants.violations(lab.core) == []


def test_a_combo_takes_no_price_and_no_scenarios_of_its_own() -> None:
    lab = market()
    digest = lab.timeless_digest
    assert lab.reason(mark(SPREAD, 41)) == Reason.INVALID_PRICE
    command = scenario_command(SPREAD, ScenarioSpec(shocks_ppm=[0] * 24, maintenance_ppm=1))
    assert lab.reason(command) == Reason.INVALID_SPEC
    settle = Command(CommandKind.SETTLE, instrument=SPREAD, amount_micros=1)
    assert lab.reason(settle) == Reason.INVALID_AMOUNT
    assert lab.timeless_digest == digest
    assert lab.do(mark(SPREAD)) == []


def test_its_moves_are_those_of_its_legs_together() -> None:
    lab = market()
    shocks = [10_000 * (place - 12) for place in range(24)]
    lab.do(scenario_command(GPU1, ScenarioSpec(shocks_ppm=shocks, maintenance_ppm=500_000)))
    moves = lab.core.moves
    assert (moves[SPREAD] == moves[GPU1] - moves[GPU2]).all()
    lab.do(mark(GPU1, 310))
    assert (moves[SPREAD] == moves[GPU1] - moves[GPU2]).all()
    assert invariants.violations(lab.core) == []


def test_a_working_order_needs_the_margin_that_its_legs_will() -> None:
    """Filled, an order needs no more than it did while it worked; two legs offset as far as they move alike."""
    lab = market()
    lab.order(submit(0, BUY, 40, 10, instrument=SPREAD))
    # A fifth of 0.20 of 7,300 hours; a fifth of each leg would be 8,468.
    assert lab.initial(0) == 292 * USD
    lab.order(submit(1, SELL, 40, 10, instrument=SPREAD))
    assert lab.initial(0) == 292 * USD
    lab.order(submit(0, BUY, 45, 10, instrument=SPREAD))
    # 0.025 above the mark is lost at once: 182.50.
    assert lab.initial(0) == 2 * 292 * USD + 182_500_000


def test_a_combo_that_undoes_risk_needs_none() -> None:
    lab = Lab(*market().core.specs[:2], deposits=(10**6 * USD, 2_300 * USD))
    lab.trade(1, 0, 300, 5, GPU1)
    lab.do(
        Command(CommandKind.LIST_INSTRUMENT, text=market().batches[0].texts[2]),
    )
    lab.trade(0, 1, 280, 3, GPU2)
    # Nothing but margin is left, and still the spread may be sold: it takes risk away.
    spare = lab.cash(1) - lab.initial(1)
    lab.do(Command(CommandKind.TRANSFER, 1, amount_micros=-spare))
    assert lab.cash(1) == lab.initial(1)
    assert lab.reason(submit(1, BUY, 40, 2, instrument=SPREAD)) == Reason.INSUFFICIENT_MARGIN
    assert lab.reason(submit(1, SELL, 40, 2, instrument=SPREAD)) == Reason.NONE


def test_it_ends_with_the_first_leg_that_settles() -> None:
    lab = traded()
    resting = lab.order(submit(2, BUY, 30, 1, instrument=SPREAD))
    rows = lab.do(Command(CommandKind.SETTLE, instrument=GPU2, amount_micros=2_800_000))
    assert kinds(rows)[:2] == [EventKind.CANCELLED, EventKind.STATE_CHANGED]
    assert rows[0][at.EVENT_ORDER_ID] == resting
    assert rows[1][at.EVENT_INSTRUMENT] == SPREAD
    assert lab.core.instruments[SPREAD, at.INSTRUMENT_STATE] == State.EXPIRED
    assert lab.lots(0, GPU1) == 10
    assert lab.reason(submit(0, BUY, 40, 1, instrument=SPREAD)) == Reason.INSTRUMENT_NOT_OPEN
    lab.do(mark(GPU1, 305))
    assert invariants.violations(lab.core) == []


def bust(trade_id: int) -> Command:
    return Command(CommandKind.BUST, order_id=trade_id)


def test_a_bust_undoes_all_legs_to_the_last_micro() -> None:
    lab = traded()
    lab.do(mark(GPU1, 320))
    lab.do(mark(GPU2, 250))
    for leg in (2, 3):
        assert lab.reason(bust(leg)) == Reason.LEG_OF_COMBO
    rows = lab.do(bust(1))
    assert kinds(rows) == [EventKind.TRADE_BUSTED] * 3
    assert [row[at.EVENT_TAG] for row in rows] == [1, 2, 3]
    assert [row[at.EVENT_RESTING_ORDER_ID] for row in rows] == [0, 3_650_000, 0]
    assert [lab.cash(account) for account in (0, 1)] == [10**6 * USD] * 2
    assert not lab.core.positions[:, :, at.POSITION_LOTS].any()
    assert lab.reason(bust(1)) == Reason.TRADE_BUSTED
    assert lab.reason(bust(2)) == Reason.TRADE_BUSTED
    assert invariants.violations(lab.core) == []


def test_an_adjusted_price_moves_the_first_leg() -> None:
    lab = traded()
    adjust = Command(CommandKind.ADJUST, order_id=1, price_ticks=38)
    rows = lab.do(adjust)
    # 0.19 less 2.80 is 2.99, on the tick again: 0.015 of 7,300 hours come back.
    assert [row[at.EVENT_PRICE_TICKS] for row in rows] == [38, 299]
    assert [row[at.EVENT_RESTING_LEAVES_LOTS] for row in rows] == [41, 300]
    assert [row[at.EVENT_RESTING_ORDER_ID] for row in rows] == [0, 0]
    assert [row[at.EVENT_ORDER_ID] for row in rows] == [0, 3_650_000]
    assert lab.cash(0) == 10**6 * USD - 50 * USD + 10_000 * 10 * HOURS
    lab.do(bust(1))
    assert [lab.cash(account) for account in (0, 1)] == [10**6 * USD] * 2
    assert invariants.violations(lab.core) == []


def test_a_trade_is_given_up_with_its_legs_and_its_fee() -> None:
    lab = traded()
    before = lab.cash(0)
    rows = lab.do(Command(CommandKind.GIVE_UP, 0, order_id=1, qty_lots=2))
    assert kinds(rows) == [EventKind.TRADE_GIVEN_UP] * 3
    assert [row[at.EVENT_SIDE] for row in rows] == [BUY, BUY, SELL]
    assert [row[at.EVENT_RESTING_ACCOUNT] for row in rows] == [2, 2, 2]
    assert [lab.lots(2, n) for n in range(3)] == [10, -10, 0]
    assert (lab.cash(0), lab.cash(2)) == (10**6 * USD, before)
    assert lab.reason(Command(CommandKind.GIVE_UP, 0, order_id=1, qty_lots=2)) == (
        Reason.UNKNOWN_TRADE
    )
    lab.do(bust(1))
    assert lab.cash(2) == 10**6 * USD
    assert invariants.violations(lab.core) == []


def test_no_correction_once_a_leg_has_settled() -> None:
    lab = traded()
    lab.do(Command(CommandKind.SETTLE, instrument=GPU1, amount_micros=3_000_000))
    digest = lab.timeless_digest
    assert lab.reason(bust(1)) == Reason.INSTRUMENT_NOT_OPEN
    assert lab.timeless_digest == digest


def test_a_block_of_a_combo_is_what_the_book_would_have_made() -> None:
    by_book, by_hand = traded(), market()
    rows = by_hand.do(
        Command(CommandKind.BLOCK_TRADE, 0, SPREAD, order_id=1, price_ticks=41, qty_lots=10)
    )
    assert kinds(rows) == [EventKind.BLOCK_TRADED] + [EventKind.LEG_BOOKED] * 2
    legs = [row for row in by_book.events if row[at.EVENT_KIND] == EventKind.LEG_BOOKED]
    for ours, theirs in zip(rows[1:], legs, strict=True):
        ours[at.EVENT_ORDER_ID] = theirs[at.EVENT_ORDER_ID]
        ours[at.EVENT_RESTING_ORDER_ID] = theirs[at.EVENT_RESTING_ORDER_ID]
        assert ours[at.EVENT_INSTRUMENT :] == theirs[at.EVENT_INSTRUMENT :]
    assert (by_hand.core.positions[0] == by_book.core.positions[0]).all()
    # A block pays the taker's fee on both sides.
    assert by_hand.cash(1) == by_book.cash(1) - 30 * USD
    by_hand.do(bust(1))
    assert [by_hand.cash(account) for account in (0, 1)] == [10**6 * USD] * 2
    assert invariants.violations(by_hand.core) == []


@pytest.mark.parametrize(("price_ticks", "first"), [(41, (300, 3_650_000)), (-1, (279, 3_650_000))])
def test_the_fills_of_legs_add_up_to_the_combo_s(price_ticks: int, first: tuple[int, int]) -> None:
    core = market().core
    legs = combos.fills_of_legs(core, Fill(0, SPREAD, SELL, price_ticks, 3, 7))
    assert legs == [Fill(0, GPU1, SELL, first[0], 3, 0, first[1]), Fill(0, GPU2, BUY, 280, 3, 0, 0)]
    assert combos.fills_of_legs(core, Fill(0, GPU1, SELL, 300, 3, 7)) == []
