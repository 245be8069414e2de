"""How participants become part of the economy: needs, fleets and leases that exist without futures."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from clients.economy.demand import Customers, Demand
from clients.economy.draws import Floats
from clients.economy.members import Member
from clients.economy.rentals import Terms
from clients.economy.reserving import Book
from clients.economy.supply import Form, Supply, number_of

HOURS_A_DAY = 24
ANY_PRICE = 10.0
"""Log price above worth that a member's need does not give way to."""


class Membership:
    """The members of an economy; who joins takes part from the next day on."""

    def __init__(self, supply: Supply, demand: Demand, book: Book) -> None:
        self.members: dict[str, Member] = {}
        self._supply = supply
        self._demand = demand
        self._book = book

    def customer(
        self,
        name: str,
        gpu_hours_a_day: Mapping[str, float],
        *,
        region: str | None = None,
        segment: str | None = None,
        elasticity: float = 0.0,
        reserved_part: float = 0.0,
        ceiling: float = ANY_PRICE,
    ) -> None:
        """Add a customer with a steady need by underlying.

        region, segment: the first of the parameters if not given. elasticity: of its need to the
        price; 0 rents at any price. reserved_part: what it reserves for long. ceiling: log price
        above worth beyond which it rents nothing. Raises ValueError on a name that is taken, a
        word that is unknown or a need that is not above 0.
        """
        supply, params = self._supply, self._supply.params
        if name in self._demand.names:
            raise ValueError(f"{name}: there is a customer of that name; choose another")
        for underlying, hours in gpu_hours_a_day.items():
            if not 0 < hours < 1e9:
                raise ValueError(
                    f"{name}: {underlying}: {hours} GPU-hours a day; give a need above 0"
                )
        rows = [number_of("underlying", supply.generations, each) for each in gpu_hours_a_day]
        place = number_of("region", supply.regions, region or supply.regions[0])
        kinds = list(params.segments)
        kind = number_of("segment", kinds, segment or kinds[0])
        count, first = len(rows), len(self._demand.customers)
        customers = Customers.starting(
            supply.draws.keys([f"{name}/{underlying}" for underlying in gpu_hours_a_day]),
            np.array(rows, np.int64),
            np.full(count, place),
            np.full(count, kind),
            np.array(list(gpu_hours_a_day.values())) / HOURS_A_DAY,
            np.zeros(count),
            params,
        )
        customers.elasticity[:] = elasticity
        customers.ceiling[:] = ceiling
        customers.reserved_part[:] = reserved_part
        customers.working[:] = True
        customers.steady[:] = True
        self._demand.add([name] * count, customers)
        self._member(name).customers = list(range(first, first + count))

    def provider(
        self,
        name: str,
        fleet: Mapping[str, int],
        log_worth: Floats,
        *,
        cloud: str = "neocloud",
        region: str | None = None,
        form: Form | None = None,
        costs_micros: int = 0,
    ) -> None:
        """Add a provider with a fleet in one region, quoting and listing as its type does.

        costs_micros: paid each day beside the fleet's running costs, such as debt service. Raises
        ValueError as customer does.
        """
        supply = self._supply
        for underlying, gpus in fleet.items():
            if gpus < 1:
                raise ValueError(f"{name}: {underlying}: {gpus} GPUs; give one or more")
        places = {
            underlying: {region or supply.regions[0]: gpus} for underlying, gpus in fleet.items()
        }
        forms = {underlying: form or Form() for underlying in fleet}
        row = supply.add(name, cloud, places, log_worth, forms)
        member = self._member(name)
        member.provider = row
        member.costs_micros = costs_micros

    def change_fleet(self, name: str, underlying: str, gpus: int) -> None:
        """Add GPUs to a provider's fleet (or take free ones out, where negative) from the next day."""
        offer = self._offer(name, underlying)
        if gpus < 0:
            self._supply.retire(np.array([offer]), np.array([-gpus]))
        else:
            self._supply.offers.capacity[offer] += gpus

    def lease(
        self,
        provider: str,
        customer: str,
        underlying: str,
        gpus: int,
        price_micros: int,
        first_day: int,
        days: int,
    ) -> None:
        """Let one member's GPUs to another at a fixed price for some days from first_day on.

        Raises ValueError where either is no member, or the fleet has too few GPUs free of leases.
        """
        offer = self._offer(provider, underlying)
        tenant = self.members.get(customer)
        number = number_of("underlying", self._supply.generations, underlying)
        rows = [
            row
            for row in (tenant.customers if tenant else [])
            if self._demand.customers.generation[row] == number
        ]
        if not rows:
            raise ValueError(f"{customer}: no customer of {underlying} of that name; add it first")
        free = int(self._supply.offers.capacity[offer] - self._supply.offers.reserved[offer])
        if not 0 < gpus <= free:
            raise ValueError(f"{provider}: {gpus} GPUs; {free} of {underlying} are free of leases")
        if days < 1 or price_micros < 1:
            raise ValueError(f"{provider}: a lease needs a price and a day or more")
        self._book.add(
            Terms(
                *(
                    np.array([number], np.int64)
                    for number in (
                        rows[0],
                        offer,
                        gpus,
                        price_micros,
                        max(1, round(days * 12 / 365)),
                        first_day,
                        first_day + days,
                    )
                )
            ),
            self._supply,
        )

    def end_leases(self, name: str) -> int:
        """End every reserved rental of a member at once and return the GPUs that are free again."""
        member = self.members[name]
        terms, supply = self._book.terms, self._supply
        mine = np.isin(terms.customer, member.customers)
        if member.provider is not None:
            mine |= supply.products.provider[supply.offers.product[terms.offer]] == member.provider
        freed = int(terms.gpus[mine].sum())
        terms.keep(~mine)
        return freed

    def _member(self, name: str) -> Member:
        return self.members.setdefault(name, Member(name))

    def _offer(self, name: str, underlying: str) -> int:
        member = self.members.get(name)
        if member is None or member.provider is None:
            raise ValueError(f"{name}: no provider of that name has joined")
        supply = self._supply
        number = number_of("underlying", supply.generations, underlying)
        rows = (supply.products.provider == member.provider) & (
            supply.products.generation == number
        )
        if not rows.any():
            raise ValueError(f"{name}: has no {underlying}")
        product = int(np.flatnonzero(rows)[0])
        return int(np.flatnonzero(supply.offers.product == product)[0])
