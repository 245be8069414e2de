"""A running sequencer whose disk answers when it is told to, and whose core may fail."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from exchange.core.commands import Batch, Command
from exchange.core.layout import CommandKind
from exchange.log.store import CommandLog
from exchange.log.writer import LogWriter
from exchange.replica import Replica, recover
from exchange.sequencer import Outcome, Sequencer
from tests.exchange.core.lab import USD, listing, opening, spec

TIMEOUT_S = 60.0
SETTING = [listing(spec()), opening("alice", 10**6 * USD), opening("bob", 10**6 * USD)]


class GatedLog(CommandLog):
    """A log whose disk answers when it is told to, or fails from a batch on."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, writable=True)
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.sizes: list[int] = []
        self.fail_at: int | None = None
        self.leaves_it = False
        """Whether a batch that fails is in the log all the same."""

    def append(self, batch: Batch) -> None:
        self.entered.set()
        assert self.gate.wait(TIMEOUT_S)
        if self.fail_at is not None and len(self.sizes) >= self.fail_at:
            if self.leaves_it:
                before = self._last_seq, self._checksum
                super().append(batch)
                self._last_seq, self._checksum = before
            raise OSError(28, "No space left on device")
        super().append(batch)
        self.sizes.append(len(batch.rows))

    def settle(self, batch: Batch | None = None) -> bool:
        if self.fail_at is not None and not self.leaves_it:
            raise OSError(28, "No space left on device")
        return super().settle(batch)


class FailingReplica(Replica):
    """A replica whose core fails on the n-th batch."""

    def __init__(self, fail_at: int) -> None:
        super().__init__()
        self._left = fail_at

    def apply(self, batch: Batch) -> list[list[int]]:
        self._left -= 1
        if self._left == 0:
            raise RuntimeError("out of order")
        return super().apply(batch)


class Desk:
    """A running sequencer, its log and what it told."""

    quick_s = 0.0
    max_waiting = 100_000

    def __init__(
        self,
        directory: Path,
        replica: Replica | None = None,
        now_ns: Callable[[], int] | None = None,
    ) -> None:
        self.log = GatedLog(directory)
        clock = itertools.count(1_000, 10)
        self.applied: list[list[list[int]]] = []
        self.sequencer = Sequencer(
            replica or recover(Replica(), self.log),
            LogWriter(self.log, self.quick_s, retry_s=0.01),
            now_ns=now_ns or (lambda: next(clock)),
            on_applied=lambda events, texts: self.applied.append(events),
            max_waiting=self.max_waiting,
        )

    async def all(self, commands: list[Command]) -> list[Outcome | BaseException]:
        return await asyncio.gather(
            *(self.sequencer.execute(command) for command in commands), return_exceptions=True
        )


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, TIMEOUT_S))


def deposit(amount: int) -> Command:
    return Command(CommandKind.TRANSFER, 0, amount_micros=amount)
