"""What a new instrument is worth before anybody trades it: the index, a curve, a lognormal mean.

These are first marks only; from then on the core's mark rule decides.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from exchange.contracts.calendar import NS_PER_SECOND, ContractMonth, instant_ns
from exchange.contracts.months import expiry_ns, fixing_instants_ns
from exchange.contracts.terms import ContractSpec

NS_PER_YEAR = 31_536_000 * NS_PER_SECOND


def forward_micros(
    spec: ContractSpec, month: ContractMonth, at_ns: int, index_micros: int
) -> float:
    """Return the price of a contract month on the family's curve, in micro-dollars per GPU-hour.

    The curve is read at the middle of what is left of the fixings. Raises ValueError for a family
    without listing and curve.
    """
    if spec.listing is None or spec.curve is None:
        raise ValueError(f"{spec.family} has no curve")
    end_ns = start_ns = expiry_ns(month, spec.listing)
    if spec.settlement is not None and spec.settlement.fixings != "last_day":
        first_ns = instant_ns(month.first_day, "00:00", "UTC")
        # The fixings of a quarter begin two months before.
        start_ns = min(first_ns, *fixing_instants_ns(spec, month))
    middle_ns = (max(start_ns, at_ns) + end_ns) // 2
    years = (middle_ns - at_ns) / NS_PER_YEAR
    return index_micros * math.exp(float(spec.curve.slope_per_year) * years)


def chance_above(
    forward: float, strike: float, volatility_per_year: float, variance_years: float
) -> float:
    """Return the probability that a lognormal mean ends above a strike: Φ(ln(F/K)/s - s/2).

    s^2 is volatility^2 * variance_years; forward and strike in one unit, above 0. Black 1976 for a binary
    without interest. Without variance it is 1, 0, or one half at the strike itself.
    """
    deviation = volatility_per_year * math.sqrt(variance_years)
    distance = math.log(forward / strike)
    if deviation == 0:
        return 0.5 if distance == 0 else float(distance > 0)
    return NormalDist().cdf(distance / deviation - deviation / 2)


def mean_variance_years(spec: ContractSpec, month: ContractMonth, at_ns: int) -> float:
    """Return the variance of a month's mean over a year's variance of the index.

    Of N fixings the k that are left come at the times t of a Brownian motion: the sum of min(t_i, t_j)
    over all pairs, by N^2. The others move no more.
    """
    instants = fixing_instants_ns(spec, month)
    years = [(instant - at_ns) / NS_PER_YEAR for instant in instants if instant > at_ns]
    # In order each is the lesser of itself and those after it, which are as many pairs twice and itself once.
    pairs = (year * (2 * after + 1) for after, year in enumerate(reversed(years)))
    return math.fsum(pairs) / max(1, len(instants)) ** 2
