"""Comparing indices: the gap between two, what each provider contributes, what each one's absence does."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

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
    names = sorted({name for each in printed for name in each.providers})
    found = []
    for name in names:
        mine = [each for each in printed if name in each.providers]
        remaining = [(each, without(each, name, terms)) for each in printed]
        pairs = [(each.steps["price"], price) for each, price in remaining if price is not None]
        change = math.nan
        if pairs:
            before, after = (math.fsum(column) for column in zip(*pairs, strict=True))
            change = after / before - 1
        pulls = [each.weights[name] * (each.providers[name] - each.steps["price"]) for each in mine]
        found.append(
            Contribution(
                name,
                len(mine),
                math.fsum(each.providers[name] for each in mine) / len(mine),
                math.fsum(each.weights[name] for each in mine) / len(printed),
                math.fsum(pulls) / len(printed),
                change,
                len(remaining) - len(pairs),
            )
        )
    return sorted(found, key=lambda each: (-each.weight, each.provider))


def without(calculation: Calculation, provider: str, terms: Terms) -> float | None:
    """Return the price of a day without one provider, None where it would be withheld."""
    means = calculation.providers
    if provider not in means:
        return float(calculation.steps["price"])
    names = [name for name in means if name != provider]
    if len(names) < terms.withhold.min_providers:
        return None
    volumes = calculation.steps["volumes"]
    shares = capped(np.array([volumes[name] for name in names]), terms.weights.cap)
    values = np.array([means[name] for name in names])
    if dispersion(values, shares) > terms.withhold.max_dispersion:
        return None
    return weighted_mean(values, shares)


def volatility(prints: Sequence[IndexPrint]) -> float:
    """Return the realised volatility a year: sqrt(365 × sum of squared log moves / days that they took)."""
    known = [(each.day, each.price_micros) for each in prints if each.price_micros]
    moves = [
        (math.log(after / before) ** 2, day - former)
        for (former, before), (day, after) in itertools.pairwise(known)
    ]
    days = sum(elapsed for _, elapsed in moves)
    return math.sqrt(365 * math.fsum(square for square, _ in moves) / days) if days else math.nan
