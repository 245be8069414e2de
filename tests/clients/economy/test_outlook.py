"""The expected curve: against the formula by hand, and against what many seeds come to."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from clients.economy.economy import Economy
from clients.economy.parameters import Parameters


def with_drift(calm: Parameters, depreciation: float, launches: float) -> Parameters:
    replace = msgspec.structs.replace
    return replace(
        calm,
        generations={
            name: replace(kind, depreciation=depreciation)
            for name, kind in calm.generations.items()
        },
        launches=replace(calm.launches, a_year=launches, log_step=-0.22, log_step_deviation=0.10),
    )


def test_the_curve_falls_by_depreciation_and_launches(calm: Parameters) -> None:
    """Merton: λ(E[e^J] − 1) = .5 × (e^{−.22 + .005} − 1) = −.0967, by hand."""
    with_both = Economy(with_drift(calm, 0.11, 0.5), seed=1).step().outlook
    without = Economy(calm, seed=1).step().outlook
    for years in (0.25, 1.0, 2.0):
        drift = np.log(with_both.ratio("H100", years) / without.ratio("H100", years))
        assert drift == pytest.approx(-(0.11 + 0.09673) * years, abs=2e-4)


def test_full_fleets_are_expected_to_become_dearer_and_empty_ones_cheaper(calm: Parameters) -> None:
    economy = Economy(calm, seed=1)
    ratios = []
    for busy in (0.6, 0.95):
        economy.supply.products.busy[:] = busy
        ratios.append(economy.step().outlook.ratio("H100", 1.0))
    assert ratios[0] < 1 < ratios[1]


def test_deliveries_under_way_weigh_on_the_curve(calm: Parameters) -> None:
    economy = Economy(calm, seed=1)
    before = economy.step().outlook.ratio("H100", 1.0)
    rows = np.flatnonzero(economy.supply.offer_generation == 1)
    economy.supply.order(rows, economy.supply.offers.capacity[rows] // 5, economy.day, 60.0)
    later = economy.step().outlook
    assert later.ratio("H100", 1.0) < before * 0.9
    assert later.ratio("H100", 1 / 365) == pytest.approx(1.0, abs=0.02)


def test_curve_in_micros_joins_spot_and_ratio(calm: Parameters) -> None:
    day = Economy(calm, seed=1).step()
    curve = day.outlook.curve_micros("B200", 24)
    spot = day.summaries["B200"].executed_micros
    assert len(curve) == 24
    assert curve[11] == pytest.approx(spot * day.outlook.ratio("B200", 1.0), abs=2)


def test_the_mean_over_seeds_meets_the_expected_curve(small: Parameters) -> None:
    """Executed prices 60 days on by the first day's, over 7 seeds, within three standard errors."""
    replace = msgspec.structs.replace
    params = replace(small.sized(24, 150), launches=replace(small.launches, a_year=0.0))
    errors = []
    for seed in range(7):
        economy = Economy(params, seed=seed)
        first = economy.step()
        for _ in range(58):
            economy.step()
        last = economy.step()
        errors += [
            [
                np.log(
                    last.summaries[name].executed_micros
                    / first.outlook.forward_micros(name, 60 / 365)
                )
                for name in ("H100", "B200")
            ]
        ]
    logs = np.array(errors)
    standard = logs.std(axis=0, ddof=1) / np.sqrt(len(logs))
    assert (np.abs(logs.mean(axis=0)) < 3 * standard + 0.02).all()
