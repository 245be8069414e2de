"""Histories: returns of one day's size, volatility as generated, spreads on common days."""

from __future__ import annotations

import math

import numpy as np
import pytest

from exchange.indices import default
from exchange.indices.observations import Observation
from exchange.margin.history import daily, spread
from marketdata.days import NS_PER_DAY


def at(day: float, price: int, provider: str = "", underlying: str = "H100") -> Observation:
    return Observation(round(day * NS_PER_DAY), price, underlying, provider)


def test_returns_are_of_one_days_size() -> None:
    found = daily([at(0, 2_000_000), at(1, 2_200_000), at(5, 1_100_000), at(40, 1_100_000)])
    assert found.days.tolist() == [1, 5, 40]
    assert found.elapsed_days.tolist() == [1, 4, 35]
    assert found.returns == pytest.approx([math.log(1.1), -math.log(2) / 2, 0.0])
    assert found.level_micros == 1_100_000
    assert found.underlying == "H100"


def test_prints_of_one_day_are_one_return() -> None:
    rows = [at(0.2, 100), at(0.9, 200), at(1.1, 300), at(1.5, 600), at(2.0, 600)]
    found = daily(rows)
    assert found.days.tolist() == [1, 2]
    assert found.returns == pytest.approx([math.log(3), 0.0])


def test_where_the_chain_starts_anew_there_is_no_return() -> None:
    rows = [at(0, 100, "a"), at(1, 110, "a"), at(60, 900, "b"), at(61, 990, "b")]
    found = daily(rows)
    assert found.days.tolist() == [1, 61]
    assert found.elapsed_days.tolist() == [1, 1]
    assert found.returns == pytest.approx([math.log(1.1)] * 2)


def test_volatility_is_what_the_series_was_generated_with() -> None:
    series = default.generate()
    for underlying, anchors in default.PUBLISHED.items():
        found = daily(series.of(underlying)).volatility_per_year
        assert found == pytest.approx(anchors.volatility, rel=0.01)


def test_volatility_does_not_depend_on_how_often_one_looks() -> None:
    """Each third price alone has the same squared moves on average: 2,000 of a plain walk."""
    moves = np.random.default_rng(7).normal(0, 0.01, 2_001)
    prices = [round(price) for price in 1e8 * np.exp(np.cumsum(moves))]
    rows = [at(day, price) for day, price in enumerate(prices)]
    often, seldom = daily(rows), daily(rows[::3])
    assert often.volatility_per_year == pytest.approx(0.01 * math.sqrt(365), rel=0.05)
    assert seldom.volatility_per_year == pytest.approx(often.volatility_per_year, rel=0.1)
    assert float(seldom.returns.std()) == pytest.approx(float(often.returns.std()), rel=0.1)


def test_the_last_of_a_history() -> None:
    whole = daily([at(day, 100 + day) for day in range(10)])
    assert whole.last(3).days.tolist() == [7, 8, 9]
    assert whole.last(99).returns.tolist() == whole.returns.tolist()
    assert whole.last(3).level_micros == whole.level_micros


def test_a_spread_is_of_common_days() -> None:
    long = daily([at(0, 100), at(1, 110), at(2, 110), at(3, 220)])
    short = daily([at(0, 100, underlying="B200"), at(1, 121, underlying="B200"), at(3, 121)])
    found = spread(long, short)
    assert found.days.tolist() == [1, 3]
    assert found.returns == pytest.approx([math.log(110 / 121), math.log(2)])
    assert found.underlying == "H100-B200"
    with pytest.raises(ValueError, match="share no day"):
        spread(long, daily([at(7, 1), at(8, 2)]))


def test_one_price_has_no_returns_and_none_is_refused() -> None:
    assert len(daily([at(0, 100)]).returns) == 0
    with pytest.raises(ValueError, match="no observation"):
        daily([])
