"""Becoming the primary of a log: catch up, begin an epoch at the stream's end, give back what it lost.

An epoch begins with a message that the stream takes only where this node saw its end. Whoever wrote before
finds the stream longer than it expects, reads whose epoch it is, and never writes again.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from pathlib import Path

from exchange.core.commands import Batch
from exchange.core.core import RULES_VERSION
from exchange.log.codec import CorruptLogError
from exchange.log.jetstream import node as nodes
from exchange.log.jetstream.address import LogServerError
from exchange.log.jetstream.copying import CopyAheadError, LocalCopy, check_rules
from exchange.log.jetstream.feeding import check_reaches, feed
from exchange.log.jetstream.node import Node
from exchange.log.jetstream.patience import PATIENCE_S, STALE_S, Patience
from exchange.log.jetstream.records import EpochStart
from exchange.log.jetstream.refusals import EndMovedError, StaleError, UnansweredError
from exchange.log.jetstream.stream import LogStream, Tip
from exchange.log.opening import NODE_NAME

logger = logging.getLogger(__name__)


class NotPrimaryError(LogServerError):
    """The log has another primary; the text says how to take over."""


async def claim(
    directory: Path,
    copy: LocalCopy,
    *,
    takeover: bool,
    progress: Callable[[int], None] = lambda seq: None,
    taken: Callable[[Batch], None] = lambda batch: None,
) -> Tip:
    """Make this node the primary and return the stream's end, at which its epoch begins.

    copy: of a log that this process has locked; it is caught up first, ``taken`` told of each batch.
    takeover: whether the log may be another node's. Raises NotPrimaryError where it is and may not, and
    LogServerError, CorruptLogError, RulesVersionError and sqlite3.Error as following does.
    """
    stream, log = copy.stream, copy.log

    def took(batch: Batch) -> None:
        taken(batch)
        progress(log.last_seq)

    silent, refused = Patience(PATIENCE_S), Patience(STALE_S)
    reached, reason = -1, ""
    while True:
        try:
            tip = await stream.tip()
            check_rules(stream, tip.rules_version)
            check_owner(directory, stream, tip, copy.node, log.last_seq, takeover=takeover)
            refused.renew()
            if log.last_seq > tip.last_seq:
                started = await _give_back(copy, tip, progress)
            else:
                started = await _follow_and_begin(copy, tip, took)
            if started is not None:
                break
            if copy.stream_seq > reached:
                # Its present writer goes on writing, and this node follows.
                reached = copy.stream_seq
                silent.renew()
            else:
                await silent.wait(
                    StaleError(f"{stream.address}: the servers differ on where the log ends")
                )
        except NotPrimaryError as error:
            if str(error) != reason:
                # Only what is said again and again is believed.
                reason = str(error)
                refused.renew()
            await refused.wait(error)
        except (UnansweredError, CopyAheadError) as error:
            # Servers that have just come back, or agree on a new leader, leave the first questions open.
            await silent.wait(error)
    await copy.close()
    copy.node = copy.node.knows(started.epoch, copy.node.node)
    nodes.save(directory, copy.node)
    return started


async def _follow_and_begin(copy: LocalCopy, tip: Tip, took: Callable[[Batch], None]) -> Tip | None:
    """Catch up and begin an epoch; None where the stream has moved on, or another epoch began meanwhile."""
    stream, log, known = copy.stream, copy.log, copy.node
    await copy.catch_up(took)
    if max(tip.epoch, known.epoch) < copy.node.epoch:
        # Whose it is, and whether it may be taken over, has to be asked anew.
        return None
    tip = tip._replace(
        stream_seq=copy.stream_seq,
        last_seq=log.last_seq,
        checksum=log.checksum_at(log.last_seq),
    )
    return await _begin(stream, tip, copy.node)


async def _give_back(copy: LocalCopy, tip: Tip, progress: Callable[[int], None]) -> Tip | None:
    """Begin an epoch on a stream that ends before this node's copy, and write the rest behind it."""
    stream, log = copy.stream, copy.log
    check_reaches(stream, log, tip)
    if log.checksum_at(tip.last_seq) != tip.checksum:
        raise CorruptLogError(
            f"{stream.address}: this node's copy differs from the stream at seq {tip.last_seq}: move the "
            "data directory away, and follow anew"
        )
    started = await _begin(stream, tip, copy.node)
    if started is None:
        return None
    logger.warning(
        "%s: the stream ends at seq %d, this node's copy at %d: giving it the rest",
        stream.address,
        started.last_seq,
        log.last_seq,
    )
    try:
        return await feed(
            stream, log, started, epoch=started.epoch, node=started.node, progress=progress
        )
    except EndMovedError:
        return None


def check_owner(
    directory: Path, stream: LogStream, tip: Tip, node: Node, last_seq: int, *, takeover: bool
) -> None:
    """Raise NotPrimaryError where the log is another node's, or may be, and is not to be taken over."""
    if takeover:
        return
    if tip.epoch and tip.node != node.node:
        raise NotPrimaryError(
            f"{stream.address}: the primary is node {tip.node} (epoch {tip.epoch}), not this directory: stand "
            f"by with `cfx follow --role standby --log {stream.address} --data-dir {directory}`, then take "
            f"over with `cfx promote --data-dir {directory}`"
        )
    if not tip.epoch and node.epoch and last_seq:
        raise NotPrimaryError(
            f"{stream.address}: the stream is empty, but this directory has followed it to seq {last_seq}: "
            "its servers lost it, or --log names other servers; if it is lost for good, choose the node whose "
            f"copy reaches farthest, remove {NODE_NAME} there, and `cfx serve` puts its log into a new stream"
        )
    if node.epoch > tip.epoch and not node.was_primary:
        raise NotPrimaryError(
            f"{stream.address}: the stream ends in epoch {tip.epoch}, but node {node.primary} has begun epoch "
            f"{node.epoch} since: start that one again, or stand by with `cfx follow --role standby --log "
            f"{stream.address} --data-dir {directory}` and promote this one"
        )


async def _begin(stream: LogStream, tip: Tip, node: Node) -> Tip | None:
    """Write the beginning of the next epoch; None where the stream has moved on meanwhile."""
    begun = EpochStart(
        epoch=max(tip.epoch, node.epoch) + 1,
        node=node.node,
        rules_version=RULES_VERSION,
        first_seq=tip.last_seq + 1,
        checksum=tip.checksum,
        ts_ns=time.time_ns(),
        host=socket.gethostname(),
    )
    try:
        # Where no answer comes it may be there all the same: whoever looks again finds it, as this node's own.
        end = await stream.publish([begun], tip.stream_seq)
    except EndMovedError:
        return None
    return Tip(end, begun.epoch, begun.node, RULES_VERSION, tip.last_seq, tip.checksum)
