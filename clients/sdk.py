"""The client library: one object that trades, follows the market and mends a broken line."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Iterable
from types import TracebackType
from typing import Any, Self

import msgspec

from clients import dialect, wire
from clients import messages as m
from clients.connection import Connection, Timing
from clients.credentials import Credentials
from clients.errors import ConnectionLost, ExchangeError, MethodNotFound, ProtocolError
from clients.fills import SeenFills
from clients.mailbox import Mailbox
from clients.order_entry import OrderEntry
from clients.resume import Resumption
from clients.rpc import RpcSession
from clients.subscriptions import CHANGES, PRIVATE_PREFIX, Subscriptions
from clients.view import MarketView
from clients.wire import Wire
from marketdata.depth import SequenceGap
from marketdata.messages import NS_PER_MS, Instrument

QUEUE_LIMIT = 65_536
CHANNELS_A_CALL = 200
HEARTBEAT_S = 30
REPAIR_PAUSE_S = 0.5
RENEW_AT = 0.8


class Counts(msgspec.Struct):
    """What happened on the way so far."""

    messages: int = 0
    gaps: int = 0
    repeated: int = 0
    repeated_fills: int = 0


class Exchange(OrderEntry):
    """A session with an exchange; enter it with ``async with Exchange.connect(...)``.

    ``view`` is always up to date with what was received: books, tickers, indices, and with a key
    the account's orders and positions. ``messages()`` gives the same news one by one.
    """

    def __init__(
        self,
        url: str,
        credentials: Credentials | None = None,
        marketdata_url: str | None = None,
        *,
        timing: Timing | None = None,
        queue_limit: int = QUEUE_LIMIT,
        cancel_on_disconnect: bool = False,
    ) -> None:
        super().__init__()
        timing = timing or Timing()
        self.credentials = credentials
        self.counts = Counts()
        self.mailbox = Mailbox(queue_limit)
        self.view = MarketView({})
        self.wire = Wire(self.view.instruments)
        self.gateway = Connection(
            url,
            on_notification=self._on_notification,
            on_session=self._set_up_gateway,
            on_state=self._on_state,
            on_failure=self.mailbox.close,
            timing=timing,
        )
        self.marketdata: Connection | None = None
        if marketdata_url is not None:
            self.marketdata = Connection(
                marketdata_url,
                on_notification=self._on_notification,
                on_session=self._set_up_marketdata,
                on_state=self._on_state,
                on_failure=self.mailbox.close,
                timing=timing,
            )
        self._timing = timing
        self._cancel_on_disconnect = cancel_on_disconnect
        self._wanted = Subscriptions()
        self._seen = SeenFills()
        self._connected_ns = 0
        self._repairing: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._renewal: asyncio.Task[None] | None = None

    @classmethod
    def connect(
        cls,
        url: str,
        *,
        client_id: str | None = None,
        client_secret: str | None = None,
        marketdata_url: str | None = None,
        timing: Timing | None = None,
        queue_limit: int = QUEUE_LIMIT,
        cancel_on_disconnect: bool = False,
    ) -> Self:
        """Return an exchange to be entered with ``async with``; without a key it only reads.

        url: of the gateway, ``ws://host:port/ws/api/v2``. marketdata_url: where public channels
        come from, the gateway for None. Entering raises NotConnected or AuthenticationError.
        """
        key = None
        if client_id is not None or client_secret is not None:
            if not client_id or not client_secret:
                raise ValueError("client_id and client_secret go together")
            key = Credentials(client_id, client_secret)
        return cls(
            url,
            key,
            marketdata_url,
            timing=timing,
            queue_limit=queue_limit,
            cancel_on_disconnect=cancel_on_disconnect,
        )

    async def __aenter__(self) -> Self:
        try:
            await self.gateway.open()
            if self.marketdata is not None:
                await self.marketdata.open()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def instruments(self) -> dict[str, Instrument]:
        """What is listed, by name."""
        return self.view.instruments

    async def close(self) -> None:
        """End both connections and every task; messages() ends after what waits is taken."""
        self.mailbox.close()
        tasks = [task for task in (*self._tasks, self._renewal) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in (self.marketdata, self.gateway):
            if connection is not None:
                await connection.close()

    async def messages(self) -> AsyncIterator[m.Message]:
        """Give each message once, in order of arrival, until the exchange is closed.

        For one consumer. One that lags loses the oldest public messages (``mailbox.dropped``),
        while the view stays right. Raises SlowConsumer, or what ended the connection for good.
        """
        while (message := await self.mailbox.get()) is not None:
            yield message

    async def subscribe(self, *channels: str) -> None:
        """Follow channels, also after reconnections; their present state comes first.

        Raises ProtocolError for a channel that this library or the exchange does not serve.
        """
        fresh = self._wanted.check(channels)
        self._wanted.add(fresh)
        try:
            for scope, names in _by_scope(fresh):
                raw = await self._feed_of(scope).request(f"{scope}/subscribe", {"channels": names})
                refused = set(names) - set(wire.parse(raw, list[str]))
                if refused:
                    raise ProtocolError(f"the exchange does not serve {', '.join(sorted(refused))}")
        except ConnectionLost:
            # They are wished for, so the next session subscribes to them.
            return
        except ExchangeError:
            self._wanted.remove(fresh)
            raise

    async def unsubscribe(self, *channels: str) -> None:
        """Follow channels no longer."""
        self._wanted.remove(channels)
        for scope, names in _by_scope(channels):
            await self._feed_of(scope).request(f"{scope}/unsubscribe", {"channels": names})

    async def follow(self, *instruments: str, interval: str = "100ms") -> None:
        """Subscribe to what a trader needs: book, trades and ticker of instruments, their index."""
        names = [
            f"{kind}.{name}.{interval}"
            for name in instruments
            for kind in ("book", "trades", "ticker")
        ]
        indices = {self.instrument(name).index_name for name in instruments}
        names += [f"deribit_price_index.{index}" for index in sorted(indices)]
        await self.subscribe(*names)

    def deliver(self, messages: Iterable[m.PrivateMessage]) -> None:
        """Bring the view up to date with news of the account and queue what is new."""
        for message in messages:
            if isinstance(message, m.UserTrade) and not self._seen.first(message):
                self.counts.repeated_fills += 1
            elif self.view.apply(message):
                self.counts.messages += 1
                self.mailbox.put_private(message)

    def _feed_of(self, scope: str) -> Connection:
        return self.gateway if scope == "private" else self.marketdata or self.gateway

    def _on_state(self, up: bool, detail: str) -> None:
        self.mailbox.put_private(m.Link(up, detail))

    def _on_notification(self, channel: str, raw: msgspec.Raw) -> None:
        for message in self.wire.notification(channel, raw):
            match message:
                case m.BookUpdate():
                    self._take_book(channel, message)
                case m.PublicTrade() | m.Ticker() | m.Quote() | m.IndexPrice():
                    self.view.apply(message)
                    self.counts.messages += 1
                    self.mailbox.put_public(message)
                case _:
                    self.deliver([message])

    def _take_book(self, channel: str, update: m.BookUpdate) -> None:
        try:
            news = self.view.apply(update)
        except SequenceGap:
            if channel in self._wanted and channel not in self._repairing:
                self.counts.gaps += 1
                self._repairing.add(channel)
                self._spawn(self._repair(channel))
            return
        if news:
            self.counts.messages += 1
            self.mailbox.put_public(update)
        else:
            self.counts.repeated += 1

    async def _repair(self, channel: str) -> None:
        """Ask for a new snapshot of a book by subscribing anew; a reconnection would do as well."""
        try:
            while channel in self._wanted:
                feed = self._feed_of("public")
                try:
                    await feed.request("public/unsubscribe", {"channels": [channel]})
                    await feed.request("public/subscribe", {"channels": [channel]})
                    return
                except ExchangeError:
                    await asyncio.sleep(REPAIR_PAUSE_S)
        finally:
            self._repairing.discard(channel)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _set_up_gateway(self, session: RpcSession) -> None:
        await _heartbeat(session)
        await session.request(
            "public/get_instruments", {"currency": "any"}, on_answer=self._take_listing
        )
        if self.credentials is not None:
            await self._set_up_account(session, self.credentials)
        if self.marketdata is None:
            await _subscribe(session, "public", self._wanted.public())

    async def _set_up_marketdata(self, session: RpcSession) -> None:
        await _heartbeat(session)
        await _subscribe(session, "public", self._wanted.public())

    async def _set_up_account(self, session: RpcSession, key: Credentials) -> None:
        now_ms = wire.parse(await session.request("public/get_time"), int)
        raw = await session.request("public/auth", key.auth_params(now_ms))
        self._renew_after(session, key, wire.parse(raw, dialect.WireAuth).expires_in)
        if self._cancel_on_disconnect:
            await session.request("private/enable_cancel_on_disconnect")
        await _subscribe(session, "private", [CHANGES, *self._wanted.private()])
        catch_up = Resumption(session, self.wire, self.view, self.deliver)
        await catch_up.positions()
        await catch_up.orders()
        if self._connected_ns:
            await catch_up.fills(max(self._connected_ns, self._seen.last_ns))
        else:
            self._connected_ns = now_ms * NS_PER_MS

    def _take_listing(self, raw: msgspec.Raw) -> None:
        self.view.instruments.update(wire.listing(raw))

    def _renew_after(self, session: RpcSession, key: Credentials, expires_s: float) -> None:
        """Authenticate again before the session's token expires; an expiry of 0 is none."""
        if self._renewal is not None:
            self._renewal.cancel()
            self._renewal = None
        if expires_s > 0:
            self._renewal = asyncio.create_task(_renew(session, key, expires_s))


