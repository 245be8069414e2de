"""Deliveries to many subscribers of the market-data service, beside `websockets.broadcast` of a constant.

Each subscriber has the book's raw changes and the trades of one instrument. The service applies the
stream of the matching benchmark (48 % add, 42 % cancel, 5 % amend, 5 % marketable; ten orders a group
commit) to its own core, as it does behind `cfx serve`, once at a steady rate and once as fast as the
subscribers take it. The constant is as long as the stream's mean message. Subscribers are real sockets
on loopback in one process of their own; the first of them rebuilds the book, which must be the
market's, and every frame must come. Nothing is pinned to a core.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

import uvloop
from rich.table import Table

from benchmarks import fan_out, machine, public_flow
from benchmarks.fan_out import Delivered
from benchmarks.subscribers import raise_file_limit
from benchmarks.terminal import wide_console

SUBSCRIBERS = (100, 1_000)
ORDERS_A_BATCH = 10
BATCH_FRAMES = 1.5
"""Messages that a batch of the stream makes, about: a book change, and trades in every other."""


class Line(NamedTuple):
    """One measurement and its name."""

    server: str
    delivered: Delivered


def main(argv: Sequence[str]) -> None:
    """Measure, print the table, write the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks marketdata", description=__doc__)
    parser.add_argument("--subscribers", type=int, nargs="*", default=list(SUBSCRIBERS))
    parser.add_argument("--deliveries", type=int, default=600_000, help="of a run at full speed")
    parser.add_argument("--rate", type=float, default=100.0, help="group commits a second")
    parser.add_argument("--seconds", type=float, default=4.0, help="of a run at a steady rate")
    parser.add_argument("--rounds", type=int, default=3, help="runs in turn; the median is shown")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(argv)
    console = wide_console()
    raise_file_limit()
    lines: list[Line] = []
    for count in given.subscribers:
        with console.status(f"{count:,} subscribers"):
            lines += run(count, given)
    console.print(table(lines, given.rate))
    kept = machine.save("marketdata", {"plan": vars(given), "lines": as_json(lines)})
    console.print(f"written to {kept}")


def run(count: int, given: argparse.Namespace) -> list[Line]:
    """Measure the service and the broadcast in turn, and return the median of each."""
    fast = round(given.deliveries / count / BATCH_FRAMES)
    steady = round(given.rate * given.seconds)
    flow = public_flow.generate(max(fast, steady), ORDERS_A_BATCH, given.seed)
    found: dict[str, list[Delivered]] = {}
    for _ in range(given.rounds):
        freely = flow._replace(batches=flow.batches[:fast])
        quick = _serve(count, freely, None)
        found.setdefault("service, full speed", []).append(quick)
        steadily = flow._replace(batches=flow.batches[:steady])
        found.setdefault("service, steady", []).append(_serve(count, steadily, given.rate))
        frames = given.deliveries // count
        once = uvloop.run(_bounded(fan_out.constant(count, frames, quick.frame_bytes)))
        found.setdefault("broadcast, constant", []).append(once)
    return [Line(name, median_of(runs)) for name, runs in found.items()]


def _serve(count: int, flow: public_flow.PublicFlow, rate: float | None) -> Delivered:
    return uvloop.run(_bounded(fan_out.service(count, flow, rate)))


async def _bounded(measurement: Any) -> Delivered:
    async with asyncio.timeout(120):
        delivered: Delivered = await measurement
        return delivered


def median_of(runs: Sequence[Delivered]) -> Delivered:
    """Return the run of median frames a second."""
    return sorted(runs, key=lambda run: run.frames / run.seconds)[len(runs) // 2]


def table(lines: Sequence[Line], rate: float) -> Table:
    """Lay the lines out."""
    shown = Table(title="fan-out", title_justify="left", caption_justify="left", box=None)
    shown.min_width = 112
    shown.add_column("server")
    headings = ("subscribers", "frames/s", "writes/s", "frames a write", "events/s")
    for heading in (*headings, "CPU µs a frame", "CPU %", "readers' CPU %", "conflated"):
        shown.add_column(heading, justify="right")
    for name, run in lines:
        shown.add_row(
            name,
            f"{run.subscribers:,}",
            f"{run.frames / run.seconds:,.0f}",
            f"{run.writes / run.seconds:,.0f}",
            f"{run.frames / run.writes:.1f}",
            f"{run.events / run.seconds:,.0f}",
            f"{1e6 * run.cpu_s / run.frames:.2f}",
            f"{100 * run.cpu_s / run.seconds:.0f}",
            f"{100 * run.reader_cpu_s / run.seconds:.0f}",
            f"{run.conflated:,}",
        )
    size = lines[0].delivered.frame_bytes
    shown.caption = (
        f"steady: {rate:g} group commits of {ORDERS_A_BATCH} orders a second; messages of {size} bytes "
        "on average. An event is a level change or a trade. CPU is the serving process's; what waits "
        "for a subscriber goes out in one write."
    )
    return shown


def as_json(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Return the lines as they are kept."""
    return [
        {
            "server": name,
            "frames_per_s": round(run.frames / run.seconds, 1),
            "events_per_s": round(run.events / run.seconds, 1),
            **run._asdict(),
        }
        for name, run in lines
    ]
