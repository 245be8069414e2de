"""Value at risk and expected shortfall of a sample of losses."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from exchange.margin.parameters import Measure

Floats = NDArray[np.float64]


def least_sample(confidence: float) -> int:
    """Return how many losses a measure at a confidence needs: one beyond it, 1 / (1 - confidence)."""
    return math.ceil(round(1 / (1 - confidence), 6))


def value_at_risk(losses: Floats, confidence: float) -> float:
    """Return the least value that no larger share of the losses than 1 - confidence exceeds.

    That is the empirical quantile, one of the losses. Raises ValueError as tail_measure does.
    """
    return float(_worst_first(losses, confidence)[_beyond(losses, confidence)])


def expected_shortfall(losses: Floats, confidence: float) -> float:
    """Return the mean of the worst share 1 - confidence of the losses.

    Where that share is no whole number of losses, the last counts in part (Acerbi and Tasche 2002).
    Raises ValueError as tail_measure does.
    """
    worst = _worst_first(losses, confidence)
    whole = _beyond(losses, confidence)
    count = round(len(losses) * (1 - confidence), 9)
    return float((worst[:whole].sum() + (count - whole) * worst[whole]) / count)


def tail_measure(losses: Floats, confidence: float, measure: Measure) -> float:
    """Return the measure of a sample, at least 0.

    Raises ValueError where the sample is smaller than least_sample or confidence not in (0, 1).
    """
    of = expected_shortfall if measure == "expected_shortfall" else value_at_risk
    return max(0.0, of(losses, confidence))


def _beyond(losses: Floats, confidence: float) -> int:
    # Rounded, because 250 * (1 - 0.98) is a little more than 5 in floats.
    return math.floor(round(len(losses) * (1 - confidence), 9))


def _worst_first(losses: Floats, confidence: float) -> Floats:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence} is not between 0 and 1")
    least = least_sample(confidence)
    if len(losses) < least:
        raise ValueError(f"{len(losses)} losses, at least {least} for confidence {confidence}")
    return np.sort(losses)[::-1]
