"""The demo: an exchange, a crowd of traders and a live picture, then what it all came to."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from clients.bot import stopping_on_signals
from clients.credentials import load_keys
from clients.crowd import Crowd
from clients.demo_operator import operator_key, tell, to_try
from clients.demo_view import Watcher, headline, show
from clients.population import Member, population
from clients.sdk import Exchange
from exchange import audit
from exchange.admin.client import OperatorClient
from exchange.core.invariants import LAWS
from exchange.serving import Addresses

GUEST = "guest"
"""An account without a trader, for whoever watches and wants to join."""
CALL_S = 15
"""How long a margin call runs, so that whoever watches sees a call and what follows it."""
START_S = 120.0
STOP_S = 20.0


class DemoError(RuntimeError):
    """The demo cannot go on; the text says why."""


class DemoSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What ``cfx demo`` is told; ports may be 0, time_scale is how fast the index moves."""

    data_dir: Path
    port: int
    marketdata_port: int
    bots: int
    seed: int
    time_scale: float
    duration_s: float | None


class Outcome(msgspec.Struct, frozen=True):
    """What a demo came to; money and lots over the whole log of its data directory."""

    census: audit.Census
    acknowledged: int
    lost: int

    @property
    def line(self) -> str:
        """The last line of a demo."""
        laws = f"{len(LAWS)} laws hold"
        if self.census.broken_laws:
            laws = f"LAWS BROKEN: {'; '.join(self.census.broken_laws)}"
        return (
            f"{self.census.orders:,} orders, {self.census.trades:,} trades, "
            f"{self.census.volume_lots:,} lots volume, "
            f"{self.census.open_interest_lots:,} lots open interest, "
            f"{self.acknowledged:,} acknowledged and {self.lost} of them lost, {laws}"
        )


@contextlib.asynccontextmanager
async def served(settings: DemoSettings, members: list[Member]) -> AsyncIterator[Addresses]:
    """Run ``cfx serve`` as a child for the block; DemoError when it does not start."""
    with tempfile.TemporaryDirectory(prefix="cfx-ready-") as directory:
        ready = Path(directory) / "ready.json"
        accounts = [word for member in members for word in ("--account", _account(member))]
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "clients.cli",
            "serve",
            *("--data-dir", str(settings.data_dir), "--ready-file", str(ready)),
            *("--port", str(settings.port), "--marketdata-port", str(settings.marketdata_port)),
            *("--seed", str(settings.seed), "--time-scale", str(settings.time_scale)),
            *("--call-seconds", str(CALL_S)),
            *accounts,
            *("--account", GUEST),
            # Ctrl-C reaches the whole terminal group: the bots stop first, then this child.
            start_new_session=True,
        )
        try:
            yield await _addresses(child, ready)
        finally:
            with contextlib.suppress(ProcessLookupError):
                child.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(child.wait(), STOP_S)
            except TimeoutError:
                child.kill()
                await child.wait()


def _account(member: Member) -> str:
    """Return a member as ``cfx serve --account`` takes it."""
    return f"{member.name}:{member.account_usd}"


async def _addresses(child: asyncio.subprocess.Process, ready: Path) -> Addresses:
    began_s = time.monotonic()
    while not ready.exists():
        if child.returncode is not None:
            raise DemoError("the exchange did not start: its reason is above")
        if time.monotonic() - began_s > START_S:
            raise DemoError(f"the exchange was not ready within {START_S:.0f} s")
        await asyncio.sleep(0.05)
    return msgspec.json.decode(ready.read_bytes(), type=Addresses)


async def run(settings: DemoSettings, console: Console) -> Outcome:
    """Serve, let the crowd trade until Ctrl-C or the time is over, stop, and audit the log."""
    members = population(settings.seed, settings.bots)
    stop = asyncio.Event()
    with stopping_on_signals(stop):
        async with served(settings, members) as addresses:
            keys = load_keys(Path(addresses.keys))
            crowd = Crowd(
                members,
                keys,
                addresses.gateway,
                marketdata_url=addresses.marketdata,
                seed=settings.seed,
            )
            console.print(
                f"join in: cfx bot momentum --keys {addresses.keys} --account {GUEST} "
                f"--url {addresses.gateway}",
                soft_wrap=True,
                highlight=False,
            )
            key_path, key = operator_key(settings.data_dir)
            for line in to_try(key_path, addresses.url):
                console.print(f"operate: {line}", soft_wrap=True, highlight=False)
            client = OperatorClient(addresses.url, key)
            telling = asyncio.create_task(
                tell(client, lambda line: console.print(line, soft_wrap=True, highlight=False))
            )
            try:
                await _trade(crowd, addresses, settings.duration_s, stop, console)
            finally:
                telling.cancel()
    acknowledged = {
        int(order_id.rpartition("-")[2])
        for runner in crowd.traders
        for order_id in runner.acknowledged
    }
    census = await asyncio.to_thread(_census, settings.data_dir, console)
    return Outcome(census, len(acknowledged), len(acknowledged - census.accepted))


async def _trade(
    crowd: Crowd,
    addresses: Addresses,
    duration_s: float | None,
    stop: asyncio.Event,
    console: Console,
) -> None:
    async with Exchange(addresses.gateway, marketdata_url=addresses.marketdata) as watched:
        await watched.follow(*watched.instruments)
        shown = next(iter(watched.instruments))
        began_s = time.monotonic()
        watcher = Watcher(watched.view, crowd.traders, shown, began_s)
        over = asyncio.Event()
        picture = asyncio.create_task(show(lambda: watcher.look(time.monotonic()), console, over))
        drained = asyncio.create_task(_drain(watched))
        try:
            await crowd.run(stop, duration_s)
        finally:
            over.set()
            await picture
            drained.cancel()
            console.print(headline(watcher.look(time.monotonic())), soft_wrap=True, highlight=False)


async def _drain(watched: Exchange) -> None:
    """Take the news off the queue; the picture reads the view."""
    async for _ in watched.messages():
        pass


def _census(directory: Path, console: Console) -> audit.Census:
    columns = (TextColumn("auditing the log"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=audit.last_seq(directory))
        return audit.census(directory, progress=lambda seq: bar.update(task, completed=seq))
