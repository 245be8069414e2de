"""What the sequencer needs of a log's writer, and what recovery and followers need of its reader.

`CommandLog` and `LogWriter` keep them over one SQLite file; whoever sequences, recovers or follows knows
only these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol, runtime_checkable

from exchange.core.commands import Batch
from exchange.explained import ExplainedError
from exchange.log import codec
from exchange.log.terms import Durability


class LogLockedError(ExplainedError, RuntimeError):
    """Another process writes this log."""


class LogBlockedError(RuntimeError):
    """The log takes no batches for now; it will tell when it does again."""


class NotWrittenError(LogBlockedError):
    """Nothing of a batch is in the log, nor will it ever be."""


class FencedError(RuntimeError):
    """Another writer has the log: this one must never write again."""


class Snapshot(NamedTuple):
    """State after command ``seq``: the core's, the views' and the public market's."""

    seq: int
    core: bytes
    views: bytes
    market: bytes

    @property
    def checksum(self) -> int:
        """CRC-32 over the three parts."""
        return codec.chained(
            codec.chained(self.seq & 0xFFFFFFFF, self.core, self.views), self.market, b""
        )


Written = Callable[[Exception | None], None]
"""Told of a batch: None once it is durable, NotWrittenError once it is certain that it is not and never will
be, FencedError or anything else where that can no longer be known."""

Heard = Callable[[Exception | None], None]
"""Told of a writer: LogBlockedError when it can take nothing for now, None when it can again, FencedError
when it never will."""


@runtime_checkable
class LogReader(Protocol):
    """A sequenced log, read from any process; no call waits for anything but the disk."""

    @property
    def last_seq(self) -> int:
        """Sequence number of the last durable command; 0 for an empty log."""

    def read(self, after_seq: int = 0, *, limit: int = -1) -> Iterator[Batch]:
        """Yield the durable batches after a batch's end, in order; limit: at most so many.

        Raises CorruptLogError where a record does not continue its predecessor, or none ends there.
        """

    def snapshots(self) -> Iterator[Snapshot]:
        """Yield the intact snapshots, newest first."""

    def version(self) -> int:
        """Return a number that changes when another process has written, at almost no cost."""

    async def changed(self, version: int, timeout_s: float) -> int:
        """Return the version once it is another than this, at the latest after ``timeout_s``."""

    def close(self) -> None:
        """Let go of what is open; never raises."""


@runtime_checkable
class Writer(Protocol):
    """The one writer of a log, on an event loop.

    After a failure nothing is appended until the fate of every batch is certain and the log has taken a
    trial write; the writer tries by itself, again and again.
    """

    @property
    def durability(self) -> Durability:
        """What it makes of a batch, as the medium itself says, not as it was asked for."""

    def start(self, heard: Heard) -> None:
        """Start on the running event loop, on which everything is told."""

    async def stop(self) -> None:
        """Finish what was handed over and end; a batch whose fate is open is told as failed."""

    def overlaps(self, commands: int) -> bool:
        """Say whether a batch of this many commands would be written beside the event loop."""

    def append(self, batch: Batch, written: Written) -> None:
        """Make a batch durable, then tell ``written``, perhaps before this returns.

        The next one may be handed over once this one is told.
        """

    def save(self, snapshot: Snapshot) -> None:
        """Keep a snapshot beside the event loop; a failure is logged and hurts nothing."""
