"""First marks against the curve's formula, a simulation of the mean, and limits that need none."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pytest

from exchange.contracts.calendar import ContractMonth
from exchange.contracts.first_marks import (
    NS_PER_YEAR,
    chance_above,
    forward_micros,
    mean_variance_years,
)
from exchange.contracts.months import fixing_instants_ns
from exchange.contracts.spec import shipped

FAMILIES = {spec.family: spec for spec in shipped()}
SEED = 20261121


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


def test_the_forward_lies_on_the_curve_at_the_middle_of_the_fixings() -> None:
    # 1 December 0:00 to 31 December 22:00 UTC: the middle lies 15.4583 days on.
    found = forward_micros(FAMILIES["GPU1"], ContractMonth(2026, 12), ns("2026-12-01"), 2_000_000)
    assert found == pytest.approx(2_000_000 * math.exp(-0.21 * 15.458333 / 365))
    end = forward_micros(FAMILIES["H100Q"], ContractMonth(2026, 12), ns("2025-12-31T21:00"), 10**6)
    assert end == pytest.approx(10**6 * math.exp(-0.21))
    with pytest.raises(ValueError, match="no curve"):
        forward_micros(FAMILIES["H100"], ContractMonth(2026, 12), 0, 1)


def test_the_chance_of_ending_above() -> None:
    assert chance_above(2.0, 2.0, 0.3, 0.0) == 0.5
    assert (chance_above(2.1, 2.0, 0.3, 0.0), chance_above(1.9, 2.0, 0.3, 0.0)) == (1.0, 0.0)
    # Standard normal table: at F = K with s = 0.2 it is Phi(-0.1) = 0.4602.
    assert chance_above(2.0, 2.0, 0.2, 1.0) == pytest.approx(0.4602, abs=5e-5)
    assert chance_above(2.0, 2.0 * math.exp(-0.02), 0.2, 1.0) == pytest.approx(0.5)
    chances = [chance_above(2.0, strike / 10, 0.4, 0.3) for strike in range(5, 40)]
    assert chances == sorted(chances, reverse=True)


@pytest.mark.parametrize("at", ["2026-10-15", "2026-12-01", "2026-12-16T12:00:00"])
def test_the_variance_of_the_mean_is_that_of_simulated_paths(at: str) -> None:
    spec, month = FAMILIES["H100MEAN"], ContractMonth(2026, 12)
    instants = np.array(fixing_instants_ns(spec, month))
    left = instants[instants > ns(at)]
    steps = np.diff(np.concatenate([[ns(at)], left])) / NS_PER_YEAR
    draws = np.random.default_rng(SEED).standard_normal((40_000, len(left)))
    paths = np.cumsum(draws * np.sqrt(steps), axis=1)
    simulated = (paths.sum(axis=1) / len(instants)).var()
    assert mean_variance_years(spec, month, ns(at)) == pytest.approx(simulated, rel=0.04)


def test_nothing_varies_after_the_last_fixing() -> None:
    assert mean_variance_years(FAMILIES["H100MEAN"], ContractMonth(2026, 11), ns("2026-12-01")) == 0
