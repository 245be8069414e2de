"""The index process: a pure function of seed and time whose moves are the observed ones."""

from __future__ import annotations

import itertools
import math
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.indices.default import generate
from exchange.indices.observations import Observation
from exchange.indices.reading import read
from exchange.indices.walk import BLOCK_STEPS, REFLECTION, IndexWalk
from marketdata.days import NS_PER_DAY

SECOND_NS = 1_000_000_000
HOUR_NS = 3600 * SECOND_NS
ROWS = generate().rows


def prices(walk: IndexWalk, steps: int) -> list[int]:
    return [walk.price_micros(walk.start_ns + k * walk.interval_ns) for k in range(steps)]


def log_returns(series: Sequence[int]) -> list[float]:
    return [math.log(after / before) for before, after in itertools.pairwise(series)]


def test_starts_at_the_last_observed_price_and_moves_each_interval() -> None:
    walk = IndexWalk("H100", ROWS, 7, HOUR_NS)
    assert walk.price_micros(walk.start_ns - 1) == walk.price_micros(walk.start_ns) == 2_810_000
    assert walk.price_micros(walk.start_ns + HOUR_NS - 1) == 2_810_000
    series = prices(walk, 200)
    assert all(before != after for before, after in itertools.pairwise(series))


@settings(max_examples=50)
@given(
    seed=st.integers(0, 2**70),
    asked=st.lists(st.integers(0, 5 * BLOCK_STEPS), min_size=2, max_size=8),
)
def test_does_not_depend_on_which_times_were_asked_before(seed: int, asked: list[int]) -> None:
    one = IndexWalk("H100", ROWS, seed, HOUR_NS)
    seen = {k: one.price_micros(one.start_ns + k * HOUR_NS) for k in asked}
    for k in reversed(asked):
        fresh = IndexWalk("H100", ROWS, seed, HOUR_NS)
        assert fresh.price_micros(fresh.start_ns + k * HOUR_NS + HOUR_NS // 2) == seen[k]


def test_is_the_same_in_another_process_under_another_hash_seed(checkout: Path) -> None:
    program = (
        "from exchange.indices.default import generate\n"
        "from exchange.indices.walk import IndexWalk\n"
        "walk = IndexWalk('H100', generate().rows, 42, 5_000_000_000)\n"
        "print(walk.price_micros(walk.start_ns + 86_400_000_000_000))"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(checkout)},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    }
    walk = IndexWalk("H100", ROWS, 42, 5 * SECOND_NS)
    assert answers == {f"{walk.price_micros(walk.start_ns + NS_PER_DAY)}\n"}


def test_underlyings_and_seeds_walk_apart() -> None:
    one = log_returns(prices(IndexWalk("H100", ROWS, 1, HOUR_NS), 2000))
    for other in (IndexWalk("B200", ROWS, 1, HOUR_NS), IndexWalk("H100", ROWS, 2, HOUR_NS)):
        correlation = np.corrcoef(one, log_returns(prices(other, 2000)))[0, 1]
        assert abs(correlation) < 0.1, f"seeds 1 and {other}"


@pytest.mark.parametrize(("underlying", "volatility"), [("H100", 0.26), ("B200", 0.30)])
def test_keeps_the_observed_volatility_at_any_interval(underlying: str, volatility: float) -> None:
    for interval_ns, steps in ((30 * SECOND_NS, 20_000), (NS_PER_DAY, 4_000)):
        walk = IndexWalk(underlying, ROWS, 3, interval_ns)
        moves = log_returns(prices(walk, steps))
        per_year = statistics.pstdev(moves) * math.sqrt(365 * NS_PER_DAY / interval_ns)
        assert per_year == pytest.approx(volatility, rel=0.06), f"seed 3, interval {interval_ns}"
        assert walk.volatility_per_year == pytest.approx(volatility, rel=0.01)


def test_draws_only_observed_returns() -> None:
    path = (1_000_000, 1_010_000, 1_000_000)
    rows = [Observation(day * NS_PER_DAY, price, "X") for day, price in enumerate(path)]
    moves = np.array(log_returns(prices(IndexWalk("X", rows, 5, NS_PER_DAY), 100)))
    undrifted = moves + math.log(1.01) ** 2 / 2
    assert np.allclose(np.abs(undrifted), math.log(1.01), atol=3e-6)
    assert {-1.0, 1.0} == set(np.sign(undrifted))


def test_time_scale_is_a_faster_clock() -> None:
    slow = IndexWalk("H100", ROWS, 9, 100 * SECOND_NS)
    fast = IndexWalk("H100", ROWS, 9, SECOND_NS, time_scale=100.0)
    assert prices(fast, 500) == prices(slow, 500)


def test_has_no_drift_in_price() -> None:
    ends = []
    for seed in range(400):
        walk = IndexWalk("H100", ROWS, seed, 6 * NS_PER_DAY)
        ends.append(walk.price_micros(walk.start_ns + 360 * NS_PER_DAY) / walk.start_price_micros)
    error = statistics.stdev(ends) / math.sqrt(len(ends))
    assert statistics.mean(ends) == pytest.approx(1.0, abs=4 * error), "seeds 0 to 399"


def test_is_reflected_at_its_bounds() -> None:
    walk = IndexWalk("H100", ROWS, 11, NS_PER_DAY, time_scale=10_000.0)
    series = np.array(prices(walk, 5_000)) / walk.start_price_micros
    assert series.min() >= 1 / REFLECTION - 1e-6
    assert series.max() <= REFLECTION + 1e-6
    assert series.min() < 0.2
    assert series.max() > 5


def test_start_may_be_set() -> None:
    late = IndexWalk("H100", ROWS, 7, HOUR_NS, start_ns=10**19 // 4)
    early = IndexWalk("H100", ROWS, 7, HOUR_NS)
    assert prices(late, 50) == prices(early, 50)


def test_walks_on_from_a_real_benchmark(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "h100_benchmark_monthly.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    dated = [lines[0], *(line.replace(",", "-01,", 1) for line in lines[1:])]
    (tmp_path / "days.csv").write_text("\n".join(dated), encoding="utf-8")
    found = read(tmp_path / "days.csv", columns={"time": "month", "price": "H100"})
    walk = IndexWalk("H100", found.rows, 1, NS_PER_DAY)
    assert walk.start_price_micros == found.rows[-1].price_micros
    assert 0.15 < walk.volatility_per_year < 0.40


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"underlying": "H200"}, "no observed price of H200"),
        ({"observations": ROWS[:2]}, "H100"),
        ({"seed": -1}, "seed -1 is negative"),
        ({"interval_ns": 0}, "interval_ns 0"),
        ({"interval_ns": 8 * NS_PER_DAY}, "interval_ns"),
        ({"time_scale": 0.0}, "time_scale 0.0"),
        ({"time_scale": math.nan}, "time_scale nan"),
    ],
)
def test_refuses_what_it_cannot_walk_from(change: dict[str, object], message: str) -> None:
    arguments: dict[str, object] = {
        "underlying": "H100",
        "observations": ROWS,
        "seed": 1,
        "interval_ns": HOUR_NS,
    }
    with pytest.raises(ValueError, match=message):
        IndexWalk(**(arguments | change))  # type: ignore[arg-type]
