"""Value at risk and expected shortfall of a sample of losses."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from exchange.margin.parameters import Measure

Floats = NDArray[np.float64]


def least_sample(confidence: float) -> int:
    """Return how many losses a measure at a confidence needs: 1 / (1 - confidence), so that one is beyond."""
    return math.ceil(round(1 / (1 - confidence), 6))


def value_at_risk(losses: Floats, confidence: float) -> float:
    """Return the least of the losses that a new one exceeds with a chance of at most 1 - confidence.

    Of n losses alike in distribution and their order, a further one exceeds the k-th worst with chance
    k / (n + 1): margin must hold tomorrow, so k is the largest for which that is small enough. The
    quantile of the sample itself would be exceeded twice as often as it says for 100 losses at 99 %.
    Raises ValueError as tail_measure does.
    """
    worst = _worst_first(losses, confidence)
    # Rounded, because (199 + 1) * (1 - 0.95) is a little more than 10 in floats.
    return float(worst[math.floor(round((len(losses) + 1) * (1 - confidence), 9)) - 1])


def expected_shortfall(losses: Floats, confidence: float) -> float:
    """Return the mean of the worst share 1 - confidence of the losses.

    Where that share is no whole number of losses, the last counts in part (Acerbi and Tasche 2002).
    Raises ValueError as tail_measure does.
    """
    worst = _worst_first(losses, confidence)
    count = round(len(losses) * (1 - confidence), 9)
    whole = math.floor(count)
    return float((worst[:whole].sum() + (count - whole) * worst[whole]) / count)


def tail_measure(losses: Floats, confidence: float, measure: Measure) -> float:
    """Return the measure of a sample, at least 0; a shortfall is no less than the value at risk.

    Raises ValueError where the sample is smaller than least_sample or confidence not in (0, 1).
    """
    least = max(0.0, value_at_risk(losses, confidence))
    return (
        least if measure == "value_at_risk" else max(least, expected_shortfall(losses, confidence))
    )


def _worst_first(losses: Floats, confidence: float) -> Floats:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence} is not between 0 and 1")
    least = least_sample(confidence)
    if len(losses) < least:
        raise ValueError(f"{len(losses)} losses, at least {least} for confidence {confidence}")
    return np.sort(losses)[::-1]
