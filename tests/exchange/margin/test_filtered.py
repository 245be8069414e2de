"""Filtered historical simulation: published values, a naive recursion, no look ahead, horizons."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.margin.filtered import (
    START_DAYS,
    filtered_returns,
    over_horizon,
    volatilities,
)

EXAMPLE = np.array([-0.02, 0.01, -0.03, 0.005, 0.015])
returns = st.lists(st.floats(-0.3, 0.3), min_size=40, max_size=80).filter(
    lambda series: max(map(abs, series[:START_DAYS])) > 1e-6
)


def test_the_published_example() -> None:
    forecasts = volatilities(EXAMPLE, 0.94, first_variance=4e-4)
    assert round(float(forecasts[-1]), 6) == 0.019491
    scaled = filtered_returns(EXAMPLE, forecasts)
    assert scaled.round(6).tolist() == [-0.019491, 0.009746, -0.029918, 0.004795, 0.014809]


@given(returns, st.floats(0.5, 0.99))
def test_equals_the_weighted_sum_written_out(series: list[float], decay: float) -> None:
    forecasts = volatilities(np.array(series), decay, floor=0.0)
    start = sum(each**2 for each in series[:START_DAYS]) / START_DAYS
    for day in (0, 1, 17, len(series)):
        weights = [(1 - decay) * decay ** (day - 1 - n) for n in range(day)]
        variance = decay**day * start
        variance += sum(w * each**2 for w, each in zip(weights, series, strict=False))
        assert forecasts[day] == pytest.approx(math.sqrt(variance))


@given(returns, st.integers(START_DAYS, 39))
def test_a_forecast_knows_nothing_of_its_day_or_later(series: list[float], day: int) -> None:
    altered = [*series[:day], *(9.0 for _ in series[day:])]
    former, later = (volatilities(np.array(each), 0.94) for each in (series, altered))
    assert former[: day + 1].tolist() == later[: day + 1].tolist()


def test_a_long_pause_does_not_take_volatility_to_nothing() -> None:
    series = np.array([0.02, -0.02] * 20 + [0.0] * 400)
    assert volatilities(series, 0.94, floor=0.0)[-1] < 1e-6
    mean = math.sqrt(0.02**2 * (40 + START_DAYS) / (440 + START_DAYS))
    assert volatilities(series, 0.94)[-1] == pytest.approx(0.25 * mean)


def test_a_start_of_zeros_takes_the_mean_of_all() -> None:
    series = np.array([0.0] * 40 + [0.01] * 40)
    assert volatilities(series, 0.94)[0] == pytest.approx(math.sqrt(0.01**2 / 2))


@pytest.mark.parametrize("series", [[], [0.0] * 50])
def test_what_never_moves_has_no_volatility(series: list[float]) -> None:
    with pytest.raises(ValueError, match="no return differs from 0"):
        volatilities(np.array(series), 0.94)


def test_horizons() -> None:
    daily = np.array([1.0, 2.0, 3.0, -4.0])
    assert over_horizon(daily, 4.0, "square_root").tolist() == [2.0, 4.0, 6.0, -8.0]
    assert over_horizon(daily, 2.0, "overlapping").tolist() == [3.0, 5.0, -1.0]
    assert over_horizon(daily, 1.0, "overlapping").tolist() == daily.tolist()


@pytest.mark.parametrize("days", [1.5, 5.0, 0.0])
def test_an_overlap_that_cannot_be_is_refused(days: float) -> None:
    with pytest.raises(ValueError, match="overlapping"):
        over_horizon(np.ones(4), days, "overlapping")
