"""Calibration: it moves each parameter the right way, and the shipped ones meet the targets."""

from __future__ import annotations

import pytest

from clients.economy.calibration import Fit, adjust, fit, simulate
from clients.economy.parameters import load
from clients.economy.targets import TARGETS, Knob, Target

ALONE = 3.0
"""One seed is noisier than a mean over seeds: so many tolerances may it miss by."""


def target(knob: Knob, underlying: str = "H100") -> Target:
    return next(each for each in TARGETS if (each.knob, each.underlying) == (knob, underlying))


@pytest.mark.parametrize(
    ("knob", "achieved", "grows"),
    [
        (Knob.VALUE, 2.0, True),
        (Knob.VALUE, 3.0, False),
        (Knob.SHORT_VOLATILITY, 0.2, True),
        (Knob.DEPRECIATION, -0.1, True),
        (Knob.DEPRECIATION, -0.3, False),
        (Knob.PREMIUM, 1.5, False),
        (Knob.THRESHOLDS, 0.8, True),
        (Knob.THRESHOLDS, 0.95, False),
    ],
)
def test_each_knob_is_turned_towards_its_target(knob: Knob, achieved: float, grows: bool) -> None:
    before = load()
    after = adjust(before, [Fit(target(knob), achieved, 0.0)])
    own, new = before.generations["H100"], after.generations["H100"]
    old_cloud, cloud = before.clouds["neocloud"], after.clouds["neocloud"]
    moved = {
        Knob.VALUE: (own.value_usd, new.value_usd),
        Knob.SHORT_VOLATILITY: (own.short_volatility, new.short_volatility),
        Knob.DEPRECIATION: (own.depreciation, new.depreciation),
        Knob.PREMIUM: (old_cloud.premium, cloud.premium),
        Knob.THRESHOLDS: (old_cloud.cut_at, cloud.cut_at),
    }
    for each, (former, latter) in moved.items():
        if each is knob:
            assert (latter > former) == grows
            assert latter != former
        else:
            assert latter == former


def test_what_meets_its_target_is_left_alone() -> None:
    before = load()
    fits = [Fit(each, each.wanted, 0.0) for each in TARGETS]
    after = adjust(before, fits)
    assert after.clouds == before.clouds
    assert after.generations["H100"] == before.generations["H100"]


def test_the_shipped_parameters_meet_the_targets() -> None:
    """The full economy on a seed that the calibration did not use, over five months."""
    run = simulate(load(), seed=101, days=150)
    for each in fit([run]):
        if each.target.name.startswith("largest"):
            continue  # of two years
        miss = abs(each.achieved - each.target.wanted)
        assert miss <= ALONE * each.target.tolerance, each
