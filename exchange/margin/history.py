"""The history of an index: its daily returns, all of one day's size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from exchange.indices.chain import LOOK_BACK_NS, chain
from exchange.indices.observations import Observation
from marketdata.days import NS_PER_DAY

DAYS_PER_YEAR = 365
_FOREVER_NS = 1 << 62


class History(NamedTuple):
    """Daily log-returns of one index, oldest first.

    days: int64[n], the UTC day (since 1970) with whose prints each return ends. elapsed_days: int64[n],
    days since the former prints. returns: float64[n], each over the root of its elapsed days, so that all
    are of one day's size. level_micros: the last level in micro-dollars per GPU-hour.
    """

    underlying: str
    days: NDArray[np.int64]
    elapsed_days: NDArray[np.int64]
    returns: NDArray[np.float64]
    level_micros: int

    @property
    def volatility_per_year(self) -> float:
        """Realised volatility: the root of the squared moves' sum over the years that they took."""
        squares = float(np.sum(self.returns**2 * self.elapsed_days))
        return math.sqrt(squares / float(np.sum(self.elapsed_days)) * DAYS_PER_YEAR)

    def last(self, count: int) -> History:
        """Return the newest ``count`` returns alone."""
        start = max(0, len(self.days) - count)
        return self._replace(
            days=self.days[start:],
            elapsed_days=self.elapsed_days[start:],
            returns=self.returns[start:],
        )


def daily(rows: Sequence[Observation]) -> History:
    """Return the daily history of one underlying's observations, in order of time.

    Prices are chained (exchange.indices.chain), so that a provider which enters or leaves moves nothing;
    a lone provider's price stands however long it prints none. Steps of one UTC day are one return; a
    day after which the chain starts anew has none. Raises ValueError where there is no row.
    """
    lone = len({row.provider for row in rows}) == 1
    joined = chain(rows, _FOREVER_NS if lone else LOOK_BACK_NS)
    printed = sorted({row.ts_ns // NS_PER_DAY for row in rows})
    former = dict(zip(printed[1:], printed, strict=False))
    moves: dict[int, float] = {}
    for step in joined.steps:
        day = step.ts_ns // NS_PER_DAY
        # Moves within the first day have no former day's prints to be measured from.
        if day in former:
            moves[day] = moves.get(day, 0.0) + step.log_return
    days = np.array(list(moves), np.int64)
    elapsed = np.array([day - former[day] for day in moves], np.int64)
    returns = np.array(list(moves.values()), np.float64) / np.sqrt(elapsed)
    return History(rows[0].underlying, days, elapsed, returns, joined.last_price_micros)


def spread(long: History, short: History) -> History:
    """Return the daily moves of one index against another, on the days for which both have a return.

    Its level is the ratio of the two in millionths. Raises ValueError where they share no day.
    """
    days, of_long, of_short = np.intersect1d(long.days, short.days, return_indices=True)
    if not len(days):
        raise ValueError(f"{long.underlying} and {short.underlying} share no day")
    return History(
        f"{long.underlying}-{short.underlying}",
        days,
        np.maximum(long.elapsed_days[of_long], short.elapsed_days[of_short]),
        long.returns[of_long] - short.returns[of_short],
        round(1e6 * long.level_micros / short.level_micros),
    )
