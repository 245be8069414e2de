"""Measures against other ways of computing them."""

from __future__ import annotations

import numpy as np
import pytest

from clients.economy import measures
from clients.economy.economy import Economy
from clients.economy.measures import Recorder
from clients.economy.parameters import Parameters
from tests.clients.economy.test_day import lines, rentals


def test_broad_index_by_hand() -> None:
    """Fir lists 3 and rents at 2 and 2.4; Oak lists 2 and rents nothing on demand."""
    deals = rentals().take(np.array([0, 1]))
    found = measures.broad_index(lines(), lines(), deals, np.array([2.0, 2.4]))
    assert found == pytest.approx(((3.0 + 2.2) / 2 + 2.0) / 2)


def test_winsorised_mean_pulls_an_outlier_in() -> None:
    values, weights = np.array([2.0] * 98 + [1_000.0, 0.001]), np.ones(100, np.int64)
    assert measures.winsorised_mean(values, weights, 0.05) == pytest.approx(2.0)
    assert measures.winsorised_mean(values, weights, 0.0) > 11
    rng = np.random.default_rng(1)
    some, hours = rng.random(50), rng.integers(1, 9, 50)
    repeated = measures.winsorised_mean(np.repeat(some, hours), np.ones(hours.sum(), np.int64), 0.0)
    assert measures.winsorised_mean(some, hours, 0.0) == pytest.approx(repeated)
    assert np.isnan(measures.winsorised_mean(np.zeros(0), np.zeros(0, np.int64), 0.05))


def test_volatility_of_a_known_walk() -> None:
    rng = np.random.default_rng(1)
    prices = np.exp(np.cumsum(rng.normal(0, 0.26 / np.sqrt(365), 20_000)))
    assert measures.volatility(prices) == pytest.approx(0.26, rel=0.03)


def test_falls_and_rises() -> None:
    prices = np.array([4.0, 5.0, 2.5, 3.0, 6.0, 3.6])
    assert measures.drawdown(prices) == pytest.approx(-0.5)
    assert measures.run_up(prices) == pytest.approx(1.4)


def test_still_days_and_cuts_of_lists() -> None:
    lists = np.array([[2.0, 3.0], [2.0, 3.0], [2.0, 2.4], [2.0, 2.4], [2.2, np.nan]])
    assert measures.still_days(lists) == pytest.approx(2 / 4)
    assert measures.largest_list_cut(lists) == pytest.approx(-0.2)


def test_recorded_series_agree_with_the_days_summaries(calm: Parameters) -> None:
    economy, recorder = Economy(calm, seed=1), Recorder()
    days = [economy.step() for _ in range(5)]
    for day in days:
        recorder.take(day)
    series = recorder.series("H100")
    summaries = [day.summaries["H100"] for day in days]
    assert series.lists == pytest.approx([each.list_micros / 1e6 for each in summaries], abs=1e-6)
    assert series.transaction == pytest.approx(
        [each.executed_micros / 1e6 for each in summaries], rel=0.03
    )
    assert (series.broad < series.lists).all()
    assert (series.broad > series.transaction).all()
    assert recorder.underlyings == tuple(calm.generations)
