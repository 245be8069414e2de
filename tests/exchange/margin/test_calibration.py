"""Calibration: ranges recovered from series of known law, floors, spreads, and short histories."""

from __future__ import annotations

import math
from statistics import NormalDist

import msgspec
import numpy as np
import pytest

from exchange.margin import parameters
from exchange.margin.calibration import basis_move, generation_move, measure, scan_curve
from exchange.margin.history import History
from exchange.margin.parameters import Calibration, ScanCurve

SHIPPED = parameters.shipped()
SEED = 20_261_005
NORMAL_SHORTFALL = NormalDist().pdf(NormalDist().inv_cdf(0.99)) / 0.01


def terms(**options: object) -> Calibration:
    return msgspec.structs.replace(SHIPPED.calibration, **options)


def history(returns: np.ndarray, name: str = "H100") -> History:  # type: ignore[type-arg]
    days = np.arange(1, len(returns) + 1)
    return History(name, days, np.ones(len(returns), np.int64), returns, 2_500_000)


def normal(days: int, deviation: float = 0.015, seed: int = SEED) -> np.ndarray:  # type: ignore[type-arg]
    return np.random.default_rng(seed).normal(0, deviation, days)


def test_a_normal_walk_gives_its_own_shortfall() -> None:
    """20,000 days, hardly any filter, no stress: 2.665 deviations, over two days the root of 2 more."""
    asked = terms(decay=0.9999, look_back_days=20_000, stressed_weight=0.0)
    found = measure(history(normal(20_000)), asked)
    expected = NORMAL_SHORTFALL * 0.015 * math.sqrt(2)
    assert found.long.margin == pytest.approx(expected, rel=0.05), f"seed {SEED}"
    assert found.short.margin == pytest.approx(expected, rel=0.05)
    assert found.move == pytest.approx(math.expm1(max(found.short.margin, 0)), rel=0.05)
    assert found.volatility_per_year == pytest.approx(0.015 * math.sqrt(365), rel=0.05)


def test_both_horizon_rules_agree_where_days_are_independent() -> None:
    wanted = {"look_back_days": 20_000, "decay": 0.9999, "stressed_weight": 0.0}
    root = measure(history(normal(20_000)), terms(horizon_rule="square_root", **wanted))
    sums = measure(history(normal(20_000)), terms(horizon_rule="overlapping", **wanted))
    assert sums.long.margin == pytest.approx(root.long.margin, rel=0.06), f"seed {SEED}"


def test_overlapping_sums_see_a_trend_that_the_root_does_not() -> None:
    steps = np.repeat(normal(600), 2)
    root = measure(history(steps), terms(horizon_rule="square_root"))
    sums = measure(history(steps), terms(horizon_rule="overlapping"))
    assert sums.move > 1.2 * root.move


def test_margin_follows_volatility_but_stress_holds_it_up() -> None:
    calm = np.concatenate((normal(200, 0.04), normal(300, 0.005)))
    with_stress, without = (
        measure(history(calm), terms(stressed_weight=weight)) for weight in (0.25, 0.0)
    )
    assert without.long.margin == without.long.current < without.long.stressed / 3
    mean = 0.75 * with_stress.long.current + 0.25 * with_stress.long.stressed
    assert with_stress.long.margin == pytest.approx(mean)
    wild = history(np.concatenate((normal(300, 0.005), normal(200, 0.04))))
    assert measure(wild, terms()).move > with_stress.move


def test_a_stressed_period_before_the_look_back_still_counts() -> None:
    series = np.concatenate((normal(120, 0.05), normal(600, 0.005)))
    found = measure(history(series), terms(look_back_days=300))
    assert found.long.stressed > 5 * found.long.current


def test_ranges_of_futures_keep_the_shape_of_the_curve() -> None:
    found = measure(history(normal(400)), terms())
    former = ScanCurve(days=(0, 30, 365), ranges=(0.2, 0.2, 0.1))
    curve = scan_curve(found, former, terms(futures_over_index=1.5))
    assert curve.days == former.days
    assert curve.ranges[0] == curve.ranges[1] == pytest.approx(1.5 * found.move, abs=1e-4)
    assert curve.ranges[2] == pytest.approx(0.75 * found.move, abs=1e-4)


def test_a_range_is_neither_nothing_nor_more_than_all() -> None:
    still = np.zeros(200)
    still[7] = 1e-9
    assert measure(history(still), terms()).move == 0.001
    wild = measure(history(normal(200, 2.0)), terms())
    assert wild.move == 1.0
    assert max(scan_curve(wild, SHIPPED.scan["H100"], terms()).ranges) == 1.0


def test_the_generation_spread_covers_the_pair_and_ignores_neighbours() -> None:
    common = normal(500, 0.02, 1)
    older = history(common + normal(500, 0.004, 2), "H100")
    newer = history(common + normal(500, 0.004, 3), "B200")
    neighbour = history(normal(500, 0.2, 4), "H200")
    move, pairs = generation_move([older, newer, neighbour], SHIPPED.generation, terms())
    assert [pair.history.underlying for pair in pairs] == ["H100-B200"]
    assert move == pytest.approx(1.4 * pairs[0].move, abs=1e-4)
    alone = measure(older, terms()).move * 1.4
    assert move < alone, "chips that move together are worth credit"
    with pytest.raises(ValueError, match="no two generations"):
        generation_move([older, neighbour], SHIPPED.generation, terms())


def test_the_basis_is_that_of_common_underlyings() -> None:
    common = normal(500, 0.02, 1)
    broad = {"H100": history(common), "B200": history(normal(500), "B200")}
    transaction = {"H100": history(common + normal(500, 0.01, 2))}
    move, ranges = basis_move(broad, transaction, terms())
    assert len(ranges) == 1
    assert move == pytest.approx(
        1.4 * measure(history(normal(500, 0.01, 2)), terms()).move, rel=0.05
    )
    with pytest.raises(ValueError, match="no underlying is in both"):
        basis_move({"B200": broad["B200"]}, transaction, terms())


def test_a_history_that_is_too_short_or_never_moves_is_refused() -> None:
    with pytest.raises(ValueError, match="H100: 99 daily returns, at least 100"):
        measure(history(normal(99)), terms())
    with pytest.raises(ValueError, match="no return differs from 0"):
        measure(history(np.zeros(200)), terms())
