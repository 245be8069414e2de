"""uvicorn's WebSocket protocol, with the transport within the application's reach and a shorter way in.

ASGI writes one frame a call and hides how much is unsent. A session writes many frames at once, frames
that were encoded once for all listeners, and cuts clients that do not read; for that it needs the
transport. It may also take messages as they arrive, instead of each through a queue and the wakening of
a task: all whole, unfragmented text frames that one read of the socket brought, together. Every other
frame goes to uvicorn's and websockets' own code, so control frames, fragments, limits and closing stay
theirs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State

try:
    from websockets.speedups import apply_mask
except ImportError:  # where websockets was installed without its compiled part
    from websockets.utils import apply_mask

EXTENSION = "exchange.transport"
DIRECTLY = "exchange.directly"

Taker: TypeAlias = Callable[[Sequence[bytes]], int]
"""Takes text messages, which are UTF-8, in order at once and returns how many of them; it leaves the
others for ASGI's ``receive``."""

_WHOLE_TEXT = 0x81
_MASKED = 0x80
_CONTROL = 0x8
_END_OF_HEADERS = b"\r\n\r\n"


class OneLineOnBadText(logging.Filter):
    """Keeps the line about a frame that is not UTF-8, without its traceback: strangers send those."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, shortened."""
        if record.exc_info and isinstance(record.exc_info[1], UnicodeDecodeError):
            record.exc_info = None
        return True


logging.getLogger("uvicorn.error").addFilter(OneLineOnBadText())


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """Gives the ASGI application its transport under ``scope["extensions"][EXTENSION]``.

    Under DIRECTLY is a function that has a Taker given the text messages which no earlier one waits before.
    """

    taker: Taker | None = None
    _aligned = False
    """What comes next from the socket begins a frame, or continues one as _rest and _owed say."""
    _rest = b""
    """The beginning of a frame, until the rest of it comes."""
    _owed = 0
    """Bytes to come of a frame that uvicorn has the beginning of."""
    _fragmented = False

    def take_directly(self, taker: Taker) -> None:
        """Offer every later text message to a taker first."""
        self.taker = taker

    def data_received(self, data: bytes) -> None:
        """Cut what came into frames; plain messages go to the taker, all else to uvicorn."""
        if not self._aligned:
            began = not self.handshake_initiated
            super().data_received(data)
            if began and self.handshake_initiated:
                self._aligned = data.find(_END_OF_HEADERS) == len(data) - len(_END_OF_HEADERS)
            return
        if self._owed:
            owed = self._owed
            self._owed = max(0, owed - len(data))
            super().data_received(data[:owed])
            data = data[owed:]
        wire = self._rest + data if self._rest else data
        at = self._cut(wire)
        self._rest = wire[at:]

    def _cut(self, wire: bytes) -> int:
        """Hand on the frames of ``wire``, in order; return where one begins that is not whole."""
        messages: list[bytes] = []
        begins: list[int] = []
        max_size = self.config.ws_max_size
        at, end = 0, len(wire)
        while end - at >= 2:
            masked = wire[at + 1] & _MASKED
            size = wire[at + 1] & 0x7F
            body = at + 2
            if size >= 126:
                body += 2 if size == 126 else 8
                if body > end:
                    break
                size = int.from_bytes(wire[at + 2 : body])
            if masked:
                body += 4
            stop = body + size
            plain = wire[at] == _WHOLE_TEXT and masked and size <= max_size
            if plain and not self._fragmented:
                if stop > end:
                    break
                message = apply_mask(wire[body:stop], wire[body - 4 : body])
                if message.isascii() or _is_utf_8(message):
                    messages.append(message)
                    begins.append(at)
                    at = stop
                    continue
            self._hand_on(messages, begins, wire[:at])
            messages, begins = [], []
            if wire[at] & 0x0F < _CONTROL:
                self._fragmented = not wire[at] & 0x80
            self._owed = max(0, stop - end)
            super().data_received(wire[at:stop])
            at = min(stop, end)
        self._hand_on(messages, begins, wire[:at])
        return at

    def _hand_on(self, messages: list[bytes], begins: list[int], wire: bytes) -> None:
        """Give messages to the taker; the frames of those it leaves go to uvicorn."""
        if not messages:
            return
        taken = 0
        if self.taker is not None and self._may_take():
            taken = self.taker(messages)
        if taken < len(messages):
            super().data_received(wire[begins[taken] :])

    def _may_take(self) -> bool:
        """Return whether nothing that came earlier waits for the application, and it still listens."""
        return (
            not self.read_paused
            and not self.close_sent
            and self.conn.state is State.OPEN
            and self.queue.empty()
        )

    def send_receive_event_to_app(self) -> None:
        """Hand a whole message to the application."""
        if self.taker is not None and self.curr_msg_data_type == "text" and self._may_take():
            message = bytes(self.frames[0]) if len(self.frames) == 1 else b"".join(self.frames)
            if _is_utf_8(message) and self.taker([message]):
                self.frames = []
                return
        super().send_receive_event_to_app()

    async def run_asgi(self) -> None:
        """Run the application for one connection."""
        extensions: dict[str, Any] = self.scope["extensions"] or {}
        extensions[EXTENSION] = self.transport
        extensions[DIRECTLY] = self.take_directly
        self.scope["extensions"] = extensions
        await super().run_asgi()


def _is_utf_8(message: bytes) -> bool:
    try:
        message.decode()
    except UnicodeDecodeError:
        return False
    return True


def transport_of(scope: Any) -> asyncio.Transport:
    """Return the transport of a connection; raises RuntimeError under any other protocol."""
    # Not checked for its class: uvloop's transports do not derive from asyncio's.
    transport: asyncio.Transport | None = scope.get("extensions", {}).get(EXTENSION)
    if transport is None:
        raise RuntimeError(f"serve this application with {WebSocketProtocol.__qualname__}")
    return transport
