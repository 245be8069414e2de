"""One market and many subscribers: the service as it follows a log, and a broadcast of a constant."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from websockets.asyncio.server import ServerConnection, broadcast, serve

from benchmarks.public_flow import NAME, PublicFlow
from benchmarks.subscribers import Seen
from exchange.replica import PublicReplica
from marketdata.publisher import Publisher
from marketdata.server import MarketDataServer
from matching.layout import Side

CHANNELS = (f"book.{NAME}.raw", f"trades.{NAME}.raw")
AHEAD_FRAMES = 256
"""Frames that the market may be ahead of the slowest subscriber, well inside the rings."""
FULL_BYTES = 256 * 1024
POLL_S = 0.001
SETTLED_S = 0.05


class Delivered(NamedTuple):
    """What one run gave; frames, writes and events are summed over all subscribers.

    cpu_s: of the serving process. reader_cpu_s: of the subscribers' process. frame_bytes: mean size.
    """

    subscribers: int
    frames: int
    writes: int
    events: int
    seconds: float
    cpu_s: float
    reader_cpu_s: float
    conflated: int
    frame_bytes: int


class Readers:
    """The subscribers' process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, command: str) -> Any:
        """Send one command and return its answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(command.encode() + b"\n")
        return await self.answer()

    async def answer(self) -> Any:
        """Return the next line it prints."""
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the subscribers' process ended")
        return msgspec.json.decode(line)


@asynccontextmanager
async def readers(port: int, count: int, channels: tuple[str, ...]) -> AsyncIterator[Readers]:
    """Run subscribers of a port in a process of their own, all connected."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "benchmarks.subscribers", str(port), str(count), *channels),
        cwd=Path(__file__).parent.parent,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 24,
    )
    crowd = Readers(process)
    try:
        await crowd.answer()
        yield crowd
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def constant(subscribers: int, frames: int, size: int) -> Delivered:
    """Broadcast a constant with the websockets library as fast as the sockets take it.

    frames: to each subscriber.
    """
    message = "x" * size
    async with (
        serve(_hold, "127.0.0.1", 0, compression=None) as server,
        readers(next(iter(server.sockets)).getsockname()[1], subscribers, ()) as crowd,
    ):
        await crowd.ask("reset")
        began, began_cpu = time.monotonic(), time.process_time()
        for number in range(frames):
            broadcast(server.connections, message)
            await asyncio.sleep(0)
            if number % 8 == 0:
                while any(_waiting(c) > FULL_BYTES for c in server.connections):
                    await asyncio.sleep(POLL_S)
        total = frames * subscribers
        got = await crowd.ask(f"wait {total}")
        cpu_s = time.process_time() - began_cpu
    if got["frames"] != total:
        raise RuntimeError(f"{got['frames']} frames came of {total}")
    seconds = got["at"] - began
    return Delivered(subscribers, total, total, total, seconds, cpu_s, got["cpu_s"], 0, size)


async def _hold(connection: ServerConnection) -> None:
    await connection.wait_closed()


def _waiting(connection: ServerConnection) -> int:
    waiting: int = connection.transport.get_write_buffer_size()
    return waiting


async def service(subscribers: int, flow: PublicFlow, batches_per_s: float | None) -> Delivered:
    """Serve a flow's book and trades to subscribers; None: as fast as they take it.

    Raises RuntimeError when a book that a subscriber rebuilt is not the market's.
    """
    replica = PublicReplica()
    for batch in flow.opening:
        replica.apply(batch)
    publisher = Publisher(replica.market)
    server = MarketDataServer(publisher)
    await server.start()
    try:
        async with readers(server.port, subscribers, CHANNELS) as crowd:
            # Each got the answer to its subscription, and the book's snapshot.
            await _settled(server)
            await crowd.ask(f"wait {subscribers + server.counts.deliveries}")
            await crowd.ask("reset")
            before = msgspec.structs.replace(server.counts)
            began, began_cpu = time.monotonic(), time.process_time()
            if batches_per_s is None:
                await _feed_freely(replica, flow, server, publisher, subscribers)
            else:
                await _feed_steadily(replica, flow, batches_per_s)
            await _settled(server)
            cpu_s = time.process_time() - began_cpu
            frames = server.counts.deliveries - before.deliveries
            got = await crowd.ask(f"wait {frames}")
            seen = msgspec.convert(await crowd.ask("book"), Seen)
            _check(replica, seen, got["frames"], frames)
        writes = server.counts.writes - before.writes
        events = (seen.levels + seen.trades) * subscribers
        conflated, seconds = server.counts.conflated, got["at"] - began
    finally:
        await server.close()
    return Delivered(
        subscribers,
        frames,
        writes,
        events,
        seconds,
        cpu_s,
        got["cpu_s"],
        conflated,
        seen.frame_bytes,
    )


async def _feed_freely(
    replica: PublicReplica,
    flow: PublicFlow,
    server: MarketDataServer,
    publisher: Publisher,
    subscribers: int,
) -> None:
    """Apply batches while no subscriber can be so far behind that it would be conflated."""
    messages, deliveries = publisher.counts.messages, server.counts.deliveries
    for batch in flow.batches:
        replica.apply(batch)
        await asyncio.sleep(0)
        while (
            (publisher.counts.messages - messages) * subscribers
            - (server.counts.deliveries - deliveries)
        ) > AHEAD_FRAMES * subscribers:
            await asyncio.sleep(POLL_S)


async def _feed_steadily(replica: PublicReplica, flow: PublicFlow, batches_per_s: float) -> None:
    """Apply each batch when it is due."""
    began = time.monotonic()
    for number, batch in enumerate(flow.batches):
        while time.monotonic() < began + number / batches_per_s:
            await asyncio.sleep(POLL_S)
        replica.apply(batch)
        await asyncio.sleep(0)


async def _settled(server: MarketDataServer) -> None:
    """Wait until the service has had nothing to deliver for a while."""
    deliveries = -1
    while deliveries != server.counts.deliveries:
        deliveries = server.counts.deliveries
        await asyncio.sleep(SETTLED_S)


def _check(replica: PublicReplica, seen: Seen, came: int, delivered: int) -> None:
    instrument = replica.market.find(NAME)
    if instrument is None:
        raise RuntimeError("the market lists nothing")
    depth = replica.market.board(instrument.instrument_id).depth
    bids, asks = (
        {str(instrument.price(ticks)): lots for ticks, lots in depth.levels(side)}
        for side in (Side.BUY, Side.SELL)
    )
    if came != delivered:
        raise RuntimeError(f"{came} frames came of {delivered}")
    if (seen.bids, seen.asks) != (bids, asks) or seen.gaps or not bids or not asks:
        raise RuntimeError(f"a subscriber's book is not the market's; gaps: {seen.gaps}")
