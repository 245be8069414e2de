"""Frames against the websockets library's own."""

from __future__ import annotations

import pytest
from websockets.frames import Frame, Opcode

from marketdata.framing import text_frame


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 255, 256, 65_535, 65_536, 200_000])
def test_frame_equals_the_librarys(size: int) -> None:
    payload = b"x" * size
    assert text_frame(payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)
