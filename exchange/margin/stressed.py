"""What keeps margin from falling too low in calm times: the weight of a stressed period.

Commission Delegated Regulation (EU) 153/2013, article 28(1)(b): at least 25 % weight to stressed
observations. Here margin is the larger of the current measure and its mean with the stressed one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def stressed_period(returns: Floats, days: int) -> slice:
    """Return where the most volatile ``days`` returns in a row lie; all where there are no more.

    Of equal ones the latest. Raises ValueError for less than one day.
    """
    if days < 1:
        raise ValueError(f"days {days} is below 1")
    if days >= len(returns):
        return slice(0, len(returns))
    totals = np.cumsum(np.concatenate(([0.0], returns**2)))
    sums = totals[days:] - totals[:-days]
    first = len(sums) - 1 - int(np.argmax(sums[::-1]))
    return slice(first, first + days)


def weighted(current: float, stressed: float, weight: float) -> float:
    """Return the larger of ``current`` and its mean with ``stressed``, which has the weight."""
    return max(current, (1 - weight) * current + weight * stressed)
