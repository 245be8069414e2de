"""From prices to one price: provider means, capped weights, dispersion, winsorising."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def capped(weights: NDArray[np.float64], cap: float) -> NDArray[np.float64]:
    """Return shares that sum to 1 and of which none is above the cap.

    w_i = min(cap, w_i / sum), the excess spread over the others in proportion, until none is above.
    Where n × cap < 1 no such shares exist, and all are 1 / n.
    """
    count = len(weights)
    total = math.fsum(weights)
    if count * cap <= 1 or total <= 0:
        return np.full(count, 1 / count) if count else weights
    shares = weights / total
    held = np.zeros(count, bool)
    while True:
        over = (shares > cap * (1 + 1e-12)) & ~held
        if not over.any():
            return shares
        held |= over
        free = math.fsum(weights[~held])
        rest = 1 - cap * int(held.sum())
        others = weights / free * rest if free > 0 else np.full(count, rest / (~held).sum())
        shares = np.where(held, cap, others)


def weighted_mean(values: NDArray[np.float64], shares: NDArray[np.float64]) -> float:
    """Return sum(w_i x_i) / sum(w_i), rounded once, so that the order does not matter."""
    return math.fsum(values * shares) / math.fsum(shares)


def dispersion(values: NDArray[np.float64], shares: NDArray[np.float64]) -> float:
    """Return the weighted standard deviation over the weighted mean: sqrt(sum w (x - m)²) / m."""
    mean = weighted_mean(values, shares)
    return math.sqrt(weighted_mean((values - mean) ** 2, shares)) / mean


def provider_means(
    values: NDArray[np.float64], provider: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the distinct providers and the plain mean of each one's values."""
    counts = np.bincount(provider)
    distinct = np.flatnonzero(counts)
    return distinct, np.bincount(provider, values)[distinct] / counts[distinct]


def quantile(values: NDArray[np.float64], weights: NDArray[np.float64], share: float) -> float:
    """Return the lowest value with at least `share` of the weight at or below it."""
    order = np.argsort(values, kind="stable")
    running = np.cumsum(weights[order])
    place = int(np.searchsorted(running, share * running[-1] * (1 - 1e-12)))
    return float(values[order[min(place, len(order) - 1)]])


def winsor_bounds(
    values: NDArray[np.float64], weights: NDArray[np.float64], share: float
) -> tuple[float, float]:
    """Return the weighted quantiles `share` and 1 - share, to which values beyond are drawn in.

    Both count from their own end, so that what holds for the lowest prices holds for the highest.
    """
    return quantile(values, weights, share), -quantile(-values, weights, share)


def band(
    means: NDArray[np.float64], deviations: float, least_deviation: float
) -> tuple[float, float]:
    """Return the price band exp(m ± k s) of past provider means.

    m: the median of their logs. s: 1.4826 × the median distance from it (the standard deviation of a
    normal distribution: Rousseeuw and Croux 1993), at least `least_deviation`.
    """
    logs = np.log(means)
    middle = float(np.median(logs))
    spread = max(least_deviation, 1.4826 * float(np.median(np.abs(logs - middle))))
    return math.exp(middle - deviations * spread), math.exp(middle + deviations * spread)
