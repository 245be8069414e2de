"""The log by itself: what it writes a second beside the disk's own rate of syncs, and how soon it is durable.

Rates: one command a batch, 64 and 1,024, back to back, in each durability. Latency: an open loop at fixed
rates; commands come over a pipe when they are due, what has come while a batch was on its way is the next
one, as the sequencer does it, and each command's time is counted from when it was due until it was told
durable. No core applies anything here. The disk's own rate: 4 KiB written over and synced with fdatasync.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import uvloop
from rich.progress import track
from rich.table import Table

from benchmarks import machine, open_loop
from benchmarks.terminal import table_of, wide_console
from exchange.core.commands import Batch, Command, stamped
from exchange.core.layout import CommandKind
from exchange.log.database import SYNCHRONOUS
from exchange.log.port import LogReader, Writer
from exchange.log.store import CommandLog
from exchange.log.terms import Durability
from exchange.log.writer import LogWriter

SIZES = (1, 64, 1_024)
RATES = (1_000, 10_000, 50_000)
MAX_BATCH = 8_192
SYNC_BYTES = 4_096
BOUND_S = 60.0
MODES: tuple[Durability, ...] = tuple(reversed(list(SYNCHRONOUS)))
COMMAND = Command(CommandKind.SUBMIT, 7, 3, qty_lots=5, price_ticks=300, text="")


class Throughput(NamedTuple):
    """Back-to-back commits of one size: commits and commands a second."""

    durability: Durability
    size: int
    commits_per_s: float

    @property
    def commands_per_s(self) -> float:
        """Commands a second."""
        return self.commits_per_s * self.size


class Latency(NamedTuple):
    """An open loop: what was asked for and reached, and microseconds from due to durable."""

    durability: Durability
    rate_per_s: int
    reached_per_s: float
    commands: int
    batches: int
    p50_us: float
    p99_us: float
    max_us: float


def syncs_per_s(folder: Path, seconds: float) -> float:
    """Return how often a second the disk syncs 4 KiB that were written over."""
    descriptor = os.open(folder / "sync", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        block, count = bytes(SYNC_BYTES), 0
        os.pwrite(descriptor, block, 0)
        os.fsync(descriptor)
        began_s = time.perf_counter()
        while (passed_s := time.perf_counter() - began_s) < seconds:
            os.pwrite(descriptor, block, 0)
            os.fdatasync(descriptor)
            count += 1
        return count / passed_s
    finally:
        os.close(descriptor)


def throughput(folder: Path, durability: Durability, size: int, seconds: float) -> Throughput:
    """Commit batches of one size back to back."""
    log = CommandLog(folder / f"{durability}-{size}", writable=True, durability=durability)
    packed, texts = [COMMAND.packed()] * size, [""] * size
    commits, began_s = 0, time.perf_counter()
    while (passed_s := time.perf_counter() - began_s) < seconds:
        log.append(stamped(packed, texts, log.last_seq + 1, time.time_ns()))
        commits += 1
    log.close()
    return Throughput(durability, size, commits / passed_s)


class OpenLoop:
    """Takes commands as they come and hands what waits to a writer, one batch at a time."""

    def __init__(self, writer: Writer, descriptor: int) -> None:
        self._writer = writer
        self._descriptor = descriptor
        self._packed = COMMAND.packed()
        self._waiting: list[int] = []
        self._busy = self._ended = False
        self._next_seq = 1
        self.done = asyncio.get_running_loop().create_future()
        self.latency_ns: list[int] = []
        self.batches = 0

    def read(self) -> None:
        """Take the due times that have come."""
        raw = os.read(self._descriptor, open_loop.PIPE_BYTES)
        if raw:
            self._waiting += np.frombuffer(raw, np.int64).tolist()
            self._commit()
        else:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            self._ended = True
            self._finish()

    def _commit(self) -> None:
        if self._busy or not self._waiting:
            return
        due_ns, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
        count = len(due_ns)
        batch: Batch = stamped([self._packed] * count, [""] * count, self._next_seq, due_ns[-1])
        self._next_seq += count
        self._busy = True

        def written(failure: Exception | None) -> None:
            if failure is not None:
                self.done.set_exception(failure)
                return
            now_ns = time.monotonic_ns()
            self.latency_ns += [now_ns - due for due in due_ns]
            self.batches += 1
            self._busy = False
            self._commit()
            self._finish()

        self._writer.append(batch, written)

    def _finish(self) -> None:
        if self._ended and not self._busy and not self._waiting and not self.done.done():
            self.done.set_result(None)


async def _latency(folder: Path, durability: Durability, rate: int, seconds: float) -> Latency:
    log = CommandLog(folder / f"{durability}-at-{rate}", writable=True, durability=durability)
    return await measured(log, LogWriter(log), rate, seconds)


async def measured(log: LogReader, writer: Writer, rate: int, seconds: float) -> Latency:
    """Run one open loop into an empty log, and close it."""
    durability = writer.durability
    writer.start(lambda news: None)
    reader, sender = os.pipe()
    loop = OpenLoop(writer, reader)
    asyncio.get_running_loop().add_reader(reader, loop.read)
    child = open_loop.start(sender, rate, seconds)
    os.close(sender)
    await asyncio.wait_for(loop.done, BOUND_S + seconds)
    child.wait()
    await writer.stop()
    written = log.last_seq
    log.close()
    os.close(reader)
    times_us = np.array(loop.latency_ns) / 1e3
    if written != len(times_us) or written != round(rate * seconds):
        raise RuntimeError(f"{written} commands are in the log, {rate * seconds:.0f} were due")
    passed_s = seconds + float(times_us[-1]) / 1e6
    p50, p99 = np.percentile(times_us, [50, 99])
    return Latency(
        durability=durability,
        rate_per_s=rate,
        reached_per_s=written / passed_s,
        commands=written,
        batches=loop.batches,
        p50_us=float(p50),
        p99_us=float(p99),
        max_us=float(times_us.max()),
    )


def latency(folder: Path, durability: Durability, rate: int, seconds: float) -> Latency:
    """Run one open loop."""
    return uvloop.run(_latency(folder, durability, rate, seconds))


def tables(
    disk_per_s: float, rates: Sequence[Throughput], latencies: Sequence[Latency]
) -> tuple[Table, Table]:
    """Lay out the rates and the latencies."""
    shown = table_of(
        f"back to back; the disk itself syncs {disk_per_s:,.0f} × 4 KiB a second",
        ("durability",),
        ("commands a batch", "commits/s", "× disk", "commands/s"),
    )
    for line in rates:
        shown.add_row(
            line.durability,
            f"{line.size:,}",
            f"{line.commits_per_s:,.0f}",
            f"{line.commits_per_s / disk_per_s:.2f}",
            f"{line.commands_per_s:,.0f}",
        )
    beside = table_of(
        "open loop, from due to durable",
        ("durability",),
        ("orders/s", "reached", "a batch", "p50, µs", "p99, µs", "most, µs"),
    )
    for found in latencies:
        beside.add_row(
            found.durability,
            f"{found.rate_per_s:,}",
            f"{found.reached_per_s:,.0f}",
            f"{found.commands / found.batches:.1f}",
            f"{found.p50_us:,.0f}",
            f"{found.p99_us:,.0f}",
            f"{found.max_us:,.0f}",
        )
    return shown, beside


def main(argv: Sequence[str]) -> None:
    """Measure, print the tables, write the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks log", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement; 2")
    parser.add_argument("--folder", type=Path, help="on the disk to measure; benchmarks/results")
    parser.add_argument("--rate", type=int, action="append", help="1,000, 10,000 and 50,000")
    given = parser.parse_args(argv)
    console = wide_console()
    machine.RESULTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=given.folder or machine.RESULTS, prefix="log-") as made:
        folder = Path(made)
        disk_per_s = syncs_per_s(folder, given.seconds)
        sizes = [(mode, size) for mode in MODES for size in SIZES]
        rates = [
            throughput(folder, mode, size, given.seconds / 2)
            for mode, size in track(sizes, "back to back", console=console, transient=True)
        ]
        loops = [(mode, rate) for mode in MODES for rate in given.rate or RATES]
        latencies = [
            latency(folder, mode, rate, given.seconds)
            for mode, rate in track(loops, "open loop", console=console, transient=True)
        ]
    console.print(*tables(disk_per_s, rates, latencies), sep="\n\n")
    results = {
        "seconds": given.seconds,
        "disk_syncs_per_s": disk_per_s,
        "throughput": [line._asdict() for line in rates],
        "latency": [found._asdict() for found in latencies],
    }
    console.print(f"written to {machine.save('log', results)}")
