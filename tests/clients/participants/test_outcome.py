"""Figures of an outcome against hand counts, sorted tails and a second definition of CVaR."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.participants.outcome import Outcome, cvar, effectiveness

USD = 1_000_000


def outcome(*days: tuple[int, int, int, int], cash: int = 0) -> Outcome:
    """An outcome of days of (spot, futures, margin, fees) in dollars."""
    made = Outcome("lab", "ai-lab", cash * USD)
    for number, (spot, futures, margin, fees) in enumerate(days):
        made.record(20_000 + number, spot * USD, futures * USD, margin * USD, fees * USD)
    return made


def test_a_perfect_hedge_takes_all_variance_and_none_takes_none() -> None:
    flows = (-100, -130, -90, -160)
    perfect = outcome(*((flow, -120 - flow, 0, 0) for flow in flows))
    assert perfect.hedge_effectiveness() == pytest.approx(1.0)
    assert outcome(*((flow, 0, 0, 0) for flow in flows)).hedge_effectiveness() == 0.0
    doubled = outcome(*((flow, flow, 0, 0) for flow in flows))
    assert doubled.hedge_effectiveness() == pytest.approx(1 - 4)


def test_the_textbook_case() -> None:
    """S = .8 F + .6 e with unit variances: hedging .8 leaves .36 of the variance, HE = .64."""
    # Four equally likely points on which F and e have mean 0, variance 1 and covariance 0.
    futures, noise = np.array([1.0, 1, -1, -1]), np.array([1.0, -1, 1, -1])
    spot = 0.8 * futures + 0.6 * noise
    assert effectiveness(spot, spot - 0.8 * futures) == pytest.approx(0.64)
    assert (
        effectiveness(spot, spot - 0.7 * futures) < 0.64 > effectiveness(spot, spot - 0.9 * futures)
    )


def test_what_does_not_vary_has_no_effectiveness() -> None:
    assert math.isnan(outcome((5, 1, 0, 0), (5, -1, 0, 0)).hedge_effectiveness())
    assert "hedge effectiveness of cash" not in outcome((5, 1, 0, 0), (5, 1, 0, 0)).figures()


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60),
    st.floats(0, 0.99),
)
def test_cvar_is_the_minimum_of_rockafellar_and_uryasev(losses: list[float], level: float) -> None:
    """CVaR = min over a of a + E[(loss − a)+]/(1 − level), reached at one of the losses."""
    sample = np.array(losses)
    least = min(a + np.maximum(sample - a, 0).mean() / (1 - level) for a in sample)
    assert cvar(losses, level) == pytest.approx(least, rel=1e-9, abs=1e-5)


def test_cvar_is_the_mean_of_the_sorted_tail() -> None:
    losses = [float(number) for number in range(1, 101)]
    assert cvar(losses, 0.95) == pytest.approx(np.mean([96, 97, 98, 99, 100]))
    assert cvar(losses, 0.0) == pytest.approx(50.5)
    # 2.5 of 5: the two worst and half of the third.
    assert cvar([1, 2, 3, 4, 5], 0.5) == pytest.approx((5 + 4 + 0.5 * 3) / 2.5)


@pytest.mark.parametrize("level", [-0.1, 1.0, math.nan])
def test_an_impossible_level_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        cvar([1.0], level)


def test_cost_basis_and_drain_by_hand() -> None:
    made = Outcome("lab", "ai-lab", 0, margin_rate_a_year=0.365)
    made.record(1, -10 * USD, -5 * USD, 20 * USD, 2 * USD, matched_micros=-4 * USD)
    made.record(
        2, -10 * USD, 9 * USD, 30 * USD, 1 * USD, matched_micros=6 * USD, slippage_micros=3 * USD
    )
    # Fees 3, slippage 3, and 50 dollar-days of margin at a thousandth a day.
    assert made.hedging_cost() == 6 * USD + 50_000
    assert made.basis_pnl() == (4 - 2) * USD
    # Day 1: margin 20 and 7 paid away; day 2: margin 30 and 7 − 8 = −1 paid away.
    assert made.margin_drain() == 29 * USD
    assert made.lowest_cash() == (-10 - 5 - 2 - 10 + 9 - 1 - 30) * USD
    assert made.lowest_cash(hedged=False) == -20 * USD


def test_survival_is_told_for_both_worlds() -> None:
    killed_by_margin = outcome((5, -8, 10, 0), (5, 8, 0, 0), cash=12)
    assert (killed_by_margin.survived, killed_by_margin.survived_unhedged) == (False, True)
    saved = outcome((-20, 15, 2, 1), cash=10)
    assert (saved.survived, saved.survived_unhedged) == (True, False)
    saved.fail(20_001, "the lender foreclosed")
    saved.fail(20_002, "later")
    assert not saved.survived
    assert saved.failure == "day 20001: the lender foreclosed"
    foreclosed = outcome((1, 0, 0, 0))
    foreclosed.fail(20_001, "the lender foreclosed", hedged=False)
    assert (foreclosed.survived, foreclosed.survived_unhedged) == (True, False)


def test_the_counterfactual_is_the_same_flows_without_futures() -> None:
    made = outcome((-10, 4, 0, 1), (-12, -3, 0, 1))
    made.record(20_002, -9 * USD, 0, 0, 0, unhedged_spot_micros=-30 * USD)
    assert made.flows(hedged=False).tolist() == [-10 * USD, -12 * USD, -30 * USD]
    assert made.flows(hedged=True).tolist() == [-7 * USD, -16 * USD, -9 * USD]
    without = made.counterfactual()
    assert without["cash flow $"] == -52
    assert set(without) < set(made.figures())


def test_periods_are_summed_and_unfinished_ones_left_out() -> None:
    made = Outcome("lab", "ai-lab")
    for day, flow in ((10, 1), (11, 2), (13, 4), (14, 8)):
        made.record(day, flow, 0, 0, 0)
    assert made.flows(hedged=True, period_days=2).tolist() == [3, 4]
    with pytest.raises(ValueError, match="period_days"):
        made.flows(hedged=True, period_days=0)


def test_months_are_told_once_there_are_three() -> None:
    made = Outcome("lab", "ai-lab")
    name = "hedge effectiveness of 30 days' cash"
    for day in range(90):
        assert name not in made.figures()
        spot = (1, -1, 3)[day // 30]
        made.record(day, spot, -spot if day // 30 < 2 else 0, 0, 0)
    # Months of 30, −30 and 90 against 0, 0 and 90.
    assert made.figures()[name] == pytest.approx(1 - np.var([0, 0, 90]) / np.var([30, -30, 90]))


def test_value_and_cash_are_two_measures() -> None:
    """A hedge of next year's value that is perfect moves cash where the business has none."""
    made = Outcome("lab", "ai-lab")
    for day, change in enumerate((5, -3, 4, -6)):
        made.record(day, day % 2, -change, 0, 0, value_micros=change)
    assert made.value_effectiveness() == 1.0
    assert made.hedge_effectiveness() < 0


def test_days_come_in_order() -> None:
    made = outcome((1, 0, 0, 0))
    with pytest.raises(ValueError, match="day: 20000"):
        made.record(20_000, 0, 0, 0, 0)
    assert len(made.days) == 1
