"""Connections to a market-data node that note when each book change of one channel arrived.

Run as ``python -m benchmarks.listeners PORT COUNT CHANNEL``. It prints a line of JSON when all have
subscribed; ``report`` on its input is answered with [change_id, wall ns, CLOCK_MONOTONIC ns] of every arrival.
"""

from __future__ import annotations

import asyncio
import sys
import time

import msgspec
import uvloop

from benchmarks.frames import FrameReader, client_frame, handshake


class _Said(msgspec.Struct):
    change_id: int
    type: str = ""


class _Params(msgspec.Struct):
    data: _Said


class _Frame(msgspec.Struct):
    params: _Params | None = None


_FRAME = msgspec.json.Decoder(_Frame)


class Listener(asyncio.Protocol):
    """One connection."""

    def __init__(self, port: int, channel: str, arrivals: list[tuple[int, int, int]]) -> None:
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._port = port
        self._channel = channel
        self._arrivals = arrivals
        self._reader = FrameReader()
        self._head: bytes | None = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the WebSocket."""
        self._transport = transport  # type: ignore[assignment]
        self._transport.write(handshake(self._port))

    def data_received(self, received: bytes) -> None:
        """Note the changes with the time at which the process had them."""
        wall_ns, now_ns = time.time_ns(), time.monotonic_ns()
        if self._head is not None:
            self._head += received
            _, end, received = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            self._head = None
            params = {"channels": [self._channel]}
            request = {"jsonrpc": "2.0", "id": 1, "method": "public/subscribe", "params": params}
            self._transport.write(client_frame(msgspec.json.encode(request)))
        for _, payload in self._reader.feed(received):
            said = _FRAME.decode(payload).params
            if said is None:
                continue
            if said.data.type == "snapshot":
                self.ready.set_result(None)
            else:
                self._arrivals.append((said.data.change_id, wall_ns, now_ns))


async def listen(port: int, count: int, channel: str) -> None:
    """Connect, then answer until the input ends."""
    loop = asyncio.get_running_loop()
    arrivals: list[tuple[int, int, int]] = []
    listeners = [Listener(port, channel, arrivals) for _ in range(count)]
    for listener in listeners:
        await loop.create_connection(lambda one=listener: one, "127.0.0.1", port)  # type: ignore[misc]
        await listener.ready
    _tell({"listening": count})
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while await commands.readline():
        told, arrivals[:] = list(arrivals), []
        _tell(told)


def _tell(answer: object) -> None:
    sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(listen(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
