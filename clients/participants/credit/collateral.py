"""What a fleet is worth as collateral: its forward rental value, discounted.

A month of a GPU brings 730 hours × (utilisation × forward price − running cost), and nothing where
that is negative, since an idle GPU can be switched off. The value is the sum over the months of life
that are left, discounted at the lender's rate.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from clients.participants.contract_months import HOURS_A_MONTH, MONTHS_A_YEAR


def fleet_value_micros(
    gpus: int,
    forwards_micros: Sequence[float],
    utilisation: float,
    cost_micros: float,
    rate_a_year: float,
) -> int:
    """Return the value of a fleet in micro-dollars.

    forwards_micros: price per GPU-hour of each month of life left, the coming one first.
    cost_micros: running cost per GPU-hour, rented or not.
    """
    prices = np.asarray(forwards_micros, dtype=np.float64)
    margin = np.maximum(0.0, utilisation * prices - cost_micros)
    return round(gpus * HOURS_A_MONTH * float(margin @ discount_factors(len(prices), rate_a_year)))


def delta_hours(
    gpus: int,
    forwards_micros: Sequence[float],
    utilisation: float,
    cost_micros: float,
    rate_a_year: float,
) -> npt.NDArray[np.float64]:
    """Return by how many micro-dollars the value moves with each month's price: GPU-hours."""
    prices = np.asarray(forwards_micros, dtype=np.float64)
    earns = utilisation * prices > cost_micros
    factors = discount_factors(len(prices), rate_a_year)
    return gpus * HOURS_A_MONTH * utilisation * factors * earns


def discount_factors(months: int, rate_a_year: float) -> npt.NDArray[np.float64]:
    """Return what a dollar at the end of each of the coming months is worth now."""
    ends = np.arange(1, months + 1) / MONTHS_A_YEAR
    factors: npt.NDArray[np.float64] = (1 + rate_a_year) ** -ends
    return factors
