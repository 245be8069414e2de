"""The child that takes snapshots: one at a time, a failure is counted, and it ends with the exchange."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from exchange.log.snapshots import SnapshotStore
from exchange.log.store import CommandLog
from exchange.snapshot_process import SnapshotProcess
from tests.exchange import traffic

TIMEOUT_S = 120


def fill(directory: Path) -> int:
    log = CommandLog(directory, writable=True)
    for batch in traffic.batches(3, 100):
        log.append(batch)
    last_seq = log.last_seq
    log.close()
    return last_seq


async def finished(process: SnapshotProcess) -> None:
    while process.latest is None and not process.failures:
        await asyncio.sleep(0.02)


def test_one_is_taken_at_a_time(tmp_path: Path) -> None:
    last_seq = fill(tmp_path)

    async def test() -> None:
        process = SnapshotProcess(tmp_path, kept=1)
        assert process.request()
        assert not process.request()
        await finished(process)
        assert process.latest is not None
        assert process.latest.seq == last_seq
        await process.stop()

    asyncio.run(asyncio.wait_for(test(), TIMEOUT_S))
    assert SnapshotStore(tmp_path).seqs() == [last_seq]


def test_a_failure_is_counted_and_a_stop_ends_the_child(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        process = SnapshotProcess(tmp_path / "nowhere", kept=1)
        assert process.request()
        await finished(process)
        assert process.failures == 1
        fill(tmp_path)
        process = SnapshotProcess(tmp_path, kept=1)
        assert process.request()
        await asyncio.sleep(0.05)
        await process.stop()
        assert process.latest is None

    asyncio.run(asyncio.wait_for(test(), TIMEOUT_S))
    assert "no snapshot was taken" in caplog.text
    assert SnapshotStore(tmp_path).seqs() == []
