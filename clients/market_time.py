"""The market's time as a client knows it: told by the exchange, carried on by the client's own clock."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import msgspec

from clients import wire
from clients.errors import MethodNotFound
from marketdata.messages import NS_PER_MS


class WireClock(msgspec.Struct):
    """Answer of ``public/get_clock``: milliseconds of the market and of the wall, and the rate between."""

    timestamp: int
    wall_timestamp: int
    rate: float


class MarketTime:
    """Market time from the last answer of the exchange on; the client's own clock until there is one.

    clock_ns: the client's wall clock; only how much of it passes is used once the exchange has told.
    """

    def __init__(self, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self.rate = 1.0
        """Market seconds per second of the wall clock."""
        self._clock_ns = clock_ns
        self._told_ns: int | None = None
        self._told_at_ns = 0
        self._last_ns = 0

    def take(self, told: WireClock) -> None:
        """Go on from what the exchange told just now."""
        self.rate = told.rate
        self._told_ns = told.timestamp * NS_PER_MS
        self._told_at_ns = self._clock_ns()

    def now_ns(self) -> int:
        """Return the market's time in UTC nanoseconds, never less than before."""
        now_ns = self._clock_ns()
        if self._told_ns is not None:
            now_ns = self._told_ns + int((now_ns - self._told_at_ns) * self.rate)
        self._last_ns = max(self._last_ns, now_ns)
        return self._last_ns


async def ask_clock(request: Callable[[str], Awaitable[msgspec.Raw]]) -> WireClock:
    """Ask an exchange for its clocks; one that has no ``public/get_clock`` runs in real time."""
    try:
        return wire.parse(await request("public/get_clock"), WireClock)
    except MethodNotFound:
        now_ms = wire.parse(await request("public/get_time"), int)
        return WireClock(now_ms, now_ms, 1.0)
