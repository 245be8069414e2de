"""Customers: who they know, what they want at a price, and how they change."""

from __future__ import annotations

import numpy as np
import pytest

from clients.economy.demand import MOST_OF_NEED, NOBODY
from clients.economy.economy import Economy
from clients.economy.parameters import Parameters


@pytest.fixture(scope="module")
def economy(calm: Parameters) -> Economy:
    return Economy(calm, seed=1)


def test_everyone_knows_offers_of_their_generation_from_clouds_that_they_look_at(
    economy: Economy,
) -> None:
    customers, supply = economy.demand.customers, economy.supply
    known = customers.known
    rows, columns = np.nonzero(known != NOBODY)
    offers = known[rows, columns]
    assert (supply.offer_generation[offers] == customers.generation[rows]).all()
    segments = list(economy.params.segments.values())
    for segment, kind in enumerate(segments):
        cloud = supply.products.cloud[
            supply.offers.product[offers[customers.segment[rows] == segment]]
        ]
        assert {supply.clouds[code] for code in np.unique(cloud)} <= set(kind.clouds)
    for row in known:
        named = row[row != NOBODY]
        assert len(set(named.tolist())) == len(named) >= 1


def test_offers_are_drawn_by_weight(economy: Economy) -> None:
    """Home regions are preferred: against the part that an even draw would give."""
    customers, supply = economy.demand.customers, economy.supply
    rows, columns = np.nonzero(customers.known != NOBODY)
    home = supply.offers.region[customers.known[rows, columns]] == customers.region[rows]
    weights = np.array([region.weight for region in economy.params.regions.values()])
    even = ((weights / weights.sum()) ** 2).sum()
    assert home.mean() > even + 0.1


def test_wants_fall_with_the_price_by_the_elasticity(economy: Economy) -> None:
    demand = economy.demand
    worth = economy.worth.log_worth
    need = np.full(len(demand.customers), 1e6)
    level = worth[demand.customers.generation] + demand.customers.log_worth
    at_worth, limit = demand.wanted(need, level, worth)
    dearer, _ = demand.wanted(need, level + 0.1, worth)
    assert (at_worth == 1e6).all()
    assert np.log(dearer / at_worth) == pytest.approx(-0.1 * demand.customers.elasticity, abs=1e-5)
    assert limit == pytest.approx(level + economy.params.search.ceiling)
    flood, _ = demand.wanted(need, level - 9.0, worth)
    assert flood.max() <= MOST_OF_NEED * 1e6


def test_need_follows_volume_bursts_and_the_weekend(economy: Economy) -> None:
    demand = economy.demand
    monday = 4  # 5 January 1970
    need = demand.need(monday, np.ones(4))
    assert demand.need(monday, np.full(4, 2.0)) == pytest.approx(2 * need)
    weekend = demand.need(monday + 5, np.ones(4)) / np.maximum(need, 1e-12)
    kinds = list(economy.params.segments.values())
    expected = np.array([kind.weekend for kind in kinds])[demand.customers.segment]
    assert weekend[need > 0] == pytest.approx(expected[need > 0])


def test_bursts_begin_and_end_at_their_rates(calm: Parameters) -> None:
    """The part at work of the training segment over 200 days, within five standard errors."""
    demand = Economy(calm, seed=2).demand
    training = demand.customers.segment == list(calm.segments).index("training")
    kind = calm.segments["training"]
    parts = []
    for day in range(200):
        demand.live(day)
        parts.append(demand.customers.working[training].mean())
    expected = kind.begins / (kind.begins + kind.ends)
    memory = 2 / (kind.begins + kind.ends)  # days by which numbers are alike, both ways
    error = np.sqrt(expected * (1 - expected) * memory / (training.sum() * 200))
    assert abs(np.mean(parts) - expected) < 5 * error
    steady = demand.customers.segment == list(calm.segments).index("inference")
    assert demand.customers.working[steady].all()


def test_customers_leave_a_generation_that_is_dear_for_what_it_does(calm: Parameters) -> None:
    """Value is conserved: whoever moves needs GPUs in the inverse ratio of worths."""
    economy = Economy(calm, seed=3)
    demand, worth = economy.demand, economy.worth.log_worth
    before = demand.customers.generation.copy()
    value = demand.customers.size * np.exp(worth[before])
    dear = worth + np.array([0.0, 0.5, 0.0, 0.0])
    for day in range(400):
        demand.migrate(day, dear, worth, economy.worth.launched)
    after = demand.customers.generation
    assert (after == 1).sum() < 0.75 * (before == 1).sum()
    assert demand.customers.size * np.exp(worth[after]) == pytest.approx(value)
    moved = after != before
    assert (demand.customers.known[moved] == NOBODY).all()


def test_at_equal_dearness_as_much_worth_leaves_a_generation_as_comes(calm: Parameters) -> None:
    """Over many customers' choices, within five deviations of what single large ones bring about."""
    economy = Economy(calm.sized(40, 4_000), seed=3)
    demand, worth = economy.demand, economy.worth.log_worth
    customers = demand.customers
    customers.size = np.exp(-worth[customers.generation])  # one dollar's worth each
    kinds = calm.generations.values()
    shares = np.array([kind.gpus * kind.value_usd for kind in kinds])
    shares = shares / shares.sum()
    customers.generation = np.searchsorted(np.cumsum(shares), np.linspace(0, 1, 4_000, False))
    for day in range(1_000):
        demand.migrate(day, worth, worth, economy.worth.launched)
    found = np.bincount(customers.generation, minlength=4) / 4_000
    assert np.abs(found - shares).max() < 5 * np.sqrt(0.25 / 4_000)


def test_nobody_moves_to_a_generation_that_is_not_launched(calm: Parameters) -> None:
    economy = Economy(calm, seed=3)
    demand, worth = economy.demand, economy.worth.log_worth
    there = demand.customers.generation == 3
    launched = np.array([True, True, True, False])
    for day in range(400):
        demand.migrate(day, worth, worth, launched)
    assert ((demand.customers.generation == 3) == there).all()
