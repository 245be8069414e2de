"""The client's side of RFC 6455 in as few steps as it can be done, so that the client is not what is measured.

The masking key is zero, which leaves the payload as it is; a server cannot know and unmasks all the same.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

PATH = "/ws/api/v2"
PING = 0x9
CLOSE = 0x8
_SHORT = struct.Struct("!BB4x")
_LONG = struct.Struct("!BBH4x")


def handshake(port: int) -> bytes:
    """Return the request that opens a WebSocket on a loopback port."""
    return (
        f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


def client_frame(payload: bytes, opcode: int = 0x1) -> bytes:
    """Return one final frame, by default of text; payload: below 64 KiB."""
    size = len(payload)
    if size < 126:
        return _SHORT.pack(0x80 | opcode, 0x80 | size) + payload
    return _LONG.pack(0x80 | opcode, 0x80 | 126, size) + payload


class FrameReader:
    """Cuts what a server sends into frames; a frame that is not whole waits for the rest."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, received: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield the opcode and payload of each frame that is complete."""
        wire = self._rest + received if self._rest else received
        at, end = 0, len(wire)
        while end - at >= 2:
            size = wire[at + 1]
            start = at + 2
            if size == 126:
                start = at + 4
                size = int.from_bytes(wire[at + 2 : start])
            elif size == 127:
                start = at + 10
                size = int.from_bytes(wire[at + 2 : start])
            if start > end or start + size > end:
                break
            yield wire[at] & 0x0F, wire[start : start + size]
            at = start + size
        self._rest = wire[at:]


class FrameCounter:
    """Counts the frames that end in what a server sends, without looking into them."""

    __slots__ = ("_head", "_skip")

    def __init__(self) -> None:
        self._skip = 0
        self._head = b""

    def feed(self, received: bytes) -> int:
        """Return how many frames are complete with these bytes."""
        if self._head:
            received = self._head + received
            self._head = b""
        at, end, frames = self._skip, len(received), 0
        if at > end:
            self._skip = at - end
            return 0
        frames += self._skip > 0
        while end - at >= 2:
            size = received[at + 1]
            start = at + 2
            if size == 126:
                start = at + 4
                size = int.from_bytes(received[at + 2 : start])
            elif size == 127:
                start = at + 10
                size = int.from_bytes(received[at + 2 : start])
            if start > end:
                break
            at = start + size
            if at > end:
                self._skip = at - end
                return frames
            frames += 1
        self._skip = 0
        self._head = received[at:]
        return frames
