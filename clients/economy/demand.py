"""Customers: what each needs, what it knows of the providers, and how much it wants at a price."""

from __future__ import annotations

import dataclasses
from typing import Self

import numpy as np

from clients.economy.columns import Columns
from clients.economy.draws import (
    Bools,
    Draws,
    Floats,
    Ints,
    Keys,
    Purpose,
    normal,
    pairs,
    uniform,
)
from clients.economy.parameters import Parameters
from clients.economy.supply import Supply

NOBODY = -1
DAYS_PER_YEAR = 365
CHOICE_SPREAD = 0.1
"""Log price by which generations may differ before nearly all who reconsider take the cheaper; a prior."""
MOST_OF_NEED = 2.0
"""How many times its need a customer rents at most when prices are low."""


@dataclasses.dataclass
class Customers(Columns):
    """One row a customer and generation.

    size: GPUs that it needs at work, before growth. log_worth: what a GPU-hour is worth to it by
    the generation's worth. working: whether in a burst of work. usual: offer of its last deal.
    known: offers that it knows, NOBODY where fewer; taste: log of what each is worth to it.
    steady: the row is a member's and follows neither growth nor bursts nor other generations.
    """

    key: Keys
    generation: Ints
    region: Ints
    segment: Ints
    size: Floats
    log_worth: Floats
    elasticity: Floats
    ceiling: Floats
    reserved_part: Floats
    working: Bools
    usual: Ints
    steady: Bools
    known: Ints
    taste: Floats

    @classmethod
    def starting(
        cls,
        keys: Keys,
        generations: Ints,
        regions: Ints,
        segments: Ints,
        size: Floats,
        log_worth: Floats,
        params: Parameters,
    ) -> Self:
        """Return customers as the parameters make their segments, who know nobody yet."""
        kinds = list(params.segments.values())
        count = len(keys)
        begins = np.array([kind.begins for kind in kinds])[segments]
        ends = np.array([kind.ends for kind in kinds])[segments]
        at_work = np.where(begins + ends > 0, begins / np.maximum(begins + ends, 1e-300), 1.0)
        return cls(
            keys,
            generations,
            regions,
            segments,
            size,
            log_worth,
            np.array([kind.elasticity for kind in kinds])[segments],
            np.full(count, params.search.ceiling),
            np.array([kind.reserved for kind in kinds])[segments],
            uniform(keys, 0, Purpose.ACTIVITY) < at_work,
            np.full(count, NOBODY),
            np.zeros(count, np.bool_),
            np.full((count, params.search.considered), NOBODY),
            np.zeros((count, params.search.considered)),
        )


