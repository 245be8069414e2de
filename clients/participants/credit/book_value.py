"""What a GPU is worth in the books: straight-line over its useful life.

Companies have used six years, and three to four (both are parameters of the vehicle): the market
value of the same GPU falls when a new generation is launched, and the book value does not.
"""

from __future__ import annotations

DAYS_A_YEAR = 365


def straight_line_micros(
    cost_micros: int, age_days: int, life_years: float, salvage: float = 0.0
) -> int:
    """Return the book value after so many days; ``salvage`` is the part of the cost that remains.

    Raises ValueError unless the life is above 0 and the salvage within [0, 1].
    """
    if life_years <= 0:
        raise ValueError(f"life_years: {life_years} is not above 0")
    if not 0 <= salvage <= 1:
        raise ValueError(f"salvage: {salvage} is not in [0, 1]")
    used = min(1.0, max(0.0, age_days / (life_years * DAYS_A_YEAR)))
    return round(cost_micros * (1 - used * (1 - salvage)))
