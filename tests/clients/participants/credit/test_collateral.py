"""Forward rental value against a plain loop, and its price sensitivity against a bump."""

from __future__ import annotations

import pytest

from clients.participants.credit.collateral import delta_hours, fleet_value_micros

FORWARDS = [2_600_000.0, 2_500_000.0, 2_400_000.0, 500_000.0]


def test_the_value_is_the_discounted_sum_by_month() -> None:
    value = 0.0
    for month, price in enumerate(FORWARDS, start=1):
        earned = max(0.0, 0.75 * price - 600_000)
        value += 10 * 730 * earned / 1.10 ** (month / 12)
    assert fleet_value_micros(10, FORWARDS, 0.75, 600_000, 0.10) == round(value)


def test_without_discount_and_cost_it_is_hours_times_price() -> None:
    assert fleet_value_micros(1, [2_000_000.0] * 12, 1.0, 0, 0.0) == 8_760 * 2_000_000


def test_the_delta_is_what_a_cent_more_in_a_month_is_worth() -> None:
    deltas = delta_hours(10, FORWARDS, 0.75, 600_000, 0.10)
    base = fleet_value_micros(10, FORWARDS, 0.75, 600_000, 0.10)
    for month, delta in enumerate(deltas):
        bumped = list(FORWARDS)
        bumped[month] += 10_000
        more = fleet_value_micros(10, bumped, 0.75, 600_000, 0.10) - base
        assert more == pytest.approx(10_000 * delta, abs=1.5)
    # The last month does not pay its cost: the GPUs stand still, and a cent changes nothing.
    assert deltas[-1] == 0


def test_no_months_left_is_worth_nothing() -> None:
    assert fleet_value_micros(10, [], 0.75, 0, 0.1) == 0
