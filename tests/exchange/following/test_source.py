"""Where a standby's log comes from: the same directory, or a stream; both end in a log that it writes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.core import snapshot
from exchange.following.source import CopiedStream, SharedDirectory
from exchange.following.standby import Standby
from exchange.log import opening
from exchange.log.port import LogLockedError
from exchange.replica import Replica
from tests.cluster import nats_server
from tests.cluster.nats_server import NatsServer
from tests.exchange import traffic
from tests.exchange.log.jetstream.desk import run


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[NatsServer]:
    """A server with an empty storage."""
    yield from nats_server.running(tmp_path / "nats")


def test_a_directory_is_writable_once_its_writer_is_gone(tmp_path: Path) -> None:
    async def scenario() -> None:
        source = SharedDirectory(tmp_path)
        held = opening.writable(tmp_path)
        with pytest.raises(LogLockedError):
            await source.writable("os", 0.1)
        waiting = asyncio.create_task(source.writable("os", 60))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        held.reader.close()
        (await waiting).reader.close()
        await source.close()

    run(scenario())


def test_a_standby_on_a_stream_takes_over_from_a_live_primary(
    tmp_path: Path, nats: NatsServer
) -> None:
    async def scenario() -> None:
        heard: list[Exception | None] = []
        live = Replica()
        primary = await opening.primary(tmp_path / "a", nats.address(), "os")
        primary.writer.start(heard.append)
        batches = traffic.batches(43, 200)
        half = len(batches) // 2

        async def write(number: int) -> None:
            told: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
            primary.writer.append(batches[number], told.set_result)
            assert await told is None
            live.apply(batches[number])

        for number in range(half):
            await write(number)
        source = await CopiedStream.open(tmp_path / "b", nats.address(), "os")
        standby = Standby(tmp_path / "b", source)
        assert standby.replica.core.seq == live.core.seq
        running = asyncio.create_task(standby.run())
        for number in range(half, len(batches)):
            await write(number)
        taken = await standby.take_over("os", before=lambda: running.cancel())
        assert snapshot.digest(taken.replica.core) == snapshot.digest(live.core)
        assert taken.replica.views.snapshot() == live.views.snapshot()
        assert taken.log.about()["epoch"] == 2
        while not heard:
            await asyncio.sleep(0.01)
        assert "fenced by epoch 2" in str(heard[0])
        await asyncio.gather(running, return_exceptions=True)
        taken.log.writer.start(lambda news: None)
        for log in (taken.log, primary):
            await log.writer.stop()
            log.reader.close()
        await source.close()

    run(scenario())


def test_a_standby_that_is_cut_off_is_not_ready(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        primary = await opening.primary(tmp_path / "a", nats.address(), "os")
        primary.writer.start(lambda news: None)
        source = await CopiedStream.open(tmp_path / "b", nats.address(), "os")
        standby = Standby(tmp_path / "b", source)
        running = asyncio.create_task(standby.run())
        while not standby.health().ready:
            await asyncio.sleep(0.01)
        nats.kill()
        while standby.health().ready:
            await asyncio.sleep(0.05)
        assert nats.hostport in standby.health().fault
        assert 'cfx_follower_cut_off{role="standby"} 1' in standby.health().metrics()
        nats.start()
        while not standby.health().ready:
            await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        standby.close()
        await source.close()
        await primary.writer.stop()
        primary.reader.close()

    run(scenario())
