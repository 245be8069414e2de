"""A node's own copy: whole, in step, and refused where it is another history."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from exchange.core.core import RULES_VERSION
from exchange.core.snapshot import RulesVersionError
from exchange.log.codec import CorruptLogError
from exchange.log.jetstream import node
from exchange.log.jetstream.copying import CopyAheadError
from exchange.log.jetstream.feeding import feed
from exchange.log.jetstream.records import EpochStart
from exchange.log.jetstream.stream import Tip
from tests.cluster.nats_server import NatsServer
from tests.exchange.log.batches import batch, fill
from tests.exchange.log.jetstream.desk import NodeDesk, content, run


def test_it_follows_from_wherever_it_is(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        primary = await (await NodeDesk(tmp_path / "a", nats).open()).lead()
        await primary.fill(1, 2)
        for _ in range(3):
            follower = await NodeDesk(tmp_path / "b", nats).open()
            await primary.fill(3, 9_000)
            await follower.copy.catch_up()
            assert content(follower.log) == content(primary.log)
            followed: list[int] = []
            task = asyncio.create_task(
                follower.copy.run(lambda one, seen=followed: seen.append(len(one.rows)))  # type: ignore[misc]
            )
            await primary.fill(4, 5)
            while len(followed) < 2:
                await asyncio.sleep(0.01)
            assert followed == [4, 5]
            task.cancel()
            await follower.close()
        kept = node.load(tmp_path / "b", "venue")
        assert (kept.epoch, kept.primary) == (1, primary.copy.node.node)
        await primary.close()

    run(scenario())


def test_a_copy_ahead_of_the_stream_waits(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        follower = await NodeDesk(tmp_path / "b", nats).open()
        fill(follower.log, 3)
        with pytest.raises(CopyAheadError, match="ends at seq 0, this node's copy at 3"):
            await follower.copy.catch_up()
        await follower.close()

    run(scenario())


def test_another_history_is_refused(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        primary = await (await NodeDesk(tmp_path / "a", nats).open()).lead()
        await primary.fill(3, 3)
        for name, sizes in (("b", (3,)), ("c", (2,))):
            other = await NodeDesk(tmp_path / name, nats).open()
            for size in sizes:
                other.log.append(batch(1, size, "another text"))
            before = content(other.log)
            with pytest.raises(CorruptLogError, match="another history"):
                await other.copy.catch_up()
            assert content(other.log) == before
            await other.close()
        await primary.close()

    run(scenario())


def test_other_rules_are_refused(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        follower = await NodeDesk(tmp_path / "b", nats).open()
        await follower.copy.begin()
        newer = EpochStart(
            epoch=1,
            node="a",
            rules_version=RULES_VERSION + 1,
            first_seq=1,
            checksum=0,
            ts_ns=5,
            host="h",
        )
        await follower.stream.publish([newer], 0)
        with pytest.raises(RulesVersionError, match=f"rules version {RULES_VERSION + 1}"):
            await follower.copy.step()
        await follower.copy.close()
        with pytest.raises(RulesVersionError):
            await follower.copy.begin()
        await follower.close()

    run(scenario())


def test_it_finds_its_place_again_in_a_stream_that_was_given_back(
    tmp_path: Path, nats: NatsServer
) -> None:
    """The servers lose the stream, and what they get back stands elsewhere in it than before."""

    async def scenario() -> None:
        primary = await (await NodeDesk(tmp_path / "a", nats).open()).lead()
        await primary.fill(1, 2, 3)
        follower = await NodeDesk(tmp_path / "b", nats).open()
        following = asyncio.create_task(follower.copy.run())
        while follower.log.last_seq < 6:
            await asyncio.sleep(0.01)
        await primary.close()
        new = await NodeDesk(tmp_path / "c", nats).open()
        await new.copy.catch_up()
        await new.copy.close()
        await new.stream.jetstream.delete_stream(new.stream.address.stream)
        await new.stream.prepare(create=True)
        # Two beginnings instead of one: each batch stands one message later.
        begun = EpochStart(
            epoch=2,
            node="c",
            rules_version=RULES_VERSION,
            first_seq=1,
            checksum=0,
            ts_ns=5,
            host="h",
        )
        again = msgspec.structs.replace(begun, epoch=3)
        tip = Tip(await new.stream.publish([begun, again], 0), 3, "c")
        await feed(new.stream, new.log, tip, epoch=3, node="c")
        await new.lead(takeover=True)
        await new.fill(4)
        while follower.log.last_seq < 10:
            assert not following.done(), following
            await asyncio.sleep(0.01)
        following.cancel()
        assert content(follower.log) == content(new.log)
        await follower.close()
        await new.close()

    run(scenario())
