"""A log on a stream through the door that the exchange uses: opened, followed, taken over."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from exchange.log import opening
from exchange.log.jetstream import address
from exchange.log.jetstream.address import LogServerError
from exchange.log.jetstream.opening import FollowingNode
from exchange.log.jetstream.primary import NotPrimaryError
from exchange.log.opening import NotAloneError, Opened
from exchange.log.port import LogLockedError
from tests.cluster.nats_server import NatsServer
from tests.exchange.log.batches import batch
from tests.exchange.log.jetstream.desk import run


async def append(log: Opened, first_seq: int, count: int) -> None:
    told: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
    log.writer.append(batch(first_seq, count), told.set_result)
    assert await told is None


async def close(log: Opened) -> None:
    await log.writer.stop()
    log.reader.close()


def test_primary_follower_takeover(tmp_path: Path, nats: NatsServer) -> None:
    where = nats.address()

    async def scenario() -> None:
        log = await opening.primary(tmp_path / "a", where, "os")
        log.writer.start(lambda news: None)
        about = log.about()
        assert (about["log"], about["log_copies"], about["epoch"]) == (where, 1, 1)
        assert log.writer.durability == "os"
        await append(log, 1, 5)
        with pytest.raises(LogLockedError):
            await opening.primary(tmp_path / "a", where)
        with pytest.raises(NotPrimaryError):
            await opening.primary(tmp_path / "b", where)
        node = await FollowingNode.open(tmp_path / "b", address.parse(where), create=False)
        await node.catch_up()
        assert node.seq == 5
        following = asyncio.create_task(node.run())
        await append(log, 6, 2)
        while node.seq < 7:
            await asyncio.sleep(0.01)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await close(log)
        taken = await node.take_over()
        taken.writer.start(lambda news: None)
        assert taken.about()["epoch"] == 2
        await append(taken, 8, 1)
        assert [len(one.rows) for one in opening.readable(tmp_path / "b").read()] == [5, 2, 1]
        await close(taken)

    run(scenario())


def test_a_copy_is_never_written_without_its_stream(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        await close(await opening.primary(tmp_path / "a", nats.address()))
        with pytest.raises(NotAloneError, match="name its servers with --log"):
            await opening.primary(tmp_path / "a", None)
        with pytest.raises(LogServerError, match="begins with nats://"):
            await opening.primary(tmp_path / "a", "sqlite://x/y")

    run(scenario())


def test_a_failed_opening_gives_the_directory_back(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        where = address.parse(nats.address())
        with pytest.raises(LogServerError, match="there is no stream"):
            await FollowingNode.open(tmp_path / "a", where, create=False)
        await close(await opening.primary(tmp_path / "a", nats.address()))

    run(scenario())
