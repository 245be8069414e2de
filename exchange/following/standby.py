"""Standby: a warm replica of a log that another process writes, which can become its writer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from exchange.core.warm import warm_up
from exchange.following.follower import Follower, Lag
from exchange.following.health import Health
from exchange.following.source import LogSource, SharedDirectory
from exchange.log import opening
from exchange.log.opening import Opened
from exchange.log.terms import Durability
from exchange.replica import Replica, recover


class Takeover(NamedTuple):
    """A log that is this process's to write now, and the replica that is at its end."""

    log: Opened
    replica: Replica


class Standby:
    """Follows the log of a data directory with everything that an exchange has in memory.

    Opening recovers, and raises as recovery does. ``run`` follows; ``take_over`` ends it. source: what fills
    the directory's log, another process on this machine if not given.
    """

    def __init__(self, directory: Path, source: LogSource | None = None) -> None:
        self.directory = directory
        self._source = source or SharedDirectory(directory)
        self._log = opening.readable(directory)
        try:
            self.replica = recover(Replica(), self._log)
            warm_up()
        except BaseException:
            self._log.close()
            raise
        self.follower = Follower(self._log, self.replica.core.seq, self.replica.apply)

    def lag(self) -> Lag:
        """Return how far it is behind the log."""
        return self.follower.lag()

    def caught_up(self) -> bool:
        """Tell whether all that is durable is applied."""
        return self.follower.caught_up()

    def health(self) -> Health:
        """Return its state for those who look after it."""
        found = Health.of("standby", self.follower.seq, self.follower.commands, self.lag())
        return msgspec.structs.replace(found, fault=self._source.fault)

    async def run(self) -> None:
        """Follow until cancelled. Raises what reading or applying raises."""
        running = {asyncio.ensure_future(self._source.run())}
        running.add(asyncio.ensure_future(self.follower.run()))
        try:
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for ended in done:
                ended.result()
        finally:
            for one in running:
                one.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def take_over(
        self,
        durability: Durability = "fsync",
        wait_s: float = 0.0,
        before: Callable[[], object] = lambda: None,
    ) -> Takeover:
        """Become the log's writer and apply what is left of it.

        It may ``run`` while this waits. wait_s: how long the present writer has to end. before: called once
        the log is this process's; ``run`` must end then. Raises LogLockedError if the writer does not
        end, and then the standby is as it was.
        """
        log = await self._source.writable(durability, wait_s)
        before()
        try:
            # Nobody else writes any more: what is read now is the end.
            for batch in log.reader.read(self.follower.seq):
                self.replica.apply(batch)
        except BaseException:
            log.reader.close()
            raise
        self.close()
        return Takeover(log, self.replica)

    def close(self) -> None:
        """Let go of the log that it reads."""
        self._log.close()
