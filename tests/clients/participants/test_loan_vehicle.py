"""A loan vehicle through good and bad markets, hedged and not."""

from __future__ import annotations

import math

import pytest

from clients.participants.acts import FleetChange
from clients.participants.credit.covenants import Rung
from clients.participants.credit.grades import Grade
from clients.participants.loan_vehicle import LoanVehicle, LoanVehicleParams
from marketdata.days import NS_PER_DAY
from tests.clients.market import FAR, NEAR, Market
from tests.clients.participants.days import live_through, mark, rental_day


def vehicle(market: Market, **params: object) -> LoanVehicle:
    stated = {
        "fleet_gpus": 100,
        "wrong_way": 0,
        "offtaker": Grade.AA,
        "near_months": 0,
        "gpu_usd": 25_000,
        "appraisal_days": 0,
        "band": 0,
        "senior_part": 0.6,
        "junior_part": 0.15,
    } | params
    made = LoanVehicle("me", 1, LoanVehicleParams(**stated))  # type: ignore[arg-type]
    made.on_start(market.view, market.now_ns)
    return made


def test_the_lease_pays_the_loan() -> None:
    """100 GPUs at 2.60 less 0.60 a GPU-hour bring 144,000 in 30 days; the owners get the rest."""
    market = Market()
    made = vehicle(market, cash_usd=0)
    for number in range(181):
        live_through(market, made, rental_day(number, 2.8))
    assert len(made.served) == 6
    senior, junior = 1_500_000.0, 375_000.0
    payment = senior * 0.07 / 12 / (1 - (1 + 0.07 / 12) ** -36)
    payment += junior * 0.10 / 12 / (1 - (1 + 0.10 / 12) ** -36)
    # The first period has 31 days of the lease: the day of the start and thirty more.
    assert made.served[1].dscr == pytest.approx(144_000 / payment, rel=1e-6)
    flows = [day.spot_micros / 1e6 for day in made.outcome.days if day.spot_micros]
    # First the reserve of three payments fills, then the surplus is the owners'.
    assert sum(flows) == pytest.approx(6 * (144_000 - payment) + 4_800 - 3 * payment, abs=0.01)
    assert all(served.rung is Rung.CLEAR for served in made.served)
    assert made.outcome.survived
    figures = made.report().figures
    assert figures["payments made"] == 6
    assert figures["book value $"] == pytest.approx(2_500_000 * (1 - 180 / (6 * 365)))
    # Without futures both lives are one.
    assert made.report().without["cash flow $"] == figures["cash flow $"]


def test_the_rating_is_withdrawn_with_the_lease() -> None:
    market = Market()
    made = vehicle(market, lease_days=60, offtaker=Grade.BB)
    live_through(market, made, rental_day(0, 2.8))
    assert made.rating(made.outcome.days[0].day) is not None
    assert "senior rating, 1 is AA" in made.report().figures
    live_through(market, made, rental_day(60, 2.8))
    assert made.rating(made.outcome.days[-1].day) is None
    assert "senior rating, 1 is AA" not in made.report().figures


def test_the_hedge_grows_with_ltv() -> None:
    """The lower the curve, the higher LTV and the shorter the vehicle, up to its ratio."""
    shorts = []
    for cents in (400, 280, 240, 180):
        market = Market()
        made = vehicle(market, hedge_from=0.5, hedge_full=0.8, hedge_ratio=1.0, stack=0.0)
        mark(market, NEAR, cents)
        mark(market, FAR, cents)
        live_through(market, made, rental_day(0, cents / 100))
        ltv = made.loan_to_value(made.outcome.days[0].day)
        part = min(1.0, max(0.0, (ltv - 0.5) / 0.3))
        # Of the near month's hours: 100 GPUs at 75 %, discounted by a month at the senior coupon.
        hours = 100 * 0.75 * 730 / 1.07 ** (1 / 12)
        short = -made.target_lots(market.view.instruments[NEAR], market.now_ns)
        assert short == math.floor(part * hours / 730)
        shorts.append(short)
    assert shorts[0] == 0
    assert shorts == sorted(shorts)
    assert shorts[-1] == 74


