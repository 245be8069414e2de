"""The lender's put: against drawn values, against its own slope, and at its edges."""

from __future__ import annotations

import math

import numpy as np
import pytest

from clients.participants.credit.shortfall import expected_shortfall, shortfall_delta

CASES = [(120.0, 100.0, 0.3, 1.5, 0.1), (90.0, 100.0, 0.4, 2.0, 0.05), (100.0, 100.0, 0.2, 1, 0)]


def test_the_textbook_put() -> None:
    """S = 42, K = 40, r = 10 %, σ = 20 %, half a year: the put is worth 0.81 (Hull, ch. 15)."""
    assert expected_shortfall(42, 40, 0.2, 0.5, 0.1) == pytest.approx(0.81, abs=0.005)


@pytest.mark.parametrize("case", CASES)
def test_drawn_values_lose_as_much_on_average(case: tuple[float, ...]) -> None:
    value, debt, volatility, years, rate = case
    seed, paths = 11, 400_000
    draws = np.random.default_rng(seed).standard_normal(paths)
    drift = (rate - volatility**2 / 2) * years
    ends = value * np.exp(drift + volatility * math.sqrt(years) * draws)
    losses = np.maximum(0, debt - ends) * math.exp(-rate * years)
    error = losses.std() / math.sqrt(paths)
    assert expected_shortfall(*case) == pytest.approx(losses.mean(), abs=4 * error), f"seed {seed}"


@pytest.mark.parametrize("case", CASES)
def test_the_delta_is_the_slope(case: tuple[float, ...]) -> None:
    value, *rest = case
    step = 1e-4
    slope = expected_shortfall(value + step, *rest) - expected_shortfall(value - step, *rest)
    assert shortfall_delta(*case) == pytest.approx(-slope / (2 * step), rel=1e-5)


def test_at_the_edges() -> None:
    assert shortfall_delta(1_000, 100, 0.3, 1) < 1e-9
    assert shortfall_delta(1, 100, 0.3, 1) == pytest.approx(1)
    assert shortfall_delta(100, 0, 0.3, 1) == 0
    assert (shortfall_delta(90, 100, 0.3, 0), shortfall_delta(110, 100, 0.3, 0)) == (1, 0)
    assert expected_shortfall(90, 100, 0.3, 0) == 10
    with pytest.raises(ValueError, match="volatility"):
        shortfall_delta(90, 100, 0, 1)
