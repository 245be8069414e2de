"""Tests of a margin's back-test: whether violations are as many as they should be, and come alone.

Kupiec 1995, "Techniques for verifying the accuracy of risk measurement models" (proportion of failures);
Christoffersen 1998, "Evaluating interval forecasts" (independence, conditional coverage).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

SIGNIFICANCE = 0.05
"""A test rejects below this p-value: beyond 3.841 for one degree of freedom."""


class LikelihoodRatio(NamedTuple):
    """A likelihood-ratio statistic and the chance of one as large if the margin were right."""

    statistic: float
    p_value: float

    @property
    def rejects(self) -> bool:
        """Whether the test rejects at SIGNIFICANCE."""
        return self.p_value < SIGNIFICANCE


def proportion_of_failures(days: int, violations: int, probability: float) -> LikelihoodRatio:
    """Test whether ``violations`` of ``days`` are as many as ``probability`` says (Kupiec).

    Chi-square with one degree of freedom. Raises ValueError where days is below 1, violations not in
    0 to days or probability not between 0 and 1.
    """
    if not (days >= 1 and 0 <= violations <= days and 0 < probability < 1):
        raise ValueError(f"{violations} of {days} days at {probability} cannot be tested")
    expected = _log_likelihood(violations, days, probability)
    observed = _log_likelihood(violations, days, violations / days)
    return _with_one_degree(2 * (observed - expected))


def independence(violated: Sequence[bool]) -> LikelihoodRatio:
    """Test whether a violation makes one on the next day likelier or less likely (Christoffersen).

    Chi-square with one degree of freedom; 0 where there is no pair of days to compare.
    """
    pairs = list(pairwise(violated))
    after_calm = [after for before, after in pairs if not before]
    after_hit = [after for before, after in pairs if before]
    apart = sum(_own_log_likelihood(group) for group in (after_calm, after_hit))
    together = _own_log_likelihood([after for _, after in pairs])
    return _with_one_degree(2 * (apart - together))


def conditional_coverage(violated: Sequence[bool], probability: float) -> LikelihoodRatio:
    """Test both at once: the sum of the two statistics, chi-square with two degrees of freedom."""
    proportion = proportion_of_failures(len(violated), sum(violated), probability)
    statistic = proportion.statistic + independence(violated).statistic
    return LikelihoodRatio(statistic, math.exp(-statistic / 2))


def _with_one_degree(statistic: float) -> LikelihoodRatio:
    # Rounding may leave a ratio of equal likelihoods a little below 0.
    statistic = max(0.0, statistic)
    return LikelihoodRatio(statistic, math.erfc(math.sqrt(statistic / 2)))


def _own_log_likelihood(hits: Sequence[bool]) -> float:
    return _log_likelihood(sum(hits), len(hits), sum(hits) / len(hits)) if hits else 0.0


def _log_likelihood(hits: int, trials: int, probability: float) -> float:
    """Return the log of p^hits * (1 - p)^(trials - hits), where 0^0 is 1."""
    total = 0.0
    for count, chance in ((hits, probability), (trials - hits, 1 - probability)):
        if count:
            total += count * math.log(chance)
    return total
