"""Acknowledged orders over WebSocket with the durable log on, beside a bare echo on the same uvicorn.

`cfx serve` and the echo run in processes of their own, the load in this one; the market-data service
that belongs to `cfx serve` follows the log meanwhile. Nothing is pinned to a processor, unless `--cpu` pins
`cfx serve` and the echo to the same one, each in its turn. An order counts when
its answer says that it rests, is cancelled or has traded, which is after its commit to disk.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import uvloop
from rich.console import Console
from rich.table import Table

from benchmarks import disk, machine, processes
from benchmarks.load import Load, LoadSession, closed_loop, connect, open_loop
from benchmarks.order_mix import MIX, STOCK, OrderMix, Touch
from benchmarks.terminal import wide_console

INSTRUMENT = "H100-PERPETUAL"
SESSIONS = (1, 8)
IN_FLIGHT = 64
TOUCH_LOTS = 1_000_000
RATE_LIMIT = 10_000_000
ECHO_PERCENT_AIM = 40
ROUND_TRIPS_AIM = 3
MAKER = "maker"


class Line(NamedTuple):
    """One measurement: mode (pipelined, single, open), server (echo, exchange), sessions, what it gave."""

    mode: str
    server: str
    sessions: int
    load: Load
    offered: float = 0.0


class Plan(NamedTuple):
    """How much to send; requests: of all sessions together; cpu: the servers' processor."""

    pipelined: int
    single: int
    seconds_open: float
    rates_open: tuple[float, ...]
    rounds: int
    seed: int
    cpu: int | None


def main(argv: Sequence[str]) -> None:
    """Measure, print the tables, write the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks gateway", description=__doc__)
    parser.add_argument("--orders", type=int, default=60_000, help="of a pipelined run")
    parser.add_argument("--single", type=int, default=4_000, help="orders of a run one in flight")
    parser.add_argument("--rates", type=float, nargs="*", default=[1_000.0, 5_000.0])
    parser.add_argument("--seconds", type=float, default=5.0, help="of a run at a fixed rate")
    parser.add_argument("--rounds", type=int, default=3, help="runs in turn; the median is shown")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cpu", type=int, help="the processor of each server; not pinned")
    given = parser.parse_args(argv)
    plan = Plan(
        given.orders,
        given.single,
        given.seconds,
        tuple(given.rates),
        given.rounds,
        given.seed,
        given.cpu,
    )
    console = wide_console()
    machine.RESULTS.mkdir(exist_ok=True)
    # Beside the results, because a temporary directory may be in memory.
    with tempfile.TemporaryDirectory(dir=machine.RESULTS, prefix="gateway-") as folder:
        lines, commit_us = run(Path(folder), plan, console)
    for table in tables(lines, commit_us):
        console.print(table)
    kept = machine.save("gateway", as_json(lines, commit_us, plan))
    console.print(f"written to {kept}")


def run(folder: Path, plan: Plan, console: Console) -> tuple[list[Line], float]:
    """Start both servers and measure them in turn; returns the median lines and a commit's microseconds."""
    accounts = [f"bench{number}" for number in range(max(SESSIONS))]
    options = ["--rate-limit", str(RATE_LIMIT), "--max-orders", "100000"]
    pinned = [] if plan.cpu is None else ["--cpu", str(plan.cpu)]
    options += pinned
    for account in (*accounts, MAKER):
        options += ["--account", f"{account}:1000000000"]
    with (
        console.status("starting cfx serve and the echo"),
        processes.exchange(folder, options) as exchange,
        processes.module("benchmarks.echo", *pinned) as echo_port,
    ):
        gateway = Gateway(exchange, echo_port, accounts)
        return uvloop.run(_measure(gateway, plan, folder, console))


