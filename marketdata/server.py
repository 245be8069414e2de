"""The market-data service: pushes the channels of one market over WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
import http
import socket
import time
from collections.abc import Callable

import msgspec
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.http11 import Request as HandshakeRequest
from websockets.http11 import Response
from websockets.protocol import State as ConnectionState

from marketdata import rpc
from marketdata.framing import text_frame
from marketdata.methods import PublicMethods
from marketdata.publisher import MAX_CHANNELS, Publisher, Subscriber
from marketdata.session import Session, TokenBucket, heartbeat_message

PATHS = ("/", "/ws/api/v2")
HOUSEKEEPING_S = 0.05


class ServerLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of the service; full means a clear refusal."""

    connections: int = 2000
    channels: int = MAX_CHANNELS
    """Channels of one connection."""
    calls_per_s: float = 50.0
    calls_burst: float = 200.0
    message_bytes: int = 64 * 1024
    """Longest message that a client may send."""
    write_buffer_bytes: int = 256 * 1024
    """Bytes waiting for a client above which nothing is added: it reads too slowly."""
    socket_buffer_bytes: int = 256 * 1024
    """The operating system's send buffer of a client: what it holds can no longer be conflated."""
    slow_s: float = 10.0
    """Seconds that a client may read too slowly before it is dropped."""
    close_s: float = 1.0
    """Seconds that a closing handshake may take."""
    min_heartbeat_s: float = 10.0


class ServerCounts(msgspec.Struct):
    """What the service did since it began."""

    subscribers: int = 0
    """Connections that are open."""
    connections: int = 0
    refused: int = 0
    """Handshakes refused because the service was full."""
    calls: int = 0
    errors: int = 0
    """Calls answered with an error."""
    deliveries: int = 0
    """Notifications handed to a connection."""
    writes: int = 0
    """Writes that carried them."""
    skipped: int = 0
    """Times that a slow reader was passed over."""
    conflated: int = 0
    """Times that a channel's lost messages were replaced by its state."""
    dropped: int = 0
    """Connections closed because they read too slowly or gave no sign of life."""


