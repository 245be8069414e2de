"""What generations are worth to customers, and how much is needed of them: the moving forces.

Worth follows Schwartz and Smith (2000): a geometric Brownian motion with a fall each year, plus a
mean-reverting factor; and it jumps down at each launch. Volume grows ever slower and has a
mean-reverting factor of its own. Shocks have a part that all generations share.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clients.economy.draws import Bools, Draws, Floats, Keys, Purpose, normal, uniform
from clients.economy.parameters import Parameters

DAYS_PER_YEAR = 365


class Launch(NamedTuple):
    """A launch that came about: which generation (None for one that is not rented here) and step."""

    generation: int | None
    log_step: float


class Worth:
    """The forces at the end of the last day lived; arrays are by generation.

    long_run: log dollars a GPU-hour without what fades; fading: what does. change: of both on the
    last day. launched: which are for rent.
    """

    def __init__(self, params: Parameters, draws: Draws) -> None:
        self._params = params
        kinds = list(params.generations.values())
        self._keys = draws.keys(["common", *params.generations])
        self._volatility = np.array([kind.volatility for kind in kinds])
        self._depreciation = np.array([kind.depreciation for kind in kinds])
        self._first_growth = np.array([kind.demand_growth for kind in kinds])
        self._launch_after = np.array([kind.launch_after_days for kind in kinds])
        self._short_volatility = np.array([kind.short_volatility for kind in kinds])
        self.long_run = np.log([kind.value_usd for kind in kinds])
        self.fading = np.zeros(len(kinds))
        self.change = np.zeros(len(kinds))
        self.launched: Bools = self._launch_after == 0
        self.days = 0
        self._trend = np.zeros(len(kinds))
        self.short_run = np.zeros(len(kinds))
        self._temporary: list[tuple[Floats, float]] = []

    def live(self, day: int) -> list[Launch]:
        """Live through a day; return the launches that chance or the parameters brought."""
        before = self.log_worth
        self.days += 1
        part = self._volatility / np.sqrt(DAYS_PER_YEAR)
        shocks = self._shocks(day, Purpose.FACTOR)
        self.long_run += part * shocks - part**2 / 2 - self._depreciation / DAYS_PER_YEAR
        self._trend += self.growth / DAYS_PER_YEAR
        demand = self._params.demand
        swing = self._short_volatility / np.sqrt(DAYS_PER_YEAR)
        self.fading *= 0.5 ** (1 / demand.short_halflife_days)
        self.fading += swing * self._shocks(day, Purpose.SHORT_FACTOR)
        keep = 0.5 ** (1 / demand.volume_halflife_days)
        spread = demand.volume_deviation * np.sqrt(1 - keep**2)
        self.short_run = keep * self.short_run + spread * self._shocks(day, Purpose.VOLUME)
        self._temporary = [(left * keeps, keeps) for left, keeps in self._temporary]
        self._temporary = [each for each in self._temporary if np.abs(each[0]).max() > 1e-4]
        launches = self._due(day)
        for launch in launches:
            self.launch(launch)
        self.change = self.log_worth - before
        return launches

    def _shocks(self, day: int, purpose: Purpose) -> Floats:
        """Return standard normal shocks, correlated by the common part."""
        drawn = normal(self._keys, day, purpose)
        common = self._params.demand.common
        return np.asarray(np.sqrt(common) * drawn[0] + np.sqrt(1 - common) * drawn[1:])

    def _due(self, day: int) -> list[Launch]:
        due = np.flatnonzero((self._launch_after == self.days) & ~self.launched)
        launches = [Launch(int(at), self._drawn_step(self._keys[[at + 1]], day)) for at in due]
        common = self._keys[[0]]
        chance = uniform(common, day, Purpose.LAUNCH)[0]
        if chance < self._params.launches.a_year / DAYS_PER_YEAR:
            launches.append(Launch(None, self._drawn_step(common, day)))
        return launches

    def _drawn_step(self, key: Keys, day: int) -> float:
        launches = self._params.launches
        noise = normal(key, day, Purpose.LAUNCH_STEP)[0]
        return float(launches.log_step + launches.log_step_deviation * noise)

    def launch(self, launch: Launch) -> None:
        """Step the incumbents' worth, and open the generation for rent where it is one of ours."""
        self.long_run += launch.log_step * self.launched
        if launch.generation is not None:
            self.launched[launch.generation] = True

    def shift_volume(self, log_change: Floats, halflife_days: float) -> None:
        """Change the volume needed, for good where the half-life is 0."""
        if halflife_days > 0:
            self._temporary.append((log_change, 0.5 ** (1 / halflife_days)))
        else:
            self._trend = self._trend + log_change

    @property
    def log_worth(self) -> Floats:
        """Log dollars that a GPU-hour is worth today."""
        return self.long_run + self.fading

    @property
    def growth(self) -> Floats:
        """Log growth of the volume a year, now."""
        years = self.days / DAYS_PER_YEAR
        slowed = 0.5 ** (years / self._params.demand.growth_halflife_years)
        return np.asarray(self._first_growth * slowed)

    def growth_until(self, years: float | Floats) -> Floats:
        """Log growth of the volume over the coming years; those may be a column of many."""
        rate = np.log(2) / self._params.demand.growth_halflife_years
        return np.asarray(self.growth * (1 - np.exp(-rate * years)) / rate)

    @property
    def transient(self) -> Floats:
        """The part of the log volume that fades."""
        return self.short_run + sum(
            (left for left, _ in self._temporary), np.zeros(len(self.change))
        )

    @property
    def volume(self) -> Floats:
        """Factor on all needs; 0 of a generation that is not launched."""
        return np.asarray(np.exp(self._trend + self.transient) * self.launched)
