"""A combo's trade is booked in its legs, exact to the micro-dollar, by hand and for any marks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.instrument import Leg
from exchange.core.layout import CommandKind, EventKind
from tests.exchange.core.lab import BUY, FOK, SELL, USD, Lab, combo, spec, submit

GPU1, GPU2, SPREAD = 0, 1, 2
HOURS = 730


def market(**changes: object) -> Lab:
    """GPU1 is marked at 3.00 and GPU2 at 2.80, so their spread at 0.20, which is 40 ticks."""
    second = spec("GPU2-31DEC26", family="GPU2", reference_ticks=280)
    return Lab(spec(), second, combo(**changes), deposits=(10**6 * USD,) * 3)


def test_the_second_leg_trades_at_its_mark_and_the_first_takes_the_rest() -> None:
    lab = market()
    resting = lab.order(submit(1, SELL, 41, 10, instrument=SPREAD))
    rows = lab.do(submit(0, BUY, 41, 10, instrument=SPREAD))
    assert [row[at.EVENT_KIND] for row in rows] == [
        EventKind.ACCEPTED,
        EventKind.EXECUTED,
        EventKind.LEG_BOOKED,
        EventKind.LEG_BOOKED,
    ]
    acting = rows[0][at.EVENT_ORDER_ID]
    executed, first, second = rows[1:]
    assert executed[at.EVENT_TAG] == 1
    assert (executed[at.EVENT_FEE_MICROS], executed[at.EVENT_RESTING_FEE_MICROS]) == (
        50 * USD,
        20 * USD,
    )
    # 2.80 + 0.205 = 3.005: 300 ticks and half a cent, which is 3.65 USD of a lot.
    told = [[row[column] for column in _LEG_COLUMNS] for row in (first, second)]
    assert told == [
        [GPU1, 0, acting, BUY, 300, 10, 3_650_000, 2, 0, 1, resting, 1, 0],
        [GPU2, 0, acting, SELL, 280, 10, 0, 3, 0, 1, resting, 1, 0],
    ]
    assert [lab.lots(0, n) for n in range(3)] == [10, -10, 0]
    assert [lab.lots(1, n) for n in range(3)] == [-10, 10, 0]
    assert lab.cash(0) == 10**6 * USD - 36_500_000 - 50 * USD
    assert lab.cash(1) == 10**6 * USD + 36_500_000 - 20 * USD
    paid = lab.core.positions[:2, :, at.POSITION_VARIATION_MICROS].tolist()
    assert paid == [[-36_500_000, 0, 0], [36_500_000, 0, 0]]
    assert lab.core.positions[0, :, at.POSITION_FEES_MICROS].tolist() == [0, 0, 50 * USD]
    interest = lab.core.instruments[:, at.INSTRUMENT_OPEN_INTEREST_LOTS].tolist()
    assert interest == [10, 10, 0]
    # The legs count the trade, but stops, breakers and mark rules of theirs do not see it.
    assert lab.core.instruments[:, at.INSTRUMENT_TRADES].tolist() == [1, 1, 1]
    assert lab.core.instruments[:, at.INSTRUMENT_VOLUME_LOTS].tolist() == [0, 0, 10]
    assert lab.core.instruments[SPREAD, at.INSTRUMENT_LAST_TICKS] == 41
    assert invariants.violations(lab.core) == []


_LEG_COLUMNS = (
    at.EVENT_INSTRUMENT,
    at.EVENT_ACCOUNT,
    at.EVENT_ORDER_ID,
    at.EVENT_SIDE,
    at.EVENT_PRICE_TICKS,
    at.EVENT_QTY_LOTS,
    at.EVENT_LEAVES_LOTS,
    at.EVENT_TAG,
    at.EVENT_FEE_MICROS,
    at.EVENT_RESTING_ACCOUNT,
    at.EVENT_RESTING_ORDER_ID,
    at.EVENT_RESTING_LEAVES_LOTS,
    at.EVENT_RESTING_FEE_MICROS,
)


def test_a_spread_may_trade_at_zero_and_below() -> None:
    lab = market(band_ticks=2_000)
    for price_ticks in (0, -3):
        lab.trade(0, 1, price_ticks, 1, SPREAD)
    # Bought at 0 and -0.015 what is marked at 0.20: 0.415 of 730 hours.
    assert lab.core.position(0, GPU1)[at.POSITION_VARIATION_MICROS] == 415_000 * HOURS
    assert invariants.violations(lab.core) == []


def test_an_odd_price_is_realised_and_the_rest_when_the_leg_is_closed() -> None:
    lab = market()
    lab.trade(0, 1, 41, 10, SPREAD)
    lab.trade(1, 0, 310, 10, GPU1)
    # Bought at 3.005, sold at 3.10: 0.095 of 7,300 hours.
    assert lab.core.position(0, GPU1)[at.POSITION_REALISED_MICROS] == 95_000 * 7_300
    assert lab.core.position(0, GPU1)[at.POSITION_VARIATION_MICROS] == 95_000 * 7_300


def test_an_auction_s_trades_are_booked_in_the_legs_too() -> None:
    lab = market()
    lab.do(Command(CommandKind.SET_STATE, instrument=SPREAD, qty_lots=0))
    lab.order(submit(0, BUY, 44, 5, instrument=SPREAD))
    lab.order(submit(1, SELL, 44, 3, instrument=SPREAD))
    rows = lab.do(Command(CommandKind.SET_STATE, instrument=SPREAD, qty_lots=1))
    kinds = [row[at.EVENT_KIND] for row in rows]
    assert kinds[:3] == [EventKind.UNCROSSED, EventKind.LEG_BOOKED, EventKind.LEG_BOOKED]
    assert [lab.lots(0, n) for n in range(3)] == [3, -3, 0]
    assert invariants.violations(lab.core) == []


@given(
    marks=st.tuples(*[st.integers(100, 600)] * 3),
    ratios=st.tuples(*[st.sampled_from([-3, -2, -1, 1, 2])] * 2),
    tick_micros=st.sampled_from([1_000, 2_500, 5_000, 10_000]),
    hours=st.tuples(*[st.sampled_from([672, 720, 730, 744])] * 3),
    off=st.integers(-50, 50),
    lots=st.integers(1, 20),
    side=st.sampled_from([BUY, SELL]),
)
def test_what_legs_pay_is_the_combo_s_price_less_its_mark(
    marks: tuple[int, ...],
    ratios: tuple[int, int],
    tick_micros: int,
    hours: tuple[int, ...],
    off: int,
    lots: int,
    side: int,
) -> None:
    """Whatever the ticks, hours and ratios: cash moves by that, and the loss was in the margin before."""
    names = ("A", "B", "C")
    legs = [
        spec(name, family=name, reference_ticks=mark, contract_hours=own)
        for name, mark, own in zip(names, marks, hours, strict=True)
    ]
    terms = combo(
        legs=tuple(Leg(name, ratio) for name, ratio in zip(names, (1, *ratios), strict=True)),
        tick_micros=tick_micros,
        contract_hours=hours[0],
        base_ticks=-65_536,
        levels=131_072,
        band_ticks=60_000,
        maker_fee_micros=0,
        taker_fee_micros=0,
    )
    lab = Lab(*legs, terms, deposits=(10**8 * USD,) * 2)
    mark_micros = sum(
        ratio * mark * 10_000 for ratio, mark in zip((1, *ratios), marks, strict=True)
    )
    mark = int(lab.core.instruments[3, at.INSTRUMENT_MARK_TICKS])
    assert mark * tick_micros == mark_micros
    lab.order(submit(1, 1 - side, mark + off, lots, instrument=3))
    before = lab.core.positions[1, 3].copy()
    lab.order(submit(0, side, mark + off, lots, instrument=3, tif=FOK))
    gained = -off * tick_micros * hours[0] * lots * (1 - 2 * side)
    assert lab.cash(0) - 10**8 * USD == gained
    assert lab.cash(0) + lab.cash(1) == 2 * 10**8 * USD
    lost_ticklots = before[at.POSITION_BUY_LOSS_TICKLOTS] + before[at.POSITION_SELL_LOSS_TICKLOTS]
    assert lost_ticklots * tick_micros * hours[0] == max(0, gained)
    assert [lab.lots(0, n) for n in range(3)] == [
        ratio * lots * (1 - 2 * side) for ratio in (1, *ratios)
    ]
    assert invariants.violations(lab.core) == []
