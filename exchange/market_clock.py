"""The clock of the market: the wall clock, or one that starts with it and runs faster or slower.

Market time is what commands are stamped with: the schedule, deadlines, good-til-date orders and candles
live by it. What protects the server (rate limits, tokens, heartbeats) stays on the wall clock, the steady one:
neither follows when the machine's clock is set.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from exchange.steady_clock import wall_clock

REAL_TIME_PPM = 1_000_000
MINUTES_PER_DAY = 1_440
NS_PER_S = 1_000_000_000


def rate_ppm(days_per_minute: float | None) -> int:
    """Return market seconds per wall second in parts per million; None is real time."""
    if days_per_minute is None:
        return REAL_TIME_PPM
    return max(1, round(days_per_minute * MINUTES_PER_DAY * REAL_TIME_PPM))


def span_ns(ppm: int, wall_span_ns: int) -> int:
    """Return how far market time moves while so much of the wall clock's passes, rounded up."""
    return -(-wall_span_ns * ppm // REAL_TIME_PPM)


class ClockTerms(msgspec.Struct, frozen=True):
    """What another process needs to run the same market clock; wall_anchor_ns: None while it is held."""

    rate_ppm: int
    anchor_ns: int
    wall_anchor_ns: int | None
    wall_offset_ns: int
    """Of the steady wall clock."""


class MarketClock:
    """Market time: anchor + (wall - wall anchor) x rate, never less than before.

    rate_ppm: market seconds per wall second in parts per million. since_ns: market time of the last
    command before, 0 where there is none. In real time the anchor is the wall clock (or since_ns, where an
    earlier run got ahead of it); at another rate the market goes on from since_ns, and stands still
    while nobody runs it. wall_ns: UTC nanoseconds.
    """

    def __init__(
        self,
        rate_ppm: int = REAL_TIME_PPM,
        since_ns: int = 0,
        wall_ns: Callable[[], int] = wall_clock,
    ) -> None:
        if rate_ppm < 1:
            raise ValueError(f"rate_ppm {rate_ppm} is below 1")
        self.rate_ppm = rate_ppm
        self.wall_ns = wall_ns
        self.wall_anchor_ns = wall_ns()
        self.anchor_ns = self.wall_anchor_ns
        if since_ns > self.wall_anchor_ns or (since_ns and rate_ppm != REAL_TIME_PPM):
            self.anchor_ns = since_ns
        self._last_ns = self.anchor_ns
        self._held = False

    @classmethod
    def of(cls, terms: ClockTerms, wall_ns: Callable[[], int] = wall_clock) -> MarketClock:
        """Return the clock that another process on this machine runs, from a wall clock with its offset."""
        clock = cls(terms.rate_ppm, wall_ns=wall_ns)
        clock.follow(terms)
        clock._last_ns = terms.anchor_ns
        return clock

    def follow(self, terms: ClockTerms) -> None:
        """Go on as the other process's clock of the same rate does now."""
        self.anchor_ns, self._held = terms.anchor_ns, terms.wall_anchor_ns is None
        if terms.wall_anchor_ns is not None:
            self.wall_anchor_ns = terms.wall_anchor_ns

    @property
    def terms(self) -> ClockTerms:
        """What another process needs to run this clock."""
        wall_anchor_ns = None if self._held else self.wall_anchor_ns
        return ClockTerms(self.rate_ppm, self.anchor_ns, wall_anchor_ns, wall_clock.offset_ns)

    @property
    def is_held(self) -> bool:
        """Whether market time stands still."""
        return self._held

    @property
    def rate(self) -> float:
        """Market seconds per wall second."""
        return self.rate_ppm / REAL_TIME_PPM

    def now_ns(self) -> int:
        """Return market time in UTC nanoseconds."""
        if self._held:
            return self.anchor_ns
        elapsed_ns = self.wall_ns() - self.wall_anchor_ns
        now_ns = self.anchor_ns + elapsed_ns * self.rate_ppm // REAL_TIME_PPM
        if now_ns > self._last_ns:
            self._last_ns = now_ns
        return self._last_ns

    def hold(self) -> None:
        """Let market time stand still until ``release``; a market in real time does not stand still."""
        if self.rate_ppm != REAL_TIME_PPM:
            self.anchor_ns, self._held = self.now_ns(), True

    def release(self) -> None:
        """Let market time go on from where it was held."""
        if self._held:
            self.wall_anchor_ns = self.wall_ns()
            self._held = False

    def span_ns(self, wall_span_ns: int) -> int:
        """Return how far market time moves while so much of the wall clock's passes, rounded up."""
        return span_ns(self.rate_ppm, wall_span_ns)

    def wall_span_ns(self, market_span_ns: int) -> int:
        """Return how much of the wall clock's time passes meanwhile, rounded down."""
        return market_span_ns * REAL_TIME_PPM // self.rate_ppm
