"""How far market-data nodes are behind the log, and how late their subscribers are while the exchange works.

Lag: a process writes the log at a fixed rate (what is due in a millisecond is a batch); a market-data node
follows; a subscriber in a third process notes arrivals. From durable to arrived, by CLOCK_MONOTONIC.
Delivery: `cfx serve` with 100 subscribers to one book, which a probe changes 50 times a second; from the
time with which the order was stamped to its arrival at each subscriber, by the wall clock: idle, and while
other accounts send orders for another instrument as fast as they are answered. Nothing is pinned to a core.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import uvloop
from rich.table import Table

from benchmarks import log_source, machine, processes
from benchmarks.gateway_bench import MAKER, Gateway
from benchmarks.load import LoadSession, closed_loop, connect
from benchmarks.order_mix import OrderMix, Touch
from benchmarks.terminal import table_of, wide_console
from exchange.core.layout import COMMAND_SEQ, COMMAND_TS_NS
from exchange.log.store import CommandLog

RATES = (1_000, 10_000)
SUBSCRIBERS = 100
PROBES_PER_S = 50
SESSIONS = 4
IN_FLIGHT = 32
PROBED = "GPU1"
AIM = 2.0


class Lag(NamedTuple):
    """From durable to a subscriber, at a rate of orders."""

    rate_per_s: int
    batches: int
    p50_ms: float
    p99_ms: float
    max_ms: float


class Delivery(NamedTuple):
    """From stamped to all subscribers; orders_per_s: of the load beside."""

    load: str
    orders_per_s: float
    deliveries: int
    p50_ms: float
    p99_ms: float
    max_ms: float


def main(argv: Sequence[str]) -> None:
    """Measure, print the tables, write the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks followers", description=__doc__)
    parser.add_argument("--rates", type=int, nargs="*", default=list(RATES))
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement")
    parser.add_argument("--subscribers", type=int, default=SUBSCRIBERS)
    given = parser.parse_args(argv)
    console = wide_console()
    machine.RESULTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=machine.RESULTS, prefix="followers-") as name:
        folder, lags = Path(name), []
        for rate in given.rates:
            with console.status(f"lag at {rate:,} orders a second"):
                lags.append(lag(folder / f"lag{rate}", rate, given.seconds))
        with console.status("delivery while the exchange is idle, and busy"):
            deliveries = delivery(folder / "delivery", given.subscribers, given.seconds)
    for table in (lag_table(lags), delivery_table(deliveries, given.subscribers)):
        console.print(table)
    figures = {
        "lags": [each._asdict() for each in lags],
        "deliveries": [each._asdict() for each in deliveries],
    }
    console.print(f"written to {machine.save('followers', figures)}")


def lag(folder: Path, rate: int, seconds: float) -> Lag:
    """Measure how far behind the log a node's subscriber is."""
    folder.mkdir()
    log_source.begin(folder)
    words = [sys.executable, "-m", "benchmarks.log_source", str(folder), str(rate), str(seconds)]
    with (
        processes.module("exchange.following.marketdata", str(folder)) as port,
        listeners(port, 1, log_source.CHANNEL) as crowd,
    ):
        source = subprocess.run(words, capture_output=True, check=True)
        durable = dict(msgspec.json.decode(source.stdout, type=list[tuple[int, int]]))
        arrived: dict[int, int] = {}
        for _ in range(600):
            arrived |= {change_id: now_ns for change_id, _, now_ns in crowd.report()}
            if len(arrived) >= len(durable):
                break
            subprocess.run(["sleep", "0.1"], check=True)
    if arrived.keys() != durable.keys():
        raise RuntimeError(f"{len(durable)} batches, {len(arrived)} messages arrived")
    found_ms = np.array([arrived[seq] - durable[seq] for seq in durable]) / 1e6
    p50, p99 = np.percentile(found_ms, (50, 99)).tolist()
    return Lag(rate, len(durable), p50, p99, float(found_ms.max()))


class Crowd:
    """A process of subscribers."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def report(self) -> list[tuple[int, int, int]]:
        """Return the arrivals since the last report."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(b"report\n")
        self._process.stdin.flush()
        return msgspec.json.decode(self._process.stdout.readline(), type=list[tuple[int, int, int]])


