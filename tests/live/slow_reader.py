"""A client that subscribes over a real socket and then stops reading."""

from __future__ import annotations

import socket
import time
from typing import Any
from urllib.parse import urlsplit

import msgspec
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

READ_S = 60.0
RECEIVE_BYTES = 4_096


class SlowReader:
    """Nothing is read but in ``subscribe`` and ``read_until``; the receive buffer is small."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        assert place.hostname is not None
        self._socket = socket.socket(socket.AF_INET)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        self._socket.settimeout(READ_S)
        self._socket.connect((place.hostname, place.port))
        self._protocol = ClientProtocol(parse_uri(url))
        self._protocol.send_request(self._protocol.connect())
        self._send()
        self.frames: list[dict[str, Any]] = []
        self.read_at_s = time.monotonic()
        """When it last read something."""

    def subscribe(self, *channels: str) -> None:
        """Ask for channels and wait for the answer."""
        asked = {"id": 1, "method": "public/subscribe", "params": {"channels": channels}}
        while self._protocol.state.name != "OPEN":
            self._receive()
        self._protocol.send_text(msgspec.json.encode(asked))
        self._send()
        while not any(frame.get("id") == 1 for frame in self.frames):
            assert self._receive()

    def read_until(self, done: Any) -> bool:
        """Read until ``done()`` or the end of the connection; says whether it was done."""
        while not done():
            if not self._receive():
                return False
        return True

    def close(self) -> None:
        """Cut the connection."""
        self._socket.close()

    def _send(self) -> None:
        self._socket.sendall(b"".join(self._protocol.data_to_send()))

    def _receive(self) -> bool:
        try:
            received = self._socket.recv(65_536)
        except ConnectionResetError:
            return False
        self.read_at_s = time.monotonic()
        if not received:
            return False
        self._protocol.receive_data(received)
        self._send()
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self.frames.append(msgspec.json.decode(event.data))
        return True
