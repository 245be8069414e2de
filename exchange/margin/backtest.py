"""The back-test: what margin would have been each day, against what the next day brought."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from exchange.margin.coverage import (
    LikelihoodRatio,
    conditional_coverage,
    independence,
    proportion_of_failures,
)
from exchange.margin.filtered import volatilities
from exchange.margin.tail import least_sample, value_at_risk

Floats = NDArray[np.float64]

WINDOW_DAYS = 250
"""Returns from which each day's margin follows, where the history has enough; a default of this test."""
LEAST_DAYS = 20
"""Fewer tested days than this are no test."""


class Backtest(NamedTuple):
    """One side's result: long (losses from falls) or short (from rises).

    margins: the one-day value at risk before each tested day, log-return; violated: whether the day's
    loss was larger.
    """

    side: str
    confidence: float
    window_days: int
    margins: Floats
    violated: tuple[bool, ...]

    @property
    def days(self) -> int:
        """How many days were tested."""
        return len(self.violated)

    @property
    def violations(self) -> int:
        """On how many days the loss was larger than the margin."""
        return sum(self.violated)

    @property
    def expected(self) -> float:
        """How many violations the confidence allows on average."""
        return self.days * (1 - self.confidence)

    @property
    def kupiec(self) -> LikelihoodRatio:
        """Whether violations are as many as expected."""
        return proportion_of_failures(self.days, self.violations, 1 - self.confidence)

    @property
    def christoffersen(self) -> LikelihoodRatio:
        """Whether violations come independently of one another."""
        return independence(self.violated)

    @property
    def conditional(self) -> LikelihoodRatio:
        """Both tests at once."""
        return conditional_coverage(self.violated, 1 - self.confidence)


def window_days(returns: int, confidence: float) -> int:
    """Return the window for a history: WINDOW_DAYS, or half of a short one if that still can measure."""
    return max(least_sample(confidence), min(WINDOW_DAYS, returns // 2))


def backtest(returns: Floats, confidence: float, decay: float) -> tuple[Backtest, Backtest]:
    """Test one-day value at risk by filtered historical simulation: the long and the short side.

    Each day's margin follows from the window before it alone. It is the daily measure that is tested,
    because the losses of overlapping horizons are not independent, as both tests need them to be.
    Raises ValueError where fewer than LEAST_DAYS days can be tested.
    """
    window = window_days(len(returns), confidence)
    tested = len(returns) - window
    if tested < LEAST_DAYS:
        raise ValueError(
            f"{len(returns)} returns leave {max(0, tested)} days to test after a window of {window}; "
            f"{LEAST_DAYS} are needed"
        )
    forecasts = volatilities(returns, decay)
    standard = returns / forecasts[:-1]
    long, short = np.empty(tested), np.empty(tested)
    for day in range(tested):
        past = standard[day : day + window]
        forecast = forecasts[day + window]
        long[day] = forecast * max(0.0, value_at_risk(-past, confidence))
        short[day] = forecast * max(0.0, value_at_risk(past, confidence))
    came = returns[window:]
    return (
        Backtest("long", confidence, window, long, tuple((-came > long).tolist())),
        Backtest("short", confidence, window, short, tuple((came > short).tolist())),
    )
