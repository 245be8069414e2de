"""Made-up rental markets for tests of indices: a level, providers around it, lists and deals."""

from __future__ import annotations

import random

from exchange.indices.methodology import Methodology, shipped
from exchange.indices.observations import Observation
from marketdata.days import NS_PER_DAY

FIRST_DAY = 20_362
"""2025-10-01."""

NOON_NS = NS_PER_DAY // 2


def methodology(name: str = "h100_usd") -> Methodology:
    return next(each for each in shipped() if each.name == name)


def listed(
    day: int, price: float, provider: str, *, at_ns: int = NOON_NS, **terms: object
) -> Observation:
    row = Observation(
        (FIRST_DAY + day) * NS_PER_DAY + at_ns,
        round(price * 1e6),
        "H100",
        provider,
        cloud_type="neocloud",
        country="US",
        form="sxm",
        rental="on_demand",
    )
    return row._replace(**terms)


def deal(day: int, price: float, provider: str, gpu_hours: float, **terms: object) -> Observation:
    # 19:30 UTC is 14:30 or 15:30 in New York: before the close, at most a quarter of the day.
    at_ns = round(19.5 * 3600 * 1e9)
    row = listed(day, price, provider, at_ns=at_ns)
    return row._replace(executed=True, gpu_hours=gpu_hours)._replace(**terms)


def market(
    days: int, providers: int, seed: int, *, level: float = 2.5, noise: float = 0.1
) -> list[Observation]:
    """Each provider lists one on-demand price a day around the level, and has a few deals below it."""
    draw = random.Random(seed)
    means = [level * (1 + noise * draw.uniform(-1, 1)) for _ in range(providers)]
    rows = []
    for day in range(days):
        level_of_day = 1 + 0.02 * draw.uniform(-1, 1)
        for number, mean in enumerate(means):
            price = mean * level_of_day
            rows.append(listed(day, 1.35 * price, f"p{number:02}"))
            for _ in range(3):
                price_of_deal = price * (1 + 0.03 * draw.uniform(-1, 1))
                hours = draw.choice([100.0, 400.0, 800.0])
                rows.append(deal(day, price_of_deal, f"p{number:02}", hours))
    return rows
