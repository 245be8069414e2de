"""The AI lab buys the near months only."""

from __future__ import annotations

import pytest

from clients.participants.ai_lab import AiLab, AiLabParams
from tests.clients.market import FAR, NEAR, PERPETUAL, Market
from tests.clients.participants.days import live_through, mark, rental_day


def test_only_the_hedged_months_are_bought() -> None:
    market = Market()
    lab = AiLab("lab", 1, AiLabParams(gpu_hours=14_600, hedge_ratio=0.5, build_s=1, months=1))
    lab.on_start(market.view, market.now_ns)
    for name in (NEAR, FAR, PERPETUAL):
        market.quote(name, 279, 281)
    for _ in range(3):
        market.tick(lab)
    assert market.view.position_lots(NEAR) == 10
    assert market.view.position_lots(FAR) == 0
    assert market.view.position_lots(PERPETUAL) == 0


def test_the_need_is_learnt_from_the_statements() -> None:
    market = Market()
    lab = AiLab("lab", 1, AiLabParams(gpu_hours=1))
    lab.on_start(market.view, market.now_ns)
    for number, hours in enumerate((1_000, 2_000, 3_000)):
        live_through(market, lab, rental_day(number, 2.8, rented_hours=hours))
    assert lab.need_hours == pytest.approx(2_000 * 365 / 12)
    assert lab.hours_ahead() == pytest.approx(-3 * 2_000 * 365 / 12)


@pytest.mark.parametrize(
    ("utilisation", "ratio"), [(0.5, 0.6), (0.9, 0.6), (0.95, 0.7), (1.0, 0.8)]
)
def test_a_tight_market_is_hedged_more(utilisation: float, ratio: float) -> None:
    market = Market()
    lab = AiLab("lab", 1, AiLabParams(hedge_ratio=0.6, tight=0.9, spike_weight=0.2))
    lab.on_start(market.view, market.now_ns)
    live_through(market, lab, rental_day(0, 2.8, rented_hours=1, utilisation=utilisation))
    assert lab.hedge_ratio == pytest.approx(ratio)


def test_the_ratio_is_estimated_where_asked_for() -> None:
    """The own price moves by .8 of the futures': that is the ratio, from 20 changes on."""
    market = Market()
    params = AiLabParams(hedge_ratio=0.3, estimate_days=60, spike_weight=0)
    lab = AiLab("lab", 1, params)
    lab.on_start(market.view, market.now_ns)
    for number in range(25):
        ticks = 280 + (number * 7) % 11
        # The near month expires on the way; the next stands elsewhere and moves alike.
        mark(market, NEAR, ticks)
        mark(market, FAR, ticks - 30)
        live_through(market, lab, rental_day(number, 0.008 * ticks, rented_hours=1))
        assert number >= 20 or lab.hedge_ratio == 0.3
    assert lab.hedge_ratio == pytest.approx(0.8)
