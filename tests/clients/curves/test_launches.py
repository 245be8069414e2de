"""Launches against the mean of simulated jumps."""

from __future__ import annotations

import math

import numpy as np
import pytest

from clients.curves.launches import Launch


def test_the_factor_is_the_mean_of_simulated_jumps() -> None:
    rng = np.random.default_rng(7)
    jumps = np.exp(rng.normal(-0.22, 0.10, 400_000))
    assert Launch().factor == pytest.approx(jumps.mean(), abs=4 * jumps.std() / math.sqrt(400_000))


def test_a_rate_of_launches_is_a_compound_poisson_process() -> None:
    rng = np.random.default_rng(8)
    launch, rate, years, paths = Launch(), 0.8, 2.0, 200_000
    counts = rng.poisson(rate * years, paths)
    sums = launch.mean * counts + launch.deviation * np.sqrt(counts) * rng.standard_normal(paths)
    factors = np.exp(sums)
    expected = math.exp(launch.expected_log_factor(rate, years))
    assert expected == pytest.approx(factors.mean(), abs=4 * factors.std() / math.sqrt(paths))
    assert launch.variance(rate, years) == pytest.approx(sums.var(), rel=0.02)


def test_between_none_and_certain() -> None:
    assert Launch().expected_factor(0) == 1
    assert Launch().expected_factor(1) == Launch().factor
    with pytest.raises(ValueError, match="probability"):
        Launch().expected_factor(1.5)
