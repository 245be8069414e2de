"""What the economy is calibrated to: published figures, each with its source and its knob.

[R] is quoted from a primary by a public research note, [S] press, [D] computed from published prices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple, TypeAlias

import numpy as np

from clients.economy import measures
from clients.economy.measures import Series

FIRST_DAYS = 2
"""Levels are the mean of so many first days: nothing has befallen the economy yet."""

Run: TypeAlias = Mapping[str, Series]
"""The series of one seed by underlying."""


class Knob(StrEnum):
    """The parameter that a target sets; a target without one is only compared."""

    VALUE = "value_usd"
    SHORT_VOLATILITY = "short_volatility"
    DEPRECIATION = "depreciation"
    PREMIUM = "premium of neoclouds"
    THRESHOLDS = "raise_at, cut_at of neoclouds"
    NONE = "none"


class Target(NamedTuple):
    """One figure to meet; tolerance: how far off (absolute) the mean over seeds may be."""

    name: str
    underlying: str
    wanted: float
    tolerance: float
    source: str
    knob: Knob
    measure: Callable[[Series], float]


def _level(series: Series) -> float:
    return float(np.nanmean(series.broad[:FIRST_DAYS]))


def _volatility(series: Series) -> float:
    return measures.volatility(series.broad)


def _still(series: Series) -> float:
    return measures.still_days(series.tracked)


def _premium(series: Series) -> float:
    return float(np.nanmean(series.lists / series.transaction))


def _slope(series: Series) -> float:
    return float(np.nanmean(series.forward))


def _gap_quantile(part: float) -> Callable[[Series], float]:
    return lambda series: float(np.nanquantile(series.broad / series.transaction - 1, part))


_LEVELS = "broad index, April to October 2026 [R]"
_VOLATILITY = "daily logs to August 2026 [R]"
_CURVE = "forwards of 7 September 2026 [R]"

TARGETS: tuple[Target, ...] = (
    Target("level, $/GPU-h", "A100", 1.50, 0.08, _LEVELS, Knob.VALUE, _level),
    Target("level, $/GPU-h", "H100", 2.60, 0.13, _LEVELS, Knob.VALUE, _level),
    Target("level, $/GPU-h", "H200", 3.25, 0.17, _LEVELS, Knob.VALUE, _level),
    Target("level, $/GPU-h", "B200", 5.50, 0.28, _LEVELS, Knob.VALUE, _level),
    Target("volatility a year", "A100", 0.15, 0.02, _VOLATILITY, Knob.SHORT_VOLATILITY, _volatility),
    Target("volatility a year", "H100", 0.26, 0.03, _VOLATILITY, Knob.SHORT_VOLATILITY, _volatility),
    Target("volatility a year", "B200", 0.30, 0.03, _VOLATILITY, Knob.SHORT_VOLATILITY, _volatility),
    Target(
        "days on which no tracked list moves", "H100", 0.88, 0.03, "an index of lists [R]",
        Knob.THRESHOLDS, _still,
    ),
    Target(
        "list by executed", "H100", 1.35, 0.05, "list about 35 % above clearing [R]",
        Knob.PREMIUM, _premium,
    ),
    Target("curve, 12 months", "H100", -0.19, 0.03, _CURVE, Knob.DEPRECIATION, _slope),
    Target("curve, 12 months", "B200", -0.12, 0.03, _CURVE, Knob.DEPRECIATION, _slope),
    Target(
        "spread of log lists without hyperscalers", "H100", 0.27, 0.06,
        "22 August 2026, gpurentalprices.com (CC BY 4.0) [D]", Knob.NONE,
        lambda series: float(np.nanmean(series.spread)),
    ),
    Target(
        "hyperscaler by neocloud list", "H100", 2.75, 0.5, "2.5 to 3 [R]", Knob.NONE,
        lambda series: float(np.nanmean(series.dearer)),
    ),
    Target(
        "largest cut of a list", "H100", -0.44, 0.1, "a hyperscaler, June 2025 [R]", Knob.NONE,
        lambda series: measures.largest_list_cut(series.tracked),
    ),
    Target(
        "largest fall", "H100", -0.45, 0.2, "history of the index [R]", Knob.NONE,
        lambda series: measures.drawdown(series.broad),
    ),
    Target(
        "largest rise", "H100", 0.50, 0.4, "history of the index [R]", Knob.NONE,
        lambda series: measures.run_up(series.broad),
    ),
    Target(
        "gap, 95 % quantile", "H100", 0.40, 0.1, "before the squeeze of 2026 [S]",
        Knob.NONE, _gap_quantile(0.95),
    ),
    Target(
        "gap, 5 % quantile", "H100", 0.10, 0.1, "after the squeeze of 2026 [S]",
        Knob.NONE, _gap_quantile(0.05),
    ),
)  # fmt: skip
