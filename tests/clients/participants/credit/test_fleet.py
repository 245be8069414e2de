"""Cohorts of a fleet: counts, values and book values by hand."""

from __future__ import annotations

import pytest

from clients.participants.credit.fleet import Cohort, Economics, Fleet

TERMS = Economics(life_years=1, utilisation=1.0, cost_micros=0, rate_a_year=0.0)
FORWARDS = [1_000_000.0] * 24


def test_each_cohort_is_worth_the_life_it_has_left() -> None:
    fleet = Fleet([Cohort(10, 1_000, 0), Cohort(4, 800, 365)])
    # On day 365 the first cohort's year is over, the second's begins.
    assert fleet.value_micros(FORWARDS, 365, TERMS) == 4 * 8_760 * 1_000_000
    assert fleet.value_micros(FORWARDS, 0, TERMS) == 14 * 8_760 * 1_000_000
    # After 183 days six months are gone: 14 GPUs for half a year.
    half = Fleet([Cohort(14, 0, 0)])
    assert half.value_micros(FORWARDS, 183, TERMS) == 14 * 4_380 * 1_000_000


def test_book_value_is_the_sum_of_the_cohorts() -> None:
    fleet = Fleet([Cohort(10, 1_000, 0), Cohort(4, 800, 365)])
    assert fleet.book_micros(730, 4) == 500 + 600


def test_the_oldest_are_sold_first_with_their_cost() -> None:
    fleet = Fleet([Cohort(10, 1_000, 0), Cohort(4, 800, 365)])
    assert fleet.sell(12) == 12
    assert [(cohort.gpus, cohort.cost_micros) for cohort in fleet.cohorts] == [(2, 400)]
    assert fleet.sell(5) == 2
    assert fleet.gpus == 0


def test_the_delta_adds_up_over_cohorts() -> None:
    fleet = Fleet([Cohort(10, 1_000, 0), Cohort(4, 800, 183)])
    deltas = fleet.delta_hours(FORWARDS, 183, TERMS)
    assert deltas[:13] == pytest.approx([14 * 730] * 6 + [4 * 730] * 6 + [0])
