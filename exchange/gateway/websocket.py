"""``/ws/api/v2``: an ASGI connection to a session and back."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from typing import Any

from starlette.types import Receive, Scope, Send

from exchange.gateway import envelope
from exchange.gateway.errors import RpcError, system_maintenance
from exchange.gateway.gateway import Gateway
from exchange.gateway.protocol import DIRECTLY, transport_of
from exchange.gateway.session import Session


async def serve_websocket(scope: Scope, receive: Receive, send: Send, gateway: Gateway) -> None:
    """Run one connection to its end."""
    await receive()
    if gateway.closing:
        await _turn_away(send, gateway, system_maintenance("the exchange is stopping"))
        return
    if len(gateway.sessions) >= gateway.limits.max_sessions:
        limit = gateway.limits.max_sessions
        reason = f"{limit} connections are open"
        await _turn_away(send, gateway, RpcError.named("too_many_requests", reason, limit=limit))
        return
    await send({"type": "websocket.accept"})
    close_code: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    transport = transport_of(scope)
    transport.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_SNDBUF, gateway.limits.socket_buffer_bytes
    )
    # What is written goes to the socket at once, not at the end of the event loop's turn: the first
    # client works on its answer while the next one's is made.
    transport.set_write_buffer_limits(high=0)
    session = Session(gateway, transport, close_code)
    gateway.open_session(session)
    closing = asyncio.create_task(_close_when_asked(close_code, send))
    max_in_flight = gateway.limits.max_in_flight
    counts = gateway.counts
    held = False

    def take(messages: Sequence[bytes]) -> int:
        if held:
            return 0
        taken = session.receive_many(messages)
        counts.requests += taken
        return taken

    scope["extensions"][DIRECTLY](take)
    try:
        while (message := await receive())["type"] == "websocket.receive":
            if session.in_flight >= max_in_flight:
                # While this message waits, no later one may be taken directly.
                held = True
                await session.room()
                held = False
            if close_code.done():
                continue
            counts.requests += 1
            text = message.get("text")
            session.receive(message["bytes"] if text is None else text)
    finally:
        gateway.close_session(session)
        closing.cancel()


async def _close_when_asked(close_code: asyncio.Future[int], send: Send) -> None:
    await send({"type": "websocket.close", "code": await close_code})


async def _turn_away(send: Send, gateway: Gateway, error: RpcError) -> None:
    gateway.counts.turned_away += 1
    now_ns = gateway.venue.wall_ns()
    body: dict[str, Any] = {
        "type": "websocket.http.response.body",
        "body": envelope.refusal(None, error, now_ns, now_ns),
    }
    headers = [(b"content-type", b"application/json")]
    await send({"type": "websocket.http.response.start", "status": 503, "headers": headers})
    await send(body)
