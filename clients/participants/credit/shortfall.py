"""What a lender has written: a put on its collateral.

A borrower that owes D against collateral worth V hands the keys over where V < D at the end of the
term T, so the lender is short a put struck at D. Source: R. C. Merton, "On the pricing of corporate
debt: the risk structure of interest rates", Journal of Finance 29 (1974) 449-470. With V lognormal,
d1 = (ln(V/D) + (r + σ²/2)T)/(σ√T) and d2 = d1 − σ√T, the put is worth D·e^{−rT}·N(−d2) − V·N(−d1)
and moves by −N(−d1) with V.
"""

from __future__ import annotations

import math
from statistics import NormalDist

NORMAL = NormalDist()


def expected_shortfall(
    value: float, debt: float, volatility: float, years: float, rate: float = 0.0
) -> float:
    """Return the put's value: what the lender expects to lose, discounted, in the unit of the debt.

    Raises ValueError unless the volatility is above 0.
    """
    if debt <= 0:
        return 0.0
    if value <= 0 or years <= 0:
        return max(0.0, debt - value)
    d1, d2 = _d(value, debt, volatility, years, rate)
    return debt * math.exp(-rate * years) * NORMAL.cdf(-d2) - value * NORMAL.cdf(-d1)


def shortfall_delta(
    value: float, debt: float, volatility: float, years: float, rate: float = 0.0
) -> float:
    """Return N(−d1): by how much the expected shortfall falls with each dollar of collateral.

    0 where no loss can be seen, 1 where the debt is far under water. Raises ValueError as
    expected_shortfall does.
    """
    if debt <= 0:
        return 0.0
    if value <= 0 or years <= 0:
        return float(value < debt)
    return NORMAL.cdf(-_d(value, debt, volatility, years, rate)[0])


def _d(
    value: float, debt: float, volatility: float, years: float, rate: float
) -> tuple[float, float]:
    if volatility <= 0:
        raise ValueError(f"volatility: {volatility} is not above 0")
    spread = volatility * math.sqrt(years)
    d1 = (math.log(value / debt) + (rate + volatility**2 / 2) * years) / spread
    return d1, d1 - spread
