"""A node as the tests drive it: its directory, its connection, its copy, its writer."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from exchange.core.commands import Batch
from exchange.log.jetstream import address, node
from exchange.log.jetstream.connection import connect
from exchange.log.jetstream.copying import LocalCopy
from exchange.log.jetstream.primary import claim
from exchange.log.jetstream.stream import LogStream
from exchange.log.jetstream.writer import StreamWriter
from exchange.log.store import CommandLog
from exchange.log.writer import LogWriter
from tests.cluster.nats_server import NatsServer
from tests.exchange.log.batches import batch

TIMEOUT_S = 200.0
"""A machine that has never run the core compiles first."""


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, TIMEOUT_S))


async def stream_of(server: NatsServer, name: str = "venue", *, create: bool = True) -> LogStream:
    where = address.parse(server.address(name))
    stream = LogStream(await connect(where, "test"), where)
    await stream.prepare(create=create)
    return stream


class NodeDesk:
    """One node; ``lead`` makes it the primary, ``follow`` a follower."""

    def __init__(self, directory: Path, server: NatsServer, name: str = "venue") -> None:
        self.directory = directory
        self.server = server
        self.name = name
        self.heard: list[Exception | None] = []
        self.log: CommandLog
        self.copy: LocalCopy
        self.writer: StreamWriter

    async def open(self) -> NodeDesk:
        self.stream = await stream_of(self.server, self.name)
        self.log = CommandLog(self.directory, writable=True, durability="os")
        self.copy = LocalCopy(
            self.directory, self.stream, self.log, node.load(self.directory, self.name)
        )
        return self

    async def lead(self, *, takeover: bool = False) -> NodeDesk:
        tip = await claim(self.directory, self.copy, takeover=takeover)
        self.writer = StreamWriter(self.stream, LogWriter(self.log), self.log, tip)
        self.writer.start(self.heard.append)
        return self

    async def append(self, *batches: Batch) -> list[Exception | None]:
        """What the writer told of batches, handed over one after the other."""
        return [await self.handed(one) for one in batches]

    def handed(self, one: Batch) -> asyncio.Future[Exception | None]:
        told: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        self.writer.append(one, told.set_result)
        return told

    async def fill(self, *sizes: int) -> None:
        for size in sizes:
            first_seq = self.log.last_seq + 1
            assert await self.append(batch(first_seq, size, f"text {first_seq}")) == [None]

    async def check_copied(self, directory: Path) -> None:
        """Another node, in this directory, gets from the stream what this one's log holds."""
        follower = await NodeDesk(directory, self.server).open()
        await follower.copy.catch_up()
        assert content(follower.log) == content(self.log)
        await follower.close()

    async def close(self) -> None:
        if hasattr(self, "writer"):
            await self.writer.stop()
        await self.copy.close()
        await self.stream.close()
        self.log.close()


def content(log: CommandLog) -> list[tuple[bytes, dict[int, str]]]:
    """What a log holds, batch by batch."""
    return [(one.rows.tobytes(), one.texts) for one in log.read()]
