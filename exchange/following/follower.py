"""Follower: applies what a log gains, in turns, and knows how far behind it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

from exchange.core.commands import Batch
from exchange.log.port import LogReader

BATCHES_A_TURN = 64
LOOK_S = 1.0
"""A follower looks at the log at least so often, whatever it is told."""


class Lag(NamedTuple):
    """How far a follower is behind the log.

    commands: durable, but not applied. seconds: of the wall clock since it was level with the log.
    """

    commands: int
    seconds: float


class Follower:
    """Takes a log's batches in order, one after the other, in turns of the event loop.

    seq: the last command that is applied already. apply: gets each batch after it. No turn holds the
    log for longer than it takes to read a page of it, so that a slow follower slows nobody.
    """

    def __init__(self, log: LogReader, seq: int, apply: Callable[[Batch], object]) -> None:
        self.seq = seq
        self.commands = 0
        """Applied by this follower."""
        self._log = log
        self._apply = apply
        self._level_s = time.monotonic()

    def turn(self, limit: int = BATCHES_A_TURN) -> int:
        """Apply at most ``limit`` new batches; return how many there were."""
        batches = 0
        for batch in self._log.read(self.seq, limit=limit):
            self._apply(batch)
            count = len(batch.rows)
            self.seq += count
            self.commands += count
            batches += 1
        if batches < limit:
            self._level_s = time.monotonic()
        return batches

    def catch_up(self) -> int:
        """Apply all that there is; return the sequence number reached."""
        while self.turn() == BATCHES_A_TURN:
            pass
        return self.seq

    def lag(self) -> Lag:
        """Look at the log, and return how far behind it this follower is."""
        commands = max(0, self._log.last_seq - self.seq)
        return Lag(commands, time.monotonic() - self._level_s if commands else 0.0)

    def caught_up(self) -> bool:
        """Tell whether all that is durable is applied."""
        return self.lag().commands == 0

    async def run(self) -> None:
        """Follow until cancelled. Raises what reading or applying raises."""
        seen = self._log.version()
        while True:
            while self.turn() == BATCHES_A_TURN:
                # Others get their turn: sockets, requests for the status.
                await asyncio.sleep(0)
            seen = await self._log.changed(seen, LOOK_S)
