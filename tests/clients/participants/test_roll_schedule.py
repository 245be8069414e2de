"""A published roll, by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.participants.roll_schedule import RollSchedule
from marketdata.days import NS_PER_DAY


def test_a_fifth_a_day_from_the_tenth_day_before_expiry() -> None:
    schedule, expiry_ns = RollSchedule(begin_days=10, length_days=5), 100 * NS_PER_DAY
    rolled = [schedule.rolled(expiry_ns, day * NS_PER_DAY) for day in range(88, 97)]
    assert rolled == [0, 0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 1.0]
    both = [expiry_ns, 130 * NS_PER_DAY]
    assert schedule.weights(both, 91 * NS_PER_DAY) == pytest.approx([0.6, 0.4])
    assert schedule.weights(both, 99 * NS_PER_DAY) == [0.0, 1.0]
    assert schedule.weights([expiry_ns], 99 * NS_PER_DAY) == [1.0], "nothing to roll into"
    assert schedule.weights([], 0) == []


@given(
    st.integers(1, 20),
    st.integers(0, 20),
    st.lists(st.integers(1, 400), min_size=1, max_size=5, unique=True),
    st.integers(0, 400),
)
def test_the_weights_sum_to_one(length: int, extra: int, days: list[int], now: int) -> None:
    schedule = RollSchedule(begin_days=length + extra, length_days=length)
    expiries = [day * NS_PER_DAY for day in sorted(days)]
    weights = schedule.weights(expiries, now * NS_PER_DAY)
    assert sum(weights) == pytest.approx(1.0)
    assert all(weight >= 0 for weight in weights)


@pytest.mark.parametrize(("begin", "length"), [(10, 0), (4, 5)])
def test_a_roll_that_is_not_over_by_expiry_is_refused(begin: int, length: int) -> None:
    with pytest.raises(ValueError, match="days"):
        RollSchedule(begin_days=begin, length_days=length)
