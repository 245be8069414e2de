"""Calibration by the simulated method of moments, one parameter for each moment.

Every targeted figure is measured on several seeds and its own parameter is moved towards what would
meet it: in proportion for what scales (levels, volatility), by the square root of the rate for
thresholds (the time between changes of a list that wanders grows with their square), in logs for
premium and drift. A few rounds settle it since each figure depends little on the other parameters.
McFadden (1989) for the method.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from clients.economy.economy import Economy
from clients.economy.measures import Recorder
from clients.economy.parameters import Generation, Parameters
from clients.economy.targets import TARGETS, Knob, Run, Target

NEOCLOUD = "neocloud"
LOWEST, HIGHEST = 0.5, 2.0
"""How far one round may change a parameter, as a factor."""
SAME_SETTING = {"H200": "H100"}
"""Generations without targets of their own, and whose short-run volatility and drift they follow."""


class Fit(NamedTuple):
    """A target, and what the seeds came to: their mean, and its standard error."""

    target: Target
    achieved: float
    error: float

    @property
    def met(self) -> bool:
        """Whether the mean is within the tolerance."""
        return abs(self.achieved - self.target.wanted) <= self.target.tolerance


def simulate(
    params: Parameters, seed: int, days: int, tick: Callable[[], None] = lambda: None
) -> Run:
    """Return the series of one seed; ``tick`` is called after each day."""
    economy, recorder = Economy(params, seed=seed), Recorder()
    for _ in range(days):
        recorder.take(economy.step())
        tick()
    return {name: recorder.series(name) for name in recorder.underlyings}


def fit(runs: Sequence[Run], targets: Sequence[Target] = TARGETS) -> tuple[Fit, ...]:
    """Measure every target whose underlying the runs have."""
    fits = []
    for target in targets:
        if all(target.underlying in run for run in runs):
            figures = np.array([target.measure(run[target.underlying]) for run in runs])
            spread = figures.std(ddof=1) if len(figures) > 1 else np.nan
            error = float(spread / np.sqrt(len(figures)))
            fits.append(Fit(target, float(figures.mean()), error))
    return tuple(fits)


def adjust(params: Parameters, fits: Sequence[Fit]) -> Parameters:
    """Return parameters moved towards the targets that have a knob."""
    for each in fits:
        params = _turn(params, each)
    for follower, leader in SAME_SETTING.items():
        if {follower, leader} <= set(params.generations):
            led = params.generations[leader]
            params = _with_generation(
                params,
                follower,
                short_volatility=led.short_volatility,
                depreciation=led.depreciation,
            )
    return params


def _turn(params: Parameters, each: Fit) -> Parameters:
    name, wanted, achieved = each.target.underlying, each.target.wanted, each.achieved
    kind: Generation = params.generations[name]
    match each.target.knob:
        case Knob.VALUE:
            value = kind.value_usd * _bounded(wanted / achieved)
            return _with_generation(params, name, value_usd=round(value, 4))
        case Knob.SHORT_VOLATILITY:
            value = kind.short_volatility * _bounded(wanted / achieved)
            return _with_generation(params, name, short_volatility=round(value, 4))
        case Knob.DEPRECIATION:
            # Half the way: where utilisation stands moves a seed's curve as much as its drift does.
            value = kind.depreciation + 0.5 * float(np.log1p(achieved) - np.log1p(wanted))
            return _with_generation(params, name, depreciation=round(value, 4))
        case Knob.PREMIUM:
            power = _bounded(float(np.log(wanted) / np.log(max(achieved, 1.01))))
            premium = round(params.clouds[NEOCLOUD].premium ** power, 4)
            return _with_neoclouds(params, premium=premium)
        case Knob.THRESHOLDS:
            rate = np.log(max(min(achieved, 0.999), 0.001)) / np.log(wanted)
            factor = _bounded(float(np.sqrt(rate)))
            neoclouds = params.clouds[NEOCLOUD]
            return _with_neoclouds(
                params,
                raise_at=round(neoclouds.raise_at * factor, 4),
                cut_at=round(neoclouds.cut_at * factor, 4),
            )
        case Knob.NONE:
            return params


def _bounded(factor: float) -> float:
    return min(max(factor, LOWEST), HIGHEST)


def _with_generation(params: Parameters, name: str, **fields: float) -> Parameters:
    changed = msgspec.structs.replace(params.generations[name], **fields)
    return msgspec.structs.replace(params, generations=params.generations | {name: changed})


def _with_neoclouds(params: Parameters, **fields: float) -> Parameters:
    changed = msgspec.structs.replace(params.clouds[NEOCLOUD], **fields)
    return msgspec.structs.replace(params, clouds=params.clouds | {NEOCLOUD: changed})
