"""Quotes and lists: what moves at once and what is sticky."""

from __future__ import annotations

import numpy as np
import pytest

from clients.economy.draws import Draws
from clients.economy.parameters import Parameters
from clients.economy.pricing import Pricing
from clients.economy.supply import Supply

WORTH = np.log([1.5, 2.5, 3.0, 5.0])


@pytest.fixture
def supply(small: Parameters) -> Supply:
    supply = Supply(small, Draws(1))
    for number in range(50):
        supply.add(f"n{number}", "neocloud", {"H100": {"us-east": 100}}, WORTH)
    supply.start_day(0, np.ones(4, np.bool_))
    return supply


def test_nothing_is_sold_above_its_list(small: Parameters, supply: Supply) -> None:
    pricing = Pricing(small)
    supply.products.log_quote += 1.0
    assert pricing.log_prices(supply) == pytest.approx(pricing.log_lists(supply))
    supply.products.log_quote -= 2.0
    assert pricing.log_prices(supply) == pytest.approx(supply.products.log_quote)


@pytest.mark.parametrize(("part", "sign"), [(1.0, 1), (0.0, -1)])
def test_quotes_rise_when_full_and_fall_when_empty_while_lists_stay(
    small: Parameters, supply: Supply, part: float, sign: int
) -> None:
    pricing = Pricing(small)
    pricing.relist(supply)
    lists, quotes = supply.products.list_micros.copy(), supply.products.log_quote.copy()
    used = (supply.offers.online * part).astype(np.int64)
    pricing.requote(supply, used, WORTH, day=1)
    moved = (supply.products.log_quote - quotes).mean()
    expected = small.clouds["neocloud"].speed * (part - small.clouds["neocloud"].target_utilisation)
    assert moved == pytest.approx(expected, abs=0.01)
    assert moved * sign > 0
    assert len(pricing.relist(supply)) < 10
    assert (supply.products.list_micros == lists).mean() > 0.8


def test_a_list_is_changed_only_beyond_its_threshold_and_then_to_what_is_wanted(
    small: Parameters, supply: Supply
) -> None:
    pricing, cloud = Pricing(small), small.clouds["neocloud"]
    products = supply.products
    wanted = pricing.wanted_log_lists(supply)
    off = np.linspace(-0.8, 0.8, len(products))
    products.list_micros = np.rint(np.exp(wanted - off) * 1e6).astype(np.int64)
    before = products.list_micros.copy()
    changed = pricing.relist(supply)
    expected = np.flatnonzero((off > cloud.raise_at) | (off < -cloud.cut_at))
    assert changed.tolist() == expected.tolist()
    kept = np.setdiff1d(np.arange(len(products)), changed)
    assert (products.list_micros[kept] == before[kept]).all()
    assert products.list_micros[changed] / 1e6 == pytest.approx(
        np.exp(wanted[changed]), abs=small.pricing.price_point_usd / 2 + 1e-9
    )


def test_a_busy_provider_wants_less_room_above_its_quote(small: Parameters, supply: Supply) -> None:
    pricing = Pricing(small)
    supply.products.busy[:] = small.clouds["neocloud"].target_utilisation
    room = pricing.wanted_log_lists(supply) - supply.products.log_quote
    assert room == pytest.approx(supply.products.log_premium)
    supply.products.busy[:] = 1.0
    assert pricing.wanted_log_lists(supply) == pytest.approx(supply.products.log_quote)


def test_news_reaches_quotes_of_its_generation_in_part(small: Parameters, supply: Supply) -> None:
    before = supply.products.log_quote.copy()
    Pricing(small).hear_news(supply, np.array([9.0, -0.22, 9.0, 9.0]))
    assert supply.products.log_quote - before == pytest.approx(-0.22 * small.pricing.pass_through)