async def _renew(session: RpcSession, key: Credentials, expires_s: float) -> None:
    # A session that ended is no loss here: the next one authenticates by itself.
    with contextlib.suppress(ExchangeError):
        while True:
            await asyncio.sleep(expires_s * RENEW_AT)
            now_ms = wire.parse(await session.request("public/get_time"), int)
            await session.request("public/auth", key.auth_params(now_ms))


async def _heartbeat(session: RpcSession) -> None:
    # A server without heartbeats still has the WebSocket's own pings.
    with contextlib.suppress(MethodNotFound):
        await session.request("public/set_heartbeat", {"interval": HEARTBEAT_S})


async def _subscribe(session: RpcSession, scope: str, names: list[str]) -> None:
    for first in range(0, len(names), CHANNELS_A_CALL):
        chunk = names[first : first + CHANNELS_A_CALL]
        await session.request(f"{scope}/subscribe", {"channels": chunk})


def _by_scope(names: Iterable[str]) -> list[tuple[str, list[str]]]:
    scopes: dict[str, list[str]] = {}
    for name in names:
        scope = "private" if name.startswith(PRIVATE_PREFIX) else "public"
        scopes.setdefault(scope, []).append(name)
    return [
        (scope, found[first : first + CHANNELS_A_CALL])
        for scope, found in scopes.items()
        for first in range(0, len(found), CHANNELS_A_CALL)
    ]
