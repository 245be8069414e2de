"""Where prices are expected to go: the forward that someone would pay who knows this economy.

The closed form is log-linear demand of elasticity ε against the capacity that is coming, and the
drift of worth with launches as compound Poisson jumps (Merton 1976):

    ln F(T) = ln S + (1 − e^{−κT}) ln(u/u*)/ε − (1 − 2^{−T/h}) χ + (Δ ln D(T) − Δ ln C(T))/ε
              − δT + λT (E[e^J] − 1)

S: executed price; u, u*: utilisation now and at target; χ, h: the part of worth that fades and its
half-life; D: volume of need; C: capacity with deliveries under way; δ: depreciation; λ, J: launches.
The risk premium is nil.
"""

from __future__ import annotations

import numpy as np

from clients.economy.draws import Floats, Ints
from clients.economy.parameters import Parameters
from clients.economy.supply import Supply
from clients.economy.worth import Worth

DAYS_PER_YEAR = 365
RETURN_A_YEAR = 12.0
"""κ: how fast quotes bring utilisation back to target; read off this model's own response."""
LONGEST_GAP = 0.35
"""Most that is expected of a gap in utilisation, in logs."""


class Outlook:
    """Expected executed prices on one day."""

    def __init__(self, names: tuple[str, ...], spot_usd: Floats, parts: dict[str, Floats]) -> None:
        self.names = names
        self.spot_usd = spot_usd
        self._parts = parts

    def ratio(self, underlying: str, years: float) -> float:
        """Return the expected price in so many years by today's executed price."""
        at = self.names.index(underlying)
        months = np.arange(self._parts["known"].shape[0]) / 12
        known = float(np.interp(years, months, self._parts["known"][:, at]))
        return float(np.exp(known + self._parts["drift"][at] * years))

    def forward_micros(self, underlying: str, years: float) -> int:
        """Return the expected executed price in so many years, micro-dollars per GPU-hour."""
        spot = self.spot_usd[self.names.index(underlying)]
        return round(float(spot) * self.ratio(underlying, years) * 1e6)

    def curve_micros(self, underlying: str, months: int = 36) -> tuple[int, ...]:
        """Return expected prices 1 to ``months`` months ahead."""
        return tuple(self.forward_micros(underlying, month / 12) for month in range(1, months + 1))


MONTHS_SEEN = 37


def look_ahead(
    params: Parameters,
    supply: Supply,
    worth: Worth,
    day: int,
    spot_usd: Floats,
    busy: tuple[Floats, Floats],
) -> Outlook:
    """Return the outlook at the end of a day; ``busy``: utilisation now and at target."""
    used, target = busy
    count = len(supply.generations)
    launches = params.launches
    jump = np.expm1(launches.log_step + launches.log_step_deviation**2 / 2)
    depreciation = np.array([kind.depreciation for kind in params.generations.values()])
    elasticity = _elasticity(params)
    gap = np.clip(np.log(np.maximum(used, 0.05) / target) / elasticity, -LONGEST_GAP, LONGEST_GAP)
    capacity = _capacity(supply, day, count)
    years = np.arange(MONTHS_SEEN)[:, None] / 12
    days = years * DAYS_PER_YEAR
    growth = worth.growth_until(years)
    eased = -worth.transient * (1 - 0.5 ** (days / params.demand.volume_halflife_days))
    faded = -worth.fading * (1 - 0.5 ** (days / params.demand.short_halflife_days))
    # What is ordered or retired beyond that is expected to keep pace with need.
    arrived = np.log(capacity / np.maximum(capacity[0], 1)) + np.minimum(growth, 0)
    lack = eased + growth - np.maximum(arrived, growth)
    known = (1 - np.exp(-RETURN_A_YEAR * years)) * gap + faded + lack / elasticity
    drift = -depreciation + launches.a_year * jump
    return Outlook(tuple(supply.generations), spot_usd, {"known": known, "drift": drift})


def _elasticity(params: Parameters) -> float:
    segments = params.segments.values()
    total = sum(segment.share for segment in segments)
    return sum(segment.share * segment.elasticity for segment in segments) / total


def _capacity(supply: Supply, day: int, count: int) -> Floats:
    """Return GPUs by months ahead and generation, with the deliveries under way."""
    generation = supply.offer_generation
    now = np.bincount(generation, supply.offers.capacity, count)
    due = supply.deliveries
    ahead: Ints = np.ceil((due.day - day) / 30.4).astype(np.int64)
    arriving = np.zeros((MONTHS_SEEN, count))
    inside = np.clip(ahead, 1, MONTHS_SEEN - 1)
    np.add.at(arriving, (inside, generation[due.offer]), due.gpus)
    return np.asarray(now + np.cumsum(arriving, axis=0))
