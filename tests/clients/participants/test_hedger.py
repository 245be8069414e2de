"""Days of a hedger: perfect and no hedges, cash and margin, and life without an economy."""

from __future__ import annotations

import numpy as np
import pytest

from clients import messages as m
from clients.participants.ai_lab import AiLab, AiLabParams
from marketdata.days import NS_PER_DAY
from tests.clients.market import NEAR, Market
from tests.clients.participants.days import account, live_through, mark, rental_day

PRICES = [2.80, 2.95, 2.70, 3.10, 2.90, 2.60, 2.85]


def lab(market: Market, **params: object) -> AiLab:
    stated = {"instruments": NEAR, "build_s": 1, "gpu_hours": 73_000, "months": 3} | params
    trader = AiLab("me", 1, AiLabParams(**stated))  # type: ignore[arg-type]
    trader.on_start(market.view, market.now_ns)
    return trader


def test_a_perfect_hedge_of_value_is_one_and_none_is_zero() -> None:
    """Futures that move with the own price, held against the whole need: nothing is left."""
    market = Market()
    hedged, alone = lab(market, months=1), lab(Market(), hedge_ratio=0)
    mark(market, NEAR, 280)
    # A month's need is 73,000 hours, 100 lots, and the rented hours say the same.
    daily_hours = 73_000 * 12 / 365
    market.hold(NEAR, 100)
    for number, price in enumerate(PRICES):
        mark(market, NEAR, round(price * 100))
        day = rental_day(number, price, rented_hours=daily_hours)
        live_through(market, hedged, day)
        live_through(market, alone, day)
    # The lots came without fills: the account takes them over on the second day.
    days = hedged.outcome.days[2:]
    assert [day.futures_micros for day in days] == [-day.value_micros for day in days]
    assert all(day.value_micros for day in days)
    assert alone.outcome.value_effectiveness() == 0
    assert alone.outcome.hedge_effectiveness() == 0


def test_the_counterfactual_is_what_the_lab_would_have_paid() -> None:
    market = Market()
    trader = lab(market)
    mark(market, NEAR, 280)
    market.tick(trader, 2)
    for number, price in enumerate(PRICES):
        mark(market, NEAR, round(price * 100))
        live_through(market, trader, rental_day(number, price, rented_hours=1_000))
    report = trader.report()
    paid = sum(PRICES) * 1_000
    assert report.without["cash flow $"] == pytest.approx(-paid)
    # Ten lots bought at 2.81; marked at 2.85 at the end: 4 cents on 7,300 hours.
    assert report.figures["cash flow $"] == pytest.approx(-paid + 7_300 * 0.04)
    assert report.figures["futures P&L $"] == pytest.approx(7_300 * 0.04)
    # Against the own price, 2.80 to 2.85 from the first close on, the basis is the rest.
    assert report.figures["basis P&L $"] == pytest.approx(7_300 * (0.04 - 0.05), abs=0.01)
    worst = max(PRICES) * 1_000
    assert report.without["CVaR 95% of a day $"] == pytest.approx(worst)
    flows = trader.outcome.flows(hedged=True)
    assert report.figures["CVaR 95% of a day $"] == pytest.approx(-np.sort(flows)[0] / 1e6)


def test_a_day_that_is_closed_stays_closed() -> None:
    market = Market()
    trader = lab(market)
    live_through(market, trader, rental_day(1, 2.8, rented_hours=10))
    live_through(market, trader, rental_day(1, 9.9, rented_hours=10))
    live_through(market, trader, rental_day(0, 9.9, rented_hours=10))
    assert [day.spot_micros for day in trader.outcome.days] == [-28_000_000]


def test_the_last_of_the_margin_is_not_used() -> None:
    """At 20 % a lot at 2.81 needs $410.26; $10,000 less a fifth kept free covers 19."""
    market = Market()
    trader = lab(market, clip_lots=100, reserve=0.2)
    mark(market, NEAR, 280)
    account(market, 10_000, 0)
    market.tick(trader, 2)
    assert market.view.position_lots(NEAR) == 19
    account(market, 10_000, 9_000)
    assert market.tick(trader) == []


def test_what_the_exchange_refused_is_left_alone_for_a_while() -> None:
    market = Market()
    trader = lab(market)
    mark(market, NEAR, 280)
    trader.on_message(m.Rejection("submit", "x", NEAR, 10_009, "not_enough_funds"), market.now_ns)
    waits = [bool(market.tick(trader)) for _ in range(11)]
    assert waits == [False] * 10 + [True]


def test_a_small_turn_back_is_not_traded() -> None:
    market = Market()
    trader = lab(market, hedge_ratio=1.0, clip_lots=1_000, tolerance=0.05)
    mark(market, NEAR, 280)
    market.tick(trader, 2)
    assert market.view.position_lots(NEAR) == 100
    for lots, after in ((105, 105), (106, 100), (97, 97)):
        market.hold(NEAR, lots)
        market.tick(trader)
        # 5 of 105 are within the twentieth, 6 of 106 are not; then a rise of 3 is a turn again.
        assert market.view.position_lots(NEAR) == after


def test_without_an_economy_days_are_made_up_at_the_index() -> None:
    market = Market(index=2.5)
    trader = lab(market, instruments="")
    assert trader.report().without == {}
    for _ in range(4):
        market.tick(trader, 86_400)
    days = trader.outcome.days
    assert [day.day for day in days] == [days[0].day + number for number in range(3)]
    assert days[0].spot_micros == -round(73_000 * 12 / 365 * 2.5 * 1e6)


def test_the_first_statement_starts_the_record_anew() -> None:
    market = Market(index=2.5)
    trader = lab(market)
    for _ in range(4):
        market.tick(trader, 86_400)
    live_through(market, trader, rental_day(10, 2.6, rented_hours=1))
    assert [day.spot_micros for day in trader.outcome.days] == [-2_600_000]
    market.tick(trader, 5 * 86_400)
    assert len(trader.outcome.days) == 1


def test_expired_contracts_are_not_traded() -> None:
    market = Market()
    trader = lab(market)
    mark(market, NEAR, 280)
    market.now_ns = market.view.instruments[NEAR].expiry_ns - 1
    assert trader.on_time(market.now_ns)
    assert trader.on_time(market.now_ns + NS_PER_DAY) == []
