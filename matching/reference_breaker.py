"""The dynamic circuit breaker's rolling window of prices and the range that it allows."""

from __future__ import annotations

from dataclasses import dataclass, field

from matching.layout import WINDOW_BUCKETS

MILLION = 1_000_000


@dataclass
class Breaker:
    """Executions stay within ``move`` of the window's prices; 0 means that there is no range.

    It is millionths of the price, or negative: so many ticks whatever the price.

    ``buckets`` maps a bucket's number, counted in eighths of ``window_ns`` since time 0, to the lowest
    and highest price that was traded in it. ``pause_ns`` is how long a tripped book stays closed, and
    ``max_extensions`` how often its auction may be prolonged. ``reference_ticks`` takes the last price's
    place in an empty window until the next trade.
    """

    move: int = 0
    window_ns: int = WINDOW_BUCKETS
    pause_ns: int = 0
    max_extensions: int = 0
    now_ns: int = 0
    buckets: dict[int, tuple[int, int]] = field(default_factory=dict)
    reference_ticks: int | None = None

    def _bucket(self) -> int:
        return self.now_ns // (self.window_ns // WINDOW_BUCKETS)

    def move_on(self, now_ns: int) -> None:
        """Let time pass; buckets that are too old leave the window."""
        self.now_ns = now_ns
        oldest = self._bucket() - WINDOW_BUCKETS + 1
        self.buckets = {key: prices for key, prices in self.buckets.items() if key >= oldest}

    def trade(self, price_ticks: int) -> None:
        """Take the price of an execution into the window."""
        low, high = self.buckets.get(self._bucket(), (price_ticks, price_ticks))
        self.buckets[self._bucket()] = min(low, price_ticks), max(high, price_ticks)
        self.reference_ticks = None

    def begin_anew(self, reference_ticks: int | None = None) -> None:
        """Empty the window; without a move no reference is kept."""
        self.buckets = {}
        self.reference_ticks = reference_ticks if self.move else None

    def range_ticks(self, last_ticks: int | None) -> tuple[int, int] | None:
        """Lowest and highest price allowed, None where there is no range."""
        if self.reference_ticks is not None:
            last_ticks = self.reference_ticks
        if not self.move or last_ticks is None:
            return None
        lows = [low for low, _ in self.buckets.values()]
        highs = [high for _, high in self.buckets.values()]
        lowest, highest = min(lows, default=last_ticks), max(highs, default=last_ticks)
        return highest - self._move(highest), lowest + self._move(lowest)

    def _move(self, price_ticks: int) -> int:
        if self.move < 0:
            return -self.move
        return abs(price_ticks) * self.move // MILLION
