"""What is shared beside a log: kept, replaced only where it is what one read, bounded."""

from __future__ import annotations

import pytest

from exchange.log.jetstream.address import LogServerError
from exchange.log.jetstream.bucket import NOTHING, LogBucket
from exchange.log.jetstream.refusals import UnansweredError
from tests.cluster.nats_server import NatsServer
from tests.exchange.log.jetstream.desk import run, stream_of


def test_values_and_their_versions(nats: NatsServer) -> None:
    async def scenario() -> None:
        stream, other = await stream_of(nats), await stream_of(nats)
        mine, theirs = LogBucket(stream), LogBucket(other)
        assert await mine.get("keys") == NOTHING
        first = await mine.put("keys", b"one", NOTHING)
        assert first is not None
        assert await theirs.get("keys") == first
        assert await theirs.get("served") == NOTHING
        second = await theirs.put("keys", b"two", first)
        assert second is not None
        assert await mine.put("keys", b"three", first) is None
        assert await mine.put("keys", b"three", NOTHING) is None
        assert (await mine.get("keys")).value == b"two"
        assert await mine.put("keys", b"four") is not None
        assert (await theirs.get("keys")).value == b"four"
        with pytest.raises(LogServerError, match="more than a message holds"):
            await mine.put("keys", b"x" * 2_000_000)
        nats.kill()
        with pytest.raises(UnansweredError):
            await mine.get("keys")
        await stream.close()
        await other.close()

    run(scenario())
