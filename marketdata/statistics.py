"""Volume and price range of the last 24 hours of one instrument."""

from __future__ import annotations

from collections import deque

import msgspec

from marketdata.candles import NS_PER_MINUTE, Bar

DAY_MINUTES = 1440


class DayStatistics(msgspec.Struct, frozen=True):
    """What traded in 24 hours; the prices are None when nothing did."""

    volume_lots: int = 0
    cost_ticklots: int = 0
    open_ticks: int | None = None
    high_ticks: int | None = None
    low_ticks: int | None = None


class RollingDay:
    """24-hour statistics kept by the minute, at most 1,440 bars.

    Only ``roll`` forgets; asking for a later time does not, so that what is published does not
    depend on who asked.
    """

    __slots__ = ("_bars", "_known")

    def __init__(self) -> None:
        self._bars: deque[Bar] = deque()
        self._known: DayStatistics | None = None

    def record(self, ts_ns: int, price_ticks: int, qty_lots: int) -> None:
        """Add one trade; times do not go back."""
        minute = ts_ns // NS_PER_MINUTE
        p, cost_ticklots = price_ticks, price_ticks * qty_lots
        bar = self._bars[-1] if self._bars else None
        if bar is not None and bar.start_minute == minute:
            bar.add(price_ticks, qty_lots)
        else:
            self._bars.append(Bar(minute, p, p, p, p, qty_lots, cost_ticklots))
        known = self._known
        if known is not None and known.high_ticks is not None and known.low_ticks is not None:
            self._known = DayStatistics(
                known.volume_lots + qty_lots,
                known.cost_ticklots + cost_ticklots,
                known.open_ticks,
                max(known.high_ticks, price_ticks),
                min(known.low_ticks, price_ticks),
            )
        else:
            self._known = None

    def roll(self, ts_ns: int) -> None:
        """Forget what is older than 24 hours."""
        oldest = ts_ns // NS_PER_MINUTE - DAY_MINUTES
        while self._bars and self._bars[0].start_minute <= oldest:
            self._bars.popleft()
            self._known = None

    def at(self, ts_ns: int) -> DayStatistics:
        """Return the statistics of the 24 hours before a time."""
        oldest = ts_ns // NS_PER_MINUTE - DAY_MINUTES
        if self._bars and self._bars[0].start_minute <= oldest:
            return _summed([bar for bar in self._bars if bar.start_minute > oldest])
        if self._known is None:
            self._known = _summed(list(self._bars))
        return self._known

    def dump(self) -> list[Bar]:
        """Return everything kept."""
        return list(self._bars)

    def load(self, bars: list[Bar]) -> None:
        """Replace everything kept."""
        self._bars = deque(bars)
        self._known = None


def _summed(bars: list[Bar]) -> DayStatistics:
    if not bars:
        return DayStatistics()
    return DayStatistics(
        sum(bar.volume_lots for bar in bars),
        sum(bar.cost_ticklots for bar in bars),
        bars[0].open_ticks,
        max(bar.high_ticks for bar in bars),
        min(bar.low_ticks for bar in bars),
    )
