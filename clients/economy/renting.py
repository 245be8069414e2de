"""A day of rentals: what customers judge the offers that they know, and the deals that result."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clients.economy.allocation import Matches, allocate
from clients.economy.demand import NOBODY, Demand
from clients.economy.draws import Bools, Floats, Ints, Purpose, normal, uniform
from clients.economy.parameters import Parameters
from clients.economy.rentals import Rental, Rentals, meter_close_second
from clients.economy.supply import MICROS, Supply

HOURS_A_DAY = 24
USUAL_GPUS = 64
"""A deal of so many GPUs has no discount and no surcharge for its size; a prior."""


class Judgement(NamedTuple):
    """How n customers see the k offers that each knows; all of shape (n, k) but ``best``.

    log_prices: in dollars. judged: the same in the benchmark configuration and by the customer's
    taste. best: the lowest judged price that it could have today, inf where it knows none.
    """

    log_prices: Floats
    judged: Floats
    usable: Bools
    best: Floats


class Renting:
    """The rules by which a day's on-demand and spot rentals come about."""

    def __init__(self, params: Parameters) -> None:
        self._pricing = params.pricing
        self._loyalty = params.search.loyalty

    def judge(self, demand: Demand, supply: Supply, log_prices: Floats) -> Judgement:
        """Return how customers see offers when products cost log_prices in the first region."""
        customers, offers, products = demand.customers, supply.offers, supply.products
        in_dollars = log_prices[offers.product] + supply.log_region[offers.region]
        adjusted = in_dollars - products.log_base[offers.product]
        usable = (customers.known != NOBODY) & (offers.online[customers.known] > 0)
        judged = adjusted[customers.known] + customers.taste
        judged -= self._loyalty * (customers.known == customers.usual[:, None])
        judged = np.where(usable, judged, np.inf)
        best = judged.min(axis=1, initial=np.inf)
        return Judgement(in_dollars[customers.known], judged, usable, best)

    def on_demand(
        self,
        day: int,
        demand: Demand,
        supply: Supply,
        seen: Judgement,
        wants: tuple[Ints, Floats],
        free: Ints,
        log_lists: Floats,
    ) -> Rentals:
        """Rent what is wanted on demand; ``wants``: GPUs and the judged log price not to exceed."""
        gpus, limit = wants
        customers = demand.customers
        queue = uniform(customers.key, day, Purpose.QUEUE)
        taken = seen.usable & (seen.judged <= limit[:, None])
        found = allocate(customers.known, seen.judged, taken, gpus, queue, free)
        log_price = self._struck(day, demand, supply, seen, found)
        offers = supply.offers
        ceiling = log_lists[offers.product] + supply.log_region[offers.region]
        log_price = np.minimum(log_price, ceiling[found.offer])
        customers.usual[found.customer] = found.offer
        return self._rentals(day, demand, supply, found, log_price, Rental.ON_DEMAND)

    def spot(
        self,
        day: int,
        demand: Demand,
        supply: Supply,
        seen: Judgement,
        wants: tuple[Ints, Floats],
        free: Ints,
    ) -> Rentals:
        """Rent what is left over, interruptible, at a discount that shrinks as less is left."""
        gpus, limit = wants
        customers, offers = demand.customers, supply.offers
        idle = free / np.maximum(offers.online, 1)
        cheaper = np.log(self._pricing.spot_factor) * np.minimum(1.0, idle / 0.3)
        discount = np.where(seen.usable, cheaper[customers.known], 0.0)
        dear = seen.judged + discount
        taken = seen.usable & (dear <= limit[:, None])
        queue = uniform(customers.key, day, Purpose.HOUR)
        found = allocate(customers.known, dear, taken, gpus, queue, free)
        log_price = self._struck(day, demand, supply, seen, found) + cheaper[found.offer]
        return self._rentals(day, demand, supply, found, log_price, Rental.SPOT)

    def _struck(
        self, day: int, demand: Demand, supply: Supply, seen: Judgement, found: Matches
    ) -> Floats:
        """Return the log price of each deal: the quote, less for size, plus what bargaining gives."""
        customers = demand.customers
        at = np.argmax(customers.known[found.customer] == found.offer[:, None], axis=1)
        keys = customers.key[found.customer] ^ supply.offers.key[found.offer]
        bargained = self._pricing.bargaining * normal(keys, day, Purpose.BARGAIN)
        smaller = self._pricing.size_discount * np.log10(found.gpus / USUAL_GPUS)
        return np.asarray(seen.log_prices[found.customer, at] - smaller + bargained)

    def _rentals(
        self,
        day: int,
        demand: Demand,
        supply: Supply,
        found: Matches,
        log_price: Floats,
        rental: Rental,
    ) -> Rentals:
        keys = demand.customers.key[found.customer] ^ supply.offers.key[found.offer]
        second = meter_close_second(day) - np.ceil(uniform(keys, day, Purpose.HOUR) * 3_600)
        count = len(found.customer)
        return Rentals(
            found.customer,
            found.offer,
            found.gpus,
            np.rint(np.exp(log_price) * MICROS).astype(np.int64),
            np.full(count, rental),
            np.zeros(count, np.int64),
            second.astype(np.int64),
            found.gpus * HOURS_A_DAY,
        )
