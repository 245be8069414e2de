"""The neocloud sells its production, the deferred months more."""

from __future__ import annotations

import pytest

from clients.participants.acts import FleetChange
from clients.participants.neocloud import Neocloud, NeocloudParams
from tests.clients.market import FAR, NEAR, Market
from tests.clients.participants.days import account, live_through, rental_day


def test_production_is_sold_and_tilted_to_later_months() -> None:
    """100 GPUs at 80 % make 58,400 hours a month, 80 lots; a tilt of 0.5 splits them 64 and 96."""
    market = Market()
    params = NeocloudParams(
        fleet_gpus=100,
        utilisation=0.8,
        hedge_ratio=1,
        build_s=1,
        tilt=0.5,
        clip_lots=100,
        anchor_part=0,
    )
    cloud = Neocloud("cloud", 1, params)
    cloud.on_start(market.view, market.now_ns)
    market.quote(NEAR, 279, 281)
    market.quote(FAR, 276, 278)
    market.tick(cloud, 2)
    assert market.view.position_lots(NEAR) == -64
    assert market.view.position_lots(FAR) == -96
    assert cloud.report().figures["hedged part"] == 1.0


def test_a_bid_far_below_the_curve_is_not_hit() -> None:
    market = Market(index=2.8)
    params = NeocloudParams(build_s=1, max_cost=0.05, instruments=NEAR)
    cloud = Neocloud("cloud", 1, params)
    cloud.on_start(market.view, market.now_ns)
    market.quote(NEAR, 250, 252)
    assert market.tick(cloud, 2) == []
    market.quote(NEAR, 270, 272)
    assert market.tick(cloud, 2)


def cloud(market: Market, **params: object) -> Neocloud:
    stated = {"build_s": 1, "instruments": NEAR, "anchor_part": 0, "gpu_usd": 25_000} | params
    made = Neocloud("me", 1, NeocloudParams(**stated))  # type: ignore[arg-type]
    made.on_start(market.view, market.now_ns)
    return made


def test_the_big_customer_pays_its_fixed_price_and_is_not_hedged() -> None:
    market = Market()
    trader = cloud(market, anchor_part=0.25, anchor_usd=2.0, anchor_days=365, hedge_ratio=1)
    live_through(market, trader, rental_day(0, 3.0, sold_hours=1_000, gpus=100, utilisation=0.8))
    # A quarter of the hours at 2, the rest at 3.
    assert trader.outcome.days[0].spot_micros == (750 * 3 + 250 * 2) * 1_000_000
    near = market.view.instruments[NEAR]
    assert trader.exposure_hours(near, market.now_ns) == pytest.approx(100 * 0.8 * 730 * 0.75)


def test_instalments_are_paid_once_a_period() -> None:
    market = Market()
    trader = cloud(market, fleet_gpus=10, debt_part=0.5, rate=0.12, loan_years=4, buy_dscr=99)
    for number in range(61):
        live_through(market, trader, rental_day(number, 2.5, sold_hours=180, gpus=10))
    principal, rate = 10 * 25_000 * 0.5, 0.01
    payment = principal * rate / (1 - (1 + rate) ** -48)
    flows = [day.spot_micros / 1e6 for day in trader.outcome.days]
    paid = [450 - flow for flow in flows]
    assert [number for number, each in enumerate(paid) if abs(each) > 1] == [30, 60]
    assert paid[30] == pytest.approx(payment, abs=1e-5)
    balance = principal
    for _ in range(2):
        balance = balance * (1 + rate) - payment
    assert trader.debt_micros / 1e6 == pytest.approx(balance, abs=1e-3)
    assert trader.take_acts() == []


def test_a_boom_is_borrowed_against_and_a_slump_is_not() -> None:
    """Full at 2.8 dollars it borrows and buys, 10 % a period; at a tenth of the rents it cannot."""
    for rents, buys in ((24 * 100, True), (240, False)):
        market = Market()
        trader = cloud(market, fleet_gpus=100, growth=0.1)
        for number in range(31):
            day = rental_day(number, 2.8, sold_hours=rents, gpus=100, utilisation=0.9)
            live_through(market, trader, day)
        acts = trader.take_acts()
        assert [act.gpus for act in acts if isinstance(act, FleetChange)] == [10] * buys
        assert trader.gpus == (110 if buys else 100)
        assert trader.take_acts() == []


def test_margin_pressure_cuts_the_hedge_and_relief_lets_it_grow() -> None:
    market = Market()
    trader = cloud(market, reserve=0.2)
    near = market.view.instruments[NEAR]
    account(market, 1_000, 950)
    live_through(market, trader, rental_day(0, 2.8, gpus=100))
    squeezed = trader.exposure_hours(near, market.now_ns)
    account(market, 1_000, 100)
    live_through(market, trader, rental_day(1, 2.8, gpus=100))
    assert trader.exposure_hours(near, market.now_ns) == pytest.approx(squeezed / 0.8 * 0.85)