@contextmanager
def listeners(port: int, count: int, channel: str) -> Iterator[Crowd]:
    """Run subscribers to one channel, in a process of their own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.listeners", str(port), str(count), channel],
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        if not process.stdout.readline():
            raise RuntimeError("the subscribers did not start")
        yield Crowd(process)
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def delivery(folder: Path, subscribers: int, seconds: float) -> list[Delivery]:
    """Measure how late subscribers are, without and with a load on the exchange."""
    folder.mkdir()
    accounts = [f"load-{number}" for number in range(SESSIONS)]
    options = ["--rate-limit", "1000000", "--max-orders", "100000"]
    for account in (*accounts, MAKER, "probe"):
        options += ["--account", f"{account}:1000000000"]
    with processes.exchange(folder, options) as exchange:
        measured = uvloop.run(_measure(exchange, accounts, subscribers, seconds))
        log = CommandLog(folder / "log", writable=False)
        stamps = {
            int(batch.rows[-1, COMMAND_SEQ]): int(batch.rows[-1, COMMAND_TS_NS])
            for batch in log.read()
        }
        log.close()
    found = []
    for load, orders_per_s, arrivals in measured:
        late_ms = (
            np.array([wall_ns - stamps[change_id] for change_id, wall_ns, _ in arrivals]) / 1e6
        )
        p50, p99 = np.percentile(late_ms, (50, 99)).tolist()
        found.append(Delivery(load, orders_per_s, len(late_ms), p50, p99, float(late_ms.max())))
    return found


async def _measure(
    exchange: processes.Exchange, accounts: Sequence[str], subscribers: int, seconds: float
) -> list[tuple[str, float, list[tuple[int, int, int]]]]:
    gateway = Gateway(exchange, 0, accounts)
    await gateway.make_touch()
    (probe,) = await connect(gateway.exchange_port, [OrderMix(Touch("", 0, 0), 0)])
    await probe.call("public/auth", grant_type="client_credentials", **exchange.keys()["probe"])
    listed: Any = await probe.call("public/get_instruments", currency=PROBED)
    name = listed[0]["instrument_name"]
    port = int(exchange.addresses.marketdata.rpartition(":")[2])
    found = []
    with listeners(port, subscribers, f"book.{name}.raw") as crowd:
        await _probe(probe, name, 1.0)
        crowd.report()
        await _probe(probe, name, seconds)
        found.append(("idle", 0.0, await _settled(crowd)))
        sessions = await gateway.sessions("exchange", len(accounts), 1)
        loading = asyncio.create_task(_load(sessions, seconds))
        await _probe(probe, name, seconds)
        found.append(("full load", await loading, await _settled(crowd)))
    return found


async def _settled(crowd: Crowd) -> list[tuple[int, int, int]]:
    await asyncio.sleep(0.5)
    return crowd.report()


async def _probe(session: LoadSession, name: str, seconds: float) -> None:
    """Change a book again and again: an order, its cancel."""
    ticker: Any = await session.call("public/ticker", instrument_name=name)
    price = round(ticker["mark_price"] * 0.97, 2)
    ends_s = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < ends_s:
        placed: Any = await session.call(
            "private/buy", instrument_name=name, amount=1, price=price, type="limit"
        )
        await asyncio.sleep(1 / PROBES_PER_S)
        await session.call("private/cancel", order_id=placed["order"]["order_id"])
        await asyncio.sleep(1 / PROBES_PER_S)


async def _load(sessions: Sequence[LoadSession], seconds: float) -> float:
    """Send orders as fast as they are answered; return how many a second were."""
    loop = asyncio.get_running_loop()
    began_s, answered = loop.time(), 0
    while (passed_s := loop.time() - began_s) < seconds:
        answered += (await closed_loop(sessions, 2_000, IN_FLIGHT)).answered
    return answered / passed_s


def lag_table(lags: Sequence[Lag]) -> Table:
    """Lay out the lag behind the log."""
    table = table_of(
        "lag: from durable to a subscriber",
        (),
        ("orders/s", "batches", "p50 ms", "p99 ms", "max ms"),
    )
    for each in lags:
        times = [f"{ms:.2f}" for ms in (each.p50_ms, each.p99_ms, each.max_ms)]
        table.add_row(f"{each.rate_per_s:,}", f"{each.batches:,}", *times)
    return table


def delivery_table(deliveries: Sequence[Delivery], subscribers: int) -> Table:
    """Lay out the deliveries, idle first, and whether the load doubled the p99."""
    table = Table(
        title=f"delivery: from stamped to {subscribers} subscribers",
        title_justify="left",
        caption_justify="left",
        box=None,
    )
    table.add_column("exchange")
    for heading in ("orders/s beside", "deliveries", "p50 ms", "p99 ms", "max ms"):
        table.add_column(heading, justify="right")
    for each in deliveries:
        times = [f"{ms:.2f}" for ms in (each.p50_ms, each.p99_ms, each.max_ms)]
        table.add_row(each.load, f"{each.orders_per_s:,.0f}", f"{each.deliveries:,}", *times)
    factor = deliveries[-1].p99_ms / deliveries[0].p99_ms
    table.caption = f"p99 × {factor:.1f} under load; aim: at most × {AIM:g}"
    return table
