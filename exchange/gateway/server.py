"""The listening server: the application under uvicorn, on a port of its choice or ours."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn

from exchange.gateway.app import App
from exchange.gateway.limits import Limits
from exchange.gateway.protocol import WebSocketProtocol

BACKLOG = 2_048
STOP_TIMEOUT_S = 5
PING_S = 20.0
GC_THRESHOLDS = (50_000, 20, 50)


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Signals are the business of the process, which has more to stop than this.
        yield


class GatewayServer:
    """One application on one address; start it on a running event loop, best uvloop's.

    port 0 takes a free one; read it back as ``port`` after start().
    """

    def __init__(self, app: App, host: str = "127.0.0.1", port: int = 0) -> None:
        self.app = app
        self.host = host
        self.port = port
        self._server = _Server(configuration(app, app.gateway.limits))
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen; raises OSError when the address cannot be had."""
        listening = _listen(self.host, self.port)
        settle_heap()
        self.port = listening.getsockname()[1]
        self.app.gateway.start()
        self._task = asyncio.create_task(self._server.serve(sockets=[listening]))
        while not self._server.started:
            if self._task.done():
                await self._task
                raise RuntimeError("the server ended before it listened")
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Close every connection and stop listening; call it before the venue closes."""
        await self.app.gateway.close_sessions()
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        await self.app.gateway.close()


def configuration(app: Any, limits: Limits) -> uvicorn.Config:
    """Return how uvicorn serves an ASGI application here: loop, parsers, bounds, silence."""
    return uvicorn.Config(
        app,
        http="httptools",
        ws=WebSocketProtocol,
        ws_max_size=limits.max_request_bytes,
        ws_per_message_deflate=False,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        lifespan="off",
        access_log=False,
        log_config=None,
        # At info uvicorn writes paths with their queries, which may carry credentials.
        log_level="warning",
        server_header=False,
        date_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        limit_concurrency=limits.max_sessions + limits.max_http_connections,
        timeout_graceful_shutdown=STOP_TIMEOUT_S,
    )


def settle_heap() -> None:
    """Take what start-up made out of the garbage collector's sight, and let it look less often.

    The compiler leaves a million objects that never die; walking them costs each order several times
    its own work.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=BACKLOG)
    listening.setblocking(False)
    return listening
