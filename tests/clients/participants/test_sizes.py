"""Sizes in GPU-hours."""

from __future__ import annotations

from clients.participants.sizes import hours_of, lots_of
from tests.clients.market import NEAR, PERPETUAL, listed


def test_hours_become_the_nearest_lots_and_at_least_one() -> None:
    month, perpetual = listed(NEAR, 1, 1), listed(PERPETUAL, 2, 0, 1)
    assert [lots_of(hours, month) for hours in (1, 1_000, 1_100, 7_300)] == [1, 1, 2, 10]
    assert lots_of(7_300, perpetual) == 7_300
    assert hours_of(-3, month) == -2_190.0
