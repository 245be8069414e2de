"""The back-test: margins worked out again day by day, and verdicts on margins right and wrong."""

from __future__ import annotations

import math

import numpy as np
import pytest

from exchange.margin.backtest import LEAST_DAYS, WINDOW_DAYS, backtest, window_days
from exchange.margin.filtered import volatilities

SEED = 20_261_005


def clustered(days: int, seed: int = SEED) -> np.ndarray:  # type: ignore[type-arg]
    """Returns whose volatility goes from a quarter to four times its mean and back."""
    generator = np.random.default_rng(seed)
    volatility = 0.015 * np.exp(1.4 * np.sin(np.arange(days) / 40))
    return generator.normal(0, 1, days) * volatility


def test_each_days_margin_is_that_of_the_window_before_it() -> None:
    returns = clustered(320)
    long, short = backtest(returns, 0.95, 0.94)
    window = long.window_days
    assert window == 160
    for day in (0, 1, 77, 159):
        past = returns[day : day + window]
        forecasts = volatilities(returns[: day + window], 0.94)
        scaled = sorted(past * forecasts[-1] / forecasts[day:-1])
        beyond = math.floor(0.05 * (window + 1)) - 1
        assert long.margins[day] == pytest.approx(-scaled[beyond])
        assert short.margins[day] == pytest.approx(scaled[-1 - beyond])
        assert long.violated[day] == (-returns[day + window] > long.margins[day])
        assert short.violated[day] == (returns[day + window] > short.margins[day])


def test_a_right_margin_passes_and_a_wrong_one_is_rejected() -> None:
    """Filtering follows the volatility; without it (decay near 1) violations cluster."""
    returns = clustered(2_250)
    for side in backtest(returns, 0.95, 0.9):
        assert side.days == 2_000
        assert not side.kupiec.rejects, f"seed {SEED}: {side.violations} against {side.expected}"
    plain = [side.christoffersen.statistic for side in backtest(returns, 0.95, 0.999)]
    filtered = [side.christoffersen.statistic for side in backtest(returns, 0.95, 0.9)]
    assert sum(plain) > sum(filtered) + 3.84


def test_figures_of_a_side_belong_together() -> None:
    side, _ = backtest(clustered(320), 0.95, 0.94)
    assert side.side == "long"
    assert side.expected == pytest.approx(0.05 * side.days)
    assert side.violations == sum(side.violated) <= side.days
    both = side.kupiec.statistic + side.christoffersen.statistic
    assert side.conditional.statistic == pytest.approx(both)


@pytest.mark.parametrize(
    ("returns", "confidence", "window"),
    [(2_000, 0.99, WINDOW_DAYS), (300, 0.99, 150), (150, 0.99, 100), (60, 0.95, 30), (10, 0.5, 5)],
)
def test_the_window_fits_the_history(returns: int, confidence: float, window: int) -> None:
    assert window_days(returns, confidence) == window


def test_a_short_history_is_refused_with_what_it_needs() -> None:
    with pytest.raises(ValueError, match=f"19 days to test after a window of 100; {LEAST_DAYS}"):
        backtest(clustered(119), 0.99, 0.94)
    assert backtest(clustered(120), 0.99, 0.94)[0].days == LEAST_DAYS
