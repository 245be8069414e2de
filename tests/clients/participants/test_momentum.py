"""The trend follower against its rule, computed by hand."""

from __future__ import annotations

import pytest

from clients.participants.momentum import Momentum, MomentumParams
from tests.clients.market import NEAR, Market


def momentum(**fields: object) -> Momentum:
    return Momentum("trend", 1, MomentumParams(instruments=NEAR, **fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mids", "target"),
    [
        ([100, 101, 102.01, 103.0301, 104.060401], 10),
        ([104.060401, 103.0301, 102.01, 101, 100], -10),
        ([100, 101, 100, 101, 100], 0),
        ([100, 100, 100, 100, 100], 0),
    ],
)
def test_target_is_the_scaled_trend(mids: list[float], target: int) -> None:
    """Four equal moves make a trend of 4 / sqrt(4) = 2, and 2 · 5 lots are 10."""
    assert momentum(unit_lots=5).target_lots(mids) == target


def test_target_is_capped() -> None:
    assert momentum(unit_lots=50, max_position_lots=30).target_lots([100, 101, 102]) == 30


def test_rising_prices_are_bought_up_to_the_target_and_no_further() -> None:
    market = Market()
    trader = momentum(interval_s=1, lookback_s=4, unit_lots=5, clip_lots=3)
    trader.on_start(market.view, market.now_ns)
    for step in range(40):
        market.quote(NEAR, 280 + 4 * step, 282 + 4 * step)
        market.tick(trader)
    assert market.view.position_lots(NEAR) == 10
    for step in range(40):
        market.quote(NEAR, 440 - 4 * step, 442 - 4 * step)
        market.tick(trader)
    assert market.view.position_lots(NEAR) == -10
    assert trader.report().figures[f"{NEAR} lots"] == -10


def test_it_waits_for_its_window() -> None:
    market = Market()
    trader = momentum(interval_s=1, lookback_s=10)
    trader.on_start(market.view, market.now_ns)
    for step in range(10):
        market.quote(NEAR, 280 + step, 282 + step)
        assert market.tick(trader) == []
