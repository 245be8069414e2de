"""A copy that holds more than the stream gives it the rest, and only the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.log.codec import CorruptLogError
from exchange.log.jetstream.feeding import WINDOW, feed
from exchange.log.store import CommandLog
from tests.cluster.nats_server import NatsServer
from tests.exchange.log.batches import fill
from tests.exchange.log.jetstream.desk import NodeDesk, content, run, stream_of


def test_a_whole_log_and_then_its_rest(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        log = CommandLog(tmp_path / "a", writable=True, durability="os")
        fill(log, *[1] * WINDOW, 9_000, 5, *[2] * WINDOW)
        stream = await stream_of(nats)
        reached: list[int] = []
        tip = await feed(
            stream, log, await stream.tip(), epoch=1, node="a", progress=reached.append
        )
        assert tip == await stream.tip()
        assert (tip.last_seq, tip.checksum) == (log.last_seq, log.checksum_at(log.last_seq))
        assert reached == sorted(reached)
        assert reached[-1] == log.last_seq
        fill(log, 3)
        assert await feed(stream, log, tip, epoch=1, node="a") == await stream.tip()
        follower = await NodeDesk(tmp_path / "b", nats).open()
        await follower.copy.catch_up()
        assert content(follower.log) == content(log)
        await follower.close()
        await stream.close()
        log.close()

    run(scenario())


def test_another_history_is_not_written(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        log = CommandLog(tmp_path / "a", writable=True, durability="os")
        fill(log, 1, 2)
        stream = await stream_of(nats)
        tip = await stream.tip()
        with pytest.raises(CorruptLogError, match="differ at seq 1"):
            await feed(stream, log, tip._replace(last_seq=1, checksum=5), epoch=1, node="a")
        with pytest.raises(CorruptLogError, match="ends at seq 2"):
            await feed(stream, log, tip._replace(last_seq=2), epoch=1, node="a")
        assert await stream.end() == 0
        await stream.close()
        log.close()

    run(scenario())
