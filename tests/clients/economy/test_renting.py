"""A day of deals: prices against quotes and lists, and who rents where."""

from __future__ import annotations

import numpy as np
import pytest

from clients.economy.demand import NOBODY
from clients.economy.economy import Economy
from clients.economy.parameters import Parameters
from clients.economy.rentals import Rental


@pytest.fixture(scope="module")
def lived(calm: Parameters) -> Economy:
    return Economy(calm, seed=1)


def test_no_deal_is_above_the_list_of_its_offer(lived: Economy) -> None:
    for _ in range(5):
        day = lived.step()
        rows = day.rentals.rental == Rental.ON_DEMAND
        # Lists may have been cut at the day's end, so those of the day before are the bound.
        changed = day.lines.list_micros[day.rentals.offer[rows]] < day.rentals.price_micros[rows]
        assert changed.mean() < 0.01


def test_judged_prices_are_comparable_across_configurations(lived: Economy) -> None:
    """What an offer costs, less its configuration's factors and plus taste, by hand for one customer."""
    supply, demand = lived.supply, lived.demand
    log_prices = lived._pricing.log_prices(supply)
    seen = lived._renting.judge(demand, supply, log_prices)
    row = int(np.flatnonzero(demand.customers.known[:, 1] != NOBODY)[0])
    for place in range(2):
        offer = demand.customers.known[row, place]
        product = supply.offers.product[offer]
        dollars = log_prices[product] + supply.log_region[supply.offers.region[offer]]
        expected = dollars - supply.products.log_base[product] + demand.customers.taste[row, place]
        if demand.customers.usual[row] == offer:
            expected -= lived.params.search.loyalty
        assert seen.log_prices[row, place] == pytest.approx(dollars)
        assert seen.judged[row, place] == pytest.approx(expected)
    assert (seen.best == seen.judged.min(axis=1)).all()


def test_interruptible_gpus_cost_less_than_those_on_demand(lived: Economy) -> None:
    cheaper = []
    for _ in range(10):
        day = lived.step()
        by_offer = {}
        for rental in (Rental.ON_DEMAND, Rental.SPOT):
            rows = day.rentals.rental == rental
            sums = np.bincount(
                day.rentals.offer[rows], day.rentals.price_micros[rows], len(day.lines)
            )
            count = np.bincount(day.rentals.offer[rows], minlength=len(day.lines))
            by_offer[rental] = np.where(count > 0, sums / np.maximum(count, 1), np.nan)
        ratio = by_offer[Rental.SPOT] / by_offer[Rental.ON_DEMAND]
        cheaper += ratio[np.isfinite(ratio)].tolist()
    assert len(cheaper) > 20
    assert lived.params.pricing.spot_factor * 0.8 < np.mean(cheaper) < 1.0


def test_larger_deals_are_cheaper(lived: Economy) -> None:
    """The slope of log price on log10 of the size, within offers, is the discount."""
    logs, sizes = [], []
    for _ in range(10):
        day = lived.step()
        rows = np.flatnonzero(day.rentals.rental == Rental.ON_DEMAND)
        log_price = np.log(day.rentals.price_micros[rows])
        size = np.log10(day.rentals.gpus[rows])
        offers = day.rentals.offer[rows]
        count = np.maximum(np.bincount(offers), 1)
        logs.append(log_price - (np.bincount(offers, log_price) / count)[offers])
        sizes.append(size - (np.bincount(offers, size) / count)[offers])
    slope = np.polyfit(np.concatenate(sizes), np.concatenate(logs), 1)[0]
    assert slope == pytest.approx(-lived.params.pricing.size_discount, abs=0.008)
