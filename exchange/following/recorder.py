"""Recorder: follows the log and writes the tape, in files that each hold a stretch of commands.

A file is closed at the end of a UTC day of the market, when it has ``rows_a_file`` rows, every
``seconds_a_file`` and at the end; until then its rows are in memory, and in the log.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from exchange.config import ROWS_A_FILE, SECONDS_A_FILE
from exchange.core.commands import Batch
from exchange.core.core import Core
from exchange.core.layout import COMMAND_TS_NS
from exchange.core.warm import warm_up
from exchange.following import dbn, tape_tables
from exchange.following.follower import Follower
from exchange.following.health import Health
from exchange.following.order_tape import OrderTape
from exchange.following.tape_files import TapeError, TapeFiles, day_of
from exchange.log.port import LogReader

LOOK_S = 0.5


class Recorder:
    """Writes what a log's commands did into a folder, from where its files end.

    Opening brings a core to that command: from the state beside the files, else by replaying the log.
    with_dbn: also write DBN, for which `databento-dbn` must be installed. Raises TapeError where
    folder and log do not fit.
    """

    def __init__(
        self,
        log: LogReader,
        folder: Path,
        *,
        rows_a_file: int = ROWS_A_FILE,
        seconds_a_file: float = SECONDS_A_FILE,
        with_dbn: bool = True,
    ) -> None:
        if rows_a_file < 1:
            raise ValueError(f"rows_a_file {rows_a_file} is below 1")
        if with_dbn and not dbn.available():
            raise dbn.DbnMissingError(dbn.MISSING)
        self.files = TapeFiles(folder)
        self._rows_a_file = rows_a_file
        self._seconds_a_file = seconds_a_file
        self._with_dbn = with_dbn
        self._tape = OrderTape(self._core_at(log, self.files.position.seq))
        self._begin()
        self.follower = Follower(log, self.files.position.seq, self._take)

    def _core_at(self, log: LogReader, seq: int) -> Core:
        if log.last_seq < seq:
            raise TapeError(
                f"{self.files.folder} goes to command {seq}, the log only to {log.last_seq}: it is the "
                "tape of another log; record into another folder"
            )
        core = self.files.core()
        if core is not None:
            return core
        core = Core()
        for batch in log.read():
            if core.seq == seq:
                break
            core.apply(batch)
        return core

    @property
    def core(self) -> Core:
        """The core after the last command that was taken."""
        return self._tape.core

    def health(self) -> Health:
        """Return how far it is behind the log; what is not in a file yet counts as taken."""
        return Health.of("recorder", self.follower.seq, self.follower.commands, self.follower.lag())

    async def run(self) -> None:
        """Record until cancelled, and then close the files. Raises what reading and writing raise."""
        following = asyncio.create_task(self.follower.run())
        try:
            while not following.done():
                await asyncio.wait({following}, timeout=LOOK_S)
                if time.monotonic() - self._began_s >= self._seconds_a_file:
                    self.close_files()
            following.result()
        finally:
            following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await following
            self.close_files()

    def _begin(self) -> None:
        self._tape.clear()
        self._began_s = time.monotonic()
        self._day = ""
        self._first_ts_ns = 0
        self._standing = self._tape.standing() if self._with_dbn else []

    def _take(self, batch: Batch) -> None:
        # The commands of a batch have one time: a file ends with a batch, where the log can be resumed.
        ts_ns = int(batch.rows[0, COMMAND_TS_NS])
        day = day_of(ts_ns)
        if self._day and day != self._day:
            self.close_files()
        if not self._day:
            self._day, self._first_ts_ns = day, ts_ns
        self._tape.apply(batch)
        if self._tape.rows >= self._rows_a_file:
            self.close_files()

    def close_files(self) -> None:
        """Write what was collected since the last files, if anything, and move the position on."""
        core, first_seq = self._tape.core, self.files.position.seq + 1
        if core.seq < first_seq:
            self._began_s = time.monotonic()
            return
        tape, span = self._tape, (first_seq, core.seq, self._first_ts_ns)
        tables: dict[str, pa.Table] = {
            "trades": tape_tables.trades(core, tape.trades),
            "orders": tape_tables.orders(core, tape.orders),
            "levels": tape_tables.levels(core, tape.levels),
            "events": tape_tables.events(tape.events),
        }
        for name, table in tables.items():
            with self.files.file(name, *span, "parquet") as file:
                pq.write_table(table, file, compression="zstd")
        if self._with_dbn:
            parts = [
                dbn.records(core, self._standing, snapshot=True),
                dbn.records(core, tape.orders, snapshot=False),
            ]
            written = io.BytesIO()
            dbn.write(written, core, parts)
            with self.files.file("mbo", *span, "dbn.zst") as file:
                file.write(pa.compress(written.getvalue(), codec="zstd", asbytes=True))
        self.files.advance(core)
        self._begin()


async def record(recorder: Recorder, stopped: asyncio.Event) -> None:
    """Record until ``stopped``; the files are closed then."""
    warm_up()
    recording = asyncio.create_task(recorder.run())
    stopping = asyncio.create_task(stopped.wait())
    await asyncio.wait({recording, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    recording.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await recording
