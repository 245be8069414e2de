"""Summaries of a day, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from clients.economy.day import benchmark_prices, mean_lists, provider_means, summarise
from clients.economy.lines import Names, OfferLines
from clients.economy.rentals import Rental, Rentals

NAMES = Names(
    ("A100", "H100"), ("neocloud",), ("us-east",), ("US",), ("Fir", "Oak"), ("Elm", "Ash")
)


def lines() -> OfferLines:
    """Fir offers H100 twice, once at a tenth above the benchmark's cost; Oak once."""
    return OfferLines(
        provider=np.array([0, 0, 1]),
        generation=np.array([1, 1, 1]),
        cloud=np.zeros(3, np.int64),
        region=np.zeros(3, np.int64),
        list_micros=np.array([3_000_000, 3_300_000, 2_000_000]),
        log_base=np.log([1.0, 1.1, 1.0]),
        gpus=np.array([100, 50, 50]),
        rented=np.array([50, 25, 50]),
        pcie=np.zeros(3, np.bool_),
        infiniband=np.zeros(3, np.bool_),
        cluster_gpus=np.full(3, 8),
        deals_seen=np.ones(3, np.bool_),
    )


def rentals() -> Rentals:
    kinds = [Rental.ON_DEMAND, Rental.ON_DEMAND, Rental.RESERVED]
    return Rentals(
        customer=np.array([0, 1, 1]),
        offer=np.array([0, 1, 2]),
        gpus=np.array([30, 10, 85]),
        price_micros=np.array([2_000_000, 2_640_000, 9_000_000]),
        rental=np.array(kinds),
        months=np.array([0, 0, 3]),
        second=np.array([0, 60, 120]),
        hours=np.array([720, 240, 0]),
    )


def test_a_summary_by_hand() -> None:
    found = summarise(NAMES, lines(), rentals())
    assert set(found) == {"H100"}, "nothing of A100 runs"
    h100 = found["H100"]
    assert h100.executed_micros == (30 * 2_000_000 + 10 * 2_400_000) // 40
    assert h100.list_micros == 2_500_000, "Fir's mean is 3 dollars, Oak's 2"
    assert h100.volume_gpu_hours == 40 * 24
    assert h100.utilisation == 125 / 200


def test_deals_that_nobody_sees_do_not_count_as_executed() -> None:
    quiet = lines()
    quiet.deals_seen = np.array([True, False, True])
    found = summarise(NAMES, quiet, rentals())["H100"]
    assert (found.executed_micros, found.volume_gpu_hours) == (2_000_000, 30 * 24)
    assert found.utilisation == 125 / 200


def test_a_day_without_deals_is_summarised_at_list() -> None:
    assert summarise(NAMES, lines(), Rentals.none())["H100"].executed_micros == 2_500_000


def test_prices_are_brought_to_the_benchmark() -> None:
    assert benchmark_prices(lines(), rentals()).tolist() == pytest.approx([2.0, 2.4, 9.0])


def test_each_provider_counts_once() -> None:
    assert provider_means(np.array([7, 3, 7]), np.array([1.0, 5.0, 3.0])).tolist() == [5.0, 2.0]
    means = mean_lists(lines(), 2)
    assert np.isnan(means[0])
    assert means[1] == pytest.approx(2.5)