def test_deferred_months_only_and_the_last_carries_the_stack() -> None:
    market = Market()
    made = vehicle(market, near_months=1, hedge_from=0.0, hedge_full=0.01, hedge_ratio=1, stack=0.1)
    live_through(market, made, rental_day(0, 2.2))
    near, far = market.view.instruments[NEAR], market.view.instruments[FAR]
    assert made.target_lots(near, market.now_ns) == 0
    hours = made._hours
    assert made.target_lots(far, market.now_ns) == -math.floor(
        (hours[1] + 0.1 * sum(hours[2:])) / 730
    )


def test_a_slump_sells_the_fleet_and_the_hedge_saves_it() -> None:
    """The curve falls from 2.80 to 1.60; a full hedge of the listed months gains what cures the loan."""
    market = Market()
    bare = vehicle(market, cash_usd=0)
    for name in (NEAR, FAR):
        mark(market, name, 280)
    live_through(market, bare, rental_day(0, 2.8))
    for number in range(1, 31):
        for name in (NEAR, FAR):
            mark(market, name, 160)
        live_through(market, bare, rental_day(number, 1.6))
    assert bare.served[-1].rung is Rung.FORCED_SALE
    assert not bare.outcome.survived
    assert not bare.outcome.survived_unhedged
    acts = bare.take_acts()
    assert [act.gpus for act in acts if isinstance(act, FleetChange)] == [-100]
    saved_market = Market()
    saved = vehicle(saved_market, cash_usd=0)
    for name in (NEAR, FAR):
        mark(saved_market, name, 280)
        saved_market.hold(name, -1_500)
    for number in range(31):
        # The position is taken over on the second day, and only then the curve falls.
        for name in (NEAR, FAR):
            mark(saved_market, name, 280 if number < 2 else 160)
        live_through(saved_market, saved, rental_day(number, 2.8 if number < 2 else 1.6))
    assert saved.outcome.survived
    assert not saved.outcome.survived_unhedged
    assert saved.fleet.gpus == 100
    report = saved.report()
    assert report.figures["futures P&L $"] == pytest.approx(2 * 1_500 * 730 * 1.2)
    assert (report.figures["survived"], report.without["survived"]) == (1, 0)


def test_an_offtaker_that_fails_leaves_the_fleet_to_the_market() -> None:
    market = Market()
    made = vehicle(market, offtaker=Grade.CCC, wrong_way=1e6, lease_usd=3.0)
    live_through(market, made, rental_day(0, 2.0))
    assert made.offtaker_failed_day == made.outcome.days[0].day
    assert not made.leased(made.outcome.days[0].day)
    live_through(market, made, rental_day(30, 2.0))
    # 31 days of 100 GPUs at 75 % and 2.00, not at the lease's 3.00, less 0.60 an hour.
    revenue = 31 * 24 * 100 * (0.75 * 2.0 - 0.6)
    payment = 1_500_000 * 0.14 / 12 / (1 - (1 + 0.14 / 12) ** -36)
    payment += 375_000 * 0.17 / 12 / (1 - (1 + 0.17 / 12) ** -36)
    assert made.served[0].dscr == pytest.approx(revenue / payment, rel=1e-6)
    assert made.rating(made.outcome.days[-1].day) is None


def test_days_without_a_statement_are_earned_too() -> None:
    market = Market()
    made = vehicle(market)
    live_through(market, made, rental_day(0, 2.8))
    live_through(market, made, rental_day(30, 2.8))
    assert market.now_ns // NS_PER_DAY == made.outcome.days[-1].day + 1
    earned = made.served[0].paid.total_micros
    assert earned == pytest.approx(31 * 24 * 100 * 2.6 * 1e6)
