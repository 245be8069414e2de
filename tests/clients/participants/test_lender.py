"""A lender is paid, hedges the more the less it is covered, and forecloses."""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest

from clients.participants.lender import Lender, LenderParams
from tests.clients.market import FAR, NEAR, Market
from tests.clients.participants.days import live_through, mark, rental_day


def lender(market: Market, **params: object) -> Lender:
    stated = {"fleet_gpus": 100, "gpu_usd": 25_000, "appraisal_days": 0, "band": 0} | params
    made = Lender("me", 1, LenderParams(**stated))  # type: ignore[arg-type]
    made.on_start(market.view, market.now_ns)
    return made


def test_it_earns_the_coupon_less_its_funding() -> None:
    market = Market()
    made = lender(market, rate=0.12, funding_rate=0.06)
    for number in range(0, 91, 30):
        live_through(market, made, rental_day(number, 3.0))
    owed = 100 * 25_000 * 0.7
    payment = owed * 0.01 / (1 - 1.01**-36)
    earned = []
    for _ in range(3):
        earned.append(owed * (0.12 - 0.06) / 12)
        owed -= payment - owed * 0.01
    flows = [day.spot_micros / 1e6 for day in made.outcome.days]
    assert flows == [0, *(pytest.approx(each, abs=1e-4) for each in earned)]
    assert made.loan.balance_micros / 1e6 == pytest.approx(owed, abs=1e-3)
    assert made.payments == 3


def test_the_short_is_mertons() -> None:
    """Short N(−d1) of each month's hours, with d1 computed here from value, debt and term."""
    shorts = []
    for cents in (320, 260, 200):
        market = Market()
        made = lender(market, stack=0.5)
        mark(market, NEAR, cents)
        mark(market, FAR, cents)
        live_through(market, made, rental_day(0, cents / 100))
        day = made.outcome.days[0].day
        value, debt, years = made.value_micros(day) / 1e6, 1_750_000, 1.5
        d1 = (math.log(value / debt) + (0.11 + 0.045) * years) / (0.3 * math.sqrt(years))
        part = NormalDist().cdf(-d1)
        month = 100 * 0.75 * 730
        hours = [month / 1.11 ** (k / 12) for k in range(1, 61)]
        # Months that do not pay their running cost carry no price.
        earns = [0.75 * price > 600_000 for price in made._appraisal.forwards]
        hours = [each * earn for each, earn in zip(hours, earns, strict=True)]
        near, far = (market.view.instruments[name] for name in (NEAR, FAR))
        assert made.target_lots(near, market.now_ns) == -math.floor(part * hours[0] / 730)
        stacked = hours[1] + 0.5 * sum(hours[2:])
        assert made.target_lots(far, market.now_ns) == -math.floor(part * stacked / 730)
        shorts.append(made.target_lots(far, market.now_ns))
    assert shorts[0] > shorts[1] > shorts[2]


def test_a_borrower_under_water_hands_over_the_keys() -> None:
    market = Market()
    made = lender(market)
    live_through(market, made, rental_day(0, 2.8))
    live_through(market, made, rental_day(29, 1.2))
    value = made.value_micros(made.outcome.days[-1].day)
    assert 1_750_000e6 / value > 1.2
    live_through(market, made, rental_day(30, 1.2))
    lost = made.lost_micros
    value = 1_750_000e6 - lost
    assert 0 < value < 1_750_000e6 / 1.2 * 0.85
    funding = 1_750_000e6 * 0.055 / 12
    assert made.outcome.days[-1].spot_micros == pytest.approx(-lost - funding, abs=2)
    live_through(market, made, rental_day(60, 1.2))
    assert made.outcome.days[-1].spot_micros == 0
    assert made.report().figures["owed to it $"] == 0
    assert made.target_lots(market.view.instruments[NEAR], market.now_ns) == 0
