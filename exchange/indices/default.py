"""Observed prices for those who bring none: a generated series that meets published levels.

Nothing here is measured. The path is a Brownian bridge with fat tails through the few levels cited below
and is scaled so that its realised volatility equals the cited one exactly. Sources: levels of the broad
H100 index and the ranges of B200 and A100 as reported in 2026; realised volatilities of daily log-returns to
August 2026 (H100 26 %, B200 30 %, A100 15 % a year).
"""

from __future__ import annotations

import csv
import math
import random
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import NormalDist
from typing import NamedTuple

from exchange.indices.columns import PRICE, TIME, UNDERLYING
from exchange.indices.observations import Observation
from exchange.indices.panel import Observations
from marketdata.days import NS_PER_DAY

SEED = 1
DAYS_PER_YEAR = 365

_JUMP_PROBABILITY = 0.06
_JUMP_SCALE = 3.5


class Anchors(NamedTuple):
    """Published figures that a generated series meets: volatility a year, and (day, micros) levels."""

    volatility: float
    levels: tuple[tuple[date, int], ...]


PUBLISHED = {
    "A100": Anchors(0.15, ((date(2026, 4, 5), 1_430_000), (date(2026, 10, 5), 1_650_000))),
    "B200": Anchors(0.30, ((date(2026, 4, 5), 5_100_000), (date(2026, 10, 5), 5_870_000))),
    "H100": Anchors(
        0.26,
        (
            (date(2026, 4, 18), 2_500_000),
            (date(2026, 7, 19), 2_720_000),
            (date(2026, 9, 7), 2_630_000),
            (date(2026, 10, 5), 2_810_000),
        ),
    ),
}


def generate(seed: int = SEED) -> Observations:
    """Return daily prices of every published underlying; the same for the same seed, everywhere."""
    rows = [row for name, anchors in PUBLISHED.items() for row in _series(name, anchors, seed)]
    return Observations.of_rows(rows)


def write_csv(observations: Observations, path: Path) -> None:
    """Write observations in the form that observations.read reads."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow((TIME, UNDERLYING, PRICE))
        for row in observations.rows:
            moment = datetime.fromtimestamp(row.ts_ns // 1_000_000_000, UTC)
            price = f"{row.price_micros // 1_000_000}.{row.price_micros % 1_000_000:06d}"
            writer.writerow((moment.isoformat(), row.underlying, price))


def _series(underlying: str, anchors: Anchors, seed: int) -> list[Observation]:
    # random() is the part of the generator whose sequence Python promises to keep.
    draw = random.Random(f"{seed} {underlying}").random
    noise: list[float] = []
    trend: list[float] = []
    for (day, level), (next_day, next_level) in zip(
        anchors.levels, anchors.levels[1:], strict=False
    ):
        days = (next_day - day).days
        moves = [_fat_tailed(draw(), draw()) for _ in range(days)]
        mean = math.fsum(moves) / days
        noise += [move - mean for move in moves]
        trend += [math.log(next_level / level) / days] * days
    scale = _scale(noise, trend, anchors.volatility / math.sqrt(DAYS_PER_YEAR))
    first_day, price = anchors.levels[0]
    ts_ns = (first_day - date(1970, 1, 1)).days * NS_PER_DAY
    log_price = math.log(price)
    rows = [Observation(ts_ns, price, underlying)]
    for move, drift in zip(noise, trend, strict=True):
        log_price += scale * move + drift
        ts_ns += NS_PER_DAY
        rows.append(Observation(ts_ns, round(math.exp(log_price)), underlying))
    return rows


def _fat_tailed(first: float, second: float) -> float:
    spread = _JUMP_SCALE if first < _JUMP_PROBABILITY else 1.0
    return spread * NormalDist().inv_cdf(min(max(second, 1e-9), 1 - 1e-9))


def _scale(noise: list[float], trend: list[float], deviation: float) -> float:
    """Solve for the factor of the noise with which the moves have the wanted standard deviation.

    Noise sums to zero wherever the trend is constant, so their covariance is zero.
    """
    mean = math.fsum(trend) / len(trend)
    of_trend = math.fsum((drift - mean) ** 2 for drift in trend)
    of_noise = math.fsum(move**2 for move in noise)
    wanted = deviation**2 * (len(trend) - 1)
    return math.sqrt((wanted - of_trend) / of_noise)
