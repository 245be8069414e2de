"""Trades folded into the bars of every chart resolution.

Source of the resolutions and of the filled gaps: Deribit API v2, public/get_tradingview_chart_data.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque

import msgspec

RESOLUTIONS: dict[str, int] = {
    **{str(minutes): minutes for minutes in (1, 3, 5, 10, 15, 30, 60, 120, 180, 360, 720)},
    "1D": 1440,
}
"""Name of a resolution -> minutes of a bar, aligned to the Unix epoch: days begin at 00:00 UTC."""

MAX_BARS = 5000
"""Most bars that one query returns, and that are kept of each resolution."""

NS_PER_MINUTE = 60_000_000_000
MS_PER_MINUTE = 60_000


class Bar(msgspec.Struct, array_like=True):
    """Prices (ticks), volume and cost of one stretch of time."""

    start_minute: int
    """Minutes since the Unix epoch."""
    open_ticks: int
    high_ticks: int
    low_ticks: int
    close_ticks: int
    volume_lots: int
    cost_ticklots: int
    """Sum of price_ticks * qty_lots."""

    def add(self, price_ticks: int, qty_lots: int) -> None:
        """Add a trade that is not earlier than any in it."""
        self.high_ticks = max(self.high_ticks, price_ticks)
        self.low_ticks = min(self.low_ticks, price_ticks)
        self.close_ticks = price_ticks
        self.volume_lots += qty_lots
        self.cost_ticklots += price_ticks * qty_lots

    def joined(self, later: Bar) -> Bar:
        """Return this bar with a later one's trades added."""
        return Bar(
            self.start_minute,
            self.open_ticks,
            max(self.high_ticks, later.high_ticks),
            min(self.low_ticks, later.low_ticks),
            later.close_ticks,
            self.volume_lots + later.volume_lots,
            self.cost_ticklots + later.cost_ticklots,
        )

    def begun_at(self, start_minute: int) -> Bar:
        """Return a copy under another start."""
        return msgspec.structs.replace(self, start_minute=start_minute)


class CandleRecord(msgspec.Struct):
    """Everything that a Candles keeps, for a snapshot."""

    open_minute: Bar | None
    series: dict[str, list[Bar]]


class Candles:
    """The newest ``retention`` bars of every resolution of one instrument, those with trades.

    A trade touches the open minute only. A finished minute is folded into every resolution, so
    a query joins the folded bar with the open minute.
    """

    __slots__ = ("_open", "_series")

    def __init__(self, retention: int = MAX_BARS) -> None:
        self._open: Bar | None = None
        self._series: dict[str, deque[Bar]] = {
            resolution: deque(maxlen=retention) for resolution in RESOLUTIONS
        }

    def record(self, ts_ns: int, price_ticks: int, qty_lots: int) -> None:
        """Add one trade; times do not go back."""
        minute = ts_ns // NS_PER_MINUTE
        bar = self._open
        if bar is None or minute > bar.start_minute:
            if bar is not None:
                self._fold(bar)
            p = price_ticks
            self._open = Bar(minute, p, p, p, p, qty_lots, price_ticks * qty_lots)
            return
        bar.add(price_ticks, qty_lots)

    def _fold(self, minute: Bar) -> None:
        for resolution, series in self._series.items():
            bar = _continued(series, minute, RESOLUTIONS[resolution])
            if series and series[-1].start_minute == bar.start_minute:
                series[-1] = bar
            else:
                series.append(bar)

    def current(self, resolution: str) -> Bar | None:
        """Return the bar with the newest trade, None before the first trade."""
        if self._open is None:
            return None
        return _continued(self._series[resolution], self._open, RESOLUTIONS[resolution])

    def query(self, resolution: str, start_ms: int, end_ms: int, now_ms: int) -> list[Bar]:
        """Return the bars from the one holding start_ms to the one holding min(end_ms, now_ms).

        A bar without trades stands at the close before it; bars before the first known trade are
        left out; at most the newest MAX_BARS are returned. Raises KeyError for an unknown
        resolution.
        """
        step = RESOLUTIONS[resolution]
        bars = list(self._series[resolution])
        newest = self.current(resolution)
        if newest is None:
            return []
        if bars and bars[-1].start_minute == newest.start_minute:
            bars.pop()
        bars.append(newest)
        last = min(end_ms, now_ms) // MS_PER_MINUTE // step * step
        first = max(start_ms // MS_PER_MINUTE // step * step, last - (MAX_BARS - 1) * step)
        at = bisect_left(bars, first, key=lambda bar: bar.start_minute)
        if at == 0:
            first = max(first, bars[0].start_minute)
        close_ticks = bars[at - 1].close_ticks if at else 0
        found = []
        for minute in range(first, last + 1, step):
            if at < len(bars) and bars[at].start_minute == minute:
                bar = bars[at]
                close_ticks = bar.close_ticks
                at += 1
            else:
                c = close_ticks
                bar = Bar(minute, c, c, c, c, 0, 0)
            found.append(bar)
        return found

    def dump(self) -> CandleRecord:
        """Return everything kept."""
        return CandleRecord(self._open, {name: list(bars) for name, bars in self._series.items()})

    def load(self, record: CandleRecord) -> None:
        """Replace everything kept."""
        self._open = record.open_minute
        for name, series in self._series.items():
            series.clear()
            series.extend(record.series[name])


def _continued(series: deque[Bar], minute: Bar, step: int) -> Bar:
    start = minute.start_minute // step * step
    if series and series[-1].start_minute == start:
        return series[-1].joined(minute)
    return minute.begun_at(start)
