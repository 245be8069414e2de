"""What stands behind the last acknowledged message: all of it, some of it, or somebody else's."""

from __future__ import annotations

import pytest

from exchange.log.jetstream.records import EpochStart, Record, parts_of
from exchange.log.jetstream.settling import FencedByError, TailLostError, settled
from tests.cluster.nats_server import NatsServer
from tests.exchange.log.batches import batch
from tests.exchange.log.jetstream.desk import run, stream_of


def test_how_many_of_ours_are_there(nats: NatsServer) -> None:
    async def scenario() -> None:
        stream = await stream_of(nats)
        ours: list[Record] = [*parts_of(batch(1, 30), 1, "a", 0, 1_000)]
        assert len(ours) == 3
        for there in range(4):
            assert await settled(stream, ours, 0) == there
            if there < 3:
                await stream.publish(ours[there : there + 1], there)
        assert await settled(stream, (), 3) == 0
        with pytest.raises(TailLostError) as lost:
            await settled(stream, ours, 7)
        assert lost.value.end == 3
        await stream.close()

    run(scenario())


def test_somebody_elses_message_is_found(nats: NatsServer) -> None:
    async def scenario() -> None:
        stream = await stream_of(nats)
        ours: list[Record] = [*parts_of(batch(1, 30), 1, "a", 0, 1_000)]
        theirs = EpochStart(
            epoch=2, node="b", rules_version=1, first_seq=1, checksum=0, ts_ns=5, host="other"
        )
        await stream.publish([*ours[:2], theirs], 0)
        with pytest.raises(FencedByError, match="epoch 2 of node b on other") as fenced:
            await settled(stream, ours, 0)
        assert (fenced.value.written, fenced.value.epoch, fenced.value.node) == (2, 2, "b")
        with pytest.raises(FencedByError):
            await settled(stream, (), 2)
        await stream.close()

    run(scenario())
