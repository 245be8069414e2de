"""The closed form of optimal quoting under inventory risk.

Source: M. Avellaneda and S. Stoikov, "High-frequency trading in a limit order book", Quantitative
Finance 8 (2008) 217-224, section 3.2, for the arrival rate A·exp(-k·distance). Prices, σ per
square root of time, 1/k and 1/γ per unit of inventory are all in one price unit; which, is the
caller's choice.
"""

from __future__ import annotations

import math
from typing import NamedTuple


class Quotes(NamedTuple):
    """The pair of prices that an optimal quoter shows."""

    bid: float
    ask: float


def reservation_price(
    mid: float, inventory: float, gamma: float, sigma: float, time_left: float
) -> float:
    """Return r = s − q·γ·σ²·(T−t), the price of indifference to one more unit."""
    return mid - inventory * gamma * sigma**2 * time_left


def optimal_spread(gamma: float, sigma: float, time_left: float, k: float) -> float:
    """Return δᵃ + δᵇ = γ·σ²·(T−t) + (2/γ)·ln(1 + γ/k), the distance from bid to ask.

    Raises ValueError unless gamma and k are positive.
    """
    if gamma <= 0 or k <= 0:
        raise ValueError("gamma and k are positive")
    return gamma * sigma**2 * time_left + 2 / gamma * math.log1p(gamma / k)


def quotes(
    mid: float, inventory: float, gamma: float, sigma: float, time_left: float, k: float
) -> Quotes:
    """Return the reservation price with half the optimal spread on each side."""
    centre = reservation_price(mid, inventory, gamma, sigma, time_left)
    half = optimal_spread(gamma, sigma, time_left, k) / 2
    return Quotes(centre - half, centre + half)
