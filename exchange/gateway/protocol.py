"""uvicorn's WebSocket protocol, with the transport within the application's reach and a shorter way in.

ASGI writes one frame a call and hides how much is unsent. A session writes many frames at once, frames
that were encoded once for all listeners, and cuts clients that do not read; for that it needs the
transport. It may also take messages as they arrive, instead of each through a queue and the wakening of
a task. Nothing else is changed, so control frames, limits and closing stay uvicorn's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, TypeAlias

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

EXTENSION = "exchange.transport"
DIRECTLY = "exchange.directly"

Taker: TypeAlias = Callable[[str], bool]
"""Takes a text message at once, or leaves it for ASGI's ``receive`` by returning False."""


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

    def take_directly(self, taker: Taker) -> None:
        """Offer every later text message to a taker first."""
        self.taker = taker

    def send_receive_event_to_app(self) -> None:
        """Hand a whole message to the application."""
        taker = self.taker
        if (
            taker is not None
            and self.curr_msg_data_type == "text"
            and not self.read_paused
            and not self.close_sent
            and self.queue.empty()
        ):
            message = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
            try:
                taken = taker(str(message, "utf-8"))
            except UnicodeDecodeError:
                taken = False
            if taken:
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


def transport_of(scope: Any) -> asyncio.Transport:
    """Return the transport of a connection; raises RuntimeError under any other protocol."""
    # Not checked for its class: uvloop's transports do not derive from asyncio's.
    transport: asyncio.Transport | None = scope.get("extensions", {}).get(EXTENSION)
    if transport is None:
        raise RuntimeError(f"serve this application with {WebSocketProtocol.__qualname__}")
    return transport
