"""How long orders wait while a snapshot is taken: on the event loop, and by the process that takes it now.

A day's log is recovered, and a task asks to be woken each millisecond: what it waits longer is what an order
would wait. Idle: nothing else happens. Processor: milliseconds that serialising on the loop uses there. The
process takes the first snapshot, so it applies every command again: told is what that costs a processor.
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
from rich.progress import Progress

from benchmarks import machine
from benchmarks.recovery_bench import write_day
from benchmarks.terminal import table_of, wide_console
from exchange.log.store import CommandLog
from exchange.recovery import recover_all
from exchange.snapshot_process import SnapshotProcess

BEAT_S = 0.001
IDLE_S = 3.0
BOUND_S = 300.0
BATCH = 256


class Waits(NamedTuple):
    """How much later than due a task was woken, milliseconds, and the loop's own processor time."""

    what: str
    beats: int
    p99_ms: float
    most_ms: float
    processor_ms: float


class Beat:
    """Wakes each millisecond and notes how late it is."""

    def __init__(self) -> None:
        self._late_s: list[float] = []
        self._task = asyncio.create_task(self._run())
        self._used_s = time.thread_time()

    async def _run(self) -> None:
        former_s = time.perf_counter()
        while True:
            await asyncio.sleep(BEAT_S)
            now_s = time.perf_counter()
            self._late_s.append(now_s - former_s - BEAT_S)
            former_s = now_s

    async def waits(self, what: str) -> Waits:
        """End it and tell what was noted."""
        await asyncio.sleep(10 * BEAT_S)
        self._task.cancel()
        late_ms = np.array(self._late_s) * 1e3
        return Waits(
            what,
            len(late_ms),
            float(np.percentile(late_ms, 99)),
            float(late_ms.max()),
            (time.thread_time() - self._used_s) * 1e3,
        )


class Taking(NamedTuple):
    """A snapshot by a process: its bytes, and the seconds of processor from start to end."""

    bytes: int
    processor_s: float


async def measure(folder: Path, commands: int, bar: Progress) -> tuple[Taking, list[Waits]]:
    """Return what a snapshot takes, and the waits without one and with both ways."""
    await write_day(folder, commands, BATCH, commands, 1, bar)
    log = CommandLog(folder, writable=True)
    replica = recover_all(log, folder)
    beat = Beat()
    await asyncio.sleep(IDLE_S)
    found = [await beat.waits("idle")]
    beat = Beat()
    await asyncio.sleep(10 * BEAT_S)
    replica.snapshot()
    found.append(await beat.waits("serialised on the loop"))
    used_s = children_s()
    process = SnapshotProcess(folder, 1)
    beat = Beat()
    process.request()
    async with asyncio.timeout(BOUND_S):
        while process.latest is None and not process.failures:
            await asyncio.sleep(0.05)
    found.append(await beat.waits("taken by a process"))
    await process.stop()
    log.close()
    if process.latest is None:
        raise RuntimeError("the process took no snapshot: its reason is above")
    return Taking(process.latest.bytes, children_s() - used_s), found


def children_s() -> float:
    """Return the seconds of processor that children which have ended used."""
    used = os.times()
    return used.children_user + used.children_system


def main(argv: Sequence[str]) -> None:
    """Measure, print the table, write the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks snapshot", description=__doc__)
    parser.add_argument("--commands", type=int, default=200_000, help="before it; 200,000")
    given = parser.parse_args(argv)
    console = wide_console()
    machine.RESULTS.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=machine.RESULTS, prefix="snapshot-") as made,
        Progress(console=console, transient=True) as bar,
    ):
        taking, found = uvloop.run(measure(Path(made), given.commands, bar))
    title = (
        f"a snapshot of {taking.bytes / 1e6:.0f} MB after {given.commands:,} commands, "
        f"{taking.processor_s:.1f} s of a processor"
    )
    shown = table_of(title, ("",), ("wakings", "late by, p99 ms", "most, ms", "processor, ms"))
    for line in found:
        shown.add_row(
            line.what,
            f"{line.beats:,}",
            f"{line.p99_ms:.1f}",
            f"{line.most_ms:.1f}",
            f"{line.processor_ms:.0f}",
        )
    console.print(shown)
    results = {
        "commands": given.commands,
        **taking._asdict(),
        "waits": [wait._asdict() for wait in found],
    }
    console.print(f"written to {machine.save('snapshot', results)}")
