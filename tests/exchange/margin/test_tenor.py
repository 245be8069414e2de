"""Tenors: published variance factors, a simulated mean, and a month's exposure as it runs out."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from exchange.contracts import spec
from exchange.contracts.averaging import variance_factor
from exchange.contracts.calendar import ContractMonth, business_days
from exchange.margin.tenor import fixing_instants_ns, tenor_days, unknown_share
from marketdata.days import NS_PER_DAY
from tests.exchange.margin.portfolio import EXPIRY_NS, instrument

(GPU1,) = spec.shipped("GPU1")
(PERPETUAL,) = spec.shipped("H100")
DECEMBER = business_days(ContractMonth(2026, 12), "XNYS")


def test_fixings_are_the_business_days_of_the_month() -> None:
    instants = fixing_instants_ns(instrument(), GPU1)
    assert len(instants) == len(DECEMBER) == 22
    assert instants[-1] == EXPIRY_NS
    assert fixing_instants_ns(instrument(perpetual=True), PERPETUAL) == []


def test_exposure_runs_out_fixing_by_fixing() -> None:
    instants = fixing_instants_ns(instrument(), GPU1)
    left = [unknown_share(instants, instant) for instant in instants]
    assert left == [(21 - n) / 22 for n in range(22)]
    assert unknown_share(instants, instants[0] - 1) == 1.0
    assert unknown_share([], 0) == 1.0


@pytest.mark.parametrize(("ahead_days", "fixings"), [(0.0, 21), (0.0, 3), (45.0, 22), (0.5, 1)])
def test_tenor_is_the_variance_of_the_mean_of_a_simulated_index(
    ahead_days: float, fixings: int
) -> None:
    """Daily fixings, the first a day after ``ahead_days``; the walk has variance 1 a day."""
    instants = [round((ahead_days + 1 + n) * NS_PER_DAY) for n in range(fixings)]
    generator = np.random.default_rng(20_261_005)
    start = generator.normal(0, ahead_days**0.5, (200_000, 1))
    steps = generator.normal(0, 1, (200_000, fixings))
    means = (start + np.cumsum(steps, axis=1)).mean(axis=1)
    if fixings == 1:  # one fixing tells no spacing: its tenor is the time to it
        assert tenor_days(instants, 0) == pytest.approx(ahead_days + 1)
    assert tenor_days(instants, 0) == pytest.approx(float(means.var()), rel=0.02)


def test_nothing_left_is_no_tenor() -> None:
    assert tenor_days([], 5) == 0.0
    assert tenor_days([1, 2], 2) == 0.0


def test_tenor_falls_day_by_day_to_the_month_and_ends_with_it() -> None:
    instants = fixing_instants_ns(instrument(), GPU1)
    before = [tenor_days(instants, instants[0] - n * NS_PER_DAY) for n in range(200, 1, -1)]
    assert [earlier - later for earlier, later in pairwise(before)] == pytest.approx([1.0] * 198)
    for n in range(1, 31):
        left = tenor_days(instants, EXPIRY_NS - n * NS_PER_DAY)
        assert 0 < left <= n
    step = (instants[-1] - instants[0]) / 21 / NS_PER_DAY
    assert before[-1] == pytest.approx(2 - step + variance_factor(22) * 22 * step)
