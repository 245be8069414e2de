"""A chained index: observed prices of many providers joined into one price path and its returns.

A mean of whoever happens to print jumps when the set of providers changes. Here a step's return is the
mean log-return of the providers that are priced before *and* after it (matched models, equal weights:
the Jevons index chained over time), so a provider that enters or leaves moves nothing by itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from exchange.indices.observations import Observation
from marketdata.days import NS_PER_DAY

LOOK_BACK_NS = 30 * NS_PER_DAY
"""How long a provider's last price stands when it prints no new one; a default of this index."""


class Step(NamedTuple):
    """The index's move from one time of observation to the next."""

    ts_ns: int
    elapsed_ns: int
    log_return: float


class Chain(NamedTuple):
    """A chained index: its steps in order of time, and the level at their end.

    last_price_micros: mean over the providers that are priced at last_ts_ns.
    """

    steps: tuple[Step, ...]
    last_ts_ns: int
    last_price_micros: int


def chain(rows: Sequence[Observation], look_back_ns: int = LOOK_BACK_NS) -> Chain:
    """Join one underlying's observations, in order of time, into a chained index.

    Prices that one provider prints at one time count as their mean.
    Raises ValueError where there is no row.
    """
    if not rows:
        raise ValueError("no observation to chain")
    priced: dict[str, tuple[int, float]] = {}
    steps: list[Step] = []
    former_ns = rows[0].ts_ns
    for ts_ns, at_once in groupby(rows, attrgetter("ts_ns")):
        priced = {
            provider: standing
            for provider, standing in priced.items()
            if ts_ns - standing[0] <= look_back_ns
        }
        prints = _mean_by_provider(list(at_once))
        if priced:
            moves = [
                math.log(prints[provider] / price)
                for provider, (_, price) in priced.items()
                if provider in prints
            ]
            steps.append(Step(ts_ns, ts_ns - former_ns, math.fsum(moves) / len(priced)))
        priced |= {provider: (ts_ns, price) for provider, price in prints.items()}
        former_ns = ts_ns
    level = math.fsum(price for _, price in priced.values()) / len(priced)
    return Chain(tuple(steps), former_ns, round(level))


def _mean_by_provider(rows: Sequence[Observation]) -> dict[str, float]:
    prices: dict[str, list[int]] = {}
    for row in rows:
        prices.setdefault(row.provider, []).append(row.price_micros)
    return {provider: math.fsum(each) / len(each) for provider, each in prices.items()}
