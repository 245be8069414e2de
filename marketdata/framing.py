"""WebSocket text frames of a server, as bytes.

A server's frames are not masked, so one frame is the same for every connection that negotiated no
extension (RFC 6455, 5.2): it is encoded once and written to all.
"""

from __future__ import annotations

import struct

FIN_TEXT = 0x81
_HEADER_16 = struct.Struct("!BBH")
_HEADER_64 = struct.Struct("!BBQ")


def text_frame(payload: bytes) -> bytes:
    """Return one final, unmasked text frame; payload is UTF-8."""
    size = len(payload)
    if size < 126:
        return bytes((FIN_TEXT, size)) + payload
    if size < 1 << 16:
        return _HEADER_16.pack(FIN_TEXT, 126, size) + payload
    return _HEADER_64.pack(FIN_TEXT, 127, size) + payload