class MarketDataServer:
    """Serves a publisher's channels; one task flushes all connections and waits for none."""

    def __init__(
        self,
        publisher: Publisher,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        limits: ServerLimits | None = None,
        tick_s: float = 0.002,
        clock_ns: Callable[[], int] = time.time_ns,
        answer_http: Callable[[str], Response | None] = lambda path: None,
    ) -> None:
        """Prepare a service.

        answer_http: what a GET of a path is answered that is no WebSocket's, None for nothing.
        """
        self.limits = limits or ServerLimits()
        self._publisher = publisher
        self._host = host
        self._asked_port = port
        self._tick_s = tick_s
        self._answer_http = answer_http
        self._counts = ServerCounts()
        self._methods = PublicMethods(publisher, clock_ns, self.limits.min_heartbeat_s)
        self._sessions: dict[ServerConnection, Session] = {}
        self._server: Server | None = None
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._drops: set[asyncio.Task[None]] = set()
        self._unhook: Callable[[], None] | None = None

    @property
    def counts(self) -> ServerCounts:
        """What the service did so far."""
        self._counts.subscribers = len(self._sessions)
        self._counts.conflated = self._publisher.counts.conflated
        return self._counts

    @property
    def port(self) -> int:
        """Port that the service listens on; raises RuntimeError before start()."""
        if self._server is None:
            raise RuntimeError("the service is not started")
        port: int = next(iter(self._server.sockets)).getsockname()[1]
        return port

    async def start(self) -> None:
        """Listen and begin to flush; raises OSError when the address is taken."""
        self._server = await serve(
            self._serve,
            self._host,
            self._asked_port,
            compression=None,
            max_size=self.limits.message_bytes,
            close_timeout=self.limits.close_s,
            process_request=self._admit,
        )
        self._unhook = self._publisher.on_flush(self._wake.set)
        self._tasks = [
            asyncio.create_task(self._flush_forever(), name="market-data flush"),
            asyncio.create_task(self._keep_house(), name="market-data housekeeping"),
        ]

    async def close(self) -> None:
        """Stop listening, close every connection and end the tasks."""
        if self._unhook is not None:
            self._unhook()
        for task in (*self._tasks, *self._drops):
            task.cancel()
        await asyncio.gather(*self._tasks, *self._drops, return_exceptions=True)
        if self._server is not None:
            # A client that does not read would hold up the closing handshake for ever.
            for session in self._sessions.values():
                if self._is_full(session):
                    session.connection.transport.abort()
            self._server.close()
            await self._server.wait_closed()

    def _admit(self, connection: ServerConnection, request: HandshakeRequest) -> Response | None:
        answered = self._answer_http(request.path)
        if answered is not None:
            return answered
        if request.path.partition("?")[0] not in PATHS:
            return connection.respond(http.HTTPStatus.NOT_FOUND, "use /ws/api/v2\n")
        if len(self._sessions) >= self.limits.connections:
            self._counts.refused += 1
            return connection.respond(http.HTTPStatus.SERVICE_UNAVAILABLE, "too many connections\n")
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        transport_socket: socket.socket = connection.transport.get_extra_info("socket")
        transport_socket.setsockopt(
            socket.SOL_SOCKET, socket.SO_SNDBUF, self.limits.socket_buffer_bytes
        )
        limits = self.limits
        session = Session(
            connection,
            Subscriber(self._publisher, limits.channels),
            TokenBucket(limits.calls_per_s, limits.calls_burst, time.monotonic()),
        )
        self._sessions[connection] = session
        self._counts.connections += 1
        try:
            while True:
                # Undecoded, so that text which is no UTF-8 gets an error, not a broken connection.
                message = await connection.recv(decode=False)
                # Nothing may come between the answer to a subscription and its first state: send()
                # writes before it first yields.
                await connection.send(self._answer(session, message), text=True)
                if session.subscriber.pending:
                    self._wake.set()
        except ConnectionClosed:
            return
        finally:
            del self._sessions[connection]
            session.subscriber.close()

    def _answer(self, session: Session, message: bytes) -> bytes:
        began_ns = time.time_ns()
        self._counts.calls += 1
        if session.heartbeat is not None:
            session.heartbeat.heard = True
        request_id: rpc.RequestId = None
        try:
            if not session.bucket.spend(time.monotonic()):
                request_id = rpc.request_id(message)
                raise rpc.RpcError(rpc.TOO_MANY_REQUESTS, "more calls a second than allowed")
            try:
                request = rpc.decode(message)
            except rpc.RpcError:
                request_id = rpc.request_id(message)
                raise
            request_id = request.id
            result = self._methods.call(session, request)
        except rpc.RpcError as error:
            self._counts.errors += 1
            return rpc.reply(request_id, began_ns, error=error.fields())
        return rpc.reply(request_id, began_ns, result=result)

    async def _flush_forever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            began = time.monotonic()
            self._flush(began)
            # As long a rest as the flush took leaves the loop half its time for readers.
            await asyncio.sleep(max(self._tick_s, time.monotonic() - began))

    def _flush(self, now: float) -> None:
        for session in self._sessions.values():
            if not session.subscriber.pending or not self._is_writable(session):
                continue
            if self._is_full(session):
                # It stays pending: its position waits, and conflates when the rings have moved on.
                session.slow_since = session.slow_since or now
                self._counts.skipped += 1
                continue
            session.slow_since = None
            wire, frames = session.subscriber.take_wire()
            if frames:
                self._write(session, wire)
                self._counts.deliveries += frames

    def _write(self, session: Session, wire: bytes) -> None:
        # Past Connection.send on purpose: it would frame each message again for each connection and
        # wait for slow ones. This is safe because server frames are unmasked, no extension was
        # negotiated (compression=None), every frame is whole and unfragmented, the connection is
        # OPEN, and all writes to the transport happen in this thread, so frames never mix.
        session.connection.transport.write(wire)
        self._counts.writes += 1

    def _is_writable(self, session: Session) -> bool:
        return session.connection.state is ConnectionState.OPEN and not session.dropping

    def _is_full(self, session: Session) -> bool:
        waiting: int = session.connection.transport.get_write_buffer_size()
        return waiting > self.limits.write_buffer_bytes

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(HOUSEKEEPING_S)
            now = time.monotonic()
            for session in list(self._sessions.values()):
                if self._is_writable(session):
                    self._watch_slow(session, now)
                    self._beat(session, now)

    def _watch_slow(self, session: Session, now: float) -> None:
        if session.slow_since is None:
            return
        if not self._is_full(session):
            session.slow_since = None
            self._wake.set()
        elif now - session.slow_since > self.limits.slow_s:
            self._drop(session, CloseCode.TRY_AGAIN_LATER, "reads too slowly")

    def _beat(self, session: Session, now: float) -> None:
        beat = session.heartbeat.beat(now) if session.heartbeat is not None else None
        if beat == "gone":
            self._drop(session, CloseCode.POLICY_VIOLATION, "no answer to test_request")
        elif beat is not None and not self._is_full(session):
            self._write(session, text_frame(heartbeat_message(beat)))

    def _drop(self, session: Session, code: int, reason: str) -> None:
        session.dropping = True
        self._counts.dropped += 1
        task = asyncio.create_task(self._close(session.connection, code, reason))
        self._drops.add(task)
        task.add_done_callback(self._drops.discard)

    async def _close(self, connection: ServerConnection, code: int, reason: str) -> None:
        # The close frame queues behind what the client does not read, so it gets a bounded time.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.limits.close_s):
                await connection.close(code, reason)
        connection.transport.abort()
