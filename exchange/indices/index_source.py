"""Where the exchange's index prices come from: what the schedule asks, and the walk that answers by default."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple, Protocol

from exchange.contracts.calendar import instant_ns, month_of, utc_day
from exchange.indices.fixing_times import fixing_time
from marketdata.days import day_number

HISTORY_DAYS = 7
"""Fixings from so long before the first month on, for contracts that look back to an earlier day."""

Published = Mapping[tuple[str, int], tuple[int, int]]
"""(index, days since 1970-01-01) -> (micro-dollars per GPU-hour, version)."""


class PriceProcess(Protocol):
    """An index as a function of time."""

    def price_micros(self, ts_ns: int) -> int:
        """Return the price at a time in micro-dollars per GPU-hour."""


class Print(NamedTuple):
    """A fixing that is due: of an index, for a day since 1970-01-01, in micro-dollars per GPU-hour."""

    index_name: str
    day: int
    price_micros: int


class IndexSource(Protocol):
    """Indices by name: their price at any time, and the fixings that are due."""

    @property
    def indices(self) -> tuple[str, ...]:
        """Names of the indices that have a price."""

    def price_micros(self, index: str, ts_ns: int) -> int:
        """Return the indicative price at a time in micro-dollars per GPU-hour."""

    def next_ns(self, after_ns: int) -> int:
        """Return when the next fixing after a time may be due."""

    def due(self, at_ns: int, published: Published) -> list[Print]:
        """Return the fixings that are due at a time and differ from what is published, in order."""

    def is_awaited(self, index: str, day: int, at_ns: int) -> bool:
        """Return whether a fixing that is not published at a time may still come."""


class TransactionWalk:
    """A transaction index beside a broad one: broad x exp(-(gap + width tanh(swing / width))).

    swing is the log of another walk of the same returns, so that the two indices drift apart and back
    while the gap stays within gap ± width. Both are parameters; their defaults are ours: broad stood
    10 % above in autumn 2026.
    """

    def __init__(
        self, broad: PriceProcess, swing: PriceProcess, *, gap: float = 0.1, width: float = 0.1
    ) -> None:
        if width <= 0:
            raise ValueError(f"width {width} is not above 0")
        self._broad = broad
        self._swing = swing
        self._origin_micros = swing.price_micros(0)
        self._gap = gap
        self._width = width

    def price_micros(self, ts_ns: int) -> int:
        """Return the price at a time in micro-dollars per GPU-hour."""
        swing = math.log(self._swing.price_micros(ts_ns) / self._origin_micros)
        gap = self._gap + self._width * math.tanh(swing / self._width)
        return max(1, round(self._broad.price_micros(ts_ns) * math.exp(-gap)))


class WalkSource:
    """Serves processes as indices and publishes their price at the fixing time as the day's fixing.

    processes: index -> its process. since_ns: when the market began; the month that it began in, and
    HISTORY_DAYS before that, get fixings too, so that its contracts can settle.
    """

    def __init__(self, processes: Mapping[str, PriceProcess], since_ns: int) -> None:
        self._processes = dict(processes)
        month = month_of(utc_day(since_ns)).first_day
        first_ns = instant_ns(date.fromordinal(month.toordinal() - HISTORY_DAYS), "00:00", "UTC")
        self._done_ns = dict.fromkeys(self._processes, first_ns)

    @property
    def indices(self) -> tuple[str, ...]:
        """Names of the indices."""
        return tuple(self._processes)

    def price_micros(self, index: str, ts_ns: int) -> int:
        """Return the process's price."""
        return self._processes[index].price_micros(ts_ns)

    def next_ns(self, after_ns: int) -> int:
        """Return the first publication time of any index after a time."""
        return min(fixing_time(index).next_ns(after_ns) for index in self._processes)

    def due(self, at_ns: int, published: Published) -> list[Print]:
        """Return each fixing whose time has come since the call before and that nobody published."""
        found = []
        for index, process in self._processes.items():
            times = fixing_time(index)
            for day in times.days(self._done_ns[index], at_ns):
                if (index, day_number(day)) not in published:
                    price = process.price_micros(times.instant_ns(day))
                    found.append(Print(index, day_number(day), price))
            self._done_ns[index] = max(self._done_ns[index], at_ns)
        return found

    def is_awaited(self, index: str, day: int, at_ns: int) -> bool:
        """Return False: a walk's fixings are never late."""
        return False
