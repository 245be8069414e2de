"""Running everything of one exchange: the venue, its schedule, the gateway, the market-data process."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import uvloop
from rich.console import Console

from exchange import served
from exchange.config import Settings
from exchange.contracts import families
from exchange.contracts import spec as contracts
from exchange.contracts.problems import ContractError, Problem
from exchange.contracts.sessions import round_the_clock
from exchange.contracts.terms import ContractSpec
from exchange.core.commands import Command
from exchange.core.layout import CommandKind, Layer
from exchange.following.standby import Takeover
from exchange.gateway.gateway import Gateway
from exchange.gateway.keys import (
    KEYS_NAME,
    Credentials,
    KeyStore,
    drawn_credentials,
    read_keys_json,
    write_keys_json,
)
from exchange.gateway.limits import Limits
from exchange.indices import default, reading
from exchange.indices.fixing_times import is_transaction
from exchange.indices.index_source import IndexSource, PriceProcess, TransactionWalk, WalkSource
from exchange.indices.methodology import shipped
from exchange.indices.observation_store import ObservationStore
from exchange.indices.panel import Observations
from exchange.indices.publication import Publisher
from exchange.indices.reported_source import ReportedSource
from exchange.indices.walk import IndexWalk
from exchange.log.opening import explained_import
from exchange.log.terms import Durability
from exchange.market_clock import NS_PER_S, rate_ppm, span_ns
from exchange.marketdata_process import MarketDataProcess, ServingError
from exchange.schedule import Schedule
from exchange.terminal import spoken
from exchange.venue import Venue

if TYPE_CHECKING:
    from exchange.gateway.server import GatewayServer
    from exchange.sharing import Sharing

KEYS_JSON_NAME = "keys.json"
REJECTS_SHOWN = 20
SURVIVED: dict[Durability, str] = {
    "fsync": "an acknowledged command survives the loss of power",
    "os": "an acknowledged command survives the end of this process, not the machine's",
    "none": "an acknowledged command survives nothing",
}
SWING_SEED = 1 << 63
"""Added to the seed for the walks of the gaps between indices."""


class Exchange:
    """One exchange with all its parts: ``start``, then ``stop``."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.venue: Venue
        self.server: GatewayServer
        self.marketdata = MarketDataProcess(settings)
        self._schedule: asyncio.Task[None] | None = None
        self._sharing: Sharing | None = None
        self._joining: asyncio.Task[None] | None = None
        self._prepared: tuple[list[ContractSpec], Observations] | None = None

    def prepare(self, say: Callable[[str], None]) -> tuple[list[ContractSpec], Observations]:
        """Read what is listed and what was observed, once; raises as their files' faults do."""
        if self._prepared is None:
            specs = listed_specs(self.settings)
            underlyings = {spec.underlying for spec in specs}
            self._prepared = specs, observed_prices(self.settings, underlyings, say)
        return self._prepared

    async def start(self, say: Callable[[str], None], taken: Takeover | None = None) -> None:
        """Recover, open accounts, list contracts and listen; ``say`` is told each step.

        taken: what a standby has taken over, instead of recovering.
        """
        settings = self.settings
        if taken is None:
            say("recovering the log and loading the kernels (the first start compiles them)")
        specs, observed = self.prepare(say)
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Its modules load on another processor, while what only the gateway needs is loaded here.
        await self.marketdata.launch()
        from exchange.gateway.app import App
        from exchange.gateway.server import GatewayServer

        if taken is None:
            self.venue = await Venue.open(settings)
        else:
            self.venue = Venue.begin(settings, *taken)
        # A fast market would be days ahead by the time that anybody can trade in it.
        self.venue.clock.hold()
        self.marketdata.begin(self.venue.clock)
        say(f"recovered to command {self.venue.core.seq}")
        if self.venue.core.seq == 0:
            await self.venue.require_together(first_commands(settings))
        # The first listing began this market; its time is in the log, so the index goes on from there.
        listed_ns = [spec.created_ns for spec in self.venue.core.specs]
        start_ns = min(listed_ns, default=self.venue.now_ns())
        source: IndexSource = walk_source(settings, observed, specs, start_ns)
        if settings.indices == "reported":
            store = ObservationStore(settings.data_dir)
            self.venue.reported = ReportedSource(store, Publisher(shipped()), source)
            source = self.venue.reported
        schedule = Schedule(self.venue, specs, source)
        await schedule.step()
        keys = KeyStore(settings.data_dir / KEYS_NAME)
        await self._join_keys()
        await self._open_accounts(keys)
        gateway = Gateway(self.venue, keys, gateway_limits(settings))
        self.server = GatewayServer(App(gateway), settings.host, settings.port)
        await self.server.start()
        await self.marketdata.listening()
        if self.venue.clock.is_held:
            self.venue.clock.release()
            self.marketdata.tell_clock()
        self._schedule = asyncio.create_task(schedule.run())
        serving = msgspec.structs.replace(
            settings, port=self.server.port, marketdata_port=self.marketdata.port
        )
        served.keep(serving)
        await self._share(serving)
        self.venue.ready = True

    async def _join_keys(self) -> None:
        """Take over the keys of a log's other nodes, before anybody is given new ones."""
        if self.settings.log is None:
            return
        with explained_import():
            from exchange.sharing import Sharing

        self._sharing = await Sharing.open(self.settings.data_dir, self.settings.log)
        await self._sharing.join()

    async def _share(self, serving: Settings) -> None:
        """Keep the log's other nodes told of keys, and of what is served."""
        if self._sharing is not None:
            await self._sharing.join()
            await self._sharing.give(serving)
            self._joining = asyncio.create_task(self._sharing.run())

    async def _open_accounts(self, store: KeyStore) -> None:
        """Open the accounts that were asked for; those without a key get one, in keys.json."""
        path = self.settings.data_dir / KEYS_JSON_NAME
        known = read_keys_json(path) if path.exists() else {}
        with_key = {key.account for key in store.keys()}  # noqa: SIM118 - a method, not a mapping
        made: dict[str, Credentials] = {}
        for account in self.settings.accounts:
            await self.venue.open_account(account.name, account.deposit_micros)
            if account.name not in with_key:
                made[account.name] = drawn_credentials()
        if made:
            # First the file that tells the secrets: a start after a kill in between draws new ones.
            write_keys_json(path, known | made)
        for name, credentials in made.items():
            store.create(name, created_ns=time.time_ns(), credentials=credentials)

    async def run(self, duration_s: float | None, say: Callable[[str], None]) -> None:
        """Serve until Ctrl-C, SIGTERM or the end of ``duration_s``.

        Raises ServingError when the market-data service cannot be kept running.
        """
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        stopping = asyncio.create_task(stop.wait())
        keeping = asyncio.create_task(self.marketdata.keep(say))
        done, pending = await asyncio.wait(
            {stopping, keeping}, timeout=duration_s, return_when=asyncio.FIRST_COMPLETED
        )
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        if keeping in done:
            await keeping

    async def stop(self) -> None:
        """Stop listening, finish what was taken, keep a snapshot."""
        if self._schedule is not None:
            self._schedule.cancel()
        if self._joining is not None:
            self._joining.cancel()
        if self._sharing is not None:
            await self._sharing.close()
        if hasattr(self, "server"):
            await self.server.stop()
        if hasattr(self, "venue"):
            await self.venue.close()
        await self.marketdata.stop()


