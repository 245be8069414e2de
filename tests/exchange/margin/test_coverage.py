"""Coverage tests: published Kupiec values, likelihoods multiplied out, chi-square chances."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import log, prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.margin.coverage import (
    LikelihoodRatio,
    conditional_coverage,
    independence,
    proportion_of_failures,
)


@pytest.mark.parametrize(
    ("violations", "statistic", "rejects"),
    [
        (0, 5.0252, True),
        (2, 0.1084, False),
        (5, 1.9568, False),
        (7, 5.4970, True),
        (10, 12.9555, True),
    ],
)
def test_the_published_values_of_kupiec(violations: int, statistic: float, rejects: bool) -> None:
    found = proportion_of_failures(250, violations, 0.01)
    assert round(found.statistic, 4) == statistic
    assert found.rejects is rejects


@pytest.mark.parametrize(
    ("statistic", "p_value"), [(3.841459, 0.05), (6.634897, 0.01), (2.705543, 0.1)]
)
def test_chances_are_those_of_the_chi_square_table(statistic: float, p_value: float) -> None:
    """Search for the probability at which one violation in 250 gives the table's statistic."""
    low, high = 1 / 250, 0.5
    for _ in range(200):
        middle = (low + high) / 2
        if proportion_of_failures(250, 1, middle).statistic < statistic:
            low = middle
        else:
            high = middle
    assert proportion_of_failures(250, 1, low).p_value == pytest.approx(p_value, abs=1e-6)


def markov_likelihood(hits: list[bool]) -> Fraction:
    """The largest likelihood of a two-state chain, each pair multiplied out."""
    pairs = list(pairwise(hits))

    def chance(before: bool, after: bool) -> Fraction:
        alike = [each for each in pairs if each[0] == before]
        return Fraction(sum(each[1] == after for each in alike), len(alike))

    return prod((chance(*pair) for pair in pairs), start=Fraction(1))


def plain_likelihood(hits: list[bool]) -> Fraction:
    """The largest likelihood of independent days, the first one given."""
    later = hits[1:]
    return prod(
        (Fraction(sum(each == hit for each in later), len(later)) for hit in later),
        start=Fraction(1),
    )


@given(st.lists(st.booleans(), min_size=2, max_size=25))
def test_independence_is_the_ratio_of_the_two_likelihoods(hits: list[bool]) -> None:
    ratio = plain_likelihood(hits) / markov_likelihood(hits)
    expected = -2 * (log(ratio.numerator) - log(ratio.denominator))
    assert independence(hits).statistic == pytest.approx(expected, abs=1e-9)


def test_violations_in_a_row_are_told_from_lone_ones() -> None:
    clustered = [False] * 240 + [True] * 5 + [False] * 5
    lone = ([False] * 49 + [True]) * 5
    assert sum(clustered) == sum(lone)
    assert independence(clustered).rejects
    assert not independence(lone).rejects


def test_both_at_once_add_up() -> None:
    hits = [False] * 240 + [True] * 5 + [False] * 5
    both = conditional_coverage(hits, 0.01)
    parts = proportion_of_failures(250, 5, 0.01).statistic + independence(hits).statistic
    assert both.statistic == pytest.approx(parts)
    # Two degrees: 5.991 is the table's 5 % point, 9.210 its 1 % point.
    assert both.p_value < 0.01
    assert both.statistic > 9.210


@pytest.mark.parametrize("hits", [[], [True], [False]])
def test_no_pair_tells_nothing(hits: list[bool]) -> None:
    assert independence(hits) == LikelihoodRatio(0.0, 1.0)


@pytest.mark.parametrize(
    ("days", "violations", "p"),
    [(0, 0, 0.01), (5, 6, 0.01), (5, -1, 0.01), (5, 1, 0.0), (5, 1, 1.0)],
)
def test_refuses_what_cannot_be_tested(days: int, violations: int, p: float) -> None:
    with pytest.raises(ValueError, match="cannot be tested"):
        proportion_of_failures(days, violations, p)
