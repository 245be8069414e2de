"""Opening a log whose authority is a stream: as its primary, or as a node that follows and may take over."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

from exchange.core.commands import Batch
from exchange.log.jetstream import node as nodes
from exchange.log.jetstream.address import LogAddress
from exchange.log.jetstream.connection import connect
from exchange.log.jetstream.copying import LocalCopy
from exchange.log.jetstream.patience import PATIENCE_S, Patience
from exchange.log.jetstream.primary import claim
from exchange.log.jetstream.refusals import UnansweredError
from exchange.log.jetstream.stream import LogStream
from exchange.log.jetstream.writer import StreamWriter
from exchange.log.opening import Opened
from exchange.log.store import CommandLog
from exchange.log.terms import SNAPSHOTS_KEPT, Durability
from exchange.log.writer import LogWriter

Progress = Callable[[int], None]


async def opened(
    directory: Path,
    where: LogAddress,
    durability: Durability = "fsync",
    snapshots_kept: int = SNAPSHOTS_KEPT,
    *,
    takeover: bool = False,
    progress: Progress = lambda seq: None,
) -> Opened:
    """Become the primary of a log with a directory's copy, which is caught up first; see primary.claim.

    durability: of the copy; the stream keeps the log besides. takeover: even if the log is another node's.
    Raises LogLockedError, LogServerError, NotPrimaryError, CorruptLogError, RulesVersionError.
    """
    node = await FollowingNode.open(directory, where, durability, snapshots_kept, create=True)
    try:
        return await node.take_over(takeover=takeover, progress=progress)
    except BaseException:
        await node.close()
        raise


class FollowingNode:
    """A directory whose copy follows a stream; ``run`` it, and ``take_over`` to write instead.

    While it is open this process holds the directory's lock; others on this machine read the copy.
    """

    def __init__(self, directory: Path, copy: LocalCopy, log: CommandLog) -> None:
        self.copy = copy
        self._directory = directory
        self._log = log

    @classmethod
    async def open(
        cls,
        directory: Path,
        where: LogAddress,
        durability: Durability = "os",
        snapshots_kept: int = SNAPSHOTS_KEPT,
        *,
        create: bool,
    ) -> FollowingNode:
        """Lock the directory, connect, and find the stream; create: make one where there is none."""
        log = CommandLog(
            directory, writable=True, durability=durability, snapshots_kept=snapshots_kept
        )
        try:
            node = nodes.load(directory, where.name)
            nodes.save(directory, node)
            client = await connect(where, f"cfx {node.node} on {socket.gethostname()}")
        except BaseException:
            log.close()
            raise
        stream = LogStream(client, where)
        try:
            await stream.prepare(create=create)
        except BaseException:
            log.close()
            await stream.close()
            raise
        return cls(directory, LocalCopy(directory, stream, log, node), log)

    @property
    def seq(self) -> int:
        """Of the last command of the copy."""
        return self._log.last_seq

    async def catch_up(self, progress: Progress = lambda seq: None) -> None:
        """Take over all that is seen to be in the stream now; raises as LocalCopy.step does.

        Servers that do not answer are asked again for a while.
        """
        silent = Patience(PATIENCE_S)

        def taken(batch: Batch) -> None:
            silent.renew()
            progress(self._log.last_seq)

        while True:
            try:
                return await self.copy.catch_up(taken)
            except UnansweredError as error:
                await silent.wait(error)

    async def run(self, taken: Callable[[Batch], None] = lambda batch: None) -> None:
        """Follow until cancelled; raises what cannot be mended by waiting."""
        await self.copy.run(taken)

    async def take_over(
        self, *, takeover: bool = True, progress: Progress = lambda seq: None
    ) -> Opened:
        """Begin an epoch of this node's at the stream's end; ``run`` must have ended.

        The node is used up then: the writer closes the connection, the reader the log.
        """
        tip = await claim(self._directory, self.copy, takeover=takeover, progress=progress)
        writer = StreamWriter(self.copy.stream, LogWriter(self._log), self._log, tip)
        return Opened(self._log, writer, writer.about)

    async def close(self) -> None:
        """Let go of the connection and of the directory."""
        await self.copy.close()
        await self.copy.stream.close()
        self._log.close()
