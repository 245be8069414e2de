"""What a binary on the mean of a month's fixings is worth.

The mean of lognormal fixings is taken for lognormal with the same first two moments, here with the
variance of the mean of Brownian fixings (``exchange.contracts.averaging``). Source of the
approximation: E. Levy, "Pricing European average rate currency options", Journal of International
Money and Finance 11 (1992) 474-491.
"""

from __future__ import annotations

import math
from statistics import NormalDist

_NORMAL = NormalDist()


def probability_above(forward: float, strike: float, deviation: float) -> float:
    """Return P(mean > strike) for a lognormal mean of that expectation.

    forward: expectation of the mean, known fixings included. deviation: standard deviation of its
    logarithm, 0 for a mean that is known. Raises ValueError unless forward and strike are positive.
    """
    if forward <= 0 or strike <= 0:
        raise ValueError("forward and strike are positive")
    if deviation <= 0:
        return 1.0 if forward > strike else 0.0
    return _NORMAL.cdf(math.log(forward / strike) / deviation - deviation / 2)
