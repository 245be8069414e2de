"""Patience: asking servers again that do not answer, or whose answer may be out of date.

While servers elect a leader they answer nothing, and the new one may at first show less than it holds. What
it shows is there; that something is not there, or that the log ends somewhere, is believed only once it
was found so for a while.
"""

from __future__ import annotations

import asyncio
import time

PATIENCE_S = 10.0
"""How long servers that do not answer are asked again; an election takes some seconds."""
STALE_S = 2.0
"""How long an answer that may be out of date is asked for again before it is believed."""
RETRY_S = 0.1
"""Between two questions."""


class Patience:
    """A time that runs from the first failure on, until ``renew`` says that all is well again."""

    def __init__(self, bound_s: float) -> None:
        self._bound_s = bound_s
        self._ends_s: float | None = None

    async def lasts(self) -> bool:
        """Wait until it may be asked again; return False at once where the time has run out."""
        now_s = time.monotonic()
        if self._ends_s is None:
            self._ends_s = now_s + self._bound_s
        elif now_s >= self._ends_s:
            return False
        await asyncio.sleep(RETRY_S)
        return True

    async def wait(self, failure: Exception) -> None:
        """Wait until it may be asked again, or raise the failure where the time has run out."""
        if not await self.lasts():
            raise failure

    def renew(self) -> None:
        """Begin anew with the next failure."""
        self._ends_s = None
