"""The unlevered fund holds its NAV in the front month and leaves it on schedule."""

from __future__ import annotations

import msgspec
import pytest

from clients.participants.etf import Etf, EtfParams
from clients.trader import Submit
from marketdata.days import NS_PER_DAY
from marketdata.messages import MICROS, InstrumentLeg
from tests.clients.market import FAR, NEAR, Market, listed

SPREAD = "GPU1-FS-31DEC26_30NOV26"


def market_of() -> Market:
    market = Market()
    market.show_tickers(**{NEAR.replace("-", "_"): 280, FAR.replace("-", "_"): 278})
    market.quote(NEAR, 279, 281)
    market.quote(FAR, 277, 279)
    market.pay(500_000 * MICROS)
    return market


def etf(market: Market, **fields: object) -> Etf:
    fields = {"flow_a_day": 0.0, "chasing": 0.0, "fee_a_year": 0.0, **fields}
    trader = Etf("etf", 5, EtfParams(nav_usd=2_044_000.0, **fields))  # type: ignore[arg-type]
    trader.on_start(market.view, market.now_ns)
    trader.instruments(market.view)
    return trader


def held(market: Market) -> tuple[int, int]:
    return market.view.position_lots(NEAR), market.view.position_lots(FAR)


def test_the_whole_nav_is_in_the_front_month_at_its_mark() -> None:
    # 2,044,000 $ at 2.80 $ are 730,000 GPU-hours, 1,000 lots.
    market = market_of()
    market.view.instruments[NEAR] = msgspec.structs.replace(
        market.view.instruments[NEAR], expiry_ns=market.now_ns + 40 * NS_PER_DAY
    )
    trader = etf(market, clip_hours=365_000)
    for _ in range(4):
        market.tick(trader)
    assert held(market) == (1_000, 0)
    assert market.tick(trader) == []
    assert trader.report().figures[f"{NEAR} part of NAV"] == pytest.approx(1.0)


def test_it_rolls_a_fifth_a_day_and_is_out_before_expiry() -> None:
    market = market_of()
    expiry_ns = market.view.instruments[NEAR].expiry_ns
    market.now_ns = expiry_ns - 11 * NS_PER_DAY
    trader = etf(market, clip_hours=1e9)
    parts = []
    for _ in range(8):
        for _ in range(4):
            market.tick(trader)
        parts.append(held(market)[0] / 1_000)
        market.now_ns += NS_PER_DAY
    assert parts == pytest.approx([1.0, 0.8, 0.6, 0.4, 0.2, 0.0, 0.0, 0.0], abs=0.001)
    assert held(market)[1] == round(2_044_000 / 2.78 / 730)


def test_the_spread_is_taken_where_it_is_no_dearer() -> None:
    market = market_of()
    market.add(
        msgspec.structs.replace(
            listed(SPREAD, 4, 1), legs=(InstrumentLeg(FAR, 1), InstrumentLeg(NEAR, -1))
        )
    )
    market.show_tickers(
        **{NEAR.replace("-", "_"): 280, FAR.replace("-", "_"): 278, SPREAD.replace("-", "_"): -2}
    )
    market.hold(NEAR, 1_000)
    market.now_ns = market.view.instruments[NEAR].expiry_ns - 2 * NS_PER_DAY
    trader = etf(market)
    assert SPREAD in trader.instruments(market.view)
    # By outrights the roll costs 279 − 279 = 0 ticks a lot.
    market.quote(SPREAD, -3, 0)
    (order,) = trader.on_time(market.now_ns)
    assert isinstance(order, Submit)
    assert (order.instrument, order.side.value, order.price_ticks) == (SPREAD, "buy", 0)
    market.quote(SPREAD, -3, 1)
    names = [
        order.instrument for order in trader.on_time(market.now_ns) if isinstance(order, Submit)
    ]
    assert names == [NEAR, FAR]


def test_small_drifts_are_left_alone() -> None:
    market = market_of()
    market.view.instruments[NEAR] = msgspec.structs.replace(
        market.view.instruments[NEAR], expiry_ns=market.now_ns + 40 * NS_PER_DAY
    )
    trader = etf(market, clip_hours=1e9)
    market.hold(NEAR, 985)
    assert market.tick(trader) == []
    market.hold(NEAR, 975)
    assert market.tick(trader)
