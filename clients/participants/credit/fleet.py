"""A fleet in cohorts: what was bought when and for how much, and what it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec
import numpy as np

from clients.participants.contract_months import MONTHS_A_YEAR
from clients.participants.credit.book_value import DAYS_A_YEAR, straight_line_micros
from clients.participants.credit.collateral import delta_hours, fleet_value_micros
from marketdata.messages import MICROS


class Economics(msgspec.Struct, frozen=True, kw_only=True):
    """What a GPU earns and costs: the terms of its value.

    life_years: useful life. utilisation: part of the hours rented out. cost_micros: running cost per
    GPU-hour. rate_a_year: discount rate.
    """

    life_years: float
    utilisation: float
    cost_micros: float
    rate_a_year: float

    @property
    def life_months(self) -> int:
        """Useful life in months."""
        return round(self.life_years * MONTHS_A_YEAR)


class GpuTerms(Protocol):
    """Parameters of whoever values GPUs."""

    @property
    def life_years(self) -> float:
        """Useful life."""

    @property
    def utilisation(self) -> float:
        """Part of the hours rented out."""

    @property
    def cost_usd(self) -> float:
        """Running cost of a GPU an hour."""


def economics_of(terms: GpuTerms, rate_a_year: float) -> Economics:
    """Return what a GPU earns and costs by someone's parameters."""
    return Economics(
        life_years=terms.life_years,
        utilisation=terms.utilisation,
        cost_micros=terms.cost_usd * MICROS,
        rate_a_year=rate_a_year,
    )


class Cohort(msgspec.Struct):
    """GPUs bought on one day; ``cost_micros`` is what was paid for all of them."""

    gpus: int
    cost_micros: int
    bought_day: int

    def months_left(self, day: int, life_months: int) -> int:
        """Return the whole months of life that are left."""
        age_months = (day - self.bought_day) * MONTHS_A_YEAR // DAYS_A_YEAR
        return min(life_months, max(0, life_months - age_months))


class Fleet:
    """All GPUs of an owner."""

    def __init__(self, cohorts: Sequence[Cohort] = ()) -> None:
        self.cohorts = list(cohorts)

    @property
    def gpus(self) -> int:
        """How many there are."""
        return sum(cohort.gpus for cohort in self.cohorts)

    def buy(self, gpus: int, cost_micros: int, day: int) -> None:
        """Add a cohort."""
        self.cohorts.append(Cohort(gpus, cost_micros, day))

    def sell(self, gpus: int) -> int:
        """Take GPUs away, the oldest first, and return how many went."""
        wanted = gpus
        for cohort in self.cohorts:
            sold = min(wanted, cohort.gpus)
            if sold:
                cohort.cost_micros -= cohort.cost_micros * sold // cohort.gpus
                cohort.gpus -= sold
                wanted -= sold
        self.cohorts = [cohort for cohort in self.cohorts if cohort.gpus]
        return gpus - wanted

    def value_micros(self, forwards_micros: Sequence[float], day: int, terms: Economics) -> int:
        """Return the market value: each cohort's forward rental value over the life it has left."""
        return sum(
            fleet_value_micros(
                cohort.gpus,
                forwards_micros[: cohort.months_left(day, terms.life_months)],
                terms.utilisation,
                terms.cost_micros,
                terms.rate_a_year,
            )
            for cohort in self.cohorts
        )

    def delta_hours(
        self, forwards_micros: Sequence[float], day: int, terms: Economics
    ) -> list[float]:
        """Return by how many micro-dollars the value moves with each month's price."""
        total = np.zeros(len(forwards_micros))
        for cohort in self.cohorts:
            months = cohort.months_left(day, terms.life_months)
            part = delta_hours(
                cohort.gpus,
                forwards_micros[:months],
                terms.utilisation,
                terms.cost_micros,
                terms.rate_a_year,
            )
            total[: len(part)] += part
        return [float(hours) for hours in total]

    def book_micros(self, day: int, life_years: float, salvage: float = 0.0) -> int:
        """Return the straight-line book value."""
        return sum(
            straight_line_micros(cohort.cost_micros, day - cohort.bought_day, life_years, salvage)
            for cohort in self.cohorts
        )
