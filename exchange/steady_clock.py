"""The wall clock without its jumps: UTC at the start, moved on by the time that the machine has been up.

A wall clock is set: by hand, by a time service that found it wrong, by a virtual machine that was moved. An
exchange that followed would expire orders, tokens and dead-man timers an hour early, or let nothing
happen for an hour. This clock goes at the pace of the machine's uptime, sleep included, and approaches the wall
clock by at most SLEW_PPM, the bound that ntpd keeps to as well
(https://www.ntp.org/documentation/4.2.8-series/clock/). A restart takes the wall clock over at once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

logger = logging.getLogger(__name__)

SLEW_PPM = 500
LOOK_NS = 1_000_000_000
"""How often it looks at the wall clock."""
TOLD_NS = 1_000_000_000
"""How far the wall clock may be off without a word."""


def uptime_ns() -> int:
    """Return nanoseconds since the machine started, with the time that it slept where the system tells it."""
    if _BOOTTIME is None:
        return time.monotonic_ns()
    return time.clock_gettime_ns(_BOOTTIME)


_BOOTTIME: int | None = getattr(time, "CLOCK_BOOTTIME", None)


class SteadyClock:
    """Call it for UTC nanoseconds, which go on steadily.

    offset_ns: of another process's clock on this machine, to be that clock; else it starts at the wall
    clock. off_ns: how far the wall clock was ahead of it at the latest look.
    """

    def __init__(
        self,
        offset_ns: int | None = None,
        *,
        wall_ns: Callable[[], int] = time.time_ns,
        uptime_ns: Callable[[], int] = uptime_ns,
    ) -> None:
        self._wall_ns = wall_ns
        self._uptime_ns = uptime_ns
        self._looked_ns = uptime_ns()
        self.offset_ns = wall_ns() - self._looked_ns if offset_ns is None else offset_ns
        self.off_ns = 0
        self._last_ns = 0
        self._told = False

    def __call__(self) -> int:
        """Return UTC nanoseconds, never less than before."""
        up_ns = self._uptime_ns()
        if up_ns - self._looked_ns >= LOOK_NS:
            self._look(up_ns)
        now_ns = up_ns + self.offset_ns
        if now_ns > self._last_ns:
            self._last_ns = now_ns
        return self._last_ns

    def _look(self, up_ns: int) -> None:
        """Move towards the wall clock as far as the time since the look before allows."""
        self.off_ns = self._wall_ns() - up_ns - self.offset_ns
        bound_ns = (up_ns - self._looked_ns) * SLEW_PPM // 1_000_000
        self.offset_ns += max(-bound_ns, min(bound_ns, self.off_ns))
        self._looked_ns = up_ns
        if (abs(self.off_ns) > TOLD_NS) != self._told:
            self._told = not self._told
            if self._told:
                logger.warning(
                    "the wall clock is %+.3f s off this exchange's, which goes on steadily and nears it by "
                    "%d millionths; a restart takes it over at once",
                    self.off_ns / 1e9,
                    SLEW_PPM,
                )
            else:
                logger.warning("the wall clock and this exchange's agree again")


wall_clock = SteadyClock()
"""The one clock of this process by which an exchange protects itself, and from which market time follows."""
