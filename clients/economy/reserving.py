"""Reserved rentals: who signs for a term, what runs, and what ends early."""

from __future__ import annotations

import numpy as np

from clients.economy.allocation import allocate
from clients.economy.demand import Demand
from clients.economy.draws import Bools, Floats, Ints, Purpose, choose, uniform
from clients.economy.parameters import Parameters
from clients.economy.rentals import Rental, Rentals, Terms
from clients.economy.supply import Supply

DAYS_A_MONTH = 365 / 12
ENOUGH = 0.9
"""Part of what it would reserve that a customer is content with."""


class Book:
    """All reserved rentals that run."""

    def __init__(self, params: Parameters) -> None:
        self._rules = params.terms
        self._months = np.array([int(months) for months in params.terms.months], np.int64)
        self._weights = list(params.terms.months.values())
        self.terms = Terms.none()

    def end(self, day: int, supply: Supply) -> None:
        """Drop what has run out before a day."""
        self.terms.keep(self.terms.end_day > day)
        self._count(supply)

    def _count(self, supply: Supply) -> None:
        reserved = np.bincount(self.terms.offer, self.terms.gpus, len(supply.offers))
        supply.offers.reserved = reserved.astype(np.int64)

    def held(self, customers: int) -> Ints:
        """Return the GPUs that each customer has reserved."""
        return np.bincount(self.terms.customer, self.terms.gpus, customers).astype(np.int64)

    def sign(
        self,
        day: int,
        demand: Demand,
        supply: Supply,
        wishes: tuple[Floats, Floats, Bools, Floats],
        stagger: bool,
    ) -> None:
        """Let customers that lack reserved GPUs sign for some.

        wishes: GPUs that each would reserve, and of shape (n, k) log prices by its judgement,
        whether acceptable, and log prices in dollars. stagger: let the terms end as if they had
        begun at any time before.
        """
        target, judged, taken, log_prices = wishes
        customers = demand.customers
        wanted = np.floor(target).astype(np.int64)
        lack = np.where(
            self.held(len(customers)) < ENOUGH * wanted, wanted - self.held(len(customers)), 0
        )
        keen = uniform(customers.key, day, Purpose.SIGNING) < 1 / self._rules.signing_days
        queue = uniform(customers.key, day, Purpose.QUEUE)
        offers = supply.offers
        most = np.floor(self._rules.most * np.minimum(offers.capacity, offers.online))
        free = np.maximum(0, most.astype(np.int64) - offers.reserved)
        found = allocate(customers.known, judged, taken, lack * keen, queue, free)
        if not len(found.customer):
            return
        keys = customers.key[found.customer]
        chosen = choose(keys + np.uint64(day), Purpose.TERM, self._weights)
        months = self._months[chosen]
        at = np.argmax(customers.known[found.customer] == found.offer[:, None], axis=1)
        log_price = log_prices[found.customer, at]
        log_price = log_price - self._rules.discount * np.log2(1 + months)
        days = np.ceil(months * DAYS_A_MONTH).astype(np.int64)
        if stagger:
            days = np.ceil(days * uniform(keys, day, Purpose.FIRST_END)).astype(np.int64)
        self.add(
            Terms(
                found.customer,
                found.offer,
                found.gpus,
                np.rint(np.exp(log_price) * 1e6).astype(np.int64),
                months,
                np.full(len(keys), day),
                day + days,
            ),
            supply,
        )

    def add(self, terms: Terms, supply: Supply) -> None:
        """Take rentals into the book."""
        self.terms.append(terms)
        self._count(supply)

    def run(self, day: int, supply: Supply) -> Rentals:
        """Return the reserved rentals of a day; where GPUs lack power each gets its part."""
        terms, offers = self.terms, supply.offers
        served = np.minimum(1.0, offers.online / np.maximum(offers.reserved, 1))
        gpus = np.floor(terms.gpus * served[terms.offer] + 1e-9).astype(np.int64)
        new = terms.signed_day == day
        rentals = Rentals(
            terms.customer,
            terms.offer,
            gpus,
            terms.price_micros,
            np.full(len(terms), Rental.RESERVED),
            terms.months,
            np.full(len(terms), 43_200),
            new * terms.gpus * 24 * (terms.end_day - terms.signed_day),
        )
        rentals.keep(gpus > 0)
        return rentals

    def cancel(self, generation: int, gpus: int, demand: Demand, supply: Supply) -> int:
        """End the largest rentals of a generation until so many GPUs are free; return how many.

        The customers' needs fall by as much. A member's rentals are not ended.
        """
        rows = np.flatnonzero(
            (supply.offer_generation[self.terms.offer] == generation)
            & ~demand.customers.steady[self.terms.customer]
        )
        rows = rows[np.argsort(-self.terms.gpus[rows], kind="stable")]
        total = np.cumsum(self.terms.gpus[rows])
        rows = rows[: int(np.searchsorted(total, gpus)) + 1]
        ended = self.terms.take(rows)
        freed = np.bincount(ended.customer, ended.gpus, len(demand.customers))
        demand.customers.size = np.maximum(0.0, demand.customers.size - freed)
        stays = np.ones(len(self.terms), np.bool_)
        stays[rows] = False
        self.terms.keep(stays)
        self._count(supply)
        return int(ended.gpus.sum())
