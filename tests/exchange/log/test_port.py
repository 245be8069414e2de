"""What is written is a log to whoever knows only the port."""

from __future__ import annotations

import asyncio
from pathlib import Path

from exchange.log.port import LogReader, Snapshot, Writer
from exchange.log.store import CommandLog
from exchange.log.writer import LogWriter
from tests.exchange.log.batches import batch


def test_the_log_and_its_writer_keep_the_port(tmp_path: Path) -> None:
    log = CommandLog(tmp_path, writable=True)
    reader: LogReader = log
    writer: Writer = LogWriter(log)
    assert isinstance(reader, LogReader)
    assert isinstance(writer, Writer)
    log.close()


def test_a_reader_hears_of_a_change_and_gives_up_in_time(tmp_path: Path) -> None:
    async def test() -> None:
        log = CommandLog(tmp_path, writable=True)
        reader: LogReader = CommandLog(tmp_path, writable=False)
        seen = reader.version()
        assert await reader.changed(seen, 0.01) == seen
        waiting = asyncio.create_task(reader.changed(seen, 20.0))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        log.append(batch(1, 3))
        assert await asyncio.wait_for(waiting, 60.0) != seen
        assert reader.last_seq == 3
        reader.close()
        log.close()

    asyncio.run(test())


def test_a_snapshot_is_checked_by_all_its_parts() -> None:
    sums = {
        Snapshot(*parts).checksum
        for parts in [
            (1, b"a", b"b", b"c"),
            (2, b"a", b"b", b"c"),
            (1, b"x", b"b", b"c"),
            (1, b"a", b"x", b"c"),
            (1, b"a", b"b", b"x"),
        ]
    }
    assert len(sums) == 5
