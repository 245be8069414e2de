"""LocalCopy: this node's own copy of the log, which follows the stream.

The copy is an ordinary log in the data directory, so that whatever follows, replays, verifies or recovers
does here what it does where the log is one file.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path

from exchange.core.commands import Batch
from exchange.core.core import RULES_VERSION
from exchange.core.snapshot import RulesVersionError
from exchange.log.codec import CorruptLogError
from exchange.log.jetstream import node as nodes
from exchange.log.jetstream.address import LogServerError
from exchange.log.jetstream.node import Node
from exchange.log.jetstream.records import Assembly, Record
from exchange.log.jetstream.refusals import ANSWER_S, UnansweredError
from exchange.log.jetstream.stream import LogStream
from exchange.log.jetstream.tail import StreamTail
from exchange.log.store import CommandLog

logger = logging.getLogger(__name__)

RETRY_S = 0.5


class CopyAheadError(LogServerError):
    """This node's copy holds commands that the stream does not."""


class LocalCopy:
    """Follows a stream into a writable log; ``begin`` it, then ``run`` it, or ``catch_up`` now and then."""

    def __init__(self, directory: Path, stream: LogStream, log: CommandLog, node: Node) -> None:
        self.stream = stream
        self.log = log
        self.node = node
        self.silent: str | None = None
        """Why the stream cannot be followed at the moment."""
        self._directory = directory
        self._assembly = Assembly()
        self._tail: StreamTail | None = None
        self._unsettled: Batch | None = None
        self._placed = False

    @property
    def stream_seq(self) -> int:
        """Number of the last message that was taken over."""
        return self._tail.after if self._tail is not None else 0

    async def begin(self) -> None:
        """Find the copy's place in the stream.

        Raises CopyAheadError where the stream is seen to end before it, CorruptLogError where they differ,
        RulesVersionError where the stream is of other rules, and UnansweredError.
        """
        tip = await self.stream.tip()
        check_rules(self.stream, tip.rules_version)
        if self.log.last_seq > tip.last_seq:
            raise CopyAheadError(
                f"{self.stream.address}: the stream ends at seq {tip.last_seq}, this node's copy at "
                f"{self.log.last_seq}: its servers lost what they had acknowledged; start the primary again, "
                "or promote this node, and it gives the rest back"
            )
        place = await common_place(self.stream, self.log)
        self._tail = StreamTail(self.stream, place, self._heard)
        self._placed = True

    async def step(self, wait_s: float | None = None) -> Batch | None:
        """Take over the next message, waiting for it; return the batch that it completed.

        Raises TimeoutError where none comes within ``wait_s``, UnansweredError, and sqlite3.Error where the
        disk refuses, after each of which it may be asked again, and what `begin` raises.
        """
        if self._unsettled is not None:
            return self._settle(self._unsettled)
        if self._tail is None:
            await self.begin()
        if self._tail is None:
            raise LogServerError(f"{self.stream.address}: the copy has no place in the stream")
        async with asyncio.timeout(wait_s):
            placed = await self._tail.next()
        self._note(placed.record)
        received = self._assembly.take(placed.record)
        if received is None:
            return None
        first_seq = placed.record.first_seq
        if first_seq != self.log.last_seq + 1 and not self._placed:
            # The stream lost its tail and was given it back: what stands where is to be found out again.
            await self.close()
            return None
        if first_seq != self.log.last_seq + 1:
            raise CorruptLogError(
                f"{self.stream.address}: the log ends at {self.log.last_seq}, and the stream goes on at "
                f"seq {first_seq}"
            )
        self._placed = False
        try:
            self.log.append(received.batch)
        except sqlite3.Error:
            self._unsettled = received.batch
            raise
        if self.log.checksum_at(self.log.last_seq) != received.checksum:
            raise CorruptLogError(
                f"{self.stream.address}: the batch at seq {first_seq} does not continue the log"
            )
        return received.batch

    def _settle(self, batch: Batch) -> Batch:
        """Finish the batch that the disk refused, or refuse again."""
        if not self.log.settle(batch):
            self.log.append(batch)
        self._unsettled = None
        return batch

    async def catch_up(self, taken: Callable[[Batch], None] = lambda batch: None) -> None:
        """Take over all that is seen to be in the stream now; raises as `step` does."""
        if self._tail is None:
            await self.begin()
        end = await self.stream.end()
        while self.stream_seq < end:
            try:
                batch = await self.step(ANSWER_S)
            except TimeoutError:
                # What was there may have been lost since.
                end = min(end, await self.stream.end())
                continue
            if batch is not None:
                taken(batch)

    async def run(self, taken: Callable[[Batch], None] = lambda batch: None) -> None:
        """Follow until cancelled, through losses of the connection and full disks.

        Raises what cannot be mended by waiting: CorruptLogError and RulesVersionError.
        """
        while True:
            try:
                batch = await self.step()
            except (UnansweredError, CopyAheadError, sqlite3.Error) as error:
                if self.silent is None:
                    logger.warning("the copy of the log stands still: %s", error)
                self.silent = str(error)
                await asyncio.sleep(RETRY_S)
                continue
            if batch is not None:
                taken(batch)

    def _heard(self) -> None:
        self.silent = None

    def _note(self, record: Record) -> None:
        if record.rules_version != RULES_VERSION:
            check_rules(self.stream, record.rules_version)
        if record.epoch > self.node.epoch:
            self.node = self.node.knows(record.epoch, record.node)
            nodes.save(self._directory, self.node)

    async def close(self) -> None:
        """Stop following; `step` finds its place again."""
        tail, self._tail = self._tail, None
        self._assembly = Assembly()
        if tail is not None:
            await tail.close()


def check_rules(stream: LogStream, rules_version: int) -> None:
    """Raise RulesVersionError where a stream that holds something was written under other rules."""
    if rules_version not in (0, RULES_VERSION):
        raise RulesVersionError(
            f"{stream.address}: the stream was written under rules version {rules_version}, this program has "
            f"{RULES_VERSION}: run the release that wrote it, or migrate its log into a stream of another name"
        )


async def common_place(stream: LogStream, log: CommandLog) -> int:
    """Return the number of the message that a copy of the stream ends with.

    Raises CorruptLogError where the copy is another history than the stream's, and what ``place`` raises.
    """
    try:
        place, checksum = await stream.place(log.last_seq)
    except CorruptLogError as error:
        raise CorruptLogError(f"{error}; {_OTHER_HISTORY}") from None
    if checksum != log.checksum_at(log.last_seq):
        raise CorruptLogError(
            f"{stream.address}: this node's copy differs from the stream at seq {log.last_seq}; "
            f"{_OTHER_HISTORY}"
        )
    return place


_OTHER_HISTORY = (
    "this data directory holds another history than the stream: move it away, and follow anew"
)
