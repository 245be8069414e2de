"""The transport reaches the application, and only under our protocol."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from exchange.gateway.limits import Limits
from exchange.gateway.protocol import EXTENSION, transport_of
from tests.exchange.gateway.live import NAME, Live, Runner


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


@pytest.mark.parametrize("in_flight", [1, 3, 1_000])
def test_requests_take_effect_in_the_order_of_their_frames(
    live_venue: Runner, in_flight: int
) -> None:
    """Text is taken as it comes, binary frames and all beyond the bound go by the queue."""
    count = 300

    async def scenario(live: Live) -> None:
        async with live.client("alice") as alice:
            first = await alice.buy(2.4)
            for number in range(count):
                params = {"instrument_name": NAME, "amount": 1, "price": 2.4}
                request = {"id": number, "method": "private/buy", "params": params}
                await alice.socket.send(msgspec.json.encode(request), text=number % 5 != 0)
            placed = {}
            for _ in range(count):
                answer = await alice.frame()
                placed[answer["id"]] = int(answer["result"]["order"]["order_id"].split("-")[1])
            placed_in_order = [placed[number] for number in range(count)]
            assert placed_in_order == sorted(set(placed_in_order))
            assert placed_in_order[0] > int(first["order_id"].split("-")[1])
            assert live.gateway.sessions[0].in_flight == 0

    live_venue(scenario, Limits(max_in_flight=in_flight))
