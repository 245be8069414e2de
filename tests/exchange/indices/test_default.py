"""The generated series meets the published figures that it is calibrated to."""

from __future__ import annotations

import itertools
import math
import statistics
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exchange.indices.default import generate, write_csv
from exchange.indices.reading import read
from marketdata.days import NS_PER_DAY

VOLATILITY = {"H100": 0.26, "B200": 0.30, "A100": 0.15}


def day_ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


@pytest.mark.parametrize(
    ("underlying", "day", "price_micros"),
    [
        ("H100", "2026-04-18", 2_500_000),
        ("H100", "2026-07-19", 2_720_000),
        ("H100", "2026-09-07", 2_630_000),
        ("H100", "2026-10-05", 2_810_000),
        ("B200", "2026-04-05", 5_100_000),
        ("B200", "2026-10-05", 5_870_000),
        ("A100", "2026-10-05", 1_650_000),
    ],
)
def test_meets_published_levels(underlying: str, day: str, price_micros: int) -> None:
    for seed in (1, 2, 3):
        prices = {row.ts_ns: row.price_micros for row in generate(seed).of(underlying)}
        assert prices[day_ns(day)] == pytest.approx(price_micros, abs=2), f"seed {seed}"


@pytest.mark.parametrize("underlying", sorted(VOLATILITY))
def test_meets_published_volatility(underlying: str) -> None:
    for seed in (1, 2, 3):
        rows = generate(seed).of(underlying)
        assert {b.ts_ns - a.ts_ns for a, b in itertools.pairwise(rows)} == {NS_PER_DAY}
        moves = [math.log(b.price_micros / a.price_micros) for a, b in itertools.pairwise(rows)]
        per_year = statistics.stdev(moves) * math.sqrt(365)
        assert per_year == pytest.approx(VOLATILITY[underlying], abs=1e-4), f"seed {seed}"


def test_moves_every_day_with_fat_tails() -> None:
    rows = generate().of("H100")
    moves = [math.log(b.price_micros / a.price_micros) for a, b in itertools.pairwise(rows)]
    assert all(moves)
    deviation = statistics.pstdev(moves)
    assert statistics.fmean((move / deviation) ** 4 for move in moves) > 3.5


def test_depends_on_the_seed_alone() -> None:
    assert generate(5) == generate(5)
    assert generate(5).rows != generate(6).rows


def test_is_read_back_from_its_csv_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "default.csv"
    write_csv(generate(), path)
    assert read(path) == generate()
