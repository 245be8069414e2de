"""How a shock strikes: the change of state that each kind makes."""

from __future__ import annotations

import numpy as np

from clients.economy import worth as forces
from clients.economy.demand import Demand
from clients.economy.draws import Ints
from clients.economy.reserving import Book
from clients.economy.shocks import (
    CapacityAdded,
    DemandShock,
    Launch,
    ListCut,
    OrderCancelled,
    PowerShortage,
    Shock,
    ShockError,
    SupplyDelay,
)
from clients.economy.supply import Supply, price_points


class Striker:
    """Brings shocks about in one economy."""

    def __init__(self, supply: Supply, demand: Demand, worth: forces.Worth, book: Book) -> None:
        self._supply = supply
        self._demand = demand
        self._worth = worth
        self._book = book

    def check(self, shock: Shock) -> None:
        """Raise ShockError where the shock names what is not there."""
        supply = self._supply
        for field, known in (
            ("underlying", supply.generations),
            ("region", supply.regions),
            ("cloud", supply.clouds),
            ("provider", supply.names),
        ):
            name = getattr(shock, field, "")
            if name and name not in known:
                some = ", ".join(known[:12])
                raise ShockError(f"{field}: nothing is called {name!r} here; there are {some}")
        for field in ("log_step", "log_change", "halflife_days"):
            if not np.isfinite(getattr(shock, field, 0.0)):
                raise ShockError(f"{field}: is not finite; give a number")

    def strike(self, shock: Shock, day: int) -> None:
        """Bring a shock about at the beginning of a day."""
        match shock:
            case Launch():
                generation = self._generation(shock.underlying)
                self._worth.launch(forces.Launch(generation, shock.log_step))
                self.open(generation, day)
            case DemandShock():
                change = np.where(self._meant(shock.underlying), shock.log_change, 0.0)
                self._worth.shift_volume(change, shock.halflife_days)
            case OrderCancelled():
                generation = self._supply.generations.index(shock.underlying)
                self._book.cancel(generation, shock.gpus, self._demand, self._supply)
            case PowerShortage():
                region = self._supply.regions.index(shock.region)
                self._supply.black_out(region, shock.share, day + shock.days)
            case ListCut():
                self._cut(shock)
            case SupplyDelay():
                self._supply.delay(shock.days, self._generation(shock.underlying))
            case CapacityAdded():
                self._add_capacity(shock, day)

    def open(self, generation: int | None, day: int) -> None:
        """Let a launched generation's GPUs come in by and by: a third at once, the rest delivered."""
        if generation is None:
            return
        rows = np.flatnonzero(self._supply.offer_generation == generation)
        later = self._supply.offers.capacity[rows] * 2 // 3
        self._supply.offers.capacity[rows] -= later
        self._supply.order(rows, later, day, self._supply.params.supply.delivery_days)

    def _generation(self, underlying: str) -> int | None:
        return self._supply.generations.index(underlying) if underlying else None

    def _meant(self, underlying: str) -> np.ndarray:
        names = np.array(self._supply.generations)
        return np.asarray((names == underlying) | (underlying == ""))

    def _cut(self, shock: ListCut) -> None:
        products, supply = self._supply.products, self._supply
        if shock.provider:
            rows = products.provider == supply.names.index(shock.provider)
        else:
            rows = products.cloud == supply.clouds.index(shock.cloud)
        rows &= self._meant(shock.underlying)[products.generation]
        at: Ints = np.flatnonzero(rows)
        usd = products.list_micros[at] / 1e6 * (1 - shock.share)
        products.list_micros[at] = price_points(usd, supply.params.pricing.price_point_usd)
        products.log_quote[at] = np.minimum(products.log_quote[at], np.log(usd))

    def _add_capacity(self, shock: CapacityAdded, day: int) -> None:
        supply = self._supply
        rows = np.flatnonzero(supply.offer_generation == supply.generations.index(shock.underlying))
        shares = np.cumsum(supply.offers.capacity[rows]) / supply.offers.capacity[rows].sum()
        gpus = np.diff(np.rint(shares * shock.gpus).astype(np.int64), prepend=0)
        if shock.days:
            supply.order(rows, gpus, day, shock.days)
        else:
            supply.offers.capacity[rows] += gpus
