"""Net asset value: what creations, fees and gains do to it, by hand."""

from __future__ import annotations

import pytest

from clients.participants.etf import Etf, EtfParams
from marketdata.messages import MICROS
from tests.clients.market import Market

DAY_S = 86_400


def fund(market: Market, **fields: object) -> Etf:
    fields = {"flow_a_day": 0.0, "chasing": 0.0, "nav_usd": 1_000_000.0, **fields}
    trader = Etf("fund", 5, EtfParams(shares=10_000.0, **fields))  # type: ignore[arg-type]
    market.pay(200_000 * MICROS)
    trader.on_start(market.view, market.now_ns)
    return trader


def test_gains_of_the_account_belong_to_the_shares() -> None:
    market = Market()
    trader = fund(market)
    assert trader.nav_per_share == 100.0
    market.pay(250_000 * MICROS)
    assert trader.nav_micros == 1_050_000 * MICROS
    assert trader.nav_per_share == 105.0


def test_creations_and_redemptions_change_nobodys_share() -> None:
    market = Market()
    trader = fund(market)
    market.pay(250_000 * MICROS)
    trader.create(1_000)
    assert trader.nav_per_share == pytest.approx(105.0)
    assert trader.nav_micros == pytest.approx((1_050_000 + 105_000) * MICROS, rel=1e-12)
    trader.create(-5_500)
    assert trader.nav_per_share == pytest.approx(105.0)
    assert trader.flows_micros == pytest.approx((1_000 - 5_500) * 105 * MICROS, rel=1e-9)
    trader.create(-1e9)
    assert trader.shares == 5_500, "no more than there are"


def test_fees_and_yield_accrue_by_the_day_also_over_days_without_a_decision() -> None:
    market = Market()
    trader = fund(market, fee_a_year=0.0365, yield_a_year=0.073)
    market.tick(trader)
    market.tick(trader, DAY_S)
    assert trader.nav_micros == pytest.approx(1_000_000 * (1 - 0.0001 + 0.0002) * MICROS)
    market.tick(trader, 3 * DAY_S)
    assert trader.fund_fees_micros == pytest.approx(400 * MICROS, rel=1e-3)


def test_investors_follow_returns() -> None:
    market = Market()
    trader = fund(market, chasing=0.5)
    market.tick(trader)
    market.tick(trader, DAY_S)
    assert trader.shares == pytest.approx(10_000, rel=1e-4)
    market.pay(300_000 * MICROS)
    market.tick(trader, DAY_S)
    assert trader.shares == pytest.approx(10_000 * 1.05, rel=1e-3), "half of ten per cent"


def test_a_fund_without_value_issues_nothing_and_holds_nothing() -> None:
    market = Market()
    trader = fund(market)
    market.pay(-900_000 * MICROS)
    assert trader.nav_micros < 0
    trader.create(100)
    assert trader.shares == 10_000
    assert trader.target_hours(2.8e6) == 0
