"""A hyperscaler: its list prices stick, and once in a while it cuts them by two fifths at once.

Decision rule of the list: it stays as it is while it is worth no change, and is cut when it has
stood ``most_ratio`` times above executed prices for ``patience_days`` in a row while less than
``idle_below`` of the market is rented out: the (S, s) rule that is optimal where a change of price
costs a fixed amount (E. Sheshinski and Y. Weiss, "Inflation and costs of price adjustment", Review of
Economic Studies 44 (1977) 287-303). The cut is an act in the economy. It rarely trades: it sells
``hedge_ratio`` of what it rents out, 0 if not told otherwise.
"""

from __future__ import annotations

import msgspec

from clients.economy.statements import RentalDay, RentalLine
from clients.messages import Side
from clients.participants.acts import Act, ListCut
from clients.participants.contract_months import HOURS_A_MONTH, months_ahead
from clients.participants.futures_account import FuturesDay
from clients.participants.params import Fraction, Lots, NonNegative, Positive
from clients.participants.rental_days import HOURS_A_DAY
from clients.participants.strip import StripHedger, StripParams
from marketdata.messages import MICROS, Instrument


class HyperscalerParams(StripParams, frozen=True, kw_only=True):
    """Parameters; all defaults are this simulator's choice.

    fleet_gpus, utilisation: GPUs owned, and the part of them rented out, until the statements tell.
    list_usd: list price per GPU-hour at the start. most_ratio, patience_days, idle_below: when it is
    cut; cut: by which part. rest_days: days after a cut without another. months: how many months
    ahead are hedged.
    """

    hedge_ratio: NonNegative = 0.0
    fleet_gpus: Lots = 20_000
    utilisation: Fraction = 0.6
    list_usd: Positive = 6.5
    most_ratio: Positive = 2.5
    patience_days: Lots = 60
    idle_below: Fraction = 0.75
    cut: Fraction = 0.4
    rest_days: Lots = 180
    months: Lots = 6


class Hyperscaler(StripHedger):
    """Keeps a list price, and cuts it when it must."""

    kind = "hyperscaler"
    side = Side.SELL

    def __init__(self, name: str, seed: int, params: HyperscalerParams) -> None:
        super().__init__(name, seed, params)
        self.params = params
        self.list_micros = round(params.list_usd * MICROS)
        self.cuts = 0
        self.gpus = params.fleet_gpus
        self._days_above = 0
        self._resting_until = 0
        self._acts: list[Act] = []

    def take_acts(self) -> list[Act]:
        """Return the cuts since the last call."""
        acts, self._acts = self._acts, []
        return acts

    @property
    def utilisation(self) -> float:
        """Part of the fleet that is rented out: as lately seen, else as stated."""
        return self.utilisation_else(self.params.utilisation)

    def exposure_hours(self, instrument: Instrument, now_ns: int) -> float:
        """Return what it rents out a month, within the hedged months."""
        near = months_ahead(instrument, now_ns) < self.params.months
        rented = self.gpus * self.utilisation * HOURS_A_MONTH
        return rented if near and not instrument.perpetual else 0.0

    def hours_ahead(self) -> float:
        """Return what it will rent out in the hedged months."""
        return self.gpus * self.utilisation * HOURS_A_MONTH * self.params.months

    def decide(self, day: RentalDay, futures: FuturesDay, now_ns: int) -> None:
        """Learn the fleet, and look at the list."""
        super().decide(day, futures, now_ns)
        underlying = self.params.underlying
        self.gpus = day.fleet.get(underlying, self.gpus)
        spot = day.spot.get(underlying)
        if spot is None:
            return
        too_high = self.list_micros >= self.params.most_ratio * spot.executed_micros
        idle = spot.utilisation < self.params.idle_below
        self._days_above = self._days_above + self.elapsed_days if too_high and idle else 0
        if self._days_above >= self.params.patience_days and day.day >= self._resting_until:
            self._cut(day.day)

    def imagined(self, day: RentalDay, days: int) -> RentalDay:
        """Rent the stated part of the fleet out at the list."""
        line = RentalLine(
            underlying=self.params.underlying,
            sold=True,
            gpu_hours=self.gpus * self.utilisation * HOURS_A_DAY * days,
            price_micros=self.list_micros,
        )
        return msgspec.structs.replace(day, lines=(line,))

    def own_figures(self) -> dict[str, float]:
        """Return those of the strip, the list price and how often it was cut."""
        listed = {"list $/GPU-hour": self.list_micros / MICROS, "list cuts": float(self.cuts)}
        return super().own_figures() | listed

    def _cut(self, day: int) -> None:
        self.list_micros = round(self.list_micros * (1 - self.params.cut))
        self.cuts += 1
        self._days_above = 0
        self._resting_until = day + self.params.rest_days
        self._acts.append(
            ListCut(
                day=day + 1,
                participant=self.name,
                underlying=self.params.underlying,
                change=-self.params.cut,
            )
        )
