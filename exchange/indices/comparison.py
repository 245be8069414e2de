"""Comparing indices: the gap between two, what each provider contributes, what each one's absence does."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from exchange.indices.calculation import Calculation
from exchange.indices.methodology import Terms
from exchange.indices.publication import IndexPrint
from exchange.indices.weighting import capped, dispersion, weighted_mean


class Contribution(NamedTuple):
    """One provider over some prints.

    days: that it counts in. price: its mean, $. weight: mean over all prints. pull: mean of
    weight × (its price - the index), $, by which it draws the index. without: change of the mean of the
    prints, as a share, were it not there. withheld: prints that would then be withheld.
    """

    provider: str
    days: int
    price: float
    weight: float
    pull: float
    without: float
    withheld: int


def gaps(broad: Iterable[IndexPrint], transaction: Iterable[IndexPrint]) -> dict[int, float]:
    """Return broad / transaction - 1 for each day on which both have a price."""
    other = {each.day: each.price_micros for each in transaction if each.price_micros}
    return {
        each.day: each.price_micros / price - 1
        for each in broad
        if each.price_micros and (price := other.get(each.day))
    }


def contributions(calculations: Sequence[Calculation], terms: Terms) -> list[Contribution]:
    """Return every provider's part in printed days, the largest weight first.

    Absence is calculated with each day's coefficients, bands and winsor bounds as they were: only the
    weights and the rules for withholding are applied anew.
    """
    printed = [each for each in calculations if each.price_micros is not None]
    parts: dict[str, _Part] = {}
    total = math.fsum(each.steps["price"] for each in printed)
    for each in printed:
        names = list(each.providers)
        prices = prices_without(each, terms)
        weights, means, price = each.weights, each.providers, float(each.steps["price"])
        for name, absent in zip(names, prices.tolist(), strict=True):
            part = parts.setdefault(name, _Part())
            part.days += 1
            part.price += means[name]
            part.weight += weights[name]
            part.pull += weights[name] * (means[name] - price)
            if math.isnan(absent):
                part.withheld += 1
                part.lost += price
            else:
                part.change += absent - price
    found = [
        Contribution(
            name,
            part.days,
            part.price / part.days,
            part.weight / len(printed),
            part.pull / len(printed),
            part.change / (total - part.lost) if part.withheld < len(printed) else math.nan,
            part.withheld,
        )
        for name, part in parts.items()
    ]
    return sorted(found, key=lambda each: (-each.weight, each.provider))


@dataclass
class _Part:
    """Sums over the prints in which one provider counts."""

    days: int = 0
    price: float = 0.0
    weight: float = 0.0
    pull: float = 0.0
    change: float = 0.0
    lost: float = 0.0
    withheld: int = 0


def prices_without(calculation: Calculation, terms: Terms) -> NDArray[np.float64]:
    """Return the price of a day without each of its providers in turn; nan where it would be withheld."""
    means = np.array(list(calculation.providers.values()))
    volumes = np.array(list(calculation.steps["volumes"].values()), float)
    count = len(means)
    prices = np.full(count, np.nan)
    if count - 1 < terms.withhold.min_providers:
        return prices
    cap = terms.weights.cap
    rest = volumes.sum() - volumes
    first, second = np.sort(volumes)[[-1, -2]]
    largest = np.where(np.arange(count) == volumes.argmax(), second, first)
    plain = (rest > 0) & (largest <= cap * rest) & ((count - 1) * cap > 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = ((volumes @ means) - volumes * means) / rest
        square = ((volumes @ means**2) - volumes * means**2) / rest
        spread = np.sqrt(np.maximum(0.0, square - mean**2)) / mean
    prices[plain] = mean[plain]
    for place in np.flatnonzero(~plain).tolist():
        # Where a cap binds, what it takes from one goes to the others.
        others = np.delete(means, place)
        shares = capped(np.delete(volumes, place), cap)
        prices[place], spread[place] = weighted_mean(others, shares), dispersion(others, shares)
    return np.where(spread > terms.withhold.max_dispersion, np.nan, prices)


def volatility(prints: Sequence[IndexPrint]) -> float:
    """Return the realised volatility a year: sqrt(365 × sum of squared log moves / days that they took)."""
    known = [(each.day, each.price_micros) for each in prints if each.price_micros]
    moves = [
        (math.log(after / before) ** 2, day - former)
        for (former, before), (day, after) in itertools.pairwise(known)
    ]
    days = sum(elapsed for _, elapsed in moves)
    return math.sqrt(365 * math.fsum(square for square, _ in moves) / days) if days else math.nan
