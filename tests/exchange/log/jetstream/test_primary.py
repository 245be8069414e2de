"""Who may lead: an empty stream's first, the one that led before, and whoever an operator promotes."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from exchange.log.codec import CorruptLogError
from exchange.log.jetstream.primary import NotPrimaryError, claim
from tests.cluster.nats_server import NatsServer
from tests.exchange.log.batches import batch, fill
from tests.exchange.log.jetstream.desk import NodeDesk, run


def test_the_same_directory_goes_on_in_a_new_epoch(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        for life in range(1, 4):
            primary = await (await NodeDesk(tmp_path / "a", nats).open()).lead()
            assert primary.writer.epoch == life
            assert primary.log.last_seq == (life - 1) * 3
            await primary.fill(1, 2)
            await primary.close()

    run(scenario())


def test_a_log_that_was_one_file_goes_into_the_stream(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        primary = await NodeDesk(tmp_path / "a", nats).open()
        fill(primary.log, 1, 2, 300)
        await primary.lead()
        await primary.fill(4)
        await primary.check_copied(tmp_path / "b")
        await primary.close()

    run(scenario())


def test_another_nodes_log_is_not_taken_by_accident(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        primary = await (await NodeDesk(tmp_path / "a", nats).open()).lead()
        await primary.fill(2)
        other = await NodeDesk(tmp_path / "b", nats).open()
        with pytest.raises(NotPrimaryError, match=r"then take over with `cfx promote"):
            await other.lead()
        await primary.fill(1)
        await other.lead(takeover=True)
        assert other.log.last_seq == 3
        await other.close()
        await primary.close()
        back = await NodeDesk(tmp_path / "a", nats).open()
        with pytest.raises(NotPrimaryError):
            await back.lead()
        await back.close()

    run(scenario())


def test_a_lost_stream_is_made_again_only_when_told_to(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        primary = await (await NodeDesk(tmp_path / "a", nats).open()).lead()
        await primary.fill(2, 3)
        await primary.stream.jetstream.delete_stream(primary.stream.address.stream)
        await primary.close()
        again = await NodeDesk(tmp_path / "a", nats).open()
        with pytest.raises(NotPrimaryError, match=r"remove node\.json there"):
            await again.lead()
        await again.close()
        (tmp_path / "a" / "node.json").unlink()
        again = await (await NodeDesk(tmp_path / "a", nats).open()).lead()
        tip = await again.stream.tip()
        assert (tip.last_seq, tip.checksum) == (5, again.log.checksum_at(5))
        await again.fill(1)
        await again.close()

    run(scenario())


def test_a_promoted_node_gives_back_what_the_servers_lost(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        primary = await (await NodeDesk(tmp_path / "a", nats).open()).lead()
        await primary.fill(2)
        standby = await NodeDesk(tmp_path / "b", nats).open()
        nats.kill()
        shutil.copytree(nats.directory / "storage", tmp_path / "earlier")
        nats.start()
        await primary.fill(3, 4)
        await standby.copy.catch_up()
        await primary.close()
        nats.kill()
        shutil.rmtree(nats.directory / "storage")
        shutil.copytree(tmp_path / "earlier", nats.directory / "storage")
        nats.start()
        await standby.lead(takeover=True)
        assert standby.log.last_seq == 9
        await standby.fill(1)
        assert (await standby.stream.tip()).last_seq == 10
        await standby.close()

    run(scenario())


def test_of_two_that_are_promoted_at_once_one_leads(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        old = await (await NodeDesk(tmp_path / "a", nats).open()).lead()
        await old.fill(2)
        both = [await NodeDesk(tmp_path / name, nats).open() for name in "bc"]
        await asyncio.gather(*(one.lead(takeover=True) for one in both))
        assert sorted(one.writer.epoch for one in both) == [2, 3]
        loser, winner = sorted(both, key=lambda one: one.writer.epoch)
        (refused,) = await loser.append(batch(3))
        assert refused is not None
        await winner.fill(1)
        for one in (old, *both):
            await one.close()

    run(scenario())


def test_another_history_never_leads(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        primary = await (await NodeDesk(tmp_path / "a", nats).open()).lead()
        await primary.fill(2)
        end = await primary.stream.end()
        for name, sizes in (("b", (3,)), ("c", (2, 1))):
            other = await NodeDesk(tmp_path / name, nats).open()
            for size in sizes:
                other.log.append(batch(other.log.last_seq + 1, size, "another text"))
            with pytest.raises(CorruptLogError):
                await claim(other.directory, other.copy, takeover=True)
            await other.close()
        assert await primary.stream.end() == end
        await primary.close()

    run(scenario())