def first_commands(settings: Settings) -> list[Command]:
    """Return what a new exchange begins with: the time to meet a call, and the house's insurance.

    Whoever meets a call does so by the wall clock, so a market that runs faster allows more of its time.
    """
    call_ns = span_ns(rate_ppm(settings.days_per_minute), settings.call_s * NS_PER_S)
    terms = Command(CommandKind.SET_MARGIN_TERMS, amount_micros=call_ns)
    insurance = Command(
        CommandKind.FUND_LAYER,
        qty_lots=int(Layer.INSURANCE),
        amount_micros=settings.insurance_usd * 1_000_000,
    )
    return [terms, insurance] if settings.insurance_usd else [terms]


def listed_specs(settings: Settings) -> list[ContractSpec]:
    """Return the shipped families that were asked for and the user's own, with the hours that they keep.

    Raises ContractError for an unsound file, a family that there is not, or a spread whose legs are not
    listed; ServingError where two families share a name.
    """
    specs = contracts.shipped(*settings.families)
    for path in settings.contracts:
        spec = contracts.load(path)
        if spec.family in {known.family for known in specs}:
            raise ServingError(
                f"{path}: there is a family {spec.family} already: rename yours, or leave the shipped one "
                "out by naming those that you want with --family"
            )
        specs.append(spec)
    problems = [Problem(spec.family, 0, *fault) for spec, fault in families.faults(specs)]
    if problems:
        raise ContractError(problems)
    return specs if settings.hours == "rulebook" else list(map(round_the_clock, specs))