class Gateway:
    """Opens sessions with either server, each with its own stream of orders."""

    def __init__(
        self, exchange: processes.Exchange, echo_port: int, accounts: Sequence[str]
    ) -> None:
        self.exchange_port = exchange.addresses.port
        self.echo_port = echo_port
        self.accounts = accounts
        self.touch = Touch(INSTRUMENT, 0, 0)
        self._keys = exchange.keys()

    async def make_touch(self) -> None:
        """Have one account hold both best prices with more than all others together take."""
        (session,) = await connect(self.exchange_port, [OrderMix(self.touch, 0)])
        ticker: Any = await session.call("public/ticker", instrument_name=INSTRUMENT)
        mark_ticks = round(ticker["mark_price"] * 1_000)
        self.touch = Touch(INSTRUMENT, mark_ticks - 2, mark_ticks + 2)
        await self._log_in(session, MAKER)
        for side, ticks in (("buy", self.touch.bid_ticks), ("sell", self.touch.ask_ticks)):
            await session.call(
                f"private/{side}",
                instrument_name=INSTRUMENT,
                amount=TOUCH_LOTS,
                price=ticks / 1_000,
            )
        session.close()

    async def sessions(self, server: str, count: int, seed: int) -> list[LoadSession]:
        """Open sessions; those with the exchange are authenticated, an account each."""
        echoed = server == "echo"
        mixes = [OrderMix(self.touch, seed + i, echoed=echoed) for i in range(count)]
        if echoed:
            return await connect(self.echo_port, mixes)
        sessions = await connect(self.exchange_port, mixes)
        for session, account in zip(sessions, self.accounts, strict=False):
            await self._log_in(session, account)
        return sessions

    async def _log_in(self, session: LoadSession, account: str) -> None:
        await session.call("public/auth", grant_type="client_credentials", **self._keys[account])

    async def leave(self, server: str, sessions: Sequence[LoadSession]) -> None:
        """Take the sessions' orders out of the book and close them."""
        for session in sessions:
            if server == "exchange":
                await session.call("private/cancel_all")
            session.close()


async def _measure(
    gateway: Gateway, plan: Plan, folder: Path, console: Console
) -> tuple[list[Line], float]:
    await gateway.make_touch()
    # The load's own collector would pause it in the middle of a measurement.
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        found: dict[tuple[str, str, int, float], list[Line]] = {}
        commits_us = []
        with console.status("") as status:
            for number in range(plan.rounds):
                commits_us.append(disk.commit_us(folder))
                for server in ("echo", "exchange"):
                    for sessions in SESSIONS:
                        status.update(f"round {number + 1}: {server}, {sessions} sessions")
                        for line in await _lines(gateway, plan, server, sessions):
                            key = (line.mode, line.server, line.sessions, line.offered)
                            found.setdefault(key, []).append(line)
                        gc.collect()
    finally:
        gc.enable()
        gc.unfreeze()
    return [median_of(lines) for lines in found.values()], statistics.median(commits_us)


