"""The stressed period: found as a plain search finds it, and never lowers margin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.margin.stressed import stressed_period, weighted


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=30), st.integers(1, 35))
def test_is_the_most_volatile_window(series: list[int], days: int) -> None:
    found = stressed_period(np.array(series, float), days)
    days = min(days, len(series))
    sums = [sum(x * x for x in series[n : n + days]) for n in range(len(series) - days + 1)]
    assert found.stop - found.start == days
    assert sums[found.start] == max(sums)
    assert max(sums) not in sums[found.start + 1 :], "of equal ones the latest"


def test_less_than_a_day_is_refused() -> None:
    with pytest.raises(ValueError, match="below 1"):
        stressed_period(np.zeros(3), 0)


def test_stress_raises_margin_by_its_weight_and_never_lowers_it() -> None:
    assert weighted(0.04, 0.08, 0.25) == pytest.approx(0.05)
    assert weighted(0.10, 0.08, 0.25) == 0.10
    assert weighted(0.04, 0.08, 0.0) == 0.04
