"""The tape's files hold every command once, however often the recorder is killed, and the log's own story."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import databento
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exchange.core.commands import batch_of
from exchange.core.core import Core
from exchange.following.order_tape import OrderTape
from exchange.following.recorder import Recorder, record
from exchange.following.tape_files import POSITION_NAME, Position, TapeError, TapeFiles
from exchange.log.store import CommandLog
from tests.exchange import traffic
from tests.exchange.core.lab import BUY, submit

TABLES = ("trades", "orders", "levels", "events")
DAY_NS = 86_400 * 10**9


def logged(directory: Path, seed: int, count: int) -> CommandLog:
    log = CommandLog(directory, writable=True)
    for batch in traffic.batches(seed, count):
        log.append(batch)
    return log


def position(folder: Path) -> int:
    """Of a recorder that may be at work: opening its files would remove what it writes."""
    path = folder / POSITION_NAME
    return msgspec.json.decode(path.read_bytes(), type=Position).seq if path.exists() else 0


def read(folder: Path, table: str) -> list[dict[str, Any]]:
    paths = sorted((folder / table).rglob("*.parquet"))
    return pa.concat_tables([pq.read_table(path) for path in paths]).to_pylist()


def check(folder: Path, log: CommandLog) -> None:
    """The files hold commands 1 to the position without gap or double, and what a whole replay gives."""
    files = TapeFiles(folder)
    for table in (*TABLES, "mbo"):
        ends = 0
        for first, last in files.spans(table):
            assert first == ends + 1
            ends = last
        assert ends == files.position.seq
    whole = OrderTape(Core())
    for batch in log.read():
        if whole.core.seq < files.position.seq:
            whole.apply(batch)
    assert [row["trade_id"] for row in read(folder, "trades")] == [t.trade_id for t in whole.trades]
    assert [(row["seq"], row["action"], row["order_id"]) for row in read(folder, "orders")] == [
        (row.seq, row.action, row.order_id) for row in whole.orders
    ]
    assert len(read(folder, "levels")) == len(whole.levels)
    assert [row["seq"] for row in read(folder, "events")] == [row[1] for row in whole.events]


def test_a_recorder_goes_on_where_its_files_end(tmp_path: Path) -> None:
    log = logged(tmp_path, 81, 900)
    folder = tmp_path / "tape"
    reader = CommandLog(tmp_path, writable=False)
    first = Recorder(reader, folder, rows_a_file=500)
    first.follower.turn(40)
    assert 0 < first.files.position.seq < first.follower.seq
    # It dies with rows in memory; and once more while it writes files that were not counted.
    second = Recorder(reader, folder, rows_a_file=700)
    assert second.follower.seq == first.files.position.seq
    second.follower.turn(20)
    second.files.advance = lambda core: (_ for _ in ()).throw(KeyboardInterrupt)  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        second.close_files()
    third = Recorder(reader, folder)
    third.follower.catch_up()
    third.close_files()
    assert third.files.position.seq == log.last_seq
    assert third.health().lag_commands == 0
    check(folder, log)
    # What was closed in different places is one tape for the tools that read it.
    stores = [databento.DBNStore.from_file(path) for path in sorted(folder.rglob("*.dbn.zst"))]
    assert len(stores) >= 3
    sizes = sum(record.size for store in stores for record in store if str(record.action) == "T")
    assert sizes == sum(row["qty_lots"] for row in read(folder, "trades")) > 0
    reader.close()
    log.close()


def test_the_state_can_be_made_from_the_log_again(tmp_path: Path) -> None:
    log = logged(tmp_path, 82, 500)
    folder = tmp_path / "tape"
    recorder = Recorder(log, folder, rows_a_file=400, with_dbn=False)
    recorder.follower.turn(30)
    (state,) = folder.glob("state-*.bin")
    state.unlink()
    again = Recorder(log, folder, with_dbn=True)
    again.follower.catch_up()
    again.close_files()
    assert again.files.position.seq == log.last_seq
    assert TapeFiles(folder).spans("trades") == TapeFiles(folder).spans("events")
    assert len(read(folder, "trades")) > 0
    log.close()


def test_a_day_ends_a_file(tmp_path: Path) -> None:
    log = CommandLog(tmp_path, writable=True)
    setting = traffic.commands(1, 6)
    log.append(batch_of(setting, 1, traffic.START_NS))
    seq = log.last_seq
    for day in range(3):
        log.append(
            batch_of([submit(0, BUY, 290 + day, 1)], seq + 1 + day, traffic.START_NS + day * DAY_NS)
        )
    recorder = Recorder(log, tmp_path / "tape", with_dbn=False)
    recorder.follower.catch_up()
    assert recorder.files.spans("events") == [(1, seq + 1), (seq + 2, seq + 2)]
    recorder.close_files()
    recorder.close_files()
    assert recorder.files.spans("events") == [(1, seq + 1), (seq + 2, seq + 2), (seq + 3, seq + 3)]
    days = [path.name for path in sorted((tmp_path / "tape" / "events").iterdir())]
    assert len(days) == 3
    log.close()


def test_it_records_until_it_is_stopped(tmp_path: Path) -> None:
    async def drill() -> None:
        log = logged(tmp_path, 83, 200)
        reader = CommandLog(tmp_path, writable=False)
        recorder = Recorder(reader, tmp_path / "tape", seconds_a_file=0.2)
        stopped = asyncio.Event()
        recording = asyncio.create_task(record(recorder, stopped))
        async with asyncio.timeout(60):
            while recorder.files.position.seq < log.last_seq:
                await asyncio.sleep(0.02)
            batch = batch_of([submit(0, BUY, 290, 1)], log.last_seq + 1, recorder.core.ts_ns)
            log.append(batch)
            while recorder.follower.seq < log.last_seq:
                await asyncio.sleep(0.005)
            stopped.set()
            await recording
        assert recorder.files.position.seq == log.last_seq
        check(tmp_path / "tape", log)
        reader.close()
        log.close()

    asyncio.run(drill())


def test_another_log_s_tape_is_refused(tmp_path: Path) -> None:
    log = logged(tmp_path / "one", 84, 100)
    recorder = Recorder(log, tmp_path / "tape", with_dbn=False)
    recorder.follower.catch_up()
    recorder.close_files()
    log.close()
    other = CommandLog(tmp_path / "other", writable=True)
    with pytest.raises(TapeError, match="another log"):
        Recorder(other, tmp_path / "tape", with_dbn=False)
    other.close()


def test_the_process_killed_and_started_again_writes_one_tape(
    tmp_path: Path, checkout: Path
) -> None:
    log = CommandLog(tmp_path, writable=True)
    batches = traffic.batches(85, 1_500)
    words = [sys.executable, "-m", "clients.cli", "follow", "--role", "recorder", "--rows", "800"]
    words += ["--data-dir", str(tmp_path), "--port", "0"]
    folder, output = tmp_path / "tape", tmp_path / "out"
    killed = 0
    for round_ in range(2):
        half = len(batches) // 2
        for batch in batches[round_ * half : (round_ + 1) * half]:
            log.append(batch)
        with output.open("ab") as out:
            process = subprocess.Popen(words, cwd=checkout, stdout=out, stderr=out)
        ends_s = time.monotonic() + 120
        try:
            before = position(folder)
            while True:
                assert time.monotonic() < ends_s, output.read_text()
                assert process.poll() is None, output.read_text()
                if position(folder) > before:
                    killed += round_ == 0
                    os.kill(process.pid, signal.SIGKILL if round_ == 0 else signal.SIGTERM)
                    break
                time.sleep(0.01)
            process.wait(60)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait(60)
    assert killed == 1
    check(folder, log)
    log.close()