class Demand:
    """All customers; the order of rows is the order in which they came."""

    def __init__(self, params: Parameters, draws: Draws) -> None:
        self.params = params
        self.draws = draws
        self.names: list[str] = []
        kinds = params.segments.values()
        self._begins = np.array([kind.begins for kind in kinds])
        self._ends = np.array([kind.ends for kind in kinds])
        self._bursts = self._begins + self._ends > 0
        self._idle = np.array([kind.idle for kind in kinds])
        self._weekend = np.array([kind.weekend for kind in kinds])
        self._spot = np.array([kind.spot for kind in kinds])
        self._clouds = np.array(
            [[kind.clouds.get(cloud, 0.0) for cloud in params.clouds] for kind in kinds]
        )
        none = np.zeros(0, np.int64)
        self.customers = Customers.starting(
            none.astype(np.uint64), none, none, none, np.zeros(0), np.zeros(0), params
        )

    def add(self, names: list[str], customers: Customers) -> None:
        """Add customers, one name a row; a name may have a row for each generation."""
        self.names += names
        self.customers.append(customers)

    def live(self, day: int) -> None:
        """Begin and end bursts of work."""
        customers = self.customers
        chance = uniform(customers.key, day, Purpose.ACTIVITY)
        begins, ends = self._begins[customers.segment], self._ends[customers.segment]
        changes = np.where(customers.working, chance < ends, chance < begins)
        customers.working ^= changes & self._bursts[customers.segment] & ~customers.steady

    def need(self, day: int, volume: Floats) -> Floats:
        """Return GPUs that each customer needs today; ``volume``: factor by generation."""
        customers = self.customers
        activity = np.where(customers.working, 1.0, self._idle[customers.segment])
        if (day + 3) % 7 >= 5:  # day 0 was a Thursday
            activity = activity * self._weekend[customers.segment]
        grown = customers.size * activity * volume[customers.generation]
        return np.where(
            customers.steady, customers.size * (volume > 0)[customers.generation], grown
        )

    def wanted(self, need: Floats, log_prices: Floats, log_worth: Floats) -> tuple[Ints, Floats]:
        """Return whole GPUs wanted at the best price known, and the log price not to be exceeded.

        log_prices: of the best known offer by customer, in the benchmark configuration.
        Wanted = need × (price / worth)^−elasticity.
        """
        customers = self.customers
        worth = log_worth[customers.generation] + customers.log_worth
        factor = np.exp(-customers.elasticity * np.minimum(log_prices - worth, 10.0))
        gpus = np.rint(need * np.minimum(factor, MOST_OF_NEED)).astype(np.int64)
        return gpus, worth + customers.ceiling

    def spot_part(self) -> Floats:
        """Return the part of its need for which each customer would take interruptible capacity."""
        customers = self.customers
        return np.where(customers.steady, 0.0, self._spot[customers.segment])

    def search(self, day: int, supply: Supply, everyone: bool = False) -> None:
        """Let some customers look for providers anew, in the mean every ``again_days``."""
        customers = self.customers
        look = uniform(customers.key, day, Purpose.SEARCH) < 1 / self.params.search.again_days
        look |= customers.known[:, 0] == NOBODY
        rows = np.arange(len(customers)) if everyone else np.flatnonzero(look)
        offered = supply.offer_generation
        for generation in np.unique(customers.generation[rows]):
            offers = np.flatnonzero(offered == generation)
            self._look_at(rows[customers.generation[rows] == generation], offers, supply, day)

    def _look_at(self, rows: Ints, offers: Ints, supply: Supply, day: int) -> None:
        """Draw offers without replacement by weight (Efraimidis and Spirakis 2006)."""
        customers, search = self.customers, self.params.search
        product = supply.offers.product[offers]
        weights = self._clouds[customers.segment[rows]][:, supply.products.cloud[product]]
        foreign = customers.region[rows][:, None] != supply.offers.region[offers][None, :]
        weights = weights * np.where(foreign, search.abroad, 1.0)
        weights = weights * np.sqrt(supply.offers.capacity[offers])[None, :]
        chance = uniform(pairs(customers.key[rows], supply.offers.key[offers]), day, Purpose.SEARCH)
        with np.errstate(divide="ignore"):
            scores = np.where(weights > 0, np.log(chance) / weights, -np.inf)
        count = min(search.considered, len(offers))
        best = np.argpartition(-scores, count - 1, axis=1)[:, :count] if count else scores[:, :0]
        best = np.sort(best.astype(np.int64), axis=1)
        found = np.take_along_axis(scores, best, axis=1) > -np.inf
        known = np.full((len(rows), search.considered), NOBODY)
        known[:, :count] = np.where(found, offers[best] if count else best, NOBODY)
        providers = supply.products.key[supply.offers.product[known]]
        taste = search.taste * normal(
            pairs(customers.key[rows], np.zeros(1, np.uint64))[:, :1] ^ providers, 0, Purpose.TASTE
        )
        # The gaps go to the end, so that the first column tells who knows nobody.
        order = np.argsort(known == NOBODY, axis=1, kind="stable")
        customers.known[rows] = np.take_along_axis(known, order, axis=1)
        customers.taste[rows] = np.take_along_axis(taste, order, axis=1)

    def migrate(self, day: int, log_prices: Floats, log_worth: Floats, launched: Bools) -> None:
        """Let a few customers change to the generation that is cheapest for what it does.

        log_prices: executed, by generation. The choice is logit in log price by worth, and the
        GPUs needed change by the ratio of worths.
        """
        customers = self.customers
        chance = uniform(customers.key, day, Purpose.MIGRATION)
        moving = (chance < self.params.demand.migration / DAYS_PER_YEAR) & ~customers.steady
        rows = np.flatnonzero(moving & launched[customers.generation])
        if not len(rows):
            return
        dearness = np.where(launched, log_prices - log_worth, np.inf)
        keen = -np.log(-np.log(self._choices(rows, day, len(log_worth))))
        # By the worth of what is for rent, so that at equal dearness as much worth leaves as comes.
        weights = np.log([kind.gpus * kind.value_usd for kind in self.params.generations.values()])
        target = np.argmax(weights - dearness / CHOICE_SPREAD + keen, axis=1).astype(np.int64)
        leaves = target != customers.generation[rows]
        rows, target = rows[leaves], target[leaves]
        former = customers.generation[rows]
        customers.size[rows] *= np.exp(log_worth[former] - log_worth[target])
        customers.generation[rows] = target
        customers.known[rows] = NOBODY
        customers.usual[rows] = NOBODY

    def _choices(self, rows: Ints, day: int, count: int) -> Floats:
        columns = np.arange(count, dtype=np.uint64)
        return uniform(pairs(self.customers.key[rows], columns), day, Purpose.MIGRATION_CHOICE)
