"""The demo: an exchange, a crowd of traders and a live picture, then what it all came to."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from clients.bot import stopping_on_signals
from clients.credentials import load_keys
from clients.crowd import Crowd
from clients.demo_economy import RentalMarket
from clients.demo_operator import index_key, operator_key, tell, to_try
from clients.demo_report import hedgers_table, kinds_table
from clients.demo_view import headline, show
from clients.demo_watch import Watcher
from clients.errors import ExchangeError
from clients.live import LiveTrader
from clients.population import Member, population
from clients.sdk import Exchange
from exchange import audit
from exchange.admin.client import OperatorClient
from exchange.core.invariants import LAWS
from exchange.explained import ExplainedError
from exchange.log import opening
from exchange.log.terms import is_log
from exchange.replica import PublicReplica, recover
from exchange.serving import Addresses
from marketdata.days import NS_PER_DAY

logger = logging.getLogger(__name__)

GUEST = "guest"
"""An account without a trader, for whoever watches and wants to join."""
CALL_S = 15
"""How long a margin call runs, so that whoever watches sees a call and what follows it."""
START_S = 240.0
SYNCHRONISE_S = 30.0
SHOWN_S = 1.0
REPORT_WIDTH = 240
SHOWN = "GPU1-"
"""Begins the name of the contract whose ladder is shown."""
STOP_S = 20.0


class DemoError(ExplainedError, RuntimeError):
    """The demo cannot go on; the text says why."""


class DemoSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What ``cfx demo`` is told; ports may be 0, days_per_minute None is real time."""

    data_dir: Path
    port: int
    marketdata_port: int
    bots: int
    seed: int
    days_per_minute: float | None
    duration_s: float | None
    population: Path | None = None
    """Who takes part; the shipped crowd for None."""


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
            f"{self.census.orders:,} orders, {self.census.quotes:,} of them quotes, "
            f"{self.census.trades:,} trades, "
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
            *("--seed", str(settings.seed), "--indices", "reported"),
            *_rate(settings),
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


def _rate(settings: DemoSettings) -> tuple[str, ...]:
    if settings.days_per_minute is None:
        return ()
    return ("--days-per-minute", str(settings.days_per_minute))


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
    """Serve, let the crowd trade until Ctrl-C or the time is over, stop, report, and audit the log."""
    try:
        members = population(settings.seed, settings.bots, settings.population)
    except ValueError as error:
        raise DemoError(str(error)) from None
    today = market_day(settings.data_dir)
    rentals = await asyncio.to_thread(_founded, settings, members, today, console)
    stop = asyncio.Event()
    with stopping_on_signals(stop):
        async with served(settings, members) as addresses:
            runners = await _trade(settings, members, rentals, addresses, stop, console)
    acknowledged = {
        int(order_id.rpartition("-")[2]) for runner in runners for order_id in runner.acknowledged
    }
    report(runners, console)
    census = await asyncio.to_thread(_census, settings.data_dir, console)
    return Outcome(census, len(acknowledged), len(acknowledged - census.accepted))


def report(runners: Sequence[LiveTrader], console: Console) -> None:
    """Print what the participants came to, each that has a business beside its life without futures."""
    if not console.is_terminal:
        # A file has no width of its own.
        console = Console(file=console.file, width=REPORT_WIDTH)
    console.print(kinds_table(runners))
    console.print(hedgers_table([runner.trader.report() for runner in runners]))


def market_day(data_dir: Path) -> int:
    """Return the day of the market that an exchange's log ends on, today where there is none."""
    if not is_log(data_dir):
        return time.time_ns() // NS_PER_DAY
    log = opening.readable(data_dir)
    try:
        return recover(PublicReplica(), log).core.ts_ns // NS_PER_DAY
    finally:
        log.close()


def _founded(
    settings: DemoSettings, members: list[Member], today: int, console: Console
) -> RentalMarket:
    """Return the economy with its days before today lived."""
    with _progress("the rental economy's past days", console) as bar:
        task = bar.add_task("", total=None)
        rentals = RentalMarket(settings.seed, settings.data_dir, members, today)
        bar.update(task, total=rentals.days_before)
        rentals.live_until(today, lambda days: bar.update(task, completed=days))
    return rentals