def observed_prices(
    settings: Settings, underlyings: set[str], say: Callable[[str], None]
) -> Observations:
    """Return the user's observed prices, or the generated series; each must be of every underlying."""
    if settings.index_csv is None:
        observed = default.generate()
    else:
        observed = reading.read(settings.index_csv)
        for reject in observed.rejects[:REJECTS_SHOWN]:
            say(f"passed over: {reject}")
        if observed.rejected > REJECTS_SHOWN:
            say(f"passed over {observed.rejected - REJECTS_SHOWN} more rows")
    missing = underlyings - set(observed.underlyings)
    if missing:
        names = ", ".join(sorted(missing))
        if settings.index_csv is None:
            raise ServingError(f"there are no prices of {names}: give them with --index-csv")
        raise ServingError(
            f"{settings.index_csv} has no prices of {names}: add them, or name the families to list "
            "with --family"
        )
    return observed


def gateway_limits(settings: Settings) -> Limits:
    """Return the gateway's bounds with the account's order rate that was asked for."""
    if settings.rate_limit is None:
        return Limits()
    return Limits(
        matching_rate=float(settings.rate_limit), matching_burst=2.0 * settings.rate_limit
    )


def walk_source(
    settings: Settings, observed: Observations, specs: Sequence[ContractSpec], start_ns: int
) -> WalkSource:
    """Return walks as the indices of families, leaving the last observed level at ``start_ns``."""

    def walk(underlying: str, seed: int) -> IndexWalk:
        return IndexWalk(
            underlying,
            observed.rows,
            seed,
            round(settings.index_interval_s * 1e9),
            start_ns=start_ns,
            time_scale=settings.time_scale,
        )

    underlyings = {spec.index: spec.underlying for spec in specs}
    broad = {name: walk(name, settings.seed) for name in sorted(set(underlyings.values()))}
    processes: dict[str, PriceProcess] = {}
    for index, underlying in underlyings.items():
        processes[index] = broad[underlying]
        if is_transaction(index):
            swing = walk(underlying, settings.seed + SWING_SEED)
            processes[index] = TransactionWalk(broad[underlying], swing)
    return WalkSource(processes, start_ns)


class Addresses(msgspec.Struct, frozen=True):
    """Where a running exchange is reached; what ``--ready-file`` holds as JSON."""

    url: str
    gateway: str
    marketdata: str
    keys: str
    pid: int


def run(
    settings: Settings,
    duration_s: float | None,
    console: Console,
    ready_file: Path | None = None,
) -> None:
    """Run an exchange in this process until it is stopped, telling the console.

    ready_file: gets the Addresses once everything answers.
    """
    uvloop.run(serve(Exchange(settings), duration_s, spoken(console), ready_file))


async def serve(
    exchange: Exchange,
    duration_s: float | None,
    say: Callable[[str], None],
    ready_file: Path | None = None,
    *,
    taken: Takeover | None = None,
    on_ready: Callable[[Addresses], None] = lambda addresses: None,
) -> None:
    """Start an exchange and serve until it is stopped; taken: see Exchange.start."""
    settings = exchange.settings
    try:
        await exchange.start(say, taken)
        keys = settings.data_dir / KEYS_JSON_NAME
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        addresses = Addresses(
            url=f"http://{host}:{exchange.server.port}",
            gateway=f"ws://{host}:{exchange.server.port}/ws/api/v2",
            marketdata=f"ws://{host}:{exchange.marketdata.port}",
            keys=str(keys),
            pid=os.getpid(),
        )
        say(
            f"ready: gateway {addresses.url} (WebSocket {addresses.gateway}, API at /docs), "
            f"market data {addresses.marketdata}"
        )
        say(f"durability: {exchange.venue.durability} ({SURVIVED[exchange.venue.durability]})")
        if keys.exists():
            say(f"keys of the accounts: {keys}")
        on_ready(addresses)
        if ready_file is not None:
            # Renamed into place, so that whoever waits for the file never reads half of it.
            partial = ready_file.with_name(ready_file.name + ".part")
            partial.write_bytes(msgspec.json.encode(addresses))
            partial.replace(ready_file)
        say("Ctrl-C stops it")
        await exchange.run(duration_s, say)
        say("stopping")
    finally:
        await exchange.stop()
    status = exchange.venue.status
    kept = "thrown away" if settings.ephemeral else f"kept in {settings.data_dir}"
    say(f"stopped at command {status['seq']}, {status['trades']} trades; the log is {kept}")
