"""An ASGI application that returns every message, served as the gateway is; prints its port as JSON.

Run as ``python -m benchmarks.echo [--cpu N]``; it ends when its input closes.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import sys
from typing import Any

import msgspec
import uvicorn
import uvloop

from exchange import processors
from exchange.gateway.limits import Limits
from exchange.gateway.server import configuration, settle_heap


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Return what comes."""
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


async def serve() -> None:
    """Serve on a free port until the input closes."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setblocking(False)
    server = uvicorn.Server(configuration(app, Limits()))
    settle_heap()
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:
        await asyncio.sleep(0.005)
    port = listening.getsockname()[1]
    sys.stdout.write(msgspec.json.encode({"port": port}).decode() + "\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    server.should_exit = True
    await serving


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cpu", type=int)
    cpu = parser.parse_args().cpu
    if cpu is not None:
        processors.keep_to(cpu)
    uvloop.run(serve())
