"""The population of the economy at its beginning: providers with fleets and customers with needs."""

from __future__ import annotations

import numpy as np

from clients.economy.demand import Customers, Demand
from clients.economy.draws import Draws, Floats, Purpose, choose, normal, uniform
from clients.economy.parameters import Parameters
from clients.economy.supply import Form, Supply

CLUSTERS = (8, 64, 512)
"""GPUs that an offer is made for; a prior, like the weights of these."""
CLUSTER_WEIGHTS = (0.4, 0.4, 0.2)
SMALL_CLUSTER_WEIGHTS = (0.9, 0.1, 0.0)
INFINIBAND_PART = 0.5
"""Part of the clusters above eight GPUs that InfiniBand joins; a prior."""


def found_supply(supply: Supply, log_worth: Floats) -> None:
    """Add the providers; each generation's GPUs are shared out by types' weights and sizes."""
    params, draws = supply.params, supply.draws
    total = sum(cloud.capacity for cloud in params.clouds.values())
    for cloud, kind in params.clouds.items():
        names = [f"{cloud}-{number:03d}" for number in range(1, kind.providers + 1)]
        keys = draws.keys(names)
        size = np.exp(params.supply.fleet_spread * normal(keys, 0, Purpose.SIZE))
        offered = _offered(params, kind.everywhere, names, draws)
        parts = size[:, None] * offered / np.maximum((size[:, None] * offered).sum(axis=0), 1e-300)
        gpus = parts * [generation.gpus for generation in params.generations.values()]
        gpus *= kind.capacity / total
        weights = np.array([region.weight for region in params.regions.values()])
        homes = choose(keys, Purpose.PLACE, weights.tolist())
        for row, name in enumerate(names):
            shares = weights / weights.sum()
            if not kind.everywhere:
                shares = (np.arange(len(weights)) == homes[row]) * 1.0
            fleet = {
                generation: {
                    region: max(1, round(float(gpus[row, number] * share)))
                    for region, share in zip(supply.regions, shares, strict=True)
                    if share > 0
                }
                for number, generation in enumerate(supply.generations)
                if offered[row, number]
            }
            forms = {
                generation: _form(params, draws, name, cloud, generation) for generation in fleet
            }
            supply.add(name, cloud, fleet, log_worth, forms)


def _offered(params: Parameters, everywhere: bool, names: list[str], draws: Draws) -> Floats:
    """Return 1 where a provider has a generation; somebody of the type has each."""
    columns = []
    for generation, kind in params.generations.items():
        keys = draws.keys([f"{name}/{generation}" for name in names])
        chance = uniform(keys, 0, Purpose.GENERATION)
        columns.append(everywhere | (chance < kind.offered_by) | (chance == chance.min(initial=1)))
    return np.column_stack(columns).astype(np.float64)


def _form(params: Parameters, draws: Draws, name: str, cloud: str, generation: str) -> Form:
    key = draws.keys([f"{name}/{generation}"])
    small = not params.clouds[cloud].everywhere and params.clouds[cloud].price_factor < 1
    weights = SMALL_CLUSTER_WEIGHTS if small else CLUSTER_WEIGHTS
    cluster = CLUSTERS[int(choose(key, Purpose.CLUSTER, weights)[0])]
    premium = np.log(params.clouds[cloud].premium)
    premium += params.pricing.premium_spread * normal(key, 0, Purpose.PREMIUM)[0]
    return Form(
        pcie=bool(uniform(key, 0, Purpose.FORM)[0] < params.generations[generation].pcie),
        infiniband=cluster > CLUSTERS[0]
        and bool(uniform(key, 0, Purpose.FABRIC)[0] < INFINIBAND_PART),
        cluster_gpus=cluster,
        log_premium=max(0.0, float(premium)),
    )


def found_demand(demand: Demand, supply: Supply) -> None:
    """Add the customers; at the generations' worth they want what fills the fleets to target.

    Customers of a segment buy from the types of providers that they look at, by capacity.
    """
    params = demand.params
    names = [f"customer-{number:05d}" for number in range(1, params.customers + 1)]
    keys = demand.draws.keys(names)
    segments = choose(keys, Purpose.KIND, [segment.share for segment in params.segments.values()])
    regions = choose(keys, Purpose.PLACE, [region.weight for region in params.regions.values()])
    generations = choose(
        keys, Purpose.GENERATION, [kind.customers for kind in params.generations.values()]
    )
    size = np.exp(params.search.size_spread * normal(keys, 0, Purpose.SIZE))
    activity = np.array([segment.mean_activity for segment in params.segments.values()])
    wanted = _wanted_gpus(params, supply)
    for generation in range(len(params.generations)):
        for segment in range(len(params.segments)):
            rows = (generations == generation) & (segments == segment)
            mean = (size[rows] * activity[segment]).sum()
            size[rows] *= wanted[generation, segment] / mean if mean > 0 else 0.0
    worth = params.search.worth * normal(keys, 0, Purpose.WORTH)
    demand.add(names, Customers.starting(keys, generations, regions, segments, size, worth, params))


def _wanted_gpus(params: Parameters, supply: Supply) -> Floats:
    """Return GPUs by generation and segment that the segments want in the mean."""
    looked_at = np.array(
        [
            [segment.share * segment.clouds.get(cloud, 0.0) for cloud in supply.clouds]
            for segment in params.segments.values()
        ]
    )
    parts = looked_at / np.maximum(looked_at.sum(axis=0), 1e-300)
    offers, products = supply.offers, supply.products
    target = np.array([cloud.target_utilisation for cloud in params.clouds.values()])
    rented = np.zeros((len(supply.generations), len(supply.clouds)))
    cloud = products.cloud[offers.product]
    np.add.at(rented, (supply.offer_generation, cloud), offers.capacity * target[cloud])
    return np.asarray(rented @ parts.T)
