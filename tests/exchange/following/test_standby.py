"""A standby is at the log's end with everything, and takes over exactly when nobody else writes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from exchange.core import snapshot
from exchange.following.standby import Standby
from exchange.log.port import LogLockedError
from exchange.log.store import CommandLog
from exchange.replica import Replica
from tests.exchange import traffic


def test_it_follows_with_everything_and_takes_over_once_the_writer_is_gone(tmp_path: Path) -> None:
    async def drill() -> None:
        log, live = CommandLog(tmp_path, writable=True), Replica()
        batches = traffic.batches(41, 400)
        third = len(batches) // 3
        for number, batch in enumerate(batches[:third]):
            log.append(batch)
            live.apply(batch)
            if number == third // 2:
                log.save_snapshot(live.snapshot())
        standby = Standby(tmp_path)
        assert standby.caught_up()
        for batch in batches[third:-2]:
            log.append(batch)
            live.apply(batch)
        assert standby.lag().commands == live.core.seq - standby.replica.core.seq > 0
        running = asyncio.create_task(standby.run())
        async with asyncio.timeout(60):
            while not standby.caught_up():
                await asyncio.sleep(0.001)
        health = standby.health()
        assert (health.role, health.seq, health.lag_commands) == ("standby", live.core.seq, 0)
        with pytest.raises(LogLockedError, match="in use"):
            await standby.take_over(wait_s=0.1)
        # It goes on as it was; then the writer dies with two batches that the standby did not see.
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        for batch in batches[-2:]:
            log.append(batch)
            live.apply(batch)
        ended: list[bool] = []
        waiting = asyncio.create_task(
            standby.take_over(wait_s=60, before=lambda: ended.append(True))
        )
        await asyncio.sleep(0.1)
        assert not waiting.done()
        log.close()
        taken = await waiting
        assert ended == [True]
        assert taken.replica.core.seq == live.core.seq == taken.log.reader.last_seq
        assert snapshot.digest(taken.replica.core) == snapshot.digest(live.core)
        assert taken.replica.views.snapshot() == live.views.snapshot()
        assert taken.replica.market.snapshot() == live.market.snapshot()
        with pytest.raises(LogLockedError):
            CommandLog(tmp_path, writable=True)
        taken.log.reader.close()

    asyncio.run(drill())


def test_without_a_log_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no log here"):
        Standby(tmp_path)
