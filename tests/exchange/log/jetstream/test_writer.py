"""The primary's writer on a real server: order, doubt, fencing, and a stream that lost its tail."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from exchange.log.jetstream.records import Record
from exchange.log.jetstream.refusals import UnansweredError
from exchange.log.jetstream.settling import FencedByError
from exchange.log.port import LogBlockedError, NotWrittenError, Writer
from tests.cluster.nats_server import NatsServer
from tests.exchange.log.batches import batch
from tests.exchange.log.jetstream.desk import NodeDesk, content, run


def test_batches_are_in_the_stream_and_in_the_copy(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        primary = await (await NodeDesk(tmp_path / "a", nats).open()).lead()
        assert isinstance(primary.writer, Writer)
        await primary.fill(1, 3, 9_000, 2)
        await primary.check_copied(tmp_path / "b")
        assert [len(one.rows) for one in primary.log.read()] == [1, 3, 9_000, 2]
        # The one of 9,000 commands does not fit a message.
        assert (await primary.stream.tip()).stream_seq > 5
        await primary.close()

    run(scenario())


def test_a_batch_out_of_order_stops_the_writer(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        primary = await (await NodeDesk(tmp_path / "a", nats).open()).lead()
        (told,) = await primary.append(batch(7))
        assert isinstance(told, ValueError)
        assert primary.log.last_seq == (await primary.stream.tip()).last_seq == 0
        await primary.close()

    run(scenario())


def test_a_server_that_stands_still_leaves_no_doubt(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        primary = await (await NodeDesk(tmp_path / "a", nats).open()).lead()
        await primary.fill(1)
        nats.pause()
        told = primary.handed(batch(2, 5))
        while not primary.heard:
            await asyncio.sleep(0.05)
        assert isinstance(primary.heard[0], LogBlockedError)
        nats.resume()
        assert await told is None
        while primary.heard[-1] is not None:
            await asyncio.sleep(0.05)
        await primary.fill(2)
        assert [len(one.rows) for one in primary.log.read()] == [1, 5, 2]
        assert (await primary.stream.tip()).last_seq == 8
        # The batch went out twice at least; the stream holds it once.
        await primary.check_copied(tmp_path / "b")
        await primary.close()

    run(scenario())


def test_a_killed_server_keeps_what_it_acknowledged(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        primary = await (await NodeDesk(tmp_path / "a", nats).open()).lead()
        for _ in range(2):
            await primary.fill(*[1] * 40)
            nats.kill()
            told = primary.handed(batch(primary.log.last_seq + 1, 3))
            await asyncio.sleep(0.2)
            nats.start()
            assert await told is None
        tip = await primary.stream.tip()
        assert tip.last_seq == primary.log.last_seq == 2 * 43
        assert tip.checksum == primary.log.checksum_at(2 * 43)
        await primary.close()

    run(scenario())


def test_a_stream_that_lost_its_tail_gets_it_back(tmp_path: Path, nats: NatsServer) -> None:
    """As after a power cut: the servers forgot what they had acknowledged and not yet synced."""

    async def scenario() -> None:
        primary = await (await NodeDesk(tmp_path / "a", nats).open()).lead()
        await primary.fill(2, 2)
        nats.kill()
        shutil.copytree(nats.directory / "storage", tmp_path / "earlier")
        nats.start()
        await primary.fill(1, 9_000)
        long = (await primary.stream.tip()).stream_seq
        nats.kill()
        shutil.rmtree(nats.directory / "storage")
        shutil.copytree(tmp_path / "earlier", nats.directory / "storage")
        nats.start()
        await primary.fill(5)
        assert (await primary.stream.tip()).last_seq == 9_010
        await primary.check_copied(tmp_path / "b")
        assert primary.log.last_seq == 9_010
        # The same messages stand where they stood, and the new one behind them.
        assert (await primary.stream.tip()).stream_seq == long + 1
        await primary.close()

    run(scenario())


def test_a_leader_that_does_not_know_its_end_yet_has_lost_nothing(
    tmp_path: Path, nats: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in an election: the batch is in the stream, its answer is not, and the first looks fall short."""

    async def scenario() -> None:
        primary = await (await NodeDesk(tmp_path / "a", nats).open()).lead()
        await primary.fill(2, 2, 2)
        true_end, publish = primary.stream.end, primary.stream.publish
        short = [1, 2, 3]

        async def late_end() -> int:
            return short.pop(0) if short else await true_end()

        async def unanswered(messages: Sequence[Record], after: int) -> int:
            monkeypatch.setattr(primary.stream, "publish", publish)
            monkeypatch.setattr(primary.stream, "end", late_end)
            await publish(messages, after)
            raise UnansweredError("no answer")

        monkeypatch.setattr(primary.stream, "publish", unanswered)
        assert await primary.append(batch(7, 3)) == [None]
        assert not short
        assert [len(one.rows) for one in primary.log.read()] == [2, 2, 2, 3]
        # The epoch, and each batch once.
        assert (await primary.stream.tip()).stream_seq == 5
        await primary.close()

    run(scenario())


