"""The stream itself: made, checked, searched, and written only where its end is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.log.codec import CorruptLogError
from exchange.log.jetstream.address import LogServerError
from exchange.log.jetstream.records import Record, parts_of
from exchange.log.jetstream.refusals import EndMovedError, StaleError
from exchange.log.jetstream.stream import Tip
from tests.cluster.nats_server import NatsServer
from tests.exchange.log.batches import batch
from tests.exchange.log.jetstream.desk import NodeDesk, run, stream_of


def test_it_is_made_once_and_never_by_who_only_reads(nats: NatsServer) -> None:
    async def scenario() -> None:
        with pytest.raises(LogServerError, match="there is no stream CFX_venue"):
            await stream_of(nats, create=False)
        first = await stream_of(nats)
        again = await stream_of(nats, create=False)
        assert await again.tip() == Tip(0)
        assert again.replicas == 1
        await first.close()
        await again.close()

    run(scenario())


def test_a_stream_of_another_kind_is_refused(nats: NatsServer) -> None:
    async def scenario() -> None:
        stream = await stream_of(nats, "other")
        jetstream = stream.jetstream
        await jetstream.add_stream(name="CFX_venue", subjects=["cfx.venue.>"], max_msgs=10)
        with pytest.raises(LogServerError, match="not set up as a log") as raised:
            await stream_of(nats)
        told = str(raised.value)
        assert "max_msgs is 10, not -1" in told
        assert "may be deleted or purged" in told
        assert "subjects is" in told
        await stream.close()

    run(scenario())


def test_what_stands_elsewhere_is_not_written(nats: NatsServer) -> None:
    async def scenario() -> None:
        stream = await stream_of(nats)
        parts: list[Record] = [*parts_of(batch(1, 30), 1, "a", 0, 550)]
        assert len(parts) > 3
        assert await stream.publish(parts, 0) == len(parts)
        with pytest.raises(EndMovedError):
            await stream.publish([*parts_of(batch(31), 1, "a", 0)], 0)
        # The very same messages at the very same place are no second ones.
        assert await stream.publish(parts, 0) == len(parts)
        assert await stream.end() == len(parts)
        await stream.close()

    run(scenario())


def test_the_tip_is_the_last_whole_batch(nats: NatsServer) -> None:
    async def scenario() -> None:
        stream = await stream_of(nats)
        dead: list[Record] = [*parts_of(batch(1, 30), 1, "a", 0, 550)]
        await stream.publish(dead[:2], 0)
        assert await stream.tip() == Tip(2, 1, "a", dead[0].rules_version)
        whole = parts_of(batch(1, 2), 2, "b", 0)
        await stream.publish([*whole], 2)
        await stream.publish(dead[:3], 3)
        tip = await stream.tip()
        assert (tip.stream_seq, tip.last_seq, tip.checksum) == (6, 2, whole[0].checksum)
        await stream.close()

    run(scenario())


def test_every_end_of_a_batch_is_found(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        primary = await (await NodeDesk(tmp_path / "a", nats).open()).lead()
        await primary.fill(1, 4, 9_000, 1, 1, 3)
        ends = [0, 1, 5, 9_005, 9_006, 9_007, 9_010]
        for seq in range(12):
            if seq in ends:
                assert (await primary.stream.place(seq))[1] == primary.log.checksum_at(seq)
            else:
                with pytest.raises(CorruptLogError, match=f"ends at seq {seq}"):
                    await primary.stream.place(seq)
        places = [await primary.stream.place(seq) for seq in ends]
        assert [place for place, _ in places] == sorted({place for place, _ in places})
        assert [checksum for _, checksum in places] == [primary.log.checksum_at(s) for s in ends]
        with pytest.raises(StaleError, match="not seen to reach seq 9011"):
            await primary.stream.place(9_011)
        # A message that the stream does not show may be behind its end, or have been lost in its middle.
        with pytest.raises(StaleError, match="do not show message"):
            await primary.stream.record((await primary.stream.end()) + 1)
        await primary.close()

    run(scenario())
