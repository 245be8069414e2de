"""The bankruptcy price: by hand, and by what selling there leaves."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from exchange.core import bankruptcy
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from exchange.core.scenario_spec import ScenarioSpec
from tests.exchange.core.lab import USD, Lab, perpetual, spec

TICK = 7_300_000


def lab(deposit: int = 50_000) -> Lab:
    free = {"maker_fee_micros": 0, "taker_fee_micros": 0}
    deposits = (deposit * USD, 10**6 * USD, 10**6 * USD)
    return Lab(spec(**free), perpetual(**free), deposits=deposits)


def mark(market: Lab, ticks: int, instrument: int = 0) -> None:
    market.do(Command(CommandKind.MARK, instrument=instrument, price_ticks=ticks))


def test_a_long_s_price_is_below_the_mark_by_its_equity() -> None:
    market = lab()
    market.trade(0, 1, 300, 100)
    mark(market, 240)
    # 50,000 - 60 ticks x 100 lots x 7.30 = 6,200 $; 730 $ a tick: 8 ticks leave 360 $, 9 would lack 370.
    assert market.cash(0) == 6_200 * USD
    assert bankruptcy.price_ticks(market.core, 0, 0) == 232
    assert bankruptcy.price_ticks(market.core, 0, 0, cover_micros=370 * USD) == 231
    assert bankruptcy.price_ticks(market.core, 0, 0, fee_micros=3_600_000) == 232
    assert bankruptcy.price_ticks(market.core, 0, 0, fee_micros=3_600_001) == 233
    assert bankruptcy.allowed_micros(market.core, 0, 0, 25) == 1_550 * USD
    assert (
        bankruptcy.share(market.core, 0, 0).weight * 100
        == bankruptcy.share(market.core, 0, 0).total
    )


def test_a_short_s_price_is_above_it_and_below_zero_equity_turns_it_round() -> None:
    market = lab()
    market.trade(1, 0, 300, 100)
    mark(market, 360)
    assert bankruptcy.price_ticks(market.core, 0, 0) == 368
    mark(market, 370)
    # -1,100 $: each lot must gain 11 $, two ticks.
    assert market.cash(0) == -1_100 * USD
    assert bankruptcy.price_ticks(market.core, 0, 0) == 368
    assert bankruptcy.allowed_micros(market.core, 0, 0, 1) == -11 * USD


def test_equity_is_shared_in_proportion_to_standalone_maintenance() -> None:
    market = lab()
    market.trade(0, 1, 300, 100)
    market.trade(1, 0, 3_000, 10_000, instrument=1)
    # 15 % of 300 x 7.30 x 100 and of 3.00 x 10,000: 32,850 and 4,500 of 37,350 $.
    assert bankruptcy.held_lots(market.core, 0) == {0: 100, 1: -10_000}
    assert bankruptcy.lot_weights(market.core, [0, 1]) == [328_500_000, 450_000]
    assert bankruptcy.allowed_micros(market.core, 0, 0, 100) == floor(
        Fraction(50_000 * USD * 32_850, 37_350)
    )
    ticks = floor(Fraction(50_000 * 4_500, 37_350) / 10)
    assert bankruptcy.price_ticks(market.core, 0, 1) == 3_000 + ticks


def test_without_any_risk_the_value_decides() -> None:
    market = lab()
    market.trade(0, 1, 300, 10)
    still = ScenarioSpec(shocks_ppm=[0] * at.SCENARIOS, maintenance_ppm=1)
    text = msgspec.json.encode(still).decode()
    market.do(Command(CommandKind.SET_SCENARIOS, instrument=0, text=text))
    assert bankruptcy.lot_weights(market.core, [0]) == [300 * TICK]
    assert bankruptcy.price_ticks(market.core, 0, 0) == 300 - 50_000 * USD // (10 * TICK)


@given(
    st.integers(-90, 90).filter(bool),
    st.integers(-9_000, 9_000).filter(bool),
    st.integers(250, 350),
    st.integers(2_500, 3_500),
    st.integers(0, 20_000),
)
def test_closing_all_there_leaves_the_rounding_and_nothing_owed(
    first: int, second: int, first_mark: int, second_mark: int, cover: int
) -> None:
    market = lab(60_000)
    for instrument, (price, lots) in enumerate(((300, first), (3_000, second))):
        buyer, seller = (0, 1) if lots > 0 else (1, 0)
        market.trade(buyer, seller, price, abs(lots), instrument)
    mark(market, first_mark)
    mark(market, second_mark, 1)
    left, most = market.cash(0) + cover * USD, 0
    for instrument, (ticks, lots) in enumerate(((first_mark, first), (second_mark, second))):
        value = market.core.specs[instrument].tick_value_micros
        price = bankruptcy.price_ticks(market.core, 0, instrument, cover_micros=cover * USD)
        left += (price - ticks) * lots * value
        most += abs(lots) * value
    assert 0 <= left < most
