"""What became of messages whose answer never came: read off the stream.

A message is in the stream where its writer expects it, or it is not there yet; a copy that is still on its
way finds the stream grown and is refused. So whoever reads the stream behind the last acknowledged
message, and writes what is missing there, knows in the end.
"""

from __future__ import annotations

from collections.abc import Sequence

from exchange.log.jetstream.records import EpochStart, Record
from exchange.log.jetstream.stream import LogStream
from exchange.log.port import FencedError


class FencedByError(FencedError):
    """Another node writes the log.

    written: how many of our messages came before its first; None where its servers lost what was
    acknowledged, so that the other node may have given it back.
    """

    def __init__(self, record: Record, written: int | None) -> None:
        where = f"node {record.node}"
        if isinstance(record, EpochStart):
            where += f" on {record.host}"
        super().__init__(
            f"fenced by epoch {record.epoch} of {where}: this exchange is no longer the primary; stop it and "
            "follow with `cfx follow --role standby`"
        )
        self.epoch = record.epoch
        self.node = record.node
        self.written = written


class TailLostError(RuntimeError):
    """The stream is seen to end before what its servers acknowledged; ``end``: its last message's number."""

    def __init__(self, end: int) -> None:
        super().__init__(f"the stream ends at message {end}, before what was acknowledged")
        self.end = end


async def settled(stream: LogStream, messages: Sequence[Record], after: int) -> int:
    """Return how many of the messages are seen behind message ``after`` of the stream; there may be more.

    Raises FencedByError where somebody else has written there, TailLostError where the stream is seen to end
    before, and UnansweredError.
    """
    end = await stream.end()
    if end < after:
        raise TailLostError(end)
    for written, place in enumerate(range(after + 1, end + 1)):
        record = await stream.record(place)
        if written >= len(messages) or record != messages[written]:
            raise FencedByError(record, written)
    return end - after
