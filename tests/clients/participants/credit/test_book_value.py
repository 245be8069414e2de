"""Straight-line depreciation by hand."""

from __future__ import annotations

import pytest

from clients.participants.credit.book_value import straight_line_micros


def test_six_years_and_three_and_a_half_years_of_the_same_gpu() -> None:
    after_two_years = 2 * 365
    assert straight_line_micros(30_000, after_two_years, 6) == 20_000
    assert straight_line_micros(35_000, after_two_years, 3.5) == 15_000


def test_it_ends_at_the_salvage_value() -> None:
    assert straight_line_micros(100, 10_000, 6) == 0
    assert straight_line_micros(100, 10_000, 6, salvage=0.1) == 10
    assert straight_line_micros(100, 0, 6, salvage=0.1) == 100


def test_impossible_lives_are_refused() -> None:
    with pytest.raises(ValueError, match="life_years"):
        straight_line_micros(1, 1, 0)
    with pytest.raises(ValueError, match="salvage"):
        straight_line_micros(1, 1, 1, salvage=1.5)
