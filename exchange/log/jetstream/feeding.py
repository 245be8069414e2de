"""From a node's copy into the stream: a new stream's beginning, or a tail that its servers lost."""

from __future__ import annotations

from collections.abc import Callable

from exchange.core.core import RULES_VERSION
from exchange.log.codec import CorruptLogError
from exchange.log.jetstream.records import Record, parts_of
from exchange.log.jetstream.refusals import StaleError
from exchange.log.jetstream.stream import LogStream, Tip
from exchange.log.store import CommandLog

WINDOW = 64
"""Messages on their way at once, at most."""


async def feed(
    stream: LogStream,
    log: CommandLog,
    tip: Tip,
    *,
    epoch: int,
    node: str,
    progress: Callable[[int], None] = lambda seq: None,
) -> Tip:
    """Write what a copy holds beyond a stream's end, and return the new end.

    Raises CorruptLogError when the copy does not continue the stream, StaleError where it was pruned and
    begins beyond the stream's end, and what ``publish`` raises.
    """
    check_reaches(stream, log, tip)
    if log.checksum_at(tip.last_seq) != tip.checksum:
        raise CorruptLogError(
            f"{stream.address}: this node's copy is not the stream's log: they differ at seq {tip.last_seq}"
        )
    at, last_seq, checksum = tip.stream_seq, tip.last_seq, tip.checksum
    window: list[Record] = []
    for batch in log.read(tip.last_seq):
        parts = parts_of(batch, epoch, node, checksum, stream.part_bytes)
        if window and len(window) + len(parts) > WINDOW:
            at = await stream.publish(window, at)
            window.clear()
            progress(last_seq)
        window += parts
        last_seq, checksum = parts[-1].last_seq, parts[-1].checksum
    if window:
        at = await stream.publish(window, at)
    progress(last_seq)
    return Tip(at, epoch, node, RULES_VERSION, last_seq, checksum)


def check_reaches(stream: LogStream, log: CommandLog, tip: Tip) -> None:
    """Raise StaleError where a pruned copy does not go back as far as the stream is seen to end."""
    if tip.last_seq < log.first_seq and log.first_seq > 1:
        raise StaleError(
            f"{stream.address}: the stream is seen to end at seq {tip.last_seq}, and this node's copy was "
            f"pruned and begins at {log.first_seq}: if the servers lost what is between, start a node whose "
            "copy goes back that far"
        )
