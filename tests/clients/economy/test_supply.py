"""Capacity: orders and deliveries, power, retirement, and how full a provider is."""

from __future__ import annotations

import numpy as np
import pytest

from clients.economy.draws import Draws
from clients.economy.parameters import Parameters
from clients.economy.supply import Supply, price_points

WORTH = np.log([1.5, 2.5, 3.0, 5.0])
ALL = np.ones(4, np.bool_)


@pytest.fixture
def supply(small: Parameters) -> Supply:
    supply = Supply(small, Draws(1))
    supply.add("Fir", "neocloud", {"H100": {"us-east": 100}, "B200": {"europe": 50}}, WORTH)
    supply.add("Oak", "hyperscaler", {"H100": {"us-east": 300, "asia": 200}}, WORTH)
    return supply


def test_fleets_stand_where_they_were_put(supply: Supply) -> None:
    supply.start_day(0, ALL)
    assert supply.offers.online.tolist() == [100, 50, 300, 200]
    assert supply.offer_generation.tolist() == [1, 3, 1, 1]
    assert [supply.names[row] for row in supply.products.provider] == ["Fir", "Fir", "Oak"]


def test_a_quote_begins_at_worth_and_a_list_above_it(supply: Supply) -> None:
    usd = np.exp(supply.products.log_quote)
    assert usd.tolist() == pytest.approx(
        [2.5, 5.0, 2.5 * supply.params.clouds["hyperscaler"].price_factor]
    )
    assert (supply.products.list_micros % 50_000 == 0).all()


@pytest.mark.parametrize(
    ("name", "cloud", "fleet", "said"),
    [
        ("Fir", "neocloud", {"H100": {"us-east": 1}}, "Fir: there is a provider of that name"),
        ("Ash", "cloudy", {"H100": {"us-east": 1}}, "no such cloud; there are hyperscaler"),
        ("Ash", "neocloud", {"Z1": {"us-east": 1}}, "no such underlying; there are A100"),
        ("Ash", "neocloud", {"H100": {"moon": 1}}, "no such region; there are us-east"),
    ],
)
def test_a_provider_that_cannot_be_is_refused_and_changes_nothing(
    supply: Supply, name: str, cloud: str, fleet: dict[str, dict[str, int]], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        supply.add(name, cloud, fleet, WORTH)
    assert (supply.names, len(supply.products), len(supply.offers)) == (["Fir", "Oak"], 3, 4)


def test_what_is_ordered_arrives_once_and_later_when_delayed(supply: Supply) -> None:
    supply.order(np.array([0, 2]), np.array([10, 20]), 0, 30.0)
    due = supply.deliveries.day.copy()
    supply.delay(100, generation=1)
    assert (supply.deliveries.day == due + 100).all()
    for day in range(int(due.max()) + 101):
        supply.start_day(day, ALL)
        if day < due.min() + 100:
            assert supply.offers.online.sum() == 650
    assert supply.offers.online.tolist() == [110, 50, 320, 200]
    assert len(supply.deliveries) == 0


def test_a_region_without_power_runs_less_until_the_day_it_returns(supply: Supply) -> None:
    supply.black_out(0, 0.25, 3)
    supply.black_out(0, 0.10, 2)
    for day, expected in [(0, 75), (2, 75), (3, 100)]:
        supply.start_day(day, ALL)
        assert supply.offers.online[0] == expected
        assert supply.offers.online[1] == 50


def test_a_generation_that_is_not_launched_runs_nowhere(supply: Supply) -> None:
    supply.start_day(0, np.array([True, True, True, False]))
    assert supply.offers.online.tolist() == [100, 0, 300, 200]


def test_gpus_let_for_a_term_are_not_retired(supply: Supply) -> None:
    supply.offers.reserved = np.array([70, 0, 0, 0])
    supply.retire(np.array([0, 1]), np.array([50, 80]))
    assert supply.offers.capacity.tolist() == [70, 0, 300, 200]


def test_growth_is_ordered_at_its_rate_and_decline_retires(supply: Supply) -> None:
    """Thirty days visit each product once: a twelfth of a year's growth, to a GPU an offer."""
    supply.offers.capacity *= 100
    for day in range(30):
        supply.invest(day, np.array([0.0, 0.365, 0.0, -0.365]))
    orders = np.bincount(supply.deliveries.offer, supply.deliveries.gpus, 4)
    assert np.abs(orders - supply.offers.capacity * [0.03, 0, 0.03, 0.03]).max() <= 1
    assert abs(supply.offers.capacity[1] - 5_000 * 0.97) <= 1


def test_a_filled_pipeline_brings_the_growth_of_the_time_that_deliveries_take(
    supply: Supply,
) -> None:
    """Three months at a log growth of 36.5 % a year are 9 %, to a GPU an offer and month."""
    supply.offers.capacity *= 100
    supply.fill_pipeline(100, np.array([0.0, 0.365, 0.0, -0.365]))
    coming = np.bincount(supply.deliveries.offer, supply.deliveries.gpus, 4)
    assert np.abs(coming - supply.offers.capacity * [0.09, 0, 0.09, 0.09]).max() <= 3
    assert set(supply.deliveries.day - 100) <= set(range(90))


def test_utilisation_is_rented_by_running(supply: Supply) -> None:
    supply.start_day(0, ALL)
    used = np.array([50, 50, 100, 150])
    assert supply.utilisation(used).tolist() == [0.5, 1.0, 0.5]
    before = supply.products.busy.copy()
    supply.see_utilisation(used)
    assert (supply.products.busy - before).tolist() == pytest.approx(
        ((np.array([0.5, 1.0, 0.5]) - before) / 30).tolist()
    )


def test_price_points() -> None:
    assert price_points(np.array([0.001, 2.974, 2.976]), 0.05).tolist() == [
        50_000,
        2_950_000,
        3_000_000,
    ]
