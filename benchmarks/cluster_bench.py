"""A log on several machines, all of them this one: what durability costs, how late copies are, takeover.

Open loop at fixed rates as in `python -m benchmarks log`, from when a command was due until it was told
durable: the file log, and the stream on a nats-server on loopback with each durability of the primary's own
copy. Beside the stream a follower in a process of its own tells how late each batch was in its copy.
Takeover: an exchange with `cfx serve --log` is killed, `cfx promote` is run on its standby, and the time is
counted from the kill until the new gateway's /readyz answers 200.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import uvloop
from rich.table import Table

from benchmarks import log_bench, machine, processes
from benchmarks.log_bench import Latency
from benchmarks.nats_server import NoServerError, nats_server
from benchmarks.terminal import table_of, wide_console
from exchange.log.jetstream import address
from exchange.log.jetstream.opening import opened
from exchange.log.terms import Durability

RATES = (1_000, 10_000)
MODES: tuple[Durability, ...] = ("fsync", "os")
BOUND_S = 120.0


class Line(NamedTuple):
    """One open loop; lag: p50 and p99 in µs from due to a follower's copy, None for the file log."""

    log: str
    latency: Latency
    lag_us: tuple[float, float] | None


def over_the_stream(
    folder: Path, server: str, durability: Durability, rate: int, seconds: float
) -> Line:
    """Run one open loop into a new stream, with a follower."""
    where = f"{server}/{durability}-{rate}"
    commands = round(rate * seconds)
    follower = subprocess.Popen(
        [
            *(sys.executable, "-m", "benchmarks.cluster_follower", where),
            *(str(folder / f"copy-{durability}-{rate}"), str(commands)),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert follower.stdout is not None
    try:
        if follower.stdout.readline() != "following\n":
            raise RuntimeError("the follower did not start")
        found = uvloop.run(
            _open_loop(folder / f"own-{durability}-{rate}", where, durability, rate, seconds)
        )
        lags_us = msgspec.json.decode(follower.stdout.readline(), type=list[float])
    finally:
        follower.kill()
        follower.wait()
    p50, p99 = (float(lag) for lag in np.percentile(lags_us, [50, 99]))
    return Line("JetStream", found, (p50, p99))


async def _open_loop(
    directory: Path, where: str, durability: Durability, rate: int, seconds: float
) -> Latency:
    log = await opened(directory, address.parse(where), durability)
    return await log_bench.measured(log.reader, log.writer, rate, seconds)


def takeover_s(folder: Path, server: str) -> float:
    """Kill a primary, promote its standby, and return the seconds until that is ready."""
    where, there = ("--log", f"{server}/takeover"), folder / "there"
    there.mkdir()
    with processes.exchange(folder, ["--account", "alice", *where]) as primary:
        shutil.copy(folder / "log" / "cluster.secret", there)
        standby = subprocess.Popen(
            [
                *(processes.CFX, "follow", "--role", "standby", "--data-dir", str(there), *where),
                *("--gateway-port", "0", "--marketdata-port", "0"),
            ],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "COLUMNS": "300"},
        )
        assert standby.stderr is not None
        try:
            for line in standby.stderr:
                if "standing by at command" in line:
                    break
            os.kill(primary.addresses.pid, signal.SIGKILL)
            began_s = time.perf_counter()
            told = subprocess.run(
                [processes.CFX, "promote", "--data-dir", str(there)],
                capture_output=True,
                text=True,
                timeout=BOUND_S,
                check=True,
                env={**os.environ, "COLUMNS": "300"},
            )
            port = re.search(r"gateway http://\S+?:(\d+)", told.stdout)
            if port is None or not processes.answers(int(port[1])):
                raise RuntimeError(f"the standby does not serve: {told.stdout}")
            return time.perf_counter() - began_s
        finally:
            standby.terminate()
            standby.wait(BOUND_S)


def table(lines: Sequence[Line]) -> Table:
    """Lay out the open loops."""
    numbers = ("orders/s", "reached", "a batch", "durable p50", "p99")
    shown = table_of(
        "open loop, from due; µs",
        ("log", "own copy"),
        (*numbers, "in a follower's copy p50", "p99"),
    )
    for log, found, lag_us in lines:
        shown.add_row(
            log,
            found.durability,
            f"{found.rate_per_s:,}",
            f"{found.reached_per_s:,.0f}",
            f"{found.commands / found.batches:.1f}",
            f"{found.p50_us:,.0f}",
            f"{found.p99_us:,.0f}",
            *(("", "") if lag_us is None else (f"{lag_us[0]:,.0f}", f"{lag_us[1]:,.0f}")),
        )
    return shown


def main(argv: Sequence[str]) -> None:
    """Measure, print the tables, write the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks cluster", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each open loop; 2")
    parser.add_argument("--rate", type=int, action="append", help="1,000 and 10,000")
    parser.add_argument("--no-takeover", action="store_true", help="leave out the takeover")
    given = parser.parse_args(argv)
    console = wide_console(140)
    machine.RESULTS.mkdir(exist_ok=True)
    lines: list[Line] = []
    took_s = None
    with tempfile.TemporaryDirectory(dir=machine.RESULTS, prefix="cluster-") as made:
        folder = Path(made)
        try:
            with nats_server(folder / "nats") as server:
                for mode in MODES:
                    for rate in given.rate or RATES:
                        with console.status(f"{rate:,} orders/s, own copy {mode}"):
                            plain = log_bench.latency(folder, mode, rate, given.seconds)
                            lines.append(Line("file", plain, None))
                            lines.append(over_the_stream(folder, server, mode, rate, given.seconds))
                if not given.no_takeover:
                    with console.status("takeover"):
                        took_s = takeover_s(folder, server)
        except NoServerError as missing:
            console.print(f"left out: {missing}")
            return
    console.print(table(lines))
    if took_s is not None:
        console.print(f"\ntakeover, from kill -9 of the primary to /readyz 200: {took_s:.2f} s")
    results = {
        "seconds": given.seconds,
        "takeover_s": took_s,
        "open_loop": [
            {"log": log, "lag_us": lag_us, **found._asdict()} for log, found, lag_us in lines
        ],
    }
    console.print(f"written to {machine.save('cluster', results)}")
