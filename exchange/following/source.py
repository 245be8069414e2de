"""Where a follower's log comes from, and how it becomes this process's to write.

A directory's log is written by an exchange on this machine, or it is a copy that this process keeps in step
with a stream on other machines. Followers read the directory either way.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from exchange.log import opening
from exchange.log.jetstream.ending import ended
from exchange.log.opening import Opened
from exchange.log.port import LogLockedError
from exchange.log.terms import Durability

if TYPE_CHECKING:
    from exchange.log.jetstream.opening import FollowingNode

logger = logging.getLogger(__name__)

LOCK_POLL_S = 0.02


class LogSource(Protocol):
    """What fills a data directory's log while it is followed."""

    @property
    def fault(self) -> str:
        """Why the log may be longer than the directory knows; empty where all is well."""

    async def run(self) -> None:
        """Fill it until cancelled; raises what cannot be mended by waiting."""

    async def writable(self, durability: Durability, wait_s: float) -> Opened:
        """Become its writer; `run` may go on. wait_s: how long the present writer may take to end.

        Raises LogLockedError where it does not, and what opening raises; the source is as it was then.
        """

    async def close(self) -> None:
        """Let go of it, unless it was made writable."""


class SharedDirectory:
    """A log that another process on this machine writes."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @property
    def fault(self) -> str:
        """Empty: the directory is the log."""
        return ""

    async def run(self) -> None:
        """Wait until cancelled: the other process does the work."""
        await asyncio.Event().wait()

    async def writable(self, durability: Durability, wait_s: float) -> Opened:
        """Take the directory's lock, which the other process gives back when it ends."""
        ends_s = time.monotonic() + wait_s
        while True:
            try:
                return opening.writable(self._directory, durability)
            except LogLockedError:
                if time.monotonic() >= ends_s:
                    raise
            await asyncio.sleep(LOCK_POLL_S)

    async def close(self) -> None:
        """There is nothing to let go of."""


class CopiedStream:
    """A copy of a stream on other machines, which this process holds the lock of."""

    def __init__(self, node: FollowingNode) -> None:
        self.node = node
        self._following: asyncio.Future[None] | None = None
        self._may_follow = asyncio.Event()
        self._may_follow.set()
        self._taken = False

    @classmethod
    async def open(
        cls,
        directory: Path,
        where: str,
        durability: Durability,
        progress: Callable[[int], None] = lambda seq: None,
    ) -> CopiedStream:
        """Lock the directory and bring its copy to the stream's end.

        Raises LogLockedError, LogServerError, CorruptLogError and RulesVersionError.
        """
        with opening.explained_import():
            from exchange.log.jetstream import address
            from exchange.log.jetstream.copying import CopyAheadError
            from exchange.log.jetstream.opening import FollowingNode
        node = await FollowingNode.open(directory, address.parse(where), durability, create=False)
        try:
            await node.catch_up(progress)
        except CopyAheadError as error:
            # Promoted, it gives the servers what they lost; until then it stands still.
            logger.warning("%s", error)
        except BaseException:
            await node.close()
            raise
        return cls(node)

    @property
    def fault(self) -> str:
        """Why the stream cannot be followed at the moment."""
        return self.node.copy.silent or ""

    async def run(self) -> None:
        """Keep the copy in step until cancelled."""
        while True:
            await self._may_follow.wait()
            self._following = asyncio.ensure_future(self.node.run())
            try:
                await asyncio.wait({self._following})
            finally:
                await ended(self._following)
            if not self._following.cancelled():
                self._following.result()

    async def writable(self, durability: Durability, wait_s: float) -> Opened:
        """Begin an epoch of this node's, whoever led before; durability: of the copy, as it was opened."""
        self._may_follow.clear()
        if self._following is not None:
            await ended(self._following)
        try:
            opened = await self.node.take_over()
        except BaseException:
            self._may_follow.set()
            raise
        self._taken = True
        return opened

    async def close(self) -> None:
        """Let go of the connection and of the directory."""
        if not self._taken:
            await self.node.close()


@asynccontextmanager
async def filling(
    directory: Path, where: str | None, stopped: asyncio.Event, say: Callable[[str], None]
) -> AsyncIterator[LogSource]:
    """Keep a directory's log in step with a stream, while it is read within.

    where: None for a log that is written on this machine. ``stopped`` is set when the copy can go no
    further, and the reason raised at the end. A directory that another process keeps in step is left to it.
    """
    source: LogSource = SharedDirectory(directory)
    if where is not None:
        say("taking over what the log's servers hold")
        try:
            source = await CopiedStream.open(directory, where, "os")
        except LogLockedError:
            say("another process keeps this directory's copy in step")
    copying = asyncio.ensure_future(source.run())
    copying.add_done_callback(lambda _: stopped.set())
    try:
        yield source
        if copying.done():
            copying.result()
    finally:
        await ended(copying)
        await source.close()