async def _lines(gateway: Gateway, plan: Plan, server: str, count: int) -> list[Line]:
    sessions = await gateway.sessions(server, count, plan.seed)
    # Fills the book, and warms both ends.
    await closed_loop(sessions, STOCK * 2, IN_FLIGHT)
    lines = []
    pipelined = await closed_loop(sessions, plan.pipelined // count, IN_FLIGHT)
    lines.append(Line("pipelined", server, count, pipelined))
    single = await closed_loop(sessions, plan.single // count, 1)
    lines.append(Line("single", server, count, single))
    if count == max(SESSIONS):
        for rate in plan.rates_open:
            requests = round(rate * plan.seconds_open / count)
            load = await open_loop(sessions, requests, rate)
            lines.append(Line("open", server, count, load, rate))
    await gateway.leave(server, sessions)
    refusals = [session.first_refusal for session in sessions if session.refused]
    if refusals:
        raise RuntimeError(f"an order was not done as asked: {refusals[0].decode()}")
    return lines


def median_of(lines: Sequence[Line]) -> Line:
    """Return the line of median rate, or of median p50 where the rate was given or one in flight."""
    if lines[0].mode == "pipelined":
        return sorted(lines, key=lambda line: line.load.rate)[len(lines) // 2]
    return sorted(lines, key=lambda line: line.load.percentile_us(50))[len(lines) // 2]


def of(lines: Sequence[Line], mode: str, server: str, sessions: int) -> Line:
    """Return the line of a mode, server and number of sessions."""
    return next(line for line in lines if line[:3] == (mode, server, sessions))


def tables(lines: Sequence[Line], commit_us: float) -> list[Table]:
    """Lay out the three modes."""
    return [_pipelined(lines), _single(lines, commit_us), _open(lines)]


def _pipelined(lines: Sequence[Line]) -> Table:
    table = _table(
        f"pipelined: {IN_FLIGHT} in flight a session, the next as soon as one is answered ({MIX})",
        ("answers/s", "% of echo", "p50 ms", "p99 ms", "p99.9 ms"),
    )
    for sessions in SESSIONS:
        echo = of(lines, "pipelined", "echo", sessions).load
        for server in ("echo", "exchange"):
            load = of(lines, "pipelined", server, sessions).load
            percent = "" if server == "echo" else f"{100 * load.rate / echo.rate:.0f}"
            times = [f"{load.percentile_us(q) / 1e3:.2f}" for q in (50, 99, 99.9)]
            table.add_row(server, str(sessions), f"{load.rate:,.0f}", percent, *times)
    table.caption = f"aim: at least {ECHO_PERCENT_AIM} % of the echo, which returns the request"
    return table


def _single(lines: Sequence[Line], commit_us: float) -> Table:
    table = _table(
        "round trip: one in flight a session",
        ("p50 µs", "p99 µs", "p99.9 µs", "answers/s", "aim p50 µs"),
    )
    for sessions in SESSIONS:
        for server in ("echo", "exchange"):
            load = of(lines, "single", server, sessions).load
            aim = "" if server == "echo" else f"≤ {aim_us(lines, sessions, commit_us):,.0f}"
            times = [f"{load.percentile_us(q):,.0f}" for q in (50, 99, 99.9)]
            table.add_row(server, str(sessions), *times, f"{load.rate:,.0f}", aim)
    table.caption = (
        f"aim: {ROUND_TRIPS_AIM} × the echo's p50 and one commit to this disk (SQLite, WAL, "
        f"synchronous=FULL, one row): p50 {commit_us:,.0f} µs"
    )
    return table


def _open(lines: Sequence[Line]) -> Table:
    table = _table(
        "fixed rate: an order is sent when it is due, and its latency counts from then",
        ("offered/s", "answers/s", "p50 µs", "p99 µs", "p99.9 µs"),
    )
    for line in lines:
        if line.mode == "open":
            times = [f"{line.load.percentile_us(q):,.0f}" for q in (50, 99, 99.9)]
            rates = (f"{line.offered:,.0f}", f"{line.load.rate:,.0f}")
            table.add_row(line.server, str(line.sessions), *rates, *times)
    return table


def _table(title: str, headings: Sequence[str]) -> Table:
    table = Table(
        title=title, title_justify="left", caption_justify="left", box=None, min_width=112
    )
    table.add_column("server")
    for heading in ("sessions", *headings):
        table.add_column(heading, justify="right")
    return table


def aim_us(lines: Sequence[Line], sessions: int, commit_us: float) -> float:
    """Return the round trip to reach: so many of the echo's, and one commit."""
    echo = of(lines, "single", "echo", sessions).load
    return ROUND_TRIPS_AIM * echo.percentile_us(50) + commit_us


def as_json(lines: Sequence[Line], commit_us: float, plan: Plan) -> dict[str, Any]:
    """Return the figures as they are kept."""
    kept = []
    for line in lines:
        load = line.load
        times = {f"p{q:g}_us": round(load.percentile_us(q), 1) for q in (50, 99, 99.9)}
        kept.append(
            {
                "mode": line.mode,
                "server": line.server,
                "sessions": line.sessions,
                "offered_per_s": line.offered or None,
                "answered": load.answered,
                "refused": load.refused,
                "rate_per_s": round(load.rate, 1),
                **times,
            }
        )
    return {"mix": MIX, "commit_us": round(commit_us, 1), "plan": plan._asdict(), "lines": kept}
