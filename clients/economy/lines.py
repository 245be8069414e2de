"""The offers of a day as anyone could describe them, and the names behind the numbers."""

from __future__ import annotations

import dataclasses

import numpy as np

from clients.economy.columns import Columns
from clients.economy.draws import Bools, Floats, Ints
from clients.economy.supply import Supply


@dataclasses.dataclass
class OfferLines(Columns):
    """One row an offer, in the order of the supply's.

    list_micros: on demand, in its region. log_base: log price by the benchmark configuration's in
    the first region. gpus: running. rented: of them, interruptible ones included. deals_seen:
    whether an index learns of its rentals.
    """

    provider: Ints
    generation: Ints
    cloud: Ints
    region: Ints
    list_micros: Ints
    log_base: Floats
    gpus: Ints
    rented: Ints
    pcie: Bools
    infiniband: Bools
    cluster_gpus: Ints
    deals_seen: Bools


@dataclasses.dataclass(frozen=True)
class Names:
    """The names behind the numbers of rows."""

    generations: tuple[str, ...]
    clouds: tuple[str, ...]
    regions: tuple[str, ...]
    countries: tuple[str, ...]
    providers: tuple[str, ...]
    customers: tuple[str, ...]


def offer_lines(supply: Supply, rented: Ints) -> OfferLines:
    """Return the offers as they stand; ``rented``: GPUs by offer."""
    offers, products = supply.offers, supply.products
    at = offers.product
    seen = np.array([cloud.deals_seen for cloud in supply.params.clouds.values()])
    factor = np.exp(supply.log_region[offers.region])
    listed = np.rint(products.list_micros[at] * factor).astype(np.int64)
    return OfferLines(
        products.provider[at],
        products.generation[at],
        products.cloud[at],
        offers.region.copy(),
        np.maximum(listed, 1),
        products.log_base[at] + supply.log_region[offers.region],
        offers.online.copy(),
        rented,
        products.pcie[at],
        products.infiniband[at],
        products.cluster_gpus[at],
        seen[products.cloud[at]],
    )
