"""uvicorn's WebSocket protocol, with the transport within the application's reach.

ASGI writes one frame a call and hides how much is unsent. A session writes many frames at once, frames
that were encoded once for all listeners, and cuts clients that do not read; for that it needs the
transport. Nothing else is changed, so control frames, limits and closing stay uvicorn's.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

EXTENSION = "exchange.transport"


class OneLineOnBadText(logging.Filter):
    """Keeps the line about a frame that is not UTF-8, without its traceback: strangers send those."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, shortened."""
        if record.exc_info and isinstance(record.exc_info[1], UnicodeDecodeError):
            record.exc_info = None
        return True


logging.getLogger("uvicorn.error").addFilter(OneLineOnBadText())


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """Gives the ASGI application its transport under ``scope["extensions"][EXTENSION]``."""

    async def run_asgi(self) -> None:
        """Run the application for one connection."""
        extensions: dict[str, Any] = self.scope["extensions"] or {}
        extensions[EXTENSION] = self.transport
        self.scope["extensions"] = extensions
        await super().run_asgi()


def transport_of(scope: Any) -> asyncio.Transport:
    """Return the transport of a connection; raises RuntimeError under any other protocol."""
    # Not checked for its class: uvloop's transports do not derive from asyncio's.
    transport: asyncio.Transport | None = scope.get("extensions", {}).get(EXTENSION)
    if transport is None:
        raise RuntimeError(f"serve this application with {WebSocketProtocol.__qualname__}")
    return transport