async def _trade(
    settings: DemoSettings,
    members: list[Member],
    rentals: RentalMarket,
    addresses: Addresses,
    stop: asyncio.Event,
    console: Console,
) -> list[LiveTrader]:
    """Let the crowd trade and the economy live; return who traded."""

    def say(line: str) -> None:
        console.print(line, soft_wrap=True, highlight=False)

    async with Exchange(addresses.gateway, marketdata_url=addresses.marketdata) as market:
        keys = load_keys(Path(addresses.keys))
        crowd = Crowd(members, keys, addresses.gateway, seed=settings.seed, market=market)
        say(
            f"join in: cfx bot momentum --keys {addresses.keys} --account {GUEST} "
            f"--url {addresses.gateway}"
        )
        key_path, key = operator_key(settings.data_dir)
        for line in to_try(key_path, addresses.url):
            say(f"operate: {line}")
        await market.follow(*market.instruments, feeds=("ticker",))
        shown = next((name for name in market.instruments if name.startswith(SHOWN)), "")
        shown = shown or next(iter(market.instruments))
        await follow_ladder(market, shown)
        began_s = time.monotonic()
        watcher = Watcher(
            market.view,
            crowd.traders,
            shown,
            began_s,
            now_ns=market.now_ns,
            days_per_minute=settings.days_per_minute or 0.0,
        )

        def tell_news(line: str) -> None:
            watcher.news.append(line)
            if not console.is_terminal:
                say(line)

        reporting = OperatorClient(addresses.url, index_key(settings.data_dir))
        over = asyncio.Event()
        picture = asyncio.create_task(show(lambda: watcher.look(time.monotonic()), console, over))
        beside = [
            asyncio.create_task(tell(OperatorClient(addresses.url, key), tell_news)),
            asyncio.create_task(_live(rentals, market, reporting, crowd.traders, tell_news)),
            asyncio.create_task(_keep_time(market)),
            asyncio.create_task(_keep_shown(market, watcher)),
            asyncio.create_task(_drain(market)),
        ]
        try:
            await crowd.run(stop, settings.duration_s)
        finally:
            over.set()
            await picture
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            say(headline(watcher.look(time.monotonic())))
        return crowd.traders


async def _live(
    rentals: RentalMarket,
    market: Exchange,
    client: OperatorClient,
    runners: Sequence[LiveTrader],
    say: Callable[[str], None],
) -> None:
    """Let the economy live; where it fails the market goes on without it, and whoever watches is told."""
    try:
        await rentals.run(market.now_ns, client, runners)
    except Exception as error:
        logger.exception("the rental economy failed")
        say(f"the rental economy ended, indices stand still from now on: {error}")


async def follow_ladder(market: Exchange, name: str) -> None:
    """Follow a contract with its book, and with what other books imply there if any may."""
    await market.follow(name)
    if market.view.is_linked(name):
        await market.subscribe(f"book.{name}.implied.100ms")


async def _keep_shown(market: Exchange, watcher: Watcher) -> None:
    """Follow the contract whose ladder is shown, which changes with the month."""
    followed = watcher.instrument
    while True:
        await asyncio.sleep(SHOWN_S)
        if watcher.instrument != followed:
            with contextlib.suppress(ExchangeError):
                await follow_ladder(market, watcher.instrument)
                followed = watcher.instrument


async def _keep_time(market: Exchange) -> None:
    while True:
        await asyncio.sleep(SYNCHRONISE_S)
        with contextlib.suppress(ExchangeError):
            await market.synchronise()


async def _drain(watched: Exchange) -> None:
    """Take the news off the queue; the picture reads the view."""
    async for _ in watched.messages():
        pass


def _progress(text: str, console: Console) -> Progress:
    columns = (TextColumn(text), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=console, transient=True)


def _census(directory: Path, console: Console) -> audit.Census:
    with _progress("auditing the log", console) as bar:
        task = bar.add_task("", total=audit.last_seq(directory))
        return audit.census(directory, progress=lambda seq: bar.update(task, completed=seq))
