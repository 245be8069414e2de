"""The transport reaches the application, and only under our protocol."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from exchange.gateway.protocol import EXTENSION, transport_of
from tests.exchange.gateway.live import Live, Runner


def test_a_connection_without_our_protocol_is_a_clear_mistake() -> None:
    with pytest.raises(RuntimeError, match="WebSocketProtocol"):
        transport_of({"type": "websocket"})
    transport: Any = object()
    assert transport_of({"extensions": {EXTENSION: transport}}) is transport


def test_a_frame_that_is_not_text_closes_and_leaves_one_line(
    live_venue: Runner, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(live: Live) -> None:
        async with live.client() as client:
            await client.socket.send(b"\xff", text=True)
            assert await client.closed() == 1007

    live_venue(scenario)
    [record] = [r for r in caplog.records if "UTF-8" in r.getMessage()]
    assert record.exc_info is None


def test_frames_written_past_asgi_arrive_whole_between_pings(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client() as client:
            for _ in range(50):
                pong = await client.socket.ping()
                answers = [await client.post("public/get_time") for _ in range(5)]
                for request_id in answers:
                    assert (await client.frame())["id"] == request_id
                async with asyncio.timeout(5):
                    await pong

    live_venue(scenario)
