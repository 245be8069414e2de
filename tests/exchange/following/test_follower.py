"""A follower applies everything once and in order, in bounded turns, and says how far behind it is."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from exchange.core.commands import Batch
from exchange.following import follower as follower_module
from exchange.following.follower import BATCHES_A_TURN, Follower
from exchange.log.store import CommandLog
from exchange.log.terms import LOG_NAME
from tests.exchange import traffic

TIMEOUT_S = 60


class Took:
    """Keeps the sequence numbers of what is applied."""

    def __init__(self) -> None:
        self.seqs: list[int] = []

    def __call__(self, batch: Batch) -> None:
        self.seqs += batch.rows[:, 0].tolist()


def test_turns_are_bounded_and_the_lag_is_counted(tmp_path: Path) -> None:
    log = CommandLog(tmp_path, writable=True)
    reader, took = CommandLog(tmp_path, writable=False), Took()
    follower = Follower(reader, 0, took)
    assert (follower.turn(), follower.lag()) == (0, (0, 0.0))
    batches = traffic.batches(5, 80)[:10]
    for batch in batches:
        log.append(batch)
    behind = follower.lag()
    assert behind.commands == log.last_seq
    assert behind.seconds > 0
    assert not follower.caught_up()
    assert [follower.turn(4) for _ in range(4)] == [4, 4, 2, 0]
    assert follower.lag() == (0, 0.0)
    assert follower.seq == follower.commands == log.last_seq
    assert took.seqs == list(range(1, log.last_seq + 1))
    reader.close()
    log.close()


def test_it_runs_from_where_it_is_and_hears_what_comes(tmp_path: Path) -> None:
    async def follow() -> list[int]:
        log = CommandLog(tmp_path, writable=True)
        batches = traffic.batches(6, 400)
        for batch in batches[:3]:
            log.append(batch)
        start, took = log.last_seq, Took()
        reader = CommandLog(tmp_path, writable=False)
        follower = Follower(reader, start, took)
        running = asyncio.create_task(follower.run())
        for batch in batches[3:]:
            log.append(batch)
            await asyncio.sleep(0)
        async with asyncio.timeout(TIMEOUT_S):
            while follower.seq < log.last_seq:
                await asyncio.sleep(0.001)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert took.seqs == list(range(start + 1, log.last_seq + 1))
        reader.close()
        log.close()
        return took.seqs

    assert asyncio.run(follow())


def test_a_slow_follower_never_keeps_the_write_ahead_log_from_being_shortened(
    tmp_path: Path,
) -> None:
    log = CommandLog(tmp_path, writable=True)
    batches = traffic.batches(7, 900)
    assert len(batches) > BATCHES_A_TURN
    for batch in batches[:-1]:
        log.append(batch)
    checkpoints: list[tuple[int, int, int]] = []
    writer = sqlite3.connect(tmp_path / LOG_NAME, isolation_level=None)

    def slowly(batch: Batch) -> None:
        # As the writer does it, while this follower is in the middle of its turn.
        checkpoints.append(writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone())

    reader = CommandLog(tmp_path, writable=False)
    follower = Follower(reader, 0, slowly)
    follower.turn(follower_module.BATCHES_A_TURN)
    assert len(checkpoints) == BATCHES_A_TURN
    assert {busy for busy, _, _ in checkpoints} == {0}
    assert (tmp_path / f"{LOG_NAME}-wal").stat().st_size == 0
    writer.close()
    reader.close()
    log.close()
