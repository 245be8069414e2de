"""The mean's value and variance against published factors, and against sums written out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.contracts.averaging import (
    exposure_left,
    month_average,
    variance_factor,
    variance_factor_inside,
)

PRICES = st.lists(st.floats(0.01, 100), min_size=1, max_size=31)


@pytest.mark.parametrize(("fixings", "factor"), [(20, 0.35875), (21, 0.35752), (22, 0.35640)])
def test_the_published_variance_factors(fixings: int, factor: float) -> None:
    assert variance_factor(fixings) == pytest.approx(factor, abs=5e-6)


def test_inside_the_month_the_future_is_known_fixings_and_forwards() -> None:
    # Ten of twenty fixings at 2.50, the rest forward at 3.00: half way between.
    assert month_average([2.5] * 10, [3.0] * 10) == pytest.approx(2.75)
    assert month_average([2.5, 2.6], []) == pytest.approx(2.55)
    assert month_average([], [2.0, 3.0, 4.0]) == pytest.approx(3.0)


@given(PRICES, PRICES, st.floats(-1, 1))
def test_a_move_of_all_forwards_moves_the_mean_by_the_exposure_left(
    known: list[float], forwards: list[float], move: float
) -> None:
    before = month_average(known, forwards)
    after = month_average(known, [forward + move for forward in forwards])
    left = exposure_left(len(known) + len(forwards), len(known))
    assert after - before == pytest.approx(left * move, abs=1e-9)


@pytest.mark.parametrize(("fixings", "known"), [(1, 0), (5, 0), (20, 7), (22, 21), (31, 30)])
def test_the_variance_inside_the_month_is_that_of_the_covariance_matrix(
    fixings: int, known: int
) -> None:
    left = fixings - known
    steps = np.arange(1, left + 1)
    covariance = np.minimum.outer(steps, steps)
    mean_variance = covariance.sum() / fixings**2
    assert variance_factor_inside(fixings, known) == pytest.approx(mean_variance / left)


def test_nothing_moves_when_all_is_known() -> None:
    assert variance_factor_inside(20, 20) == 0
    assert exposure_left(20, 20) == 0
    assert exposure_left(20, 0) == 1


def test_refuses_what_is_no_month() -> None:
    with pytest.raises(ValueError, match="at least one fixing"):
        month_average([], [])
    with pytest.raises(ValueError, match="below 1"):
        variance_factor(0)
    for fixings, known in ((0, 0), (5, 6), (5, -1)):
        with pytest.raises(ValueError, match="known"):
            exposure_left(fixings, known)
