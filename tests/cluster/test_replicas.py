"""A stream of three copies: its leader is killed again and again, nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from nats.errors import Error as NatsError

from exchange.log import opening
from exchange.log.jetstream import address
from exchange.log.jetstream.address import LogServerError
from exchange.log.jetstream.connection import connect
from exchange.log.jetstream.opening import FollowingNode
from exchange.log.jetstream.refusals import UnansweredError
from exchange.log.jetstream.stream import LogStream
from exchange.log.opening import Opened
from exchange.log.store import CommandLog
from tests.cluster import nats_trio
from tests.cluster.nats_trio import SERVERS, NatsTrio
from tests.exchange.log.batches import batch
from tests.exchange.log.jetstream.desk import content, run

KILLS = 2
BATCHES = 200
"""Written while the leader dies."""
WAIT_S = 60.0


async def opened(directory: Path, where: str) -> Opened:
    """Become the primary, once the servers have found each other."""
    async with asyncio.timeout(WAIT_S):
        while True:
            try:
                return await opening.primary(directory, where, "os")
            except LogServerError:
                await asyncio.sleep(0.2)


async def leader(stream: LogStream) -> str:
    """Name of the server that leads the stream."""
    async with asyncio.timeout(WAIT_S):
        while True:
            try:
                info = await stream.jetstream.stream_info(stream.address.stream)
                if info.cluster is not None and info.cluster.leader:
                    return str(info.cluster.leader)
            except (NatsError, TimeoutError):
                pass
            await asyncio.sleep(0.1)


@pytest.mark.timeout(400)
def test_the_leaders_death_loses_nothing(tmp_path: Path) -> None:
    async def scenario(trio: NatsTrio) -> None:
        where = trio.address()
        log = await opened(tmp_path / "a", where)
        log.writer.start(lambda news: None)
        assert log.about()["log_copies"] == SERVERS
        found = address.parse(where)
        stream = LogStream(await connect(found, "test"), found)

        async def write(count: int) -> None:
            for _ in range(count):
                told: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
                seq = log.reader.last_seq + 1
                log.writer.append(batch(seq, 3, f"text {seq}"), told.set_result)
                assert await told is None

        await write(20)
        for _ in range(KILLS):
            name = await leader(stream)
            writing = asyncio.create_task(write(BATCHES))
            await asyncio.sleep(0.02)
            await asyncio.to_thread(trio.servers[name].kill)
            await writing
            await asyncio.to_thread(trio.servers[name].start)
        await write(5)
        last_seq = 3 * (20 + KILLS * BATCHES + 5)
        assert log.reader.last_seq == last_seq
        node = await FollowingNode.open(tmp_path / "b", found, create=False)
        async with asyncio.timeout(WAIT_S):
            while node.seq < last_seq:
                try:
                    await node.catch_up()
                except UnansweredError:
                    await asyncio.sleep(0.2)
        assert content(node.copy.log) == content(CommandLog(tmp_path / "a", writable=False))
        await node.close()
        await stream.close()
        await log.writer.stop()
        log.reader.close()

    for trio in nats_trio.running(tmp_path / "nats"):
        run(scenario(trio))
