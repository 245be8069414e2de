"""Tail measures: against whole samples counted out, and the definitions' own inequalities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.margin.tail import expected_shortfall, least_sample, tail_measure, value_at_risk

ONE_TO_200 = np.random.default_rng(1).permutation(np.arange(1.0, 201.0))
samples = st.lists(st.integers(-1_000, 1_000), min_size=20, max_size=60)


@pytest.mark.parametrize(
    ("confidence", "var", "shortfall"), [(0.99, 199.0, 199.5), (0.95, 191.0, 195.5)]
)
def test_one_to_two_hundred(confidence: float, var: float, shortfall: float) -> None:
    assert value_at_risk(ONE_TO_200, confidence) == var
    assert expected_shortfall(ONE_TO_200, confidence) == pytest.approx(shortfall)


def test_a_part_of_a_loss_counts_in_part() -> None:
    """2.5 of 250: the worst two and half of the third."""
    losses = np.arange(1.0, 251.0)
    assert value_at_risk(losses, 0.99) == 249.0
    assert expected_shortfall(losses, 0.99) == pytest.approx((250 + 249 + 248 / 2) / 2.5)


@given(samples, st.sampled_from([0.5, 0.75, 0.9, 0.95]))
def test_var_is_the_least_loss_that_few_enough_of_all_and_a_new_one_exceed(
    losses: list[int], confidence: float
) -> None:
    allowed = (1 - confidence) * (len(losses) + 1) + 1e-9
    fits = [each for each in losses if 1 + sum(loss > each for loss in losses) <= allowed]
    assert value_at_risk(np.array(losses, float), confidence) == min(fits)


@pytest.mark.parametrize("count", [100, 199, 250])
def test_a_new_loss_exceeds_var_no_more_often_than_the_confidence_says(count: int) -> None:
    """Uniform losses, whose chance to exceed a value is one minus it: 4,000 samples."""
    draws = np.random.default_rng(20_261_005).random((4_000, count))
    chance = 1 - np.mean([value_at_risk(sample, 0.99) for sample in draws])
    assert 0.006 < chance < 0.0103


@given(samples, st.sampled_from([1, 3, 7, 10]))
def test_shortfall_is_the_mean_of_a_sample_in_which_each_loss_stands_many_times(
    losses: list[int], part: int
) -> None:
    """Each loss 20 times over, so that part/20 of the whole is a whole number of copies."""
    copies = sorted(losses * 20, reverse=True)[: part * len(losses)]
    found = expected_shortfall(np.array(losses, float), 1 - part / 20)
    assert found == pytest.approx(sum(copies) / len(copies), abs=1e-6)


@given(samples)
def test_a_shortfall_is_never_taken_below_var(losses: list[int]) -> None:
    sample = np.array(losses, float)
    found = tail_measure(sample, 0.9, "expected_shortfall")
    assert found >= tail_measure(sample, 0.9, "value_at_risk")
    assert found in (0.0, value_at_risk(sample, 0.9), expected_shortfall(sample, 0.9))


def test_a_measure_of_gains_is_no_margin() -> None:
    assert tail_measure(-ONE_TO_200, 0.99, "expected_shortfall") == 0.0
    assert tail_measure(ONE_TO_200, 0.99, "value_at_risk") == 199.0


@pytest.mark.parametrize(
    ("confidence", "least"), [(0.99, 100), (0.95, 20), (0.975, 40), (0.997, 334)]
)
def test_a_sample_that_is_too_small_is_refused(confidence: float, least: int) -> None:
    assert least_sample(confidence) == least
    with pytest.raises(ValueError, match=f"at least {least}"):
        value_at_risk(np.zeros(least - 1), confidence)
    assert value_at_risk(np.zeros(least), confidence) == 0.0


def test_a_confidence_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="confidence"):
        tail_measure(ONE_TO_200, 1.5, "value_at_risk")
