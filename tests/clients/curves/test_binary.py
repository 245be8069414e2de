"""A binary on a mean against simulated means."""

from __future__ import annotations

import math

import numpy as np
import pytest

from clients.curves.binary import probability_above


@pytest.mark.parametrize("strike", [2.3, 2.5, 2.6, 2.9])
def test_the_probability_is_that_of_simulated_month_averages(strike: float) -> None:
    # 21 daily fixings of a driftless lognormal price; σ 35 % a year, 252 days.
    rng = np.random.default_rng(2026)
    fixings, paths, daily = 21, 200_000, 0.35 / math.sqrt(252)
    moves = rng.normal(-(daily**2) / 2, daily, (paths, fixings))
    means = 2.6 * np.exp(moves.cumsum(axis=1)).mean(axis=1)
    factor = (fixings + 1) * (2 * fixings + 1) / (6 * fixings**2)
    deviation = daily * math.sqrt(fixings * factor)
    assert probability_above(2.6, strike, deviation) == pytest.approx(
        (means > strike).mean(), abs=0.006
    )


def test_what_is_known_is_certain() -> None:
    assert probability_above(2.6, 2.5, 0.0) == 1.0
    assert probability_above(2.5, 2.5, 0.0) == 0.0
    with pytest.raises(ValueError, match="positive"):
        probability_above(0.0, 1.0, 0.1)
