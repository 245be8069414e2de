"""Providers, their products (a generation of one provider) and offers (a product in a region)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from clients.economy.columns import Columns
from clients.economy.draws import Bools, Draws, Floats, Ints, Keys, Purpose, normal, uniform
from clients.economy.parameters import Parameters

MICROS = 1_000_000
WEEKS_DAYS = 30.0
"""Over how many days a provider judges how busy it is."""
DAYS_PER_YEAR = 365


@dataclasses.dataclass
class Products(Columns):
    """One row a product.

    log_base: log price by the benchmark configuration's (a neocloud's SXM without InfiniBand).
    log_quote: log dollars that it asks in a negotiation, in the first region. list_micros: its
    list there. busy: utilisation as the provider sees it, a mean over weeks.
    """

    provider: Ints
    generation: Ints
    cloud: Ints
    key: Keys
    log_base: Floats
    log_premium: Floats
    log_quote: Floats
    list_micros: Ints
    busy: Floats
    pcie: Bools
    infiniband: Bools
    cluster_gpus: Ints


@dataclasses.dataclass
class Offers(Columns):
    """One row an offer: GPUs owned, those that run today, and those of them let for a term."""

    product: Ints
    region: Ints
    key: Keys
    capacity: Ints
    online: Ints
    reserved: Ints


@dataclasses.dataclass
class Deliveries(Columns):
    """GPUs ordered and not yet there: the offer that gets them and the day."""

    offer: Ints
    gpus: Ints
    day: Ints


class Form(NamedTuple):
    """How the GPUs of a product are built and joined."""

    pcie: bool = False
    infiniband: bool = False
    cluster_gpus: int = 64
    log_premium: float | None = None


def _empty(kind: type[Products] | type[Offers] | type[Deliveries]) -> dict[str, np.ndarray]:
    kinds = {"Ints": np.int64, "Floats": np.float64, "Keys": np.uint64, "Bools": np.bool_}
    return {field.name: np.zeros(0, kinds[str(field.type)]) for field in dataclasses.fields(kind)}


class Supply:
    """All providers; the order of rows is the order in which they came."""

    def __init__(self, params: Parameters, draws: Draws) -> None:
        self.params = params
        self.draws = draws
        self.names: list[str] = []
        self.provider_cloud: list[int] = []
        self.clouds = list(params.clouds)
        self.generations = list(params.generations)
        self.regions = list(params.regions)
        self.products = Products(**_empty(Products))
        self.offers = Offers(**_empty(Offers))
        self.deliveries = Deliveries(**_empty(Deliveries))
        self.outages: dict[int, tuple[float, int]] = {}
        self.log_region = np.log([region.price_factor for region in params.regions.values()])
        self._target = np.array([cloud.target_utilisation for cloud in params.clouds.values()])
        self._region_keys = draws.keys([f"region {name}" for name in self.regions])

    def add(
        self,
        name: str,
        cloud: str,
        fleet: Mapping[str, Mapping[str, int]],
        log_worth: Floats,
        forms: Mapping[str, Form] | None = None,
    ) -> int:
        """Add a provider with GPUs by generation and region, and return its row.

        Quotes and lists begin where log_worth (by generation) puts them. Raises ValueError on a
        name that is taken or unknown.
        """
        if name in self.names:
            raise ValueError(f"{name}: there is a provider of that name; choose another")
        provider, code = len(self.names), number_of("cloud", self.clouds, cloud)
        places = {
            number_of("underlying", self.generations, generation): {
                number_of("region", self.regions, region): gpus for region, gpus in by.items()
            }
            for generation, by in fleet.items()
        }
        self.names.append(name)
        self.provider_cloud.append(code)
        for generation, by_region in places.items():
            form = (forms or {}).get(self.generations[generation], Form())
            self._add_product(provider, code, generation, form, float(log_worth[generation]))
            self._add_offers(len(self.products) - 1, by_region)
        return provider

    def _add_product(
        self, provider: int, code: int, generation: int, form: Form, log_worth: float
    ) -> None:
        pricing = self.params.pricing
        cloud = self.params.clouds[self.clouds[code]]
        name = self.names[provider]
        key = self.draws.keys([f"{name}/{self.generations[generation]}"])
        log_base = np.log(cloud.price_factor)
        log_base += np.log(pricing.pcie_factor) * form.pcie
        log_base += np.log(pricing.infiniband_factor) * form.infiniband
        log_premium = np.log(cloud.premium) if form.log_premium is None else form.log_premium
        # An old list may stand anywhere between the points at which it is changed.
        stale = cloud.cut_at * (uniform(key, 0, Purpose.LIST) - 0.5)
        asked = np.exp(log_worth + log_base + log_premium + stale)
        self.products.append(
            Products(
                np.array([provider]),
                np.array([generation]),
                np.array([code]),
                key,
                np.array([log_base]),
                np.array([log_premium]),
                np.array([log_worth + log_base]),
                price_points(asked, pricing.price_point_usd),
                self._target[[code]],
                np.array([form.pcie]),
                np.array([form.infiniband]),
                np.array([form.cluster_gpus]),
            )
        )

    def _add_offers(self, product: int, by_region: Mapping[int, int]) -> None:
        owner = self.names[self.products.provider[product]]
        kind = self.generations[self.products.generation[product]]
        regions = np.array(list(by_region), np.int64)
        gpus = np.array(list(by_region.values()), np.int64)
        self.offers.append(
            Offers(
                np.full(len(regions), product),
                regions,
                self.draws.keys([f"{owner}/{kind}/{self.regions[at]}" for at in by_region]),
                gpus,
                gpus.copy(),
                np.zeros(len(regions), np.int64),
            )
        )

    @property
    def offer_generation(self) -> Ints:
        """The generation of each offer."""
        return self.products.generation[self.offers.product]

    def order(self, offers: Ints, gpus: Ints, day: int, median_days: float) -> None:
        """Order GPUs for offers; they come after a lognormal time about ``median_days``."""
        wanted = gpus > 0
        offers, gpus = offers[wanted], gpus[wanted]
        noise = normal(self.offers.key[offers], day, Purpose.DELIVERY)
        taken = np.ceil(median_days * np.exp(self.params.supply.delay * noise)).astype(np.int64)
        self.deliveries.append(Deliveries(offers, gpus, day + np.maximum(1, taken)))

    def delay(self, days: int, generation: int | None = None) -> None:
        """Put off every delivery under way, of one generation or of all."""
        which = np.ones(len(self.deliveries), np.bool_)
        if generation is not None:
            which = self.offer_generation[self.deliveries.offer] == generation
        self.deliveries.day = self.deliveries.day + days * which

    def retire(self, offers: Ints, gpus: Ints) -> None:
        """Take GPUs out of service; those that are let for a term stay."""
        free = self.offers.capacity[offers] - self.offers.reserved[offers]
        self.offers.capacity[offers] -= np.clip(gpus, 0, np.maximum(free, 0))

    def black_out(self, region: int, share: float, until_day: int) -> None:
        """Take part of a region's capacity off line until a day; the worse of two outages counts."""
        former, former_end = self.outages.get(region, (0.0, 0))
        self.outages[region] = (max(share, former), max(until_day, former_end))

    def start_day(self, day: int, launched: Bools) -> None:
        """Take deliveries in and see what runs today; ``launched`` by generation."""
        due = self.deliveries.day <= day
        np.add.at(self.offers.capacity, self.deliveries.offer[due], self.deliveries.gpus[due])
        self.deliveries.keep(~due)
        self.outages = {at: out for at, out in self.outages.items() if out[1] > day}
        running = np.ones(len(self.regions))
        for region, (share, _) in self.outages.items():
            running[region] = 1 - share
        online = np.floor(self.offers.capacity * running[self.offers.region]).astype(np.int64)
        self.offers.online = online * launched[self.offer_generation]

    def fail(self, day: int) -> None:
        """Let chance take power from a region: so many times a year as the parameters say."""
        supply = self.params.supply
        struck = uniform(self._region_keys, day, Purpose.OUTAGE) < supply.outages / DAYS_PER_YEAR
        for region in np.flatnonzero(struck):
            chance = uniform(self._region_keys[[region]], day, Purpose.OUTAGE_LENGTH)[0]
            days = int(np.ceil(-supply.outage_days * np.log(chance)))
            self.black_out(int(region), supply.outage_share, day + days)

    def invest(self, day: int, growth: Floats) -> None:
        """Let each product, once in 30 days, order or retire GPUs.

        It follows its generation's expected growth of demand (log a year) and its own utilisation
        against target.
        """
        products = self.products
        due = np.flatnonzero((products.key % np.uint64(30)).astype(np.int64) == day % 30)
        if not len(due):
            return
        lack = products.busy[due] - self._target[products.cloud[due]]
        rate = growth[products.generation[due]] + self.params.supply.eagerness * lack
        by_product = np.zeros(len(products))
        by_product[due] = rate * 30 / DAYS_PER_YEAR
        change = by_product[self.offers.product] * self.offers.capacity
        # What is less than one GPU is drawn, so that small fleets grow at the same rate.
        chance = uniform(self.offers.key, day, Purpose.INVESTMENT)
        gpus = np.floor(np.abs(change) + chance).astype(np.int64) * np.sign(change).astype(np.int64)
        rows = np.flatnonzero(gpus)
        self.order(rows, gpus[rows], day, self.params.supply.delivery_days)
        falling = rows[gpus[rows] < 0]
        self.retire(falling, -gpus[falling])

    def fill_pipeline(self, day: int, growth: Floats) -> None:
        """Put deliveries under way as if growth (log a year) had been ordered all along."""
        monthly = np.maximum(growth[self.offer_generation], 0) * self.offers.capacity * 30
        within = (self.offers.key % np.uint64(30)).astype(np.int64)
        for month in range(round(self.params.supply.delivery_days / 30)):
            chance = uniform(self.offers.key, day + month, Purpose.INVESTMENT)
            gpus = np.floor(monthly / DAYS_PER_YEAR + chance).astype(np.int64)
            rows = np.flatnonzero(gpus)
            due = day + 30 * month + within[rows]
            self.deliveries.append(Deliveries(rows, gpus[rows], due))

    def see_utilisation(self, used: Ints) -> None:
        """Bring each product's view of how busy it is up to date; ``used``: GPUs rented by offer."""
        share = self.utilisation(used)
        self.products.busy += (share - self.products.busy) / WEEKS_DAYS

    def utilisation(self, used: Ints) -> Floats:
        """Return the part of each product's running GPUs that is rented; 1 where none runs."""
        size = len(self.products)
        online = np.bincount(self.offers.product, self.offers.online, size)
        rented = np.bincount(self.offers.product, used, size)
        return np.where(online > 0, rented / np.maximum(online, 1), self.products.busy)


def number_of(what: str, known: Sequence[str], name: str) -> int:
    """Return the place of a name. Raises ValueError, which says what there is."""
    if name not in known:
        raise ValueError(f"{name!r}: no such {what}; there are {', '.join(known)}")
    return known.index(name)


def price_points(usd: Floats, point_usd: float) -> Ints:
    """Return prices in micro-dollars, rounded to multiples of a price point and at least one."""
    return (np.maximum(1, np.rint(usd / point_usd)) * round(point_usd * MICROS)).astype(np.int64)
