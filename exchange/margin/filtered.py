"""Filtered historical simulation: past returns, brought to today's volatility.

Barone-Adesi, Giannopoulos and Vosper 1999; with exponentially weighted variance as in Hull and White
1998, "Incorporating volatility updating into the historical simulation method for value-at-risk".
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from exchange.margin.parameters import HorizonRule

Floats = NDArray[np.float64]

START_DAYS = 30
"""The variance starts as the mean square of this many returns; a default of this model."""
VOLATILITY_FLOOR = 0.25
"""Volatility counts as no less than this share of the mean so far; a default of this model.

Prices of lists stand still for weeks: their weighted variance goes towards 0, and the step that ends the
pause would be thousands of standard deviations.
"""


def volatilities(
    returns: Floats,
    decay: float,
    first_variance: float | None = None,
    floor: float = VOLATILITY_FLOOR,
) -> Floats:
    """Return the volatility forecast before each return and, last, that for the next: float64[n + 1].

    variance[t + 1] = decay * variance[t] + (1 - decay) * return[t]^2; it knows nothing of t or later but
    for the start: first_variance, or the mean square of the first START_DAYS returns (of all, where those
    are 0). floor: see VOLATILITY_FLOOR. Raises ValueError where no return differs from 0.
    """
    squares = returns**2
    if not squares.any():
        raise ValueError("no return differs from 0, so there is no volatility")
    start = squares[:START_DAYS] if squares[:START_DAYS].any() else squares
    variance = float(np.mean(start)) if first_variance is None else first_variance
    forecasts = np.empty(len(returns) + 1)
    forecasts[0] = math.sqrt(variance)
    total, started = variance * START_DAYS, START_DAYS
    for day, square in enumerate(squares.tolist(), start=1):
        variance = decay * variance + (1 - decay) * square
        total += square
        mean = total / (started + day)
        forecasts[day] = math.sqrt(max(variance, floor**2 * mean))
    return forecasts


def filtered_returns(returns: Floats, forecasts: Floats) -> Floats:
    """Return each return times the next volatility over its own: what it would be tomorrow.

    forecasts: of volatilities, one longer than returns.
    """
    scaled: Floats = returns * (forecasts[-1] / forecasts[:-1])
    return scaled


def over_horizon(daily: Floats, horizon_days: float, rule: HorizonRule) -> Floats:
    """Return moves over a horizon from daily ones.

    square_root: each times the root of horizon_days, as if days were independent; overlapping: the sums
    of each horizon_days in a row, which keeps trends and reversals but repeats each day.
    Raises ValueError where overlapping is asked of a broken number of days or of too few moves.
    """
    if rule == "square_root":
        return daily * math.sqrt(horizon_days)
    days = int(horizon_days)
    if days != horizon_days or not 1 <= days <= len(daily):
        raise ValueError(f"{len(daily)} days have no overlapping sums of {horizon_days} days")
    totals = np.cumsum(np.concatenate(([0.0], daily)))
    sums: Floats = totals[days:] - totals[:-days]
    return sums
