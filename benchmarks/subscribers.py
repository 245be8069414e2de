"""Many subscribers in one process that only count frames; the first keeps them and rebuilds the book.

Run as ``python -m benchmarks.subscribers PORT COUNT [CHANNEL ...]``. It prints a line of JSON when all
are connected and have what they subscribed to, then answers each line of its input with one: ``reset``
begins to count anew, ``wait N`` is answered once N frames are there, ``book`` gives what the first one
has seen. It ends with its input.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from typing import Any

import msgspec
import uvloop

from benchmarks.frames import PING, FrameCounter, FrameReader, client_frame, handshake

AT_ONCE = 50
"""Connections that are opened at one time."""
BOUND_S = 60.0


class Seen(msgspec.Struct):
    """What the first subscriber makes of its frames; levels: price to contracts, of each side."""

    bids: dict[str, int]
    asks: dict[str, int]
    change_id: int
    levels: int
    """Level changes that were told."""
    trades: int
    snapshots: int
    gaps: int
    """Changes that did not continue the one before."""
    frame_bytes: int
    """Mean size of a change or trade message."""


class Crowd:
    """What all subscribers of this process have received."""

    def __init__(self, port: int, channels: list[str]) -> None:
        self.port = port
        self.channels = channels
        self.frames = 0
        self.frames_wanted = 0
        self.reached: asyncio.Event = asyncio.Event()
        self.began_cpu_s = time.process_time()

    def count(self, frames: int) -> None:
        """Add frames that came."""
        self.frames += frames
        if self.frames_wanted and self.frames >= self.frames_wanted:
            self.reached.set()


class Subscriber(asyncio.Protocol):
    """One connection; kept: what came, where it is to be kept."""

    def __init__(self, crowd: Crowd, *, keeps: bool) -> None:
        self.kept: list[bytes] | None = [] if keeps else None
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._crowd = crowd
        self._counter = FrameCounter()
        self._opening: bytes | None = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the WebSocket."""
        self._transport = transport
        self._transport.write(handshake(self._crowd.port))

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail whoever waits for it to be ready."""
        if not self.ready.done():
            self.ready.set_exception(ConnectionError(f"closed before it was ready: {exc}"))

    def data_received(self, received: bytes) -> None:
        """Count the frames."""
        if self._opening is not None:
            received = self._open(received)
        if received:
            if self.kept is not None:
                self.kept.append(received)
            self._crowd.count(self._counter.feed(received))

    def _open(self, received: bytes) -> bytes:
        assert self._opening is not None
        self._opening += received
        head, end, rest = self._opening.partition(b"\r\n\r\n")
        if not end:
            return b""
        if not head.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(head.decode(errors="replace"))
        self._opening = None
        if self._crowd.channels:
            params = {"channels": self._crowd.channels}
            request = {"jsonrpc": "2.0", "id": 1, "method": "public/subscribe", "params": params}
            self._transport.write(client_frame(msgspec.json.encode(request)))
        self.ready.set_result(None)
        return rest


async def serve(port: int, count: int, channels: list[str]) -> None:
    """Connect, then answer the commands of the standard input."""
    loop = asyncio.get_running_loop()
    crowd = Crowd(port, channels)
    subscribers = [Subscriber(crowd, keeps=number == 0) for number in range(count)]
    for start in range(0, count, AT_ONCE):
        some = subscribers[start : start + AT_ONCE]
        await asyncio.gather(*(_connect(loop, port, subscriber) for subscriber in some))
    # The answer to public/subscribe, and the state of each channel that has any.
    _tell({"connected": count})
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        match line.split():
            case [b"reset"]:
                crowd.frames, crowd.frames_wanted = 0, 0
                crowd.began_cpu_s = time.process_time()
                _tell({})
            case [b"wait", number]:
                crowd.frames_wanted = int(number)
                crowd.reached.clear()
                crowd.count(0)
                async with asyncio.timeout(BOUND_S):
                    await crowd.reached.wait()
                cpu_s = time.process_time() - crowd.began_cpu_s
                _tell({"frames": crowd.frames, "at": time.monotonic(), "cpu_s": cpu_s})
            case [b"book"]:
                _tell(book_of(subscribers[0].kept or []))


async def _connect(loop: asyncio.AbstractEventLoop, port: int, subscriber: Subscriber) -> None:
    await loop.create_connection(lambda: subscriber, "127.0.0.1", port)
    await subscriber.ready


def book_of(received: list[bytes]) -> Seen:
    """Return the book as the frames of one connection tell it."""
    seen = Seen({}, {}, 0, 0, 0, 0, 0, 0)
    sizes = []
    for opcode, payload in FrameReader().feed(b"".join(received)):
        message = {} if opcode == PING else msgspec.json.decode(payload)
        if message.get("method") != "subscription":
            continue
        said = message["params"]["data"]
        if message["params"]["channel"].startswith("trades."):
            seen.trades += len(said)
        else:
            _apply(seen, said)
            if said["type"] == "snapshot":
                continue
        sizes.append(len(payload))
    seen.frame_bytes = round(sum(sizes) / max(1, len(sizes)))
    return seen


def _apply(seen: Seen, said: dict[str, Any]) -> None:
    if said["type"] == "snapshot":
        seen.bids, seen.asks = {}, {}
        seen.snapshots += 1
    else:
        seen.gaps += said["prev_change_id"] != seen.change_id
        seen.levels += len(said["bids"]) + len(said["asks"])
    seen.change_id = said["change_id"]
    for side, told in ((seen.bids, said["bids"]), (seen.asks, said["asks"])):
        for action, price, amount in told:
            if action == "delete":
                side.pop(str(price), None)
            else:
                side[str(price)] = amount


def _tell(answer: Any) -> None:
    sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
    sys.stdout.flush()


def raise_file_limit() -> None:
    """Let this process have as many connections as the system allows it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    raise_file_limit()
    uvloop.run(serve(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
