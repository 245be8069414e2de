"""The trend follower against its rule, computed by hand."""

from __future__ import annotations

import pytest

from clients.participants.momentum import Momentum, MomentumParams
from tests.clients.market import NEAR, PERPETUAL, Market, listed


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
    assert momentum(unit_hours=5 * 730).target_lots(listed(NEAR, 1, 1), mids) == target


def test_target_is_capped() -> None:
    trader = momentum(unit_hours=50 * 730, max_hours=30 * 730)
    assert trader.target_lots(listed(NEAR, 1, 1), [100, 101, 102]) == 30


def test_rising_prices_are_bought_up_to_the_target_and_no_further() -> None:
    market = Market()
    trader = momentum(interval_s=1, lookback_s=4, unit_hours=3_650, clip_hours=2_190)
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


def test_it_follows_liquid_outrights_and_replaces_what_expires() -> None:
    market = Market()
    market.show_tickers()
    trader = Momentum("trend", 1, MomentumParams(contracts=2, interval_s=1, lookback_s=2))
    trader.on_start(market.view, market.now_ns)
    for _ in range(5):
        market.tick(trader)
    assert len(trader._followed) == 2
    del market.view.instruments[trader._followed[0]]
    for _ in range(50):
        market.tick(trader)
    assert sorted(trader._followed) == sorted(market.view.instruments)
    assert PERPETUAL in trader.instruments(market.view) or PERPETUAL not in market.view.instruments
