"""Weights, dispersion, winsorising and bands against plain formulas."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.indices import weighting

WEIGHTS = st.lists(st.floats(0.01, 1e6), min_size=1, max_size=12)


@given(WEIGHTS, st.floats(0.05, 1))
def test_shares_are_capped(weights: list[float], cap: float) -> None:
    shares = weighting.capped(np.array(weights), cap)
    assert math.fsum(shares) == pytest.approx(1)
    if cap * len(weights) > 1:
        assert shares.max() <= cap * (1 + 1e-9)
        under = shares < cap * (1 - 1e-9)
        ratios = shares[under] / np.array(weights)[under]
        assert np.allclose(ratios, ratios[:1]), "those below the cap keep their proportions"
    else:
        assert np.allclose(shares, 1 / len(weights))


def test_shares_by_hand() -> None:
    assert weighting.capped(np.array([6.0, 3.0, 1.0]), 0.5).tolist() == [0.5, 0.375, 0.125]
    assert weighting.capped(np.array([0.0, 0.0]), 0.9).tolist() == [0.5, 0.5]


def test_means_and_dispersion_by_hand() -> None:
    values, shares = np.array([1.0, 3.0]), np.array([0.5, 0.5])
    assert weighting.weighted_mean(values, shares) == 2.0
    assert weighting.dispersion(values, shares) == 0.5
    providers, means = weighting.provider_means(np.array([1.0, 2.0, 6.0]), np.array([2, 0, 2]))
    assert (providers.tolist(), means.tolist()) == ([0, 2], [2.0, 3.5])


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(1, 9)), min_size=1, max_size=30))
def test_quantiles_are_those_of_the_repeated_values(rows: list[tuple[int, int]]) -> None:
    values, weights = (np.array(each, float) for each in zip(*rows, strict=True))
    repeated = sorted(value for value, weight in rows for _ in range(weight))
    for share in (0.05, 0.1, 0.25):
        low, high = weighting.winsor_bounds(values, weights, share)
        place = max(0, math.ceil(share * len(repeated) - 1e-9) - 1)
        assert (low, high) == (repeated[place], repeated[-1 - place])


@given(st.lists(st.floats(0.5, 20), min_size=3, max_size=40))
def test_a_band_is_the_median_and_its_deviation(means: list[float]) -> None:
    low, high = weighting.band(np.array(means), 3.0, 0.05)
    logs = [math.log(each) for each in means]
    middle = statistics.median(logs)
    spread = max(0.05, 1.4826 * statistics.median(abs(each - middle) for each in logs))
    assert low == pytest.approx(math.exp(middle - 3 * spread))
    assert high == pytest.approx(math.exp(middle + 3 * spread))