def test_a_second_primary_fences_the_first(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        old = await (await NodeDesk(tmp_path / "a", nats).open()).lead()
        await old.fill(2)
        new = await (await NodeDesk(tmp_path / "b", nats).open()).lead(takeover=True)
        assert new.log.last_seq == 2
        (told,) = await old.append(batch(3))
        assert isinstance(told, NotWrittenError)
        fenced = old.heard[-1]
        assert isinstance(fenced, FencedByError)
        assert fenced.epoch == 2
        assert "fenced by epoch 2" in str(fenced)
        assert old.log.last_seq == 2
        (again,) = await old.append(batch(3))
        assert isinstance(again, NotWrittenError)
        await new.fill(4)
        await old.close()
        # The old one restarts as a follower and has all that the new one wrote.
        back = await NodeDesk(tmp_path / "a", nats).open()
        await back.copy.catch_up()
        assert content(back.log) == content(new.log)
        assert back.copy.node.primary == new.copy.node.node
        await back.close()
        await new.close()

    run(scenario())


def test_an_idle_primary_learns_that_it_is_fenced(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        old = await (await NodeDesk(tmp_path / "a", nats).open()).lead()
        new = await (await NodeDesk(tmp_path / "b", nats).open()).lead(takeover=True)
        while not old.heard:
            await asyncio.sleep(0.05)
        assert isinstance(old.heard[0], FencedByError)
        await new.close()
        await old.close()

    run(scenario())


def test_fencing_under_load_splits_the_log_at_one_place(tmp_path: Path, nats: NatsServer) -> None:
    """What the old primary was told is durable is in the new one's log, and nothing else of it."""

    async def scenario() -> None:
        old = await (await NodeDesk(tmp_path / "a", nats).open()).lead()
        told: list[int] = []
        refused: list[Exception] = []

        async def load() -> None:
            seq = 1
            while True:
                (failure,) = await old.append(batch(seq, 2))
                if failure is not None:
                    refused.append(failure)
                    return
                told.append(seq + 1)
                seq += 2

        loading = asyncio.create_task(load())
        while len(told) < 20:
            await asyncio.sleep(0.005)
        new = await (await NodeDesk(tmp_path / "b", nats).open()).lead(takeover=True)
        await loading
        assert isinstance(refused[0], NotWrittenError)
        assert new.log.last_seq == told[-1] == old.log.last_seq
        await new.fill(1)
        assert (await new.stream.tip()).last_seq == told[-1] + 1
        await new.close()
        await old.close()

    run(scenario())


def test_a_full_stream_refuses_and_resumes(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        primary = await (await NodeDesk(tmp_path / "a", nats).open()).lead()
        await primary.fill(1)
        jetstream, name = primary.stream.jetstream, primary.stream.address.stream
        config = (await jetstream.stream_info(name)).config
        used = (await jetstream.stream_info(name)).state.bytes
        await jetstream.update_stream(config, max_bytes=used + 100)
        (told,) = await primary.append(batch(2, 50))
        assert isinstance(told, NotWrittenError)
        assert isinstance(primary.heard[-1], LogBlockedError)
        assert primary.log.last_seq == 1
        await jetstream.update_stream(config, max_bytes=-1)
        while primary.heard[-1] is not None:
            await asyncio.sleep(0.05)
        await primary.fill(50)
        assert (await primary.stream.tip()).last_seq == primary.log.last_seq == 51
        await primary.close()

    run(scenario())
