"""Expected loss by hand and by drawing defaults; letters in order; withdrawal at the lease's end."""

from __future__ import annotations

import numpy as np
import pytest

from clients.participants.credit.grades import CREDIT, Grade
from clients.participants.credit.rating import expected_loss, letter


def test_two_years_by_hand() -> None:
    """10 % a year; owed 100 then 50, of which 70 and 30 come back: .1·30/1.1 + .09·20/1.21."""
    loss = expected_loss([100, 50], [70, 30], 100_000, 0.10, periods_a_year=1)
    assert loss == pytest.approx((0.1 * 30 / 1.1 + 0.09 * 20 / 1.21) / 100)


def test_drawn_defaults_lose_as_much_on_average() -> None:
    seed, paths = 7, 200_000
    rng = np.random.default_rng(seed)
    balances = np.linspace(100, 10, 24)
    recoveries = np.linspace(60, 0, 24)
    # Years until default at a constant hazard; the month it falls in.
    month = (rng.exponential(1 / -np.log(1 - 0.2), paths) * 12).astype(int)
    lost = np.zeros(paths)
    hit = month < 24
    at = month[hit]
    lost[hit] = (balances - recoveries)[at] / 1.12 ** ((at + 1) / 12)
    drawn = lost.mean() / 100
    error = lost.std() / 100 / np.sqrt(paths)
    loss = expected_loss(list(balances), list(recoveries), 200_000, 0.12)
    assert loss == pytest.approx(drawn, abs=4 * error), f"seed {seed}"


def test_a_covered_loan_loses_nothing_and_an_uncovered_one_has_its_offtakers_grade() -> None:
    covered = expected_loss([100.0] * 12, [100.0] * 12, CREDIT[Grade.B].default_ppm, 0.0)
    assert letter(covered, 1) is Grade.AA
    for grade, credit in CREDIT.items():
        unsecured = expected_loss([100.0] * 36, [45.0] * 36, credit.default_ppm, 0.0)
        assert letter(unsecured * (1 - 1e-9), 3) is grade


def test_a_worse_collateral_is_no_better_letter() -> None:
    order = list(Grade)
    letters = []
    for recovery in (90.0, 60.0, 30.0, 0.0):
        loss = expected_loss([100.0] * 36, [recovery] * 36, CREDIT[Grade.BB].default_ppm, 0.1)
        found = letter(loss, 3)
        assert found is not None
        letters.append(order.index(found))
    assert letters == sorted(letters)
    assert letters[0] < letters[-1]


def test_it_is_withdrawn_when_the_lease_ends() -> None:
    assert letter(0.0, 0) is None
    assert expected_loss([], [], 1, 0.1) == 0
    with pytest.raises(ValueError, match="recoveries"):
        expected_loss([1.0], [], 1, 0.1)
