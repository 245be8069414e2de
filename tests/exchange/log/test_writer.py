"""Where commits run: quick ones on the event loop, slow ones in the thread, always in order."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from exchange.core.commands import Batch
from exchange.log.port import LogBlockedError, NotWrittenError, Snapshot
from exchange.log.store import CommandLog
from exchange.log.writer import SMALL_BATCH, LogWriter
from tests.exchange.log.batches import batch


class SlowLog(CommandLog):
    """A log whose commits take as long as it is told, and that notes which thread made them."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, writable=True)
        self.takes_s = 0.0
        self.fails = False
        self.trials = 0
        self.threads: list[str] = []

    def append(self, batch: Batch) -> None:
        self.threads.append(threading.current_thread().name)
        time.sleep(self.takes_s)
        if self.fails:
            raise OSError(5, "Input/output error")
        super().append(batch)

    def settle(self, batch: Batch | None = None) -> bool:
        self.trials += 1
        if self.fails:
            raise OSError(5, "Input/output error")
        return super().settle(batch)

    def save_snapshot(self, snapshot: Snapshot) -> None:
        time.sleep(self.takes_s)
        super().save_snapshot(snapshot)


def run(test: Callable[[SlowLog], Coroutine[Any, Any, None]], directory: Path) -> None:
    async def bounded() -> None:
        log = SlowLog(directory)
        try:
            await asyncio.wait_for(test(log), 60)
        finally:
            log.close()

    asyncio.run(bounded())


async def appended(writer: LogWriter, first_seq: int) -> Exception | None:
    """Append one command and wait until it is told."""
    told: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
    writer.append(batch(first_seq), told.set_result)
    return await told


def test_quick_commits_move_to_the_loop_and_slow_ones_back_to_the_thread(tmp_path: Path) -> None:
    async def test(log: SlowLog) -> None:
        writer = LogWriter(log, quick_s=0.05)
        writer.start(lambda news: None)
        assert writer.overlaps(1)
        for seq in range(1, 21):
            assert await appended(writer, seq) is None
        assert log.threads[0] == "log"
        assert log.threads[-1] == "MainThread"
        assert not writer.overlaps(1)
        assert writer.overlaps(SMALL_BATCH + 1)
        log.takes_s = 0.2
        for seq in range(21, 31):
            assert await appended(writer, seq) is None
        assert log.threads[-1] == "log"
        log.takes_s = 0.0
        for seq in range(31, 71):
            assert await appended(writer, seq) is None
        assert log.threads[-1] == "MainThread"
        await writer.stop()
        assert log.last_seq == 70

    run(test, tmp_path)


@pytest.mark.parametrize("quick_s", [0.0, 1e9])
def test_a_failure_is_told_where_the_commit_runs_and_tried_until_it_is_over(
    tmp_path: Path, quick_s: float
) -> None:
    async def test(log: SlowLog) -> None:
        writer = LogWriter(log, quick_s=quick_s, retry_s=0.001)
        heard: list[Exception | None] = []
        writer.start(heard.append)
        for seq in (1, 2):
            assert await appended(writer, seq) is None
        log.fails = True
        waiting = asyncio.create_task(appended(writer, 3))
        while log.trials < 5:
            await asyncio.sleep(0.001)
        assert [type(news) for news in heard] == [LogBlockedError]
        assert not waiting.done()
        log.fails = False
        assert isinstance(await waiting, NotWrittenError)
        assert [type(news) for news in heard] == [LogBlockedError, type(None)]
        assert log.last_seq == 2
        assert await appended(writer, 3) is None
        await writer.stop()
        assert log.last_seq == 3

    run(test, tmp_path)


@pytest.mark.parametrize("quick_s", [0.0, 1e9])
def test_a_bug_is_no_full_disk(tmp_path: Path, quick_s: float) -> None:
    async def test(log: SlowLog) -> None:
        writer = LogWriter(log, quick_s=quick_s)
        heard: list[Exception | None] = []
        writer.start(heard.append)
        assert isinstance(await appended(writer, 5), ValueError)
        assert heard == []
        await writer.stop()

    run(test, tmp_path)


def test_a_commit_waits_behind_a_snapshot_that_the_thread_writes(tmp_path: Path) -> None:
    async def test(log: SlowLog) -> None:
        writer = LogWriter(log, quick_s=10.0)
        writer.start(lambda news: None)
        for seq in range(1, 4):
            assert await appended(writer, seq) is None
        assert not writer.overlaps(1)
        log.takes_s = 0.2
        writer.save(Snapshot(3, b"core", b"views", b"market"))
        assert writer.overlaps(1)
        assert await appended(writer, 4) is None
        assert log.threads[-1] == "log"
        assert next(log.snapshots()).seq == 3
        assert not writer.overlaps(1)
        await writer.stop()

    run(test, tmp_path)


def test_batches_are_written_in_the_order_of_the_calls(tmp_path: Path) -> None:
    async def test(log: SlowLog) -> None:
        writer = LogWriter(log, quick_s=0.0)
        writer.start(lambda news: None)
        told: list[int] = []
        done = asyncio.Event()

        def note(seq: int) -> Callable[[Exception | None], None]:
            def written(failure: Exception | None) -> None:
                assert failure is None
                told.append(seq)
                if seq == 50:
                    done.set()

            return written

        for seq in range(1, 51):
            writer.append(batch(seq), note(seq))
        await done.wait()
        assert told == list(range(1, 51))
        await writer.stop()

    run(test, tmp_path)
