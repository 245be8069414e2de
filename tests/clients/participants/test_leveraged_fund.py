"""Leveraged and inverse funds trade (L² − L)·NAV·r at the close, on the side of the move."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from clients.participants.leveraged_fund import (
    LeveragedFund,
    LeveragedFundParams,
    rebalance_micros,
)
from clients.trader import Submit
from tests.clients.market import FAR, NEAR, Market

# A Tuesday; 16:00 in Chicago is 21:00 UTC in summer.
OPEN_NS = int(datetime(2026, 9, 22, 14, tzinfo=UTC).timestamp()) * 10**9
CLOSE_NS = int(datetime(2026, 9, 22, 21, tzinfo=UTC).timestamp()) * 10**9
MINUTE_NS = 60 * 10**9


@pytest.mark.parametrize(
    ("leverage", "traded"), [(2, -20), (3, -60), (-1, -20), (-2, -60), (-3, -120), (1, 0)]
)
def test_the_formula_for_100_millions_and_a_fall_of_a_tenth(leverage: float, traded: float) -> None:
    assert rebalance_micros(leverage, 100e6, -0.10) == pytest.approx(traded * 1e6)


def market_of() -> Market:
    market = Market()
    market.now_ns = OPEN_NS
    market.view.instruments[NEAR] = msgspec.structs.replace(
        market.view.instruments[NEAR],
        tick_micros=1_000,
        max_order_lots=10**9,
        expiry_ns=OPEN_NS + 60 * 86_400 * 10**9,
    )
    del market.view.instruments[FAR]
    price(market, 2_800)
    market.pay(0)
    return market


def price(market: Market, ticks: int) -> None:
    market.show_tickers(**{NEAR.replace("-", "_"): ticks})
    market.quote(NEAR, ticks, ticks + 1, 10**9)


def fund(market: Market, leverage: float) -> LeveragedFund:
    params = LeveragedFundParams(
        instruments=NEAR,
        leverage=leverage,
        nav_usd=100e6,
        flow_a_day=0.0,
        chasing=0.0,
        fee_a_year=0.0,
        clip_hours=1e12,
    )
    trader = LeveragedFund("fund", 1, params)
    trader.on_start(market.view, market.now_ns)
    trader.instruments(market.view)
    return trader


def settle(market: Market, trader: LeveragedFund, ticks: int) -> None:
    """Move the price and pay the account what its position gained."""
    gained = (ticks - 2_800) * 1_000 * 730 * market.view.position_lots(NEAR)
    price(market, ticks)
    market.pay(gained)


@pytest.mark.parametrize(
    ("leverage", "traded"), [(2, -20), (3, -60), (-1, -20), (-2, -60), (-3, -120)]
)
def test_a_fund_of_100_millions_trades_so_much_after_a_fall_of_a_tenth(
    leverage: float, traded: float
) -> None:
    market = market_of()
    trader = fund(market, leverage)
    market.tick(trader)
    before = market.view.position_lots(NEAR)
    assert before * 730 * 2.8 == pytest.approx(leverage * 100e6, rel=1e-4)
    settle(market, trader, 2_520)
    market.now_ns = CLOSE_NS - 40 * MINUTE_NS
    assert market.tick(trader) == [], "not before the window"
    market.now_ns = CLOSE_NS
    market.tick(trader)
    dollars = (market.view.position_lots(NEAR) - before) * 730 * 2.52
    assert dollars == pytest.approx(traded * 1e6, rel=1e-4)


def test_the_trade_is_cut_in_slices_over_the_window() -> None:
    market = market_of()
    trader = fund(market, 2.0)
    market.tick(trader)
    before = market.view.position_lots(NEAR)
    settle(market, trader, 2_520)
    done = []
    for minute in (30, 24, 18, 12, 6, 0):
        market.now_ns = CLOSE_NS - minute * MINUTE_NS - 10**9
        equity = market.view.account
        assert equity is not None
        market.tick(trader)
        done.append(before - market.view.position_lots(NEAR))
    whole = 20e6 / 2.52 / 730
    assert [round(each / whole, 2) for each in done[:-1]] == [0.0, 0.2, 0.4, 0.6, 0.8]
    assert done[-1] == pytest.approx(whole, rel=0.01)


def test_a_close_that_was_slept_through_is_made_up_once() -> None:
    market = market_of()
    trader = fund(market, -1.0)
    market.tick(trader)
    settle(market, trader, 2_520)
    market.now_ns = CLOSE_NS + 4 * 3_600 * 10**9
    (order,) = market.tick(trader)
    assert isinstance(order, Submit)
    assert order.side.value == "sell"
    market.now_ns += 3_600 * 10**9
    assert market.tick(trader) == []
    assert trader.report().figures["rebalances"] == 1


def test_a_zone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="time_zone"):
        LeveragedFund("fund", 1, LeveragedFundParams(time_zone="Mars/Olympus"))
