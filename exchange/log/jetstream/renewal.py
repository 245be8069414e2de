"""A log under new rules goes on in a new stream: which, and whether the copy that is converted is whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from exchange.log.jetstream import node as nodes
from exchange.log.jetstream.address import LogAddress, LogServerError
from exchange.log.jetstream.connection import connect
from exchange.log.jetstream.node import Node
from exchange.log.jetstream.patience import PATIENCE_S, Patience
from exchange.log.jetstream.refusals import UnansweredError
from exchange.log.jetstream.stream import LogStream, Tip
from exchange.log.opening import NODE_NAME


async def renewed(source: Path, where: LogAddress, last_seq: int, checksum: int) -> Node:
    """Return who the directory is that goes on in a new stream with what ``source`` holds.

    last_seq, checksum: where the log in ``source`` ends. Raises LogServerError where the stream is the old
    one, or holds something, or where the old one is not what ``source`` holds; nothing is written.
    """
    former = nodes.load(source) if (source / NODE_NAME).exists() else None
    if former is not None and former.log == where.name:
        raise LogServerError(
            f"{where}: the stream {where.stream} keeps its rules for ever: name another one, such as "
            f"{where.name}-2"
        )
    client = await connect(where, "cfx migrate")
    try:
        found = await _tip(LogStream(client, where))
        if found is not None and found.stream_seq:
            raise LogServerError(
                f"{where}: the stream {where.stream} holds a log already: name a new one"
            )
        if former is not None:
            old = replace(where, name=former.log)
            tip = await _tip(LogStream(client, old))
            _check_whole(source, old, former, tip, (last_seq, checksum))
    finally:
        await client.close()
    return nodes.new(where.name)


async def _tip(stream: LogStream) -> Tip | None:
    """Return where a stream ends, None where there is none."""
    silent = Patience(PATIENCE_S)
    while True:
        try:
            return await stream.tip() if await stream.exists() else None
        except UnansweredError as error:
            await silent.wait(error)


def _check_whole(
    source: Path, old: LogAddress, former: Node, tip: Tip | None, ending: tuple[int, int]
) -> None:
    if tip is None:
        raise LogServerError(
            f"{old}: there is no stream {old.stream}, which {source} is a copy of, so it is not known whether "
            f"the copy is whole: name its servers; if it is lost for good, remove {source / NODE_NAME}"
        )
    if tip.node != former.node:
        raise LogServerError(
            f"{old}: node {tip.node} led last (epoch {tip.epoch}), not {source}: migrate its data directory"
        )
    if (tip.last_seq, tip.checksum) != ending:
        raise LogServerError(
            f"{old}: the stream ends at seq {tip.last_seq}, and the copy in {source} at {ending[0]} or with "
            "something else: start the release that wrote it once more, stop it, and migrate then"
        )
