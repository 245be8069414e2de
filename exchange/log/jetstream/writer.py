"""StreamWriter: batches to the stream, then to this node's own copy, then told as durable.

One batch is on its way at a time, its parts all at once, while the next one gathers. When an answer does
not come the writer takes nothing more, reads the stream until it knows what became of the batch, and goes
on; when it finds another node's epoch there it has been fenced and never writes again.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Sequence

from exchange.core.commands import Batch
from exchange.core.core import RULES_VERSION
from exchange.core.layout import COMMAND_SEQ
from exchange.log.jetstream.ending import ended
from exchange.log.jetstream.feeding import feed
from exchange.log.jetstream.patience import RETRY_S, STALE_S, Patience
from exchange.log.jetstream.records import EpochStart, Record, parts_of
from exchange.log.jetstream.refusals import EndMovedError, NotTakenError, UnansweredError
from exchange.log.jetstream.settling import FencedByError, TailLostError, settled
from exchange.log.jetstream.stream import LogStream, Tip
from exchange.log.port import (
    Heard,
    LogBlockedError,
    NotWrittenError,
    Snapshot,
    Writer,
    Written,
)
from exchange.log.store import CommandLog
from exchange.log.terms import Durability

logger = logging.getLogger(__name__)

TRIAL_S = 1.0
"""Between trial writes to a stream that is full."""
WATCH_S = 1.0
"""Without a batch for so long, the writer looks whether the stream is still there and still its own."""


class StreamWriter:
    """The primary's writer; keeps the port ``Writer``.

    local, log: this node's own copy. tip: the stream's end, which is the beginning of this node's epoch.
    """

    def __init__(self, stream: LogStream, local: Writer, log: CommandLog, tip: Tip) -> None:
        self.stream = stream
        self._local = local
        self._log = log
        self._at = tip.stream_seq
        self._checksum = tip.checksum
        self._next_seq = tip.last_seq + 1
        self.epoch = tip.epoch
        self.node = tip.node
        self._heard: Heard = _unheard
        self._task: asyncio.Task[None] | None = None
        self._handed: asyncio.Queue[tuple[Batch, Written]] = asyncio.Queue()
        self._open: Written | None = None
        self._blocked: str | None = None
        self._local_takes = asyncio.Event()
        self._local_takes.set()
        self._fenced: FencedByError | None = None
        self._lost: TailLostError | None = None
        self._giving = False

    @property
    def durability(self) -> Durability:
        """What this node's own copy makes of a batch; the stream has it besides."""
        return self._local.durability

    def about(self) -> dict[str, int | str]:
        """Say where the log is and whose epoch it is, for the status."""
        return {
            "log": str(self.stream.address),
            "log_copies": self.stream.replicas,
            "epoch": self.epoch,
            "node": self.node,
        }

    def start(self, heard: Heard) -> None:
        """Start on the running event loop, on which everything is told."""
        self._heard = heard
        self._local.start(self._local_heard)
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Finish what was handed over and end; a batch whose fate is open is told as failed."""
        if self._task is not None:
            while self._open is not None and self._blocked is None:
                await asyncio.sleep(0.01)
            await ended(self._task)
        if self._open is not None:
            self._tell(LogBlockedError("the exchange stopped before the log's servers answered"))
        await self._local.stop()
        await self.stream.close()

    def overlaps(self, commands: int) -> bool:
        """Say yes: the servers write beside the event loop."""
        return True

    def append(self, batch: Batch, written: Written) -> None:
        """Make a batch durable in the stream and here, then tell ``written``."""
        if self._fenced is not None:
            written(NotWrittenError(str(self._fenced)))
            return
        self._open = written
        self._handed.put_nowait((batch, written))

    def save(self, snapshot: Snapshot) -> None:
        """Keep a snapshot beside this node's copy."""
        self._local.save(snapshot)

    def _tell(self, failure: Exception | None) -> None:
        written, self._open = self._open, None
        if written is not None:
            written(failure)

    async def _run(self) -> None:
        refused = False
        while True:
            try:
                async with asyncio.timeout(WATCH_S):
                    batch, _ = await self._handed.get()
            except TimeoutError:
                batch = None
            try:
                if refused:
                    await self._try_writing()
                    refused = False
                if batch is not None:
                    await self._commit(batch)
                else:
                    await self._deliver(())
            except FencedByError as fenced:
                self._fence(fenced)
                return
            except NotWrittenError as error:
                self._block(f"the log's servers take nothing: {error}")
                self._tell(error)
                refused = True
            except Exception as error:
                logger.exception("the log's writer failed")
                self._tell(error)
                self._heard(error)
                return

    async def _commit(self, batch: Batch) -> None:
        first_seq = int(batch.rows[0, COMMAND_SEQ])
        if first_seq != self._next_seq:
            raise ValueError(
                f"the log goes on at {self._next_seq}, the batch begins at {first_seq}"
            )
        parts = parts_of(batch, self.epoch, self.node, self._checksum, self.stream.part_bytes)
        try:
            await self._deliver(parts)
        except FencedByError as fenced:
            if fenced.written is None or fenced.written < len(parts):
                raise
            # All of it came before the other node's epoch, which goes on from it: it is durable.
            await self._keep(batch)
            raise
        self._checksum = parts[-1].checksum
        self._next_seq += len(batch.rows)
        await self._keep(batch)

    async def _deliver(self, messages: Sequence[Record]) -> None:
        """Write messages, and return once they stand at the stream's end.

        Raises FencedByError, and NotWrittenError where the servers refuse and nothing is in the stream.
        """
        doubtful = False
        while True:
            try:
                written = await self._standing(messages) if doubtful or not messages else 0
                if written < len(messages):
                    await self.stream.publish(messages[written:], self._at + written)
                break
            except NotTakenError as error:
                if not doubtful and not error.behind:
                    raise NotWrittenError(str(error)) from None
                # What was sent before is there, or may still come: it has to be completed.
                reason = f"the log's servers take nothing: {error}"
            except EndMovedError as error:
                reason = f"the log's servers differ on where it ends: {error}"
                if not doubtful:
                    doubtful = True
                    continue
            except UnansweredError as error:
                reason = f"the log's servers do not answer: {error}"
            doubtful = True
            self._block(reason)
            await asyncio.sleep(RETRY_S)
        self._at += len(messages)
        self._unblock()

    async def _standing(self, messages: Sequence[Record]) -> int:
        """Return how many messages stand behind the last acknowledged one; a lost tail is given back first."""
        while True:
            if self._lost is not None:
                await self._give_back(self._lost)
            try:
                return await settled(self.stream, messages, self._at)
            except TailLostError as lost:
                await self._look_again(lost)

    async def _look_again(self, lost: TailLostError) -> None:
        """Count the tail as lost once it was missing for a while."""
        self._block(str(lost))
        short = Patience(STALE_S)
        while await self.stream.end() < self._at:
            if not await short.lasts():
                self._lost = lost
                return

    async def _give_back(self, lost: TailLostError) -> None:
        """Give the stream back what its servers had acknowledged and lost, from this node's copy.

        It is done once the stream has taken something behind it: nothing less shows where it ends. Nothing is
        done where the stream turns out to hold it all the same.
        """
        tip = await self.stream.tip()
        if tip.last_seq > self._log.last_seq or (tip.stream_seq >= self._at and not self._giving):
            self._lost, self._giving = None, False
            return
        if tip.epoch > self.epoch or (tip.epoch == self.epoch and tip.node != self.node):
            raise FencedByError(await self.stream.record(tip.stream_seq), None)
        logger.error("%s: %s; this node's copy gives it back", self.stream.address, lost)
        self._giving = True
        try:
            end = await feed(self.stream, self._log, tip, epoch=self.epoch, node=self.node)
            at = end.stream_seq
            if at == tip.stream_seq:
                at = await self.stream.publish([self._again()], at)
        except NotTakenError as error:
            raise UnansweredError(f"{error}; its lost tail is not taken back") from None
        self._at, self._lost, self._giving = at, None, False

    async def _keep(self, batch: Batch) -> None:
        """Write a durable batch to this node's copy, waiting while the disk takes none, and tell it."""
        while True:
            await self._local_takes.wait()
            kept: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
            self._local.append(batch, kept.set_result)
            failure = await kept
            if failure is None:
                break
            if not isinstance(failure, NotWrittenError):
                raise failure
            await asyncio.sleep(RETRY_S)
        self._tell(None)

    async def _try_writing(self) -> None:
        """Say the epoch again until the stream takes it."""
        while True:
            await asyncio.sleep(TRIAL_S)
            try:
                await self._deliver([self._again()])
            except NotWrittenError:
                continue
            return

    def _again(self) -> EpochStart:
        return EpochStart(
            epoch=self.epoch,
            node=self.node,
            rules_version=RULES_VERSION,
            first_seq=self._next_seq,
            checksum=self._checksum,
            ts_ns=time.time_ns(),
            host=socket.gethostname(),
        )

    def _local_heard(self, news: Exception | None) -> None:
        if news is None:
            self._local_takes.set()
            self._unblock()
        elif isinstance(news, LogBlockedError):
            self._local_takes.clear()
            self._block(str(news))
        else:
            self._heard(news)

    def _block(self, reason: str) -> None:
        if self._blocked is None:
            self._blocked = reason
            self._heard(LogBlockedError(reason))

    def _unblock(self) -> None:
        if self._blocked is not None and self._local_takes.is_set():
            self._blocked = None
            self._heard(None)

    def _fence(self, fenced: FencedByError) -> None:
        self._fenced = fenced
        self._tell(fenced if fenced.written is None else NotWrittenError(str(fenced)))
        self._heard(fenced)


def _unheard(news: Exception | None) -> None:
    """Before the start nobody listens."""
