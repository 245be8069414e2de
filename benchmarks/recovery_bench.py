"""How long an exchange takes to be back: a day's log, made by the real writer, recovered in new processes.

The day: a futures-like stream (48 % orders, 42 % cancels, 5 % amends, 5 % marketable) over 30 instruments, each
order of one of 1,000 accounts, in group commits of --batch commands, the last of which lets time pass; a
snapshot each --snapshots, the last one as far before the end as a snapshot process may be behind. Beside it
the live replica, whose digest recovery must reach. Measured: every command anew, without snapshots; the whole
recovery, from the start of a new interpreter, kernels in the cache, until core, views and market are at the
log's end.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from rich.progress import Progress
from rich.table import Table

from benchmarks import core_flow, machine
from benchmarks.matching_report import Aim, footer
from benchmarks.terminal import table_of, wide_console
from exchange.core import layout as at
from exchange.core import snapshot
from exchange.core.commands import Batch, Command, Rows, batch_of
from exchange.core.layout import CommandKind
from exchange.log.store import CommandLog
from exchange.log.writer import LogWriter
from exchange.replica import Replica

ACCOUNTS, INSTRUMENTS = 1_000, 30
REPLAY_COMMANDS, REPLAY_AIM_S = 1_000_000, 5.0
WHOLE_AIM_S = 10.0
DAY_NS = 36_000 * 10**9
BOUND_S = 900.0

RECOVER = """
import sys, time
began_s = float(sys.argv[3])
from pathlib import Path
from exchange.core import snapshot
from exchange.core.warm import warm_up
from exchange.log import opening
from exchange.recovery import recover_all
warm_up()
imported_s, used_s = time.time(), time.process_time()
log = opening.readable(Path(sys.argv[1]))
replica = recover_all(log, Path(sys.argv[1]), from_start=sys.argv[2] == "all")
ended_s, used_s = time.time(), time.process_time() - used_s
digest = snapshot.digest(replica.core)
print(replica.core.seq, imported_s - began_s, ended_s - imported_s, used_s, digest)
"""


class Recovered(msgspec.Struct):
    """One recovery in a new process: seconds to import and load kernels, then until it is done.

    processor_s: of the latter, what this process used, without the one that recovers the market meanwhile;
    less on a machine that is busy with others.
    """

    what: str
    commands: int
    loading_s: float
    recovering_s: float
    processor_s: float
    same: bool


class Day(NamedTuple):
    """A log that was made: its commands, what it takes on disk, and its live end."""

    commands: int
    megabytes: float
    snapshot_seqs: list[int]
    live_s: float
    digest: str


def opening_batches() -> list[Batch]:
    """List the instruments and open the accounts."""
    listings = [
        Command(
            CommandKind.LIST_INSTRUMENT,
            text=msgspec.json.encode(
                msgspec.structs.replace(
                    core_flow.SPEC, name=f"B{number}-PERPETUAL", family=f"B{number}"
                )
            ).decode(),
        )
        for number in range(INSTRUMENTS)
    ]
    openings = [
        Command(
            CommandKind.OPEN_ACCOUNT,
            qty_lots=10_000,
            amount_micros=core_flow.DEPOSIT_MICROS,
            text=f"account-{number}",
        )
        for number in range(ACCOUNTS)
    ]
    return [batch_of(listings, 1, 0), batch_of(openings, 1 + INSTRUMENTS, 0)]


def cut_by_time(rows: Rows, size: int) -> Rows:
    """Return commands with an ADVANCE at the end of each batch, which cuts market data's windows."""
    advance = batch_of([Command(CommandKind.ADVANCE)], 1, 0).rows
    ends = np.arange(size - 1, len(rows), size - 1)
    return np.insert(rows, ends, advance, axis=0)


async def write_day(
    folder: Path, commands: int, size: int, every: int, seed: int, bar: Progress
) -> Day:
    """Write a day through the real writer, with a live replica beside it."""
    drawing = bar.add_task("drawing", total=None)
    flow = core_flow.draw(ACCOUNTS, INSTRUMENTS, commands, seed)
    bar.remove_task(drawing)
    log = CommandLog(folder, writable=True, durability="os")
    writer, replica, live_s = LogWriter(log), Replica(), 0.0
    writer.start(lambda news: None)
    loop = asyncio.get_running_loop()
    batches = opening_batches()
    first_seq = 1 + INSTRUMENTS + ACCOUNTS
    rows = cut_by_time(flow.rows, size)
    rows[:, at.COMMAND_SEQ] = np.arange(first_seq, first_seq + len(rows))
    rows[:, at.COMMAND_TS_NS] = np.linspace(0, DAY_NS, len(rows)).astype(np.int64)
    batches += [Batch(rows[start : start + size], {}) for start in range(0, len(rows), size)]
    ends_seq = first_seq + len(rows) - 1
    writing = bar.add_task("writing the day", total=ends_seq)
    saved: list[int] = []
    for batch in batches:
        told: asyncio.Future[Exception | None] = loop.create_future()
        writer.append(batch, told.set_result)
        failure = await told
        if failure is not None:
            raise failure
        began_s = time.thread_time()
        replica.apply(batch)
        live_s += time.thread_time() - began_s
        seq = replica.core.seq
        due = (len(saved) + 1) * every
        # One that is due within the last stretch would not be there yet at a crash.
        if seq >= due and ends_seq - seq >= every // 2:
            writer.save(replica.snapshot())
            saved.append(seq)
        bar.update(writing, completed=seq)
    await writer.stop()
    log.close()
    size_mb = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    return Day(ends_seq, size_mb, saved, live_s, snapshot.digest(replica.core))


