"""The client library: one object that trades, follows the market and mends a broken line."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from types import TracebackType
from typing import Any, Self

import msgspec

from clients import dialect, wire
from clients import messages as m
from clients.connection import Connection, Timing
from clients.credentials import Credentials
from clients.errors import ConnectionLost, ExchangeError, MethodNotFound, ProtocolError
from clients.feed import ArbitratedFeed, connected
from clients.fills import SeenFills
from clients.mailbox import Mailbox
from clients.market_time import MarketTime, WireClock, ask_clock
from clients.quoting import Quoting
from clients.resume import Resumption
from clients.rpc import RpcSession
from clients.subscriptions import CHANGES, CLEARING, PRIVATE_PREFIX, STATES, Subscriptions
from clients.view import MarketView
from clients.wire import Wire
from marketdata.depth import SequenceGap
from marketdata.messages import NS_PER_MS, Instrument

QUEUE_LIMIT = 65_536
CHANNELS_A_CALL = 200
HEARTBEAT_S = 30
REPAIR_PAUSE_S = 0.5
RENEW_AT = 0.8
RELIST_PAUSE_S = 0.1


class Counts(msgspec.Struct):
    """What happened on the way so far."""

    messages: int = 0
    gaps: int = 0
    repeated: int = 0
    repeated_fills: int = 0


class Exchange(Quoting):
    """A session with an exchange; enter it with ``async with Exchange.connect(...)``.

    ``view`` is always up to date with what was received: books, tickers, indices, and with a key
    the account's orders and positions. ``messages()`` gives the same news one by one.
    """

    def __init__(
        self,
        url: str | Sequence[str],
        credentials: Credentials | None = None,
        marketdata_url: str | Sequence[str] | None = None,
        *,
        timing: Timing | None = None,
        queue_limit: int = QUEUE_LIMIT,
        cancel_on_disconnect: bool = False,
        market: Exchange | None = None,
    ) -> None:
        """Prepare a session; ``connect`` has the words.

        market: another session of the same process that is entered first and left last; its market
        data and listing are shared, so that many accounts decode the market once.
        """
        super().__init__()
        timing = timing or Timing()
        self.credentials = credentials
        self.counts = Counts()
        self.mailbox = Mailbox(queue_limit)
        self.market = market
        self.market_time = MarketTime() if market is None else market.market_time
        self.view = MarketView({}, market=None if market is None else market.view)
        self.wire = Wire({}) if market is None else market.wire
        self._public_boxes: list[Mailbox] = [self.mailbox]
        self._members: list[Exchange] = []
        self._relisting: list[m.InstrumentState] = []
        self.fixings_due_ns = 0
        self.gateway = Connection(
            url,
            on_notification=self._on_notification,
            on_session=self._set_up_gateway,
            on_state=self._on_state,
            on_failure=self.mailbox.close,
            timing=timing,
        )
        self.marketdata: Connection | ArbitratedFeed | None = None
        if market is not None:
            market.join(self)
        elif marketdata_url is not None:
            urls = [marketdata_url] if isinstance(marketdata_url, str) else list(marketdata_url)
            self.marketdata = connected(
                urls,
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
        url: str | Sequence[str],
        *,
        client_id: str | None = None,
        client_secret: str | None = None,
        marketdata_url: str | Sequence[str] | None = None,
        timing: Timing | None = None,
        queue_limit: int = QUEUE_LIMIT,
        cancel_on_disconnect: bool = False,
    ) -> Self:
        """Return an exchange to be entered with ``async with``; without a key it only reads.

        url: of the gateway, ``ws://host:port/ws/api/v2``, or of several, tried in turn, of which one takes over
        from another. marketdata_url: where public channels
        come from, the gateway for None; of several nodes the first copy of each message counts, and nothing is
        missed as long as one is up. Entering raises NotConnected or AuthenticationError.
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
        self.hear_market(False)
        if self.market is not None:
            self.market.leave(self)
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
        if self.market is not None:
            shared = [name for name in channels if not name.startswith(PRIVATE_PREFIX)]
            channels = tuple(name for name in channels if name.startswith(PRIVATE_PREFIX))
            await self.market.subscribe(*shared)
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

    async def follow(
        self,
        *instruments: str,
        interval: str = "100ms",
        feeds: Iterable[str] = ("book", "trades", "ticker"),
    ) -> None:
        """Subscribe to what a trader needs: book, trades and ticker of instruments, their index."""
        names = [f"{kind}.{name}.{interval}" for name in instruments for kind in feeds]
        indices = {self.instrument(name).index_name for name in instruments}
        names += [f"deribit_price_index.{index}" for index in sorted(indices)]
        await self.subscribe(*names)

    def hear_market(self, hears: bool) -> None:
        """Say whether ``messages()`` also gives the market's; the view shows them in any case."""
        boxes = (self.market or self)._public_boxes
        if not hears and self.mailbox in boxes:
            boxes.remove(self.mailbox)
        elif hears and self.mailbox not in boxes:
            boxes.append(self.mailbox)

    def join(self, member: Exchange) -> None:
        """Tell a session that shares this one's market when the listing changes."""
        self._members.append(member)
        self._public_boxes.append(member.mailbox)

    def leave(self, member: Exchange) -> None:
        """Tell a session nothing more."""
        if member in self._members:
            self._members.remove(member)

    def deliver(self, messages: Iterable[m.PrivateMessage]) -> None:
        """Bring the view up to date with news of the account and queue what is new."""
        for message in messages:
            if isinstance(message, m.UserTrade) and not self._seen.first(message):
                self.counts.repeated_fills += 1
            elif self.view.apply(message):
                self.counts.messages += 1
                self.mailbox.put_private(message)

    def _feed_of(self, scope: str) -> Connection | ArbitratedFeed:
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
                    self._put_public(message)
                case m.InstrumentState():
                    self._take_state(message)
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
            self._put_public(update)
        else:
            self.counts.repeated += 1

    def _put_public(self, message: m.PublicMessage) -> None:
        self.counts.messages += 1
        for box in self._public_boxes:
            box.put_public(message)

    def _take_state(self, state: m.InstrumentState) -> None:
        """Learn the listing anew where an instrument came or went, and only then tell of it."""
        known = state.instrument in self.view.instruments
        if known == (state.state != "terminated"):
            self._tell_state(state)
            return
        self._relisting.append(state)
        if len(self._relisting) == 1:
            self._spawn(self._relist())

    def _tell_state(self, state: m.InstrumentState) -> None:
        if self.view.apply(state):
            for member in (self, *self._members):
                member.mailbox.put_private(state)

    async def _relist(self) -> None:
        # A month rolls many instruments at once: one question answers for all of them.
        await asyncio.sleep(RELIST_PAUSE_S)
        try:
            listed = await self.list_instruments()
        except ExchangeError:
            # The line broke: the next session asks for the listing first of all.
            self._relisting.clear()
            return
        self._list(listed)
        states, self._relisting = self._relisting, []
        for state in states:
            if state.state == "terminated":
                gone = self._wanted.remove_instrument(state.instrument)
                self._spawn(self._drop(gone))
            self.view.states.setdefault(state.instrument, "")
            self._tell_state(state)

    async def _drop(self, channels: list[str]) -> None:
        with contextlib.suppress(ExchangeError):
            await self.unsubscribe(*channels)

    def _list(self, listed: dict[str, Instrument]) -> None:
        # Late news of an expired instrument can still be read; nobody trades it any more.
        self.wire.instruments.update(listed)
        self.view.instruments.update(listed)
        for name in set(self.view.instruments) - set(listed):
            del self.view.instruments[name]

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
        if self.market is None:
            await session.request(
                "public/get_instruments", {"currency": "any"}, on_answer=self._take_listing
            )
        clock = await ask_clock(session.request)
        if self.market is None:
            self.market_time.take(clock)
        if self.credentials is not None:
            await self._set_up_account(session, self.credentials, clock)
        if self.marketdata is None and self.market is None:
            await _subscribe(session, "public", [STATES, *self._wanted.public()])

    async def _set_up_marketdata(self, session: RpcSession) -> None:
        await _heartbeat(session)
        await _subscribe(session, "public", [STATES, *self._wanted.public()])

    async def _set_up_account(
        self, session: RpcSession, key: Credentials, clock: WireClock
    ) -> None:
        raw = await session.request("public/auth", key.auth_params(clock.wall_timestamp))
        self._renew_after(session, key, wire.parse(raw, dialect.WireAuth).expires_in)
        if self._cancel_on_disconnect:
            await session.request("private/enable_cancel_on_disconnect")
        await _subscribe(session, "private", [CHANGES, CLEARING, *self._wanted.private()])
        catch_up = Resumption(session, self.wire, self.view, self.deliver)
        await catch_up.positions()
        await catch_up.orders()
        if self._connected_ns:
            await catch_up.fills(max(self._connected_ns, self._seen.last_ns))
        else:
            self._connected_ns = clock.timestamp * NS_PER_MS

    def _take_listing(self, raw: msgspec.Raw) -> None:
        self._list(wire.listing(raw))

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
            clock = await ask_clock(session.request)
            await session.request("public/auth", key.auth_params(clock.wall_timestamp))


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
