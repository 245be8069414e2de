"""The hedge ratio of least variance, estimated from daily changes.

h* = Cov(ΔS, ΔF)/Var(ΔF): the slope of the regression of the rental market's price on the
futures; 1 − Var(ΔS − h*·ΔF)/Var(ΔS) is its effectiveness, the regression's R². Source: L.
Ederington, "The hedging performance of the new futures markets", Journal of Finance 34 (1979)
157-170.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from clients.participants.outcome import effectiveness

FEWEST_CHANGES = 20
"""Below this a slope says too little; a default."""


def minimum_variance_ratio(
    spot_changes: Sequence[float] | npt.NDArray[np.float64],
    futures_changes: Sequence[float] | npt.NDArray[np.float64],
) -> tuple[float, float]:
    """Return the ratio of least variance and its effectiveness.

    Both are nan where there are fewer than two changes or the futures did not move. Raises
    ValueError where the two differ in length.
    """
    spot, futures = np.asarray(spot_changes, float), np.asarray(futures_changes, float)
    if len(spot) != len(futures):
        raise ValueError(f"spot_changes: {len(spot)} values beside {len(futures)} of the futures")
    if len(spot) < 2 or (variance := float(np.var(futures))) == 0:
        return math.nan, math.nan
    ratio = float(np.mean((spot - spot.mean()) * (futures - futures.mean()))) / variance
    return ratio, effectiveness(spot, spot - ratio * futures)


class RollingRatio:
    """The ratio over a moving window of days.

    A day's change of the futures is that of one and the same contract: over a roll the pair is left
    out, so that the step between two contracts is no return.
    """

    def __init__(self, window_days: int, least: float = 0.0, most: float = 1.5) -> None:
        """Keep ``window_days`` changes and bound the ratio to [least, most]."""
        self._changes: deque[tuple[float, float]] = deque(maxlen=window_days)
        self._last: tuple[float, dict[str, float]] | None = None
        self._bounds = (least, most)

    def update(self, spot: float, futures: Mapping[str, float]) -> None:
        """Take the day's price and the marks by contract, nearest contract first."""
        if self._last is not None:
            last_spot, last_futures = self._last
            for name, price in futures.items():
                if name in last_futures:
                    self._changes.append((spot - last_spot, price - last_futures[name]))
                    break
        self._last = (spot, dict(futures))

    @property
    def ratio(self) -> float | None:
        """The bounded ratio, None while there are too few changes."""
        if len(self._changes) < FEWEST_CHANGES:
            return None
        ratio, _ = minimum_variance_ratio(*np.array(self._changes).T)
        least, most = self._bounds
        return None if math.isnan(ratio) else min(most, max(least, ratio))
