"""A future on the mean of a month's fixings: its value inside the month, and how much it still moves."""

from __future__ import annotations

import math
from collections.abc import Sequence


def month_average(known: Sequence[float], forwards: Sequence[float]) -> float:
    """Return the fair price of a future on a mean: F = (sum of known + sum of forwards) / N.

    known: the fixings that are published; forwards: the forward price of each that is to come. Both in one
    unit; N is the number of both. Raises ValueError where there are none.
    """
    count = len(known) + len(forwards)
    if not count:
        raise ValueError("a mean needs at least one fixing")
    return (math.fsum(known) + math.fsum(forwards)) / count


def exposure_left(fixings: int, known: int) -> float:
    """Return the share of a position that still moves: (fixings left) / (all fixings).

    The *diminishing balance* of a contract inside its month. Raises ValueError unless
    0 <= known <= fixings and there is a fixing.
    """
    if fixings < 1 or not 0 <= known <= fixings:
        raise ValueError(
            f"known {known} is not within 0 to fixings {fixings}, of which there is one"
        )
    return (fixings - known) / fixings


def variance_factor(fixings: int) -> float:
    """Return the variance of a mean of Brownian fixings over that of the last of them.

    (N + 1)(2N + 1) / (6 N^2): 1 for one fixing, towards 1/3 for many. The fixings lie equally far
    apart, the first one step from now. Raises ValueError below one fixing.
    """
    if fixings < 1:
        raise ValueError(f"fixings {fixings} is below 1")
    return (fixings + 1) * (2 * fixings + 1) / (6 * fixings**2)


def variance_factor_inside(fixings: int, known: int) -> float:
    """Return the variance of a mean over that of its last fixing, when some of them are known.

    With k = N - n left it is (k / N)^2 variance_factor(k): only what is to come moves. The steps are as in
    variance_factor, counted from now; 0 where all are known. Raises ValueError as exposure_left does.
    """
    share = exposure_left(fixings, known)
    return share**2 * variance_factor(fixings - known) if share else 0.0
