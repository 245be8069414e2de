"""The transport reaches the application, and only under our protocol."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode

from exchange.gateway.limits import Limits
from exchange.gateway.protocol import EXTENSION, WebSocketProtocol, transport_of
from tests.exchange.gateway.live import NAME, WAIT_S, Live, Runner


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
                async with asyncio.timeout(WAIT_S):
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


HANDSHAKE = (
    b"GET /ws/api/v2 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def request(request_id: int, filling: str = "") -> bytes:
    body = f'{{"id":{request_id},"method":"public/test"}}'
    return body.encode() + filling.encode()


def frame(opcode: Opcode, payload: bytes, *, fin: bool = True, mask: bool = True) -> bytes:
    return Frame(opcode, payload, fin).serialize(mask=mask)


def text(request_id: int) -> bytes:
    return frame(Opcode.TEXT, request(request_id))


def replies(wire: bytes) -> list[tuple[int, Any]]:
    """Cut what a server sent into (opcode, id of the answer or payload)."""
    found: list[tuple[int, Any]] = []
    at = 0
    while at < len(wire):
        size, begin = wire[at + 1], at + 2
        if size == 126:
            size, begin = int.from_bytes(wire[at + 2 : at + 4]), at + 4
        payload = wire[begin : begin + size]
        opcode = wire[at] & 0x0F
        found.append((opcode, msgspec.json.decode(payload)["id"] if opcode == 1 else payload[:2]))
        at = begin + size
    return found


async def told(live: Live, pieces: Iterable[bytes], until: int) -> list[tuple[int, Any]]:
    """Send pieces one after another; return the replies up to a number, or to the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", live.server.port)
    try:
        writer.write(HANDSHAKE)
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            # So that most pieces are read by themselves.
            await asyncio.sleep(0)
        wire = b""
        async with asyncio.timeout(WAIT_S):
            while (received := await reader.read(65_536)) and len(
                replies(wire := wire + received)
            ) < until:
                pass
        return replies(wire)
    finally:
        writer.close()


def cut(wire: bytes, draw: random.Random, longest: int) -> list[bytes]:
    pieces = []
    while wire:
        size = draw.randint(1, longest)
        pieces.append(wire[:size])
        wire = wire[size:]
    return pieces


PING = frame(Opcode.PING, b"hi")
PARTS = [
    text(1),
    PING,
    text(2) + text(3),
    frame(Opcode.TEXT, request(4)[:9], fin=False),
    PING,
    frame(Opcode.CONT, request(4)[9:], fin=False),
    frame(Opcode.CONT, b""),
    frame(Opcode.TEXT, request(5, " " * 200)),
    frame(Opcode.BINARY, request(6)),
    text(7),
    frame(Opcode.PONG, b"nobody asked"),
    frame(Opcode.TEXT, request(8, " " * 60_000)),
    frame(Opcode.BINARY, request(9, " " * 60_000)),
    text(10) + text(11),
]
TOLD = [(1, 1), (10, b"hi"), (1, 2), (1, 3), (10, b"hi"), *((1, n) for n in range(4, 12))]


@pytest.mark.parametrize("longest", [3, 50, 1_000, 1_000_000])
def test_frames_may_come_in_any_pieces(live_venue: Runner, longest: int) -> None:
    draw = random.Random(longest)
    # Long frames come whole where the pieces are short, to be done in time.
    wires = [
        [part] if len(part) > 9_999 > longest * 999 else cut(part, draw, longest) for part in PARTS
    ]
    pieces = [piece for wire in wires for piece in wire]
    if longest == 1_000_000:
        pieces = [b"".join(PARTS)]

    async def scenario(live: Live) -> None:
        heard = await told(live, pieces, len(TOLD))
        # What waits in ASGI's queue is answered later than a pong, but in order.
        assert [reply for reply in heard if reply[0] == 1] == [r for r in TOLD if r[0] == 1]
        assert sorted(heard, key=str) == sorted(TOLD, key=str)

    live_venue(scenario)


CLOSED_1002, CLOSED_1007, CLOSED_1009 = b"\x03\xea", b"\x03\xef", b"\x03\xf1"


@pytest.mark.parametrize("theirs", [False, True], ids=["ours", "theirs"])
@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (frame(Opcode.TEXT, request(2), mask=False), CLOSED_1002),
        (b"\xc1\x80\0\0\0\0", CLOSED_1002),
        (frame(Opcode.CONT, request(2)), CLOSED_1002),
        (frame(Opcode.TEXT, b"{", fin=False) + text(2), CLOSED_1002),
        (b"\x83\x80\0\0\0\0", CLOSED_1002),
        (frame(Opcode.TEXT, b"\xff"), CLOSED_1007),
        (frame(Opcode.TEXT, b"\xed\xa0\x80"), CLOSED_1007),
        (frame(Opcode.TEXT, b" " * 70_000), CLOSED_1009),
        (b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", CLOSED_1009),
        (frame(Opcode.CLOSE, b"\x03\xe8"), b"\x03\xe8"),
    ],
    ids=[
        "unmasked",
        "reserved bit",
        "continuation of nothing",
        "within a fragmented message",
        "reserved opcode",
        "not UTF-8",
        "surrogate",
        "too long",
        "far too long",
        "close",
    ],
)
def test_a_bad_frame_closes_after_the_answers_before_it(
    live_venue: Runner, monkeypatch: pytest.MonkeyPatch, bad: bytes, code: bytes, theirs: bool
) -> None:
    """With our way in and with uvicorn's alone, and nothing behind it is answered."""
    if theirs:
        monkeypatch.setattr(
            WebSocketProtocol, "data_received", WebSocketsSansIOProtocol.data_received
        )

    async def scenario(live: Live) -> None:
        assert await told(live, [text(1), bad + text(3)], 9) == [(1, 1), (8, code)]

    live_venue(scenario)
