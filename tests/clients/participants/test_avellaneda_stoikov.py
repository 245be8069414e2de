"""The closed form against the figures that the paper prints."""

from __future__ import annotations

import math

import numpy as np
import pytest

from clients.participants.avellaneda_stoikov import (
    optimal_spread,
    quotes,
    reservation_price,
)

S0, T, SIGMA, DT, K, A, PATHS = 100.0, 1.0, 2.0, 0.005, 1.5, 140.0, 1_000
SEED = 2008


def simulate(gamma: float, symmetric: bool) -> tuple[float, float, float, float]:
    """Run the paper's experiment (section 3.3): mean spread, mean and sd of profit, sd of q.

    A symmetric quoter shows the same mean spread around the mid instead of the reservation price.
    """
    rng = np.random.default_rng(SEED)
    steps = round(T / DT)
    mid, cash, held = np.full(PATHS, S0), np.zeros(PATHS), np.zeros(PATHS)
    spreads = [optimal_spread(gamma, SIGMA, T - i * DT, K) for i in range(steps)]
    for i in range(steps):
        left = T - i * DT
        centre = mid if symmetric else mid - held * gamma * SIGMA**2 * left
        half = (np.mean(spreads) if symmetric else spreads[i]) / 2
        bid, ask = centre - half, centre + half
        sold = rng.random(PATHS) < A * np.exp(-K * (ask - mid)) * DT
        bought = rng.random(PATHS) < A * np.exp(-K * (mid - bid)) * DT
        cash += sold * ask - bought * bid
        held += bought.astype(float) - sold
        mid = mid + SIGMA * math.sqrt(DT) * np.where(rng.random(PATHS) < 0.5, 1.0, -1.0)
    profit = cash + held * mid
    return float(np.mean(spreads)), float(profit.mean()), float(profit.std()), float(held.std())


@pytest.mark.parametrize(
    ("gamma", "spread", "profit", "sd_profit", "sd_held"),
    [(0.1, 1.49, 65.0, 6.6, 2.9), (0.01, 1.35, 68.6, 8.7, 5.1), (1.0, 3.02, 31.4, 5.0, 1.7)],
)
def test_inventory_strategy_reproduces_the_papers_table(
    gamma: float, spread: float, profit: float, sd_profit: float, sd_held: float
) -> None:
    """Tables 1 to 3 of the paper, 1 % on spreads, 3 % on means, 8 and 6 % on sds."""
    got = simulate(gamma, symmetric=False)
    assert got[0] == pytest.approx(spread, rel=0.01)
    assert got[1] == pytest.approx(profit, rel=0.03)
    assert got[2] == pytest.approx(sd_profit, rel=0.08)
    assert got[3] == pytest.approx(sd_held, rel=0.06)


def test_symmetric_strategy_carries_more_risk_as_in_the_paper() -> None:
    _, profit, sd_profit, sd_held = simulate(0.1, symmetric=True)
    assert profit == pytest.approx(68.4, rel=0.03)
    assert sd_profit == pytest.approx(12.7, rel=0.1)
    assert sd_held == pytest.approx(8.4, rel=0.1)


def test_reservation_price_leans_against_inventory() -> None:
    assert reservation_price(100, 0, 0.1, 2, 1) == 100
    assert reservation_price(100, 3, 0.1, 2, 0.5) == pytest.approx(100 - 3 * 0.1 * 4 * 0.5)
    assert reservation_price(100, -3, 0.1, 2, 0.5) == pytest.approx(100.6)


def test_spread_tends_to_two_over_k_as_risk_aversion_vanishes() -> None:
    assert optimal_spread(1e-9, 2, 1, 1.5) == pytest.approx(2 / 1.5, rel=1e-6)


def test_quotes_lie_half_a_spread_from_the_reservation_price() -> None:
    bid, ask = quotes(100, 2, 0.1, 2, 1, 1.5)
    assert ask - bid == pytest.approx(0.1 * 4 + 20 * math.log(1 + 0.1 / 1.5))
    assert (ask + bid) / 2 == pytest.approx(99.2)


@pytest.mark.parametrize(("gamma", "k"), [(0, 1), (-1, 1), (1, 0)])
def test_impossible_parameters_are_refused(gamma: float, k: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        optimal_spread(gamma, 1, 1, k)
