"""The rental economy, one day a step: shocks, supply, needs, deals, and what prices make of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np

from clients.economy import shocks as events
from clients.economy.day import EconomyDay, benchmark_prices, summarise
from clients.economy.demand import Demand
from clients.economy.draws import Bools, Draws, Floats
from clients.economy.founding import found_demand, found_supply
from clients.economy.lines import Names, OfferLines, offer_lines
from clients.economy.members import statement
from clients.economy.membership import Membership
from clients.economy.outlook import Outlook, look_ahead
from clients.economy.parameters import Parameters, load
from clients.economy.pricing import Pricing
from clients.economy.rentals import Rental, Rentals
from clients.economy.renting import Judgement, Renting
from clients.economy.reserving import Book
from clients.economy.statements import RentalDay, SpotSummary
from clients.economy.striking import Striker
from clients.economy.supply import MICROS, Supply
from clients.economy.worth import Worth
from marketdata.days import day_number


class Economy:
    """The rental market of GPUs.

    params: the shipped ones if none are given. first_day: days since 1970, or a date. Same seed and
    members give the same days; the days before the first are lived without shocks, so that lists and
    reserved rentals have a history.
    """

    def __init__(
        self, params: Parameters | None = None, seed: int = 0, first_day: int | date = 20_454
    ) -> None:
        self.params = params or load()
        first = first_day if isinstance(first_day, int) else day_number(first_day)
        draws = Draws(seed)
        self.draws = draws
        self.worth = Worth(self.params, draws)
        self.supply = Supply(self.params, draws)
        found_supply(self.supply, self.worth.log_worth)
        self.demand = Demand(self.params, draws)
        found_demand(self.demand, self.supply)
        self.book = Book(self.params)
        self._pricing = Pricing(self.params)
        self._renting = Renting(self.params)
        self._striker = Striker(self.supply, self.demand, self.worth, self.book)
        self.membership = Membership(self.supply, self.demand, self.book)
        self._queued: list[events.Happening] = []
        self._log_market = self.worth.log_worth.copy()
        self._opex_micros = {
            name: round(kind.opex_usd * MICROS) for name, kind in self.params.generations.items()
        }
        for at in np.flatnonzero(~self.worth.launched):
            self._striker.open(int(at), first)
        self.day = first - self.params.warm_up_days
        self.first_day = first
        while self.day < first:
            self._live(warming=True)
            self.day += 1
        self.supply.fill_pipeline(first, self.worth.growth)

    def step(self) -> EconomyDay:
        """Live one day and return what it came to."""
        struck = [each.shock for each in self._queued if each.day <= self.day]
        self._queued = [each for each in self._queued if each.day > self.day]
        for shock in struck:
            self._striker.strike(shock, self.day)
        rentals, lines, launches = self._live(warming=False)
        struck += launches
        names = self._names()
        summaries = summarise(names, lines, rentals)
        statements: dict[str, RentalDay] = {
            name: statement(member, self.day, names, lines, rentals, summaries, self._opex_micros)
            for name, member in self.membership.members.items()
        }
        outlook = self._outlook(lines, summaries)
        day = EconomyDay(
            self.day, names, lines, rentals, summaries, statements, outlook, tuple(struck)
        )
        self.day += 1
        return day

    def shock(self, shock: events.Shock, day: int | None = None) -> None:
        """Let a shock strike at the beginning of a day (since 1970), the next if none is given.

        Raises ShockError where it names what is not there, or the day is over.
        """
        self._striker.check(shock)
        when = self.day if day is None else day
        if when < self.day:
            raise events.ShockError(f"day {when} is over; the next is {self.day}")
        self._queued.append(events.Happening(when, shock))

    def schedule(self, happenings: Iterable[events.Happening]) -> None:
        """Queue the shocks of a file, whose days count from the economy's first."""
        for each in happenings:
            self.shock(each.shock, self.first_day + each.day)

    def add_customer(self, name: str, gpu_hours_a_day: Mapping[str, float], **terms: Any) -> None:
        """Add a customer with a steady need by underlying; ``terms`` as in membership.customer."""
        self.membership.customer(name, gpu_hours_a_day, **terms)

    def add_provider(self, name: str, fleet: Mapping[str, int], **terms: Any) -> None:
        """Add a provider with GPUs by underlying; ``terms`` as in membership.provider."""
        self.membership.provider(name, fleet, self.worth.log_worth, **terms)

    def lease(
        self,
        provider: str,
        customer: str,
        underlying: str,
        gpus: int,
        price_micros: int,
        days: int,
    ) -> None:
        """Let one member's GPUs to another at a fixed price from the next day on."""
        self.membership.lease(provider, customer, underlying, gpus, price_micros, self.day, days)

    def _live(self, warming: bool) -> tuple[Rentals, OfferLines, list[events.Shock]]:
        """Live through a day; without shocks, growth or investment while warming up."""
        day, supply, demand, worth = self.day, self.supply, self.demand, self.worth
        launches: list[events.Shock] = []
        if not warming:
            for launch in worth.live(day):
                self._striker.open(launch.generation, day)
                name = "" if launch.generation is None else supply.generations[launch.generation]
                launches.append(events.Launch(underlying=name, log_step=launch.log_step))
            supply.fail(day)
            supply.invest(day, worth.growth)
            demand.migrate(day, self._log_market, worth.log_worth, worth.launched)
            self._pricing.hear_news(supply, worth.change)
        supply.start_day(day, worth.launched)
        self.book.end(day, supply)
        demand.live(day)
        demand.search(day, supply)
        rentals = self._rent(day, warming)
        rented = np.bincount(rentals.offer, rentals.gpus, len(supply.offers)).astype(np.int64)
        lines = offer_lines(supply, rented)
        self._reprice(day, lines, rentals)
        return rentals, lines, launches

    def _rent(self, day: int, warming: bool) -> Rentals:
        """Return the day's rentals: reserved ones, then on demand, then spot."""
        supply, demand, worth = self.supply, self.demand, self.worth
        lists = self._pricing.log_lists(supply)
        seen = self._renting.judge(demand, supply, self._pricing.log_prices(supply))
        need = demand.need(day, worth.volume)
        gpus, limit = demand.wanted(need, seen.best, worth.log_worth)
        self.book.sign(day, demand, supply, self._reserving(seen, limit), stagger=warming)
        reserved = self.book.run(day, supply)
        count = len(demand.customers)
        gpus = gpus - np.bincount(reserved.customer, reserved.gpus, count).astype(np.int64)
        gpus = np.maximum(gpus, 0)
        let = np.bincount(reserved.offer, reserved.gpus, len(supply.offers)).astype(np.int64)
        free = np.maximum(supply.offers.online - let, 0)
        patient = np.floor(gpus * demand.spot_part()).astype(np.int64)
        wants = (gpus - patient, limit)
        on_demand = self._renting.on_demand(day, demand, supply, seen, wants, free, lists)
        spot = self._renting.spot(day, demand, supply, seen, (patient, limit), free)
        reserved.append(on_demand)
        reserved.append(spot)
        return reserved

    def _reserving(self, seen: Judgement, limit: Floats) -> tuple[Floats, Floats, Bools, Floats]:
        """Return what customers would reserve, and how they judge offers for it."""
        customers = self.demand.customers
        activity = [segment.mean_activity for segment in self.params.segments.values()]
        mean = np.where(customers.steady, 1.0, np.array(activity)[customers.segment])
        volume = np.where(
            customers.steady,
            1.0,
            (self.worth.volume / np.exp(self.worth.transient))[customers.generation],
        )
        target = customers.reserved_part * customers.size * mean * volume
        return target, seen.judged, seen.usable & (seen.judged <= limit[:, None]), seen.log_prices

    def _reprice(self, day: int, lines: OfferLines, rentals: Rentals) -> None:
        """Let providers see the day's market and quote and list for the next."""
        firm = rentals.rental != Rental.SPOT
        used = np.bincount(rentals.offer[firm], rentals.gpus[firm], len(self.supply.offers)).astype(
            np.int64
        )
        self.supply.see_utilisation(used)
        on_demand = rentals.rental == Rental.ON_DEMAND
        count = len(self.supply.generations)
        generation = lines.generation[rentals.offer]
        hours = rentals.gpus * on_demand
        volume = np.bincount(generation, hours, count)
        paid = np.bincount(generation, hours * benchmark_prices(lines, rentals), count)
        traded = volume > 0
        self._log_market[traded] = np.log(paid[traded] / volume[traded])
        self._pricing.requote(self.supply, used, self._log_market, day)
        self._pricing.relist(self.supply)

    def _outlook(self, lines: OfferLines, spot: dict[str, SpotSummary]) -> Outlook:
        names = self.supply.generations
        usd = np.array(
            [spot[name].executed_micros / MICROS if name in spot else np.nan for name in names]
        )
        count = len(names)
        products = self.supply.products
        weights = np.maximum(np.bincount(lines.generation, lines.gpus, count), 1)
        at = self.supply.offers.product
        busy = np.bincount(lines.generation, lines.gpus * products.busy[at], count) / weights
        target = np.array([cloud.target_utilisation for cloud in self.params.clouds.values()])
        aim = np.bincount(lines.generation, lines.gpus * target[lines.cloud], count) / weights
        aim = np.where(aim > 0, aim, 1.0)
        return look_ahead(
            self.params,
            self.supply,
            self.worth,
            self.day,
            usd,
            (np.where(busy > 0, busy, aim), aim),
        )

    def _names(self) -> Names:
        regions = self.params.regions
        return Names(
            tuple(self.supply.generations),
            tuple(self.supply.clouds),
            tuple(regions),
            tuple(region.country for region in regions.values()),
            tuple(self.supply.names),
            tuple(self.demand.names),
        )
