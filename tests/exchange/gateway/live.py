"""A real venue behind a real gateway on a loopback port, and a bare client for it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import uvloop
from websockets.asyncio.client import ClientConnection, connect

from exchange.config import Settings
from exchange.core.commands import Command
from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import CommandKind, State
from exchange.gateway.app import App
from exchange.gateway.gateway import Gateway
from exchange.gateway.keys import Credentials, KeyStore
from exchange.gateway.limits import Limits
from exchange.gateway.server import GatewayServer
from exchange.venue import Venue
from tests.exchange.gateway.methods.desk import lasting

WAIT_S = 60.0
DEPOSIT_MICROS = 10_000_000 * 1_000_000
NAME = "H100-PERPETUAL"
PRICE = 2.5
"""The first mark, in dollars."""

SPEC = InstrumentSpec(
    name=NAME,
    family="H100",
    underlying="H100",
    index="h100_usd",
    perpetual=True,
    tick_micros=1_000,
    contract_hours=1,
    created_ns=0,
    expiry_ns=0,
    base_ticks=1,
    levels=8_192,
    reference_ticks=2_500,
    initial_margin_ppm=200_000,
    maintenance_margin_ppm=150_000,
    band_ppm=100_000,
    max_order_lots=100_000,
    max_position_lots=1_000_000,
    maker_fee_micros=0,
    taker_fee_micros=1_000,
)


class Live:
    """What a test may touch: the venue, the gateway, the store of keys and a key an account."""

    def __init__(self, venue: Venue, server: GatewayServer, keys: KeyStore) -> None:
        self.venue = venue
        self.server = server
        self.gateway = server.app.gateway
        self.keys = keys
        self.credentials: dict[str, Credentials] = {}

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.server.port}/ws/api/v2"

    @property
    def http_url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def state(self) -> tuple[Any, ...]:
        """Everything that a refused request must leave as it was.

        Not the sequence: what the core itself refuses was logged first.
        """
        return (*lasting(self.venue.core), self.venue.views.snapshot())

    async def quiet(self) -> None:
        """Wait until the windows of market data are cut, so that nothing more is logged by itself."""
        while self.venue.market.has_open_window:
            await asyncio.sleep(0.01)

    @asynccontextmanager
    async def client(self, account: str | None = None) -> AsyncIterator[Client]:
        """A connection, authenticated as an account where one is named."""
        async with connect(self.url, compression=None, max_size=None, max_queue=None) as socket:
            client = Client(socket)
            if account is not None:
                await client.authenticate(self.credentials[account])
            yield client

    @asynccontextmanager
    async def http(self) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(base_url=self.http_url, timeout=WAIT_S) as client:
            yield client


class Client:
    """Sends requests and keeps notifications apart from answers."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.notifications: list[dict[str, Any]] = []
        self._answers: dict[Any, dict[str, Any]] = {}
        self._ids = itertools.count(1)

    async def frame(self) -> dict[str, Any]:
        """The next frame of any kind."""
        async with asyncio.timeout(WAIT_S):
            decoded = msgspec.json.decode(await self.socket.recv())
        assert isinstance(decoded, dict)
        return decoded

    async def answer(self, request_id: Any) -> dict[str, Any]:
        """The answer with this id; notifications and other answers before it are kept."""
        while request_id not in self._answers:
            frame = await self.frame()
            if "method" in frame:
                self.notifications.append(frame)
            else:
                self._answers[frame["id"]] = frame
        return self._answers.pop(request_id)

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The whole answer to a request."""
        request_id = await self.post(method, **params)
        return await self.answer(request_id)

    async def post(self, method: str, **params: Any) -> int:
        """Send a request without waiting; returns its id."""
        request_id = next(self._ids)
        body = {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}
        await self.socket.send(msgspec.json.encode(body), text=True)
        return request_id

    async def call(self, method: str, **params: Any) -> Any:
        """The result of a request that must succeed."""
        answer = await self.ask(method, **params)
        assert "error" not in answer, answer
        return answer["result"]

    async def refused(self, method: str, **params: Any) -> dict[str, Any]:
        """The error of a request that must fail."""
        answer = await self.ask(method, **params)
        assert "error" in answer, answer
        error: dict[str, Any] = answer["error"]
        return error

    async def raw(self, message: str | bytes) -> dict[str, Any]:
        """The frame that follows a raw message."""
        await self.socket.send(message)
        return await self.frame()

    async def notified(self, channel: str) -> Any:
        """The content of the next notification of a channel."""
        while True:
            for position, kept in enumerate(self.notifications):
                if kept.get("params", {}).get("channel") == channel:
                    del self.notifications[position]
                    return kept["params"]["data"]
            frame = await self.frame()
            if "method" in frame:
                self.notifications.append(frame)

    async def authenticate(self, credentials: Credentials, **params: Any) -> dict[str, Any]:
        result = await self.call(
            "public/auth", grant_type="client_credentials", **credentials._asdict(), **params
        )
        assert isinstance(result, dict)
        return result

    async def closed(self) -> int | None:
        """The status code with which the server closes."""
        async with asyncio.timeout(WAIT_S):
            await self.socket.wait_closed()
        return self.socket.close_code

    async def buy(self, price: float, amount: int = 1, **params: Any) -> dict[str, Any]:
        """Place a limit order to buy; returns the order."""
        result = await self.call(
            "private/buy", instrument_name=NAME, amount=amount, price=price, **params
        )
        order: dict[str, Any] = result["order"]
        return order


@asynccontextmanager
async def live(folder: Path, limits: Limits | None = None) -> AsyncIterator[Live]:
    """An open perpetual, and the funded accounts alice and bob with a key each."""
    venue = await Venue.open(Settings(data_dir=folder))
    server = None
    keys = KeyStore(folder / "keys.db")
    try:
        spec = msgspec.json.encode(SPEC).decode()
        await venue.require(Command(CommandKind.LIST_INSTRUMENT, text=spec))
        await venue.require(Command(CommandKind.SET_STATE, instrument=0, qty_lots=int(State.OPEN)))
        server = GatewayServer(App(Gateway(venue, keys, limits)))
        running = Live(venue, server, keys)
        for name in ("alice", "bob"):
            await venue.open_account(name, DEPOSIT_MICROS)
            running.credentials[name] = keys.create(name, created_ns=venue.now_ns())
        await server.start()
        venue.ready = True
        yield running
    finally:
        if server is not None:
            await server.stop()
        keys.close()
        await venue.close()


Scenario = Callable[[Live], Coroutine[Any, Any, None]]
Runner = Callable[..., None]


def run(folder: Path, scenario: Scenario, limits: Limits | None = None) -> None:
    """Run a scenario against a new venue, within bounded time."""

    async def bounded() -> None:
        async with asyncio.timeout(2 * WAIT_S), live(folder, limits) as running:
            await scenario(running)

    # The loop of production: its transports are not asyncio's.
    uvloop.run(bounded())
