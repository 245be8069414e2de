"""The first population: its fleets and needs add up to what the parameters say."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from clients.economy.demand import Demand
from clients.economy.draws import Draws
from clients.economy.founding import found_demand, found_supply
from clients.economy.parameters import Parameters
from clients.economy.supply import Supply


@pytest.fixture(scope="module")
def founded(small: Parameters) -> tuple[Supply, Demand]:
    draws = Draws(1)
    supply, demand = Supply(small, draws), Demand(small, draws)
    found_supply(supply, np.zeros(4))
    found_demand(demand, supply)
    return supply, demand


def test_each_generation_has_its_gpus_in_the_clouds_weights(
    small: Parameters, founded: tuple[Supply, Demand]
) -> None:
    supply, _ = founded
    cloud = supply.products.cloud[supply.offers.product]
    for number, kind in enumerate(small.generations.values()):
        rows = supply.offer_generation == number
        assert supply.offers.capacity[rows].sum() == pytest.approx(kind.gpus, rel=0.001)
        by_cloud = np.bincount(cloud[rows], supply.offers.capacity[rows], 3) / kind.gpus
        weights = [each.capacity for each in small.clouds.values()]
        assert by_cloud.tolist() == pytest.approx(weights, abs=0.002)


def test_needs_fill_the_fleets_to_target_in_the_mean(
    small: Parameters, founded: tuple[Supply, Demand]
) -> None:
    supply, demand = founded
    segments = list(small.segments.values())
    activity = np.array([segment.mean_activity for segment in segments])
    need = demand.customers.size * activity[demand.customers.segment]
    target = np.array([cloud.target_utilisation for cloud in small.clouds.values()])
    aim = supply.offers.capacity * target[supply.products.cloud[supply.offers.product]]
    assert need.sum() == pytest.approx(aim.sum(), rel=0.05)
    enterprise = list(small.segments).index("enterprise")
    hyperscaler = supply.products.cloud[supply.offers.product] == 0
    assert need[demand.customers.segment == enterprise].sum() == pytest.approx(
        aim[hyperscaler].sum(), rel=0.05
    )


def test_one_provider_more_of_a_type_changes_no_other_ones_nature(small: Parameters) -> None:
    more = msgspec.structs.replace(
        small,
        clouds=small.clouds
        | {
            "neocloud": msgspec.structs.replace(
                small.clouds["neocloud"], providers=small.clouds["neocloud"].providers + 1
            )
        },
    )
    worlds = []
    for params in (small, more):
        supply = Supply(params, Draws(1))
        found_supply(supply, np.zeros(4))
        names = [
            f"{supply.names[provider]}/{generation}"
            for provider, generation in zip(
                supply.products.provider, supply.products.generation, strict=True
            )
        ]
        worlds.append(dict(zip(names, supply.products.list_micros.tolist(), strict=True)))
    assert worlds[0].items() <= worlds[1].items()
