"""A log that grows at a fixed rate, as an exchange would write it, without the exchange.

Run as ``python -m benchmarks.log_source DIRECTORY RATE SECONDS`` on a log that ``begin`` made. What is due is
one batch, durable before the next; every command changes the book. It prints [last seq, CLOCK_MONOTONIC ns
when it was durable] of every batch as a line of JSON.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import msgspec

from benchmarks.core_flow import SPEC
from benchmarks.flow import MID_TICKS
from exchange.core.commands import Command, batch_of, stamped
from exchange.core.layout import CommandKind, State
from exchange.log.store import CommandLog

NAME = "B-PERPETUAL"
CHANNEL = f"book.{NAME}.raw"
ACCOUNTS = 20
LEVELS = 40
STEP_S = 0.001
PAUSE_S = 0.5


def begin(directory: Path) -> None:
    """Make a log with one open instrument and funded accounts."""
    log = CommandLog(directory, writable=True)
    text = msgspec.json.encode(msgspec.structs.replace(SPEC, name=NAME, family="B")).decode()
    commands = [Command(CommandKind.LIST_INSTRUMENT, text=text)]
    commands += [
        Command(
            CommandKind.OPEN_ACCOUNT,
            qty_lots=100_000,
            amount_micros=10**14,
            text=f"account-{number}",
        )
        for number in range(ACCOUNTS)
    ]
    commands.append(Command(CommandKind.SET_STATE, instrument=0, qty_lots=int(State.OPEN)))
    log.append(batch_of(commands, 1, time.time_ns()))
    log.close()


def write(directory: Path, rate: float, seconds: float) -> list[tuple[int, int]]:
    """Write for so many seconds, and return when each batch was durable."""
    log = CommandLog(directory, writable=True)
    packed = [
        Command(
            CommandKind.SUBMIT,
            account=number % ACCOUNTS,
            instrument=0,
            price_ticks=MID_TICKS - 1 - number % LEVELS,
            qty_lots=1,
        ).packed()
        for number in range(ACCOUNTS * LEVELS)
    ]
    durable: list[tuple[int, int]] = []
    time.sleep(PAUSE_S)
    began_s, sent, count = time.monotonic(), 0, round(rate * seconds)
    while sent < count:
        due = min(count, int((time.monotonic() - began_s) * rate))
        if due > sent:
            rows = [packed[number % len(packed)] for number in range(sent, due)]
            log.append(stamped(rows, [""] * len(rows), log.last_seq + 1, time.time_ns()))
            durable.append((log.last_seq, time.monotonic_ns()))
            sent = due
        time.sleep(STEP_S / 4)
    log.close()
    return durable


if __name__ == "__main__":
    told = write(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]))
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