def recovered(folder: Path, day: Day, what: str, mode: str) -> Recovered:
    """Recover in a new interpreter, counted from its start."""
    done = subprocess.run(
        [sys.executable, "-c", RECOVER, str(folder), mode, str(time.time())],
        capture_output=True,
        text=True,
        timeout=BOUND_S,
        check=True,
    )
    seq, loading_s, recovering_s, processor_s, digest = done.stdout.split()
    return Recovered(
        what,
        int(seq) - (0 if mode == "all" else day.snapshot_seqs[-1] if day.snapshot_seqs else 0),
        float(loading_s),
        float(recovering_s),
        float(processor_s),
        digest == day.digest and int(seq) == day.commands,
    )


def table(day: Day, lines: Sequence[Recovered]) -> Table:
    """Lay out what was measured."""
    shown = table_of(
        f"{day.commands:,} commands, {day.megabytes:,.0f} MB, snapshots at "
        f"{', '.join(f'{seq:,}' for seq in day.snapshot_seqs[-3:]) or 'none'}",
        ("recovery",),
        ("commands", "loading, s", "recovering, s", "processor, s", "µs a command", "digest"),
    )
    for line in lines:
        shown.add_row(
            line.what,
            f"{line.commands:,}",
            f"{line.loading_s:.2f}",
            f"{line.recovering_s:.2f}",
            f"{line.processor_s:.2f}",
            f"{line.processor_s / max(line.commands, 1) * 1e6:.2f}",
            "same" if line.same else "DIFFERS",
        )
    live_us = day.live_s / day.commands * 1e6
    shown.add_row("the live replica, while the log was made", "", "", "", "", f"{live_us:.2f}", "")
    return shown


def aims(lines: Sequence[Recovered]) -> list[Aim]:
    """Judge replay a million commands, and the whole recovery."""
    every, whole = lines[0], lines[1]
    a_million_s = every.recovering_s / every.commands * REPLAY_COMMANDS
    whole_s = whole.loading_s + whole.recovering_s
    return [
        Aim(
            f"{REPLAY_COMMANDS:,} commands replayed, views included, in ≤ {REPLAY_AIM_S:g} s",
            f"{a_million_s:.1f} s",
            a_million_s <= REPLAY_AIM_S,
        ),
        Aim(
            f"whole recovery with snapshots, from the start of a process, ≤ {WHOLE_AIM_S:g} s",
            f"{whole_s:.1f} s",
            whole_s <= WHOLE_AIM_S,
        ),
    ]


def main(argv: Sequence[str]) -> None:
    """Make the day, recover from it, print the table and the aims, write the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks recovery", description=__doc__)
    parser.add_argument("--commands", type=int, default=1_000_000, help="of the day; 1,000,000")
    parser.add_argument("--batch", type=int, default=256, help="commands a group commit; 256")
    parser.add_argument("--snapshots", type=int, default=500_000, help="commands between; 500,000")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(argv)
    console = wide_console()
    machine.RESULTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=machine.RESULTS, prefix="recovery-") as made:
        folder = Path(made)
        with Progress(console=console, transient=True) as bar:
            day = asyncio.run(
                write_day(folder, given.commands, given.batch, given.snapshots, given.seed, bar)
            )
        with console.status("recovering"):
            lines = [
                recovered(folder, day, "every command anew", "all"),
                recovered(folder, day, "newest snapshot and the tail", "tail"),
            ]
    found = aims(lines)
    console.print(table(day, lines), footer(found), sep="\n\n")
    results = {
        "commands": given.commands,
        "batch": given.batch,
        "snapshots": given.snapshots,
        "seed": given.seed,
        "day": day._asdict(),
        "recoveries": [msgspec.to_builtins(line) for line in lines],
        "aims": [aim._asdict() for aim in found],
    }
    console.print(f"written to {machine.save('recovery', results)}")
