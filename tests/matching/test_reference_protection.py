"""Counts, breaches and frozen time of one protection."""

from __future__ import annotations

import pytest

from matching.layout import FROZEN_FOR_GOOD
from matching.reference_protection import Protection


def protection(qty_limit_lots: int = 0, delta_limit: int = 0, frozen_ns: int = 0) -> Protection:
    return Protection(1, 0, 10, frozen_ns, qty_limit_lots, delta_limit)


def test_an_execution_at_the_intervals_end_begins_a_new_one() -> None:
    found = protection()
    found.count(3, 3, now_ns=5)
    found.count(2, -2, now_ns=14)
    assert (found.qty_lots, found.delta) == (5, 1)
    found.count(4, -4, now_ns=15)
    assert (found.qty_lots, found.delta, found.start_ns) == (4, -4, 15)


@pytest.mark.parametrize(
    ("qty_limit", "delta_limit", "breached"),
    [(0, 0, False), (5, 0, True), (6, 0, False), (0, 5, True), (0, 6, False)],
)
def test_a_limit_is_breached_at_its_value(qty_limit: int, delta_limit: int, breached: bool) -> None:
    found = protection(qty_limit, delta_limit)
    found.count(5, -5, now_ns=0)
    assert found.breached is breached


def test_frozen_time_ends_or_lasts_until_it_is_set_anew() -> None:
    found = protection(1, 0, frozen_ns=10)
    found.count(1, 1, now_ns=4)
    found.freeze(4)
    assert (found.qty_lots, found.delta, found.start_ns, found.breached) == (0, 0, None, False)
    assert [found.frozen(now) for now in (4, 13, 14)] == [True, True, False]
    for_good = protection(1)
    for_good.freeze(4)
    assert for_good.frozen_until_ns == FROZEN_FOR_GOOD
    assert for_good.frozen(1 << 62)
