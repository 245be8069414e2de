"""The ratio of least variance against its textbook case and against a search."""

from __future__ import annotations

import math

import numpy as np
import pytest

from clients.participants.hedge_ratio import RollingRatio, minimum_variance_ratio

SEED = 20_261_005


def test_the_textbook_case() -> None:
    """S = .8 F + .6 e, unit variances, uncorrelated: h* = .8 and effectiveness .64."""
    futures, noise = np.array([1.0, 1, -1, -1]), np.array([1.0, -1, 1, -1])
    ratio, effect = minimum_variance_ratio(0.8 * futures + 0.6 * noise, futures)
    assert ratio == pytest.approx(0.8)
    assert effect == pytest.approx(0.64)


def test_a_sample_comes_near_the_textbook_case() -> None:
    rng = np.random.default_rng(SEED)
    futures, noise = rng.standard_normal((2, 100_000))
    ratio, effect = minimum_variance_ratio(0.8 * futures + 0.6 * noise, futures)
    # Four standard errors: of the slope .6/√n, of R² 2·(1−R²)·√(R²/n).
    assert ratio == pytest.approx(0.8, abs=4 * 0.6 / math.sqrt(100_000)), f"seed {SEED}"
    assert effect == pytest.approx(0.64, abs=4 * 2 * 0.36 * math.sqrt(0.64 / 100_000))


def test_no_other_ratio_leaves_less_variance() -> None:
    rng = np.random.default_rng(SEED)
    futures = rng.standard_normal(50)
    spot = 0.5 * futures + rng.standard_normal(50)
    ratio, _ = minimum_variance_ratio(spot, futures)
    grid = np.linspace(ratio - 1, ratio + 1, 2_001)
    variances = [np.var(spot - each * futures) for each in grid]
    assert grid[int(np.argmin(variances))] == pytest.approx(ratio, abs=1e-9), f"seed {SEED}"


def test_futures_that_stand_still_hedge_nothing() -> None:
    assert all(math.isnan(each) for each in minimum_variance_ratio([1, 2, 3], [5, 5, 5]))
    with pytest.raises(ValueError, match="spot_changes"):
        minimum_variance_ratio([1, 2], [1])


def test_the_window_rolls_over_contracts_without_counting_the_step() -> None:
    """Spot moves half as much as the futures; the next contract stands 100 higher."""
    rng = np.random.default_rng(SEED)
    rolling, spot, future = RollingRatio(30), 50.0, 100.0
    for day in range(40):
        assert rolling.ratio is None or day > 20
        move = float(rng.standard_normal())
        spot, future = spot + move / 2, future + move
        near = {"JAN": future} if day < 30 else {}
        rolling.update(spot, near | {"FEB": future + 100})
    assert rolling.ratio == pytest.approx(0.5)


def test_the_ratio_is_bounded() -> None:
    rolling = RollingRatio(30, least=0.0, most=1.0)
    for day in range(30):
        rolling.update(3.0 * (day % 3), {"JAN": float(day % 3)})
    assert rolling.ratio == 1.0
