"""From an index history to margin parameters: scan ranges, the generation spread and the index basis."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from exchange.margin.filtered import filtered_returns, over_horizon, volatilities
from exchange.margin.history import History, spread
from exchange.margin.parameters import Calibration, Generation, ScanCurve
from exchange.margin.stressed import stressed_period, weighted
from exchange.margin.tail import least_sample, tail_measure

Floats = NDArray[np.float64]

LEAST_RANGE = 0.001
"""A range is no less than 0.1 % of the price: one of nothing would be no margin at all."""
LEAST_APART = 1.0
"""Weights of two generations whose spread is measured lie at least this far apart."""


class Side(NamedTuple):
    """What a side may lose over the horizon, as log-moves: today's, the stressed period's, and margin's."""

    current: float
    stressed: float
    margin: float


class Range(NamedTuple):
    """How far an index may move over the horizon.

    long: from falls, short: from rises; move: the larger of the two as a fraction of the price.
    """

    history: History
    volatility_per_year: float
    long: Side
    short: Side
    move: float


def measure(history: History, terms: Calibration) -> Range:
    """Return an index's range by filtered historical simulation over its newest returns.

    The returns are scaled to the volatility forecast for tomorrow, carried to the horizon, and measured;
    the same measure of the unscaled returns of the stressed period has its weight (see stressed).
    Raises ValueError where the history is too short for the confidence or never moves.
    """
    recent = history.last(terms.look_back_days)
    least = least_sample(terms.confidence)
    if len(recent.returns) < least:
        raise ValueError(
            f"{history.underlying}: {len(recent.returns)} daily returns, at least {least} for "
            f"confidence {terms.confidence}"
        )
    forecasts = volatilities(recent.returns, terms.decay)
    scaled = filtered_returns(recent.returns, forecasts)
    # A stressed period shorter than what the confidence needs would measure nothing.
    days = max(terms.stressed_days, least + math.ceil(terms.horizon_days))
    stressed = history.returns[stressed_period(history.returns, days)]
    long = _side(-scaled, -stressed, terms)
    short = _side(scaled, stressed, terms)
    move = max(-math.expm1(-long.margin), math.expm1(short.margin), LEAST_RANGE)
    volatility = float(forecasts[-1]) * math.sqrt(365)
    return Range(history, volatility, long, short, min(1.0, move))


def _side(losses: Floats, stressed_losses: Floats, terms: Calibration) -> Side:
    current, stressed = (
        tail_measure(
            over_horizon(each, terms.horizon_days, terms.horizon_rule),
            terms.confidence,
            terms.measure,
        )
        for each in (losses, stressed_losses)
    )
    return Side(current, stressed, weighted(current, stressed, terms.stressed_weight))


def scan_curve(found: Range, former: ScanCurve, terms: Calibration) -> ScanCurve:
    """Return the scan ranges of futures on an index: its range times futures_over_index at the front.

    An index has no tenors: how ranges fall along the curve stays as it was.
    """
    front = found.move * terms.futures_over_index
    ranges = (min(1.0, max(LEAST_RANGE, front * each / former.ranges[0])) for each in former.ranges)
    return ScanCurve(days=former.days, ranges=tuple(round(each, 4) for each in ranges))


def generation_move(
    histories: Iterable[History], generation: Generation, terms: Calibration
) -> tuple[float, list[Range]]:
    """Return the generation parameter that covers every pair of the histories, and each pair's range.

    Pairs whose weights lie less than 1 apart do not count: a scenario of one line cannot hold chips of
    neighbouring generations apart without moving those at its ends further than they go alone.
    Raises ValueError where no pair remains, or as measure does.
    """
    named = [each for each in histories if each.underlying in generation.weights]
    pairs = [
        (older, newer, apart)
        for older, newer in combinations(named, 2)
        if (apart := abs(_weight(older, generation) - _weight(newer, generation))) >= LEAST_APART
    ]
    if not pairs:
        raise ValueError("no two generations in the history")
    ranges = [measure(spread(older, newer), terms) for older, newer, _ in pairs]
    move = max(
        found.move * terms.futures_over_index / apart
        for found, (_, _, apart) in zip(ranges, pairs, strict=True)
    )
    return round(min(1.0, move), 4), ranges


def _weight(history: History, generation: Generation) -> float:
    return generation.weights[history.underlying]


def basis_move(
    broad: Mapping[str, History], transaction: Mapping[str, History], terms: Calibration
) -> tuple[float, list[Range]]:
    """Return the basis parameter that covers each underlying of both indices, and each one's range.

    Raises ValueError where none is in both, or as measure does.
    """
    common = sorted(broad.keys() & transaction.keys())
    if not common:
        raise ValueError("no underlying is in both histories")
    ranges = [measure(spread(broad[name], transaction[name]), terms) for name in common]
    move = max(found.move for found in ranges) * terms.futures_over_index
    return round(min(1.0, move), 4), ranges
