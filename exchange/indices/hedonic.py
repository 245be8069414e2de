"""Hedonic normalisation: what the terms of an offer add to the logarithm of its price.

Sources: Rosen (1974) on hedonic prices; Theil and Goldberger (1961) on estimation with priors; Liang
and Zeger (1986) on errors that are clustered, here by provider.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from exchange.indices.methodology import Benchmark, Hedonic
from exchange.indices.observations import Line

CATEGORIES = ("cloud_type", "country", "form", "interconnect", "cpu", "rental", "deal")
SIZE, TERM = "log2_cluster_gpus", "term_years"
_ROUNDS = 8
_LEAST_VARIANCE = 1e-8


class Coefficient(NamedTuple):
    """An estimated log effect: its standard error, what was believed before, and the offers it is seen on."""

    name: str
    log: float
    error: float
    prior_log: float
    prior_sd: float
    offers: int
    providers: int


class Fit(NamedTuple):
    """Estimated log effects of names.

    bread: A⁻¹ of the free effects, from which errors follow. believed, sd: the priors. variance: of what
    is left unexplained. days: with prices.
    """

    names: tuple[str, ...]
    logs: NDArray[np.float64]
    bread: NDArray[np.float64]
    believed: NDArray[np.float64]
    sd: NDArray[np.float64]
    variance: float
    days: int


class Design:
    """The regressors x of offers: one row each, one column for each term that differs from the benchmark.

    A category is 1 where the offer has it; cluster size is log2(GPUs / the benchmark's); a reservation's
    term is (months - the benchmark's) / 12. Unknown terms are the benchmark's: 0.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self._places: dict[str, int] = {}
        self._matrix = np.zeros((0, 0))
        self._rows = 0

    def add(self, lines: Sequence[Line], benchmark: Benchmark) -> None:
        """Add the rows of offers."""
        effects = [_effects(line, benchmark) for line in lines]
        for row in effects:
            for name in row:
                if name not in self._places:
                    self._places[name] = len(self.names)
                    self.names.append(name)
        grown = np.zeros((self._rows + len(lines), len(self.names)))
        grown[: self._rows, : self._matrix.shape[1]] = self._matrix
        for number, row in enumerate(effects, start=self._rows):
            for name, value in row.items():
                grown[number, self._places[name]] = value
        self._matrix = grown
        self._rows += len(lines)

    def __len__(self) -> int:
        """Return the number of offers."""
        return self._rows

    def matrix(self, offers: NDArray[Any] | slice) -> NDArray[np.float64]:
        """Return the rows of offers."""
        found: NDArray[np.float64] = self._matrix[offers]
        return found


def _effects(line: Line, benchmark: Benchmark) -> dict[str, float]:
    effects: dict[str, float] = {}
    for category in CATEGORIES:
        base = getattr(benchmark, category)
        level = ("executed" if line.executed else "listed") if category == "deal" else ""
        level = level or getattr(line, category, "")
        if base is not None and level and level != base:
            effects[f"{category}.{level}"] = 1.0
    if benchmark.cluster_gpus and line.cluster_gpus and line.cluster_gpus != benchmark.cluster_gpus:
        effects[SIZE] = math.log2(line.cluster_gpus / benchmark.cluster_gpus)
    if benchmark.term_months is not None and line.term_months != benchmark.term_months:
        effects[TERM] = (line.term_months - benchmark.term_months) / 12
    return effects


class Moments(NamedTuple):
    """What one day's prices tell of the effects, with each provider's offers weighing 1 together.

    With x and y = ln p less their weighted means of the day: gram X'WX, moment X'Wy, square y'Wy and
    weight, the number of providers.
    """

    gram: NDArray[np.float64]
    moment: NDArray[np.float64]
    square: float
    weight: float


def within_day(
    rows: NDArray[np.float64], log_price: NDArray[np.float64], provider: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return one day's x and y less their weighted means, and the weights 1 / offers of the provider."""
    weights = 1.0 / np.bincount(provider)[provider]
    total = weights.sum()
    return rows - weights @ rows / total, log_price - weights @ log_price / total, weights


def moments(
    rows: NDArray[np.float64], log_price: NDArray[np.float64], provider: NDArray[np.intp]
) -> Moments:
    """Return a day's moments from m offers: regressors float64[m, k], log prices, providers."""
    if not len(rows):
        width = rows.shape[1]
        return Moments(np.zeros((width, width)), np.zeros(width), 0.0, 0.0)
    x, y, weights = within_day(rows, log_price, provider)
    weighted = x * weights[:, None]
    return Moments(weighted.T @ x, weighted.T @ y, float(weights @ y**2), float(weights.sum()))


def estimate(days: Sequence[Moments], names: Sequence[str], rule: Hedonic) -> Fit:
    """Estimate the effects b of ln p = d_day + x b + e, d being an effect of each day.

    Moments are averaged over days, so that a price that is printed again tells nothing new, and each
    provider weighs 1. With the priors b ~ N(b0, S),
    b = b0 + (X'WX / s² + S⁻¹)⁻¹ X'W (y - X b0) / s²: where prices tell nothing, the prior stands.
    """
    count = len(names)
    gram, moment, square, weight = np.zeros((count, count)), np.zeros(count), 0.0, 0.0
    told = [each for each in days if each.weight > 0]
    for each in told:
        # A regressor that came up later was 0 until then.
        width = len(each.moment)
        gram[:width, :width] += each.gram / len(told)
        moment[:width] += each.moment / len(told)
        square += each.square / len(told)
        weight += each.weight / len(told)
    priors = [rule.prior(name) for name in names]
    believed = np.array([prior.log for prior in priors])
    sd = np.array([prior.sd for prior in priors])
    free = sd > 0
    logs = believed.copy()
    left = square - 2 * float(believed @ moment) + float(believed @ gram @ believed)
    variance = max(_LEAST_VARIANCE, left / weight) if weight else 1.0
    bread = np.zeros((count, count))
    for _ in range(_ROUNDS if weight and free.any() else 0):
        inverse = np.linalg.inv(gram[np.ix_(free, free)] / variance + np.diag(sd[free] ** -2))
        logs[free] = believed[free] + inverse @ (moment - gram @ believed)[free] / variance
        bread[np.ix_(free, free)] = inverse
        left = square - 2 * float(logs @ moment) + float(logs @ gram @ logs)
        variance = max(_LEAST_VARIANCE, left / weight)
    return Fit(tuple(names), logs, bread, believed, sd, variance, len(told))


def describe(
    found: Fit,
    days: Sequence[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]],
    offers: Sequence[NDArray[np.int64]],
) -> tuple[Coefficient, ...]:
    """Return the coefficients with standard errors that allow for whatever one provider's prices share.

    days: regressors, log prices and providers of each day; offers: numbers of its offers. The variance is
    A⁻¹ (sum over providers of g g' + S⁻¹) A⁻¹, with A = X'WX / s² + S⁻¹ and g a provider's scores.
    """
    count = len(found.names)
    places = np.concatenate([np.zeros(0, np.intp), *(provider for _, _, provider in days)])
    scores = np.zeros((int(places.max(initial=-1)) + 1, count))
    seen: list[set[int]] = [set() for _ in range(count)]
    owners: list[set[int]] = [set() for _ in range(count)]
    for (rows, log_price, provider), numbers in zip(days, offers, strict=True):
        x, y, weights = within_day(rows, log_price, provider)
        left = weights * (y - x @ found.logs) / found.variance / len(days)
        np.add.at(scores, provider, x * left[:, None])
        for place in range(count):
            has = rows[:, place] != 0
            seen[place].update(numbers[has].tolist())
            owners[place].update(provider[has].tolist())
    precision = np.diag(np.where(found.sd > 0, np.maximum(found.sd, 1e-9) ** -2, 0.0))
    covariance = found.bread @ (scores.T @ scores + precision) @ found.bread
    errors = np.sqrt(np.maximum(0.0, np.diag(covariance)))
    return tuple(
        Coefficient(
            name,
            float(found.logs[place]),
            float(errors[place]),
            float(found.believed[place]),
            float(found.sd[place]),
            len(seen[place]),
            len(owners[place]),
        )
        for place, name in enumerate(found.names)
    )
