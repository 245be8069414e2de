"""The rule of the distance against hand-made paths, and legs that are never left alone."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest

from clients.participants.index_arbitrage import IndexArbitrage, IndexArbitrageParams
from clients.participants.pair_arbitrage import Distance, PairParams
from clients.trader import Submit
from marketdata.messages import InstrumentLeg
from tests.clients.market import Market, listed

ONE, TWO, BOTH = "GPU1-30NOV26", "HPR-30NOV26", "GPU1-HPR-30NOV26"


def market_of() -> Market:
    market = Market()
    market.view.instruments.clear()
    market.add(listed(ONE, 1, 2))
    market.add(msgspec.structs.replace(listed(TWO, 2, 2, 720), tick_micros=1_000))
    market.show_tickers()
    return market


def quote(market: Market, one: float, two: float) -> None:
    market.quote(ONE, round(one * 100) - 1, round(one * 100) + 1)
    market.quote(TWO, round(two * 1_000) - 2, round(two * 1_000) + 2)


def arbitrageur(market: Market, **fields: object) -> IndexArbitrage:
    fields = {"warmup": 20, "halflife": 50.0, **fields}
    trader = IndexArbitrage("arb", 1, IndexArbitrageParams(**fields))  # type: ignore[arg-type]
    trader.on_start(market.view, market.now_ns)
    trader.instruments(market.view)
    return trader


def warm_up(market: Market, trader: IndexArbitrage) -> None:
    rng = np.random.default_rng(3)
    for _ in range(60):
        quote(market, 2.60 + rng.choice([-0.01, 0.0, 0.01]), 2.30)
        market.tick(trader)
    assert not any(position.qty_lots for position in market.view.positions.values())


def lots(market: Market) -> tuple[int, int]:
    return market.view.position_lots(ONE), market.view.position_lots(TWO)


def test_the_rule_opens_beyond_entry_closes_within_exit_and_gives_up_beyond_stop() -> None:
    params = PairParams(warmup=2, halflife=1e9, min_edge=0.0)
    distance = Distance(params)
    for sample in (0.0, 0.01, -0.01, 0.01, -0.01):
        distance.see(sample)
    assert distance.direction == 0
    distance.see(0.03)
    assert distance.z > 2
    assert distance.direction == -1, "the first leg is dear"
    distance.see(0.0)
    assert distance.direction == 0
    distance.see(-0.05)
    assert distance.direction == 1, "the first leg is cheap"
    distance.see(-0.5)
    assert (distance.direction, distance.stopped) == (0, True)
    distance.see(-0.001)
    assert not distance.stopped


def test_too_small_a_distance_is_not_worth_the_costs() -> None:
    distance = Distance(PairParams(warmup=2, halflife=1e9, min_edge=0.05))
    for sample in (0.0, 0.001, -0.001, 0.001, 0.03):
        distance.see(sample)
    assert distance.z > 2
    assert distance.direction == 0


def test_the_dear_index_is_sold_against_as_many_hours_of_the_other_and_back() -> None:
    market = market_of()
    trader = arbitrageur(market, unit_hours=14_600, clip_hours=3_650, stop_z=1e9)
    warm_up(market, trader)
    for _ in range(12):
        quote(market, 2.70, 2.30)
        market.tick(trader)
        one, two = lots(market)
        assert abs(one * 730 + two * 720) <= 3_650 + 720, "a clip at most is alone"
    assert one == -20
    assert abs(one * 730 + two * 720) <= 360, "as many hours, to half a lot"
    for _ in range(400):
        quote(market, 2.60, 2.30)
        market.tick(trader)
    assert lots(market) == (0, 0)
    assert trader.report().figures["positions opened"] >= 1


def test_a_leg_that_cannot_be_hedged_is_not_added_to() -> None:
    market = market_of()
    trader = arbitrageur(market, stop_z=1e9)
    warm_up(market, trader)
    quote(market, 2.70, 2.30)
    market.tick(trader)
    assert lots(market)[0] == -5
    # The other side of the second leg is gone: its mid is unknown, nothing more is opened.
    market.outside.pop(TWO)
    market._show(TWO)
    for _ in range(5):
        market.tick(trader)
    assert lots(market)[0] == -5


def test_a_combo_at_no_worse_a_price_is_taken_instead_of_the_legs() -> None:
    market = market_of()
    market.add(
        msgspec.structs.replace(
            listed(BOTH, 3, 2), legs=(InstrumentLeg(ONE, 1), InstrumentLeg(TWO, -1))
        )
    )
    market.show_tickers()
    trader = arbitrageur(market, stop_z=1e9)
    assert BOTH in trader.instruments(market.view)
    warm_up(market, trader)
    quote(market, 2.70, 2.30)
    market.quote(BOTH, 40, 41)
    orders = trader.on_time(market.now_ns + 10**9)
    assert [order.instrument for order in orders if isinstance(order, Submit)] == [BOTH]
    market.quote(BOTH, 30, 41)
    orders = trader.on_time(market.now_ns + 2 * 10**9)
    assert [order.instrument for order in orders if isinstance(order, Submit)] == [ONE]


def test_no_position_is_opened_without_margin_or_just_before_expiry() -> None:
    market = market_of()
    trader = arbitrageur(market, stop_z=1e9)
    warm_up(market, trader)
    market.pay(1_000_000, 10_000)
    quote(market, 2.70, 2.30)
    assert market.tick(trader) == []
    market.pay(1_000_000)
    market.now_ns = market.view.instruments[ONE].expiry_ns - 2 * 86_400 * 10**9
    assert market.tick(trader) == []


def test_hours_and_ratio_are_those_of_the_report() -> None:
    market = market_of()
    trader = arbitrageur(market)
    warm_up(market, trader)
    usual = trader.report().figures[f"{ONE} against {TWO}, usual log ratio"]
    assert usual == pytest.approx(math.log(2.60 / 2.30), abs=0.003)
