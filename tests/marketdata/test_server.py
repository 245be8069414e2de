"""The service over real sockets, with the websockets library as client."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from marketdata.depth import DepthReplica
from marketdata.market import Market
from marketdata.publisher import Publisher
from marketdata.server import MarketDataServer, ServerLimits
from tests.marketdata.examples import GPU1, MS_NS, T0_NS, listed_market, trade

BOOK = "book.GPU1-31JAN27.raw"
TRADES = "trades.GPU1-31JAN27.raw"
TIMEOUT_S = 10


class Rig:
    """A running service and the market that it publishes."""

    def __init__(self, limits: ServerLimits, ring_frames: int) -> None:
        self.market = listed_market()
        self.publisher = Publisher(self.market, ring_frames=ring_frames)
        self.server = MarketDataServer(self.publisher, limits=limits)
        self.seq = 1

    def set_bid(self, lots: int) -> None:
        self.seq += 1
        self.market.set_level(7, 0, 250, lots)
        self.market.commit(self.seq, T0_NS + self.seq * MS_NS)

    def url(self, path: str = "/ws/api/v2") -> str:
        return f"ws://127.0.0.1:{self.server.port}{path}"


@asynccontextmanager
async def running(
    limits: ServerLimits | None = None, ring_frames: int = 1024
) -> AsyncIterator[Rig]:
    rig = Rig(limits or ServerLimits(), ring_frames)
    await rig.server.start()
    try:
        yield rig
    finally:
        await rig.server.close()


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(TIMEOUT_S):
            await test()

    # The service runs on uvloop in production and on the standard loop where there is none.
    asyncio.run(bounded())
    if sys.platform != "win32":
        import uvloop

        uvloop.run(bounded())


async def call(client: ClientConnection, method: str, **params: Any) -> dict[str, Any]:
    await client.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
    answer: dict[str, Any] = await receive(client)
    assert answer["id"] == 1
    return answer


async def receive(client: ClientConnection) -> Any:
    return json.loads(await client.recv())


def test_subscribe_pushes_the_state_then_every_change() -> None:
    async def test() -> None:
        async with running() as rig, connect(rig.url(), compression=None) as client:
            rig.set_bid(4)
            answer = await call(client, "public/subscribe", channels=[BOOK])
            assert answer["result"] == [BOOK]
            replica = DepthReplica()
            replica.apply((await receive(client))["params"]["data"])
            assert replica.levels(0) == [(2.5, 4)]
            for lots in (5, 0, 7):
                rig.set_bid(lots)
                message = await receive(client)
                assert message["params"]["channel"] == BOOK
                replica.apply(message["params"]["data"])
                assert replica.levels(0) == ([(2.5, lots)] if lots else [])
            counts = rig.server.counts
            assert (counts.subscribers, counts.deliveries, counts.errors) == (1, 4, 0)

    run(test)


def test_several_messages_in_one_write_arrive_as_messages() -> None:
    async def test() -> None:
        async with running() as rig, connect(rig.url("/"), compression=None) as client:
            await call(client, "public/subscribe", channels=[BOOK])
            await receive(client)
            writes = rig.server.counts.writes
            for lots in range(1, 101):
                rig.set_bid(lots)
            sizes = [(await receive(client))["params"]["data"]["bids"][0][2] for _ in range(100)]
            assert sizes == list(range(1, 101))
            assert rig.server.counts.writes - writes == 1

    run(test)


def test_queries() -> None:
    async def test() -> None:
        async with running() as rig, connect(rig.url()) as client:
            rig.set_bid(4)
            name = GPU1.name
            book = await call(client, "public/get_order_book", instrument_name=name, depth=1)
            assert book["result"]["bids"] == [[2.5, 4]]
            ticker = await call(client, "public/ticker", instrument_name=name)
            assert ticker["result"]["best_bid_amount"] == 4
            listed = await call(client, "public/get_instruments", currency="GPU1", kind="future")
            assert [i["instrument_name"] for i in listed["result"]] == [name]
            expired = await call(client, "public/get_instruments", expired=True)
            assert expired["result"] == []
            assert (await call(client, "public/status"))["result"]["locked"] == "false"
            assert (await call(client, "public/get_time"))["result"] > 1_700_000_000_000
            hello = await call(client, "public/hello", client_name="x", client_version="1")
            assert hello["result"] == (await call(client, "public/test"))["result"]
            both = [BOOK, TRADES]
            await call(client, "public/subscribe", channels=both)
            await receive(client)
            assert (await call(client, "public/unsubscribe", channels=[BOOK]))["result"] == [BOOK]
            assert (await call(client, "public/unsubscribe_all"))["result"] == "ok"
            before = rig.server.counts.deliveries
            rig.set_bid(5)
            await call(client, "public/test")
            assert rig.server.counts.deliveries == before

    run(test)


BAD = [
    (b"{", -32700, None),
    (b"\xff\xff", -32700, None),
    (b"[" * 50_000, -32700, None),
    (b"[1]", -32600, None),
    (b'{"id":1}', -32600, "method"),
    (b'{"id":1,"method":"private/buy"}', -32601, "method"),
    (b'{"id":1,"method":"public/subscribe"}', -32602, "channels"),
    (b'{"id":1,"method":"public/subscribe","params":{"channels":"x"}}', -32602, "channels"),
    (b'{"id":1,"method":"public/subscribe","params":{"channels":[1]}}', -32602, "channels"),
    (b'{"id":1,"method":"public/subscribe","params":{"channels":["x"]}}', -32602, "channels"),
    (b'{"id":1,"method":"public/ticker","params":{"instrument_name":"x"}}', -32602, None),
    (b'{"id":1,"method":"public/get_instruments","params":{"currency":"BTC"}}', -32602, None),
    (b'{"id":1,"method":"public/get_instruments","params":{"kind":"share"}}', -32602, "kind"),
    (b'{"id":1,"method":"public/set_heartbeat","params":{"interval":1}}', -32602, "interval"),
] + [
    (
        b'{"id":1,"method":"public/get_order_book","params":{"instrument_name":"GPU1-31JAN27",'
        b'"depth":%s}}' % depth,
        -32602,
        "depth",
    )
    for depth in (b"0", b"-1", b"1.5", b'"5"', b"9223372036854775808", b"18446744073709551616")
]


def test_bad_input_is_answered_and_the_connection_survives() -> None:
    async def test() -> None:
        async with running() as rig, connect(rig.url()) as client:
            kept = rig.market.snapshot()
            for message, code, param in BAD:
                await client.send(message, text=True)
                error = (await receive(client))["error"]
                assert error["code"] == code, message[:80]
                assert param in (None, error["data"]["param"])
                assert error["data"]["reason"]
            assert (await call(client, "public/test"))["result"]
            assert rig.market.snapshot() == kept
            assert rig.server.counts.errors == len(BAD)

    run(test)


def test_limits_refuse_clearly() -> None:
    limits = ServerLimits(
        connections=2, channels=1, calls_per_s=0.001, calls_burst=3, message_bytes=500
    )

    async def test() -> None:
        async with running(limits) as rig, connect(rig.url()) as one:
            answer = await call(one, "public/subscribe", channels=[BOOK, TRADES])
            assert answer["error"]["code"] == -32602
            await call(one, "public/test")
            await call(one, "public/test")
            assert (await call(one, "public/test"))["error"]["code"] == 10028
            async with connect(rig.url()) as two:
                with pytest.raises(InvalidStatus, match="503"):
                    await connect(rig.url())
                await two.send("x" * 501)
                with pytest.raises(ConnectionClosed):
                    await two.recv()
                assert two.close_code == 1009
            with pytest.raises(InvalidStatus, match="404"):
                await connect(rig.url("/elsewhere"))
            assert (await call(one, "public/test"))["error"]["code"] == 10028

    run(test)


def test_heartbeats_and_the_end_of_a_silent_client() -> None:
    limits = ServerLimits(min_heartbeat_s=0.05)

    async def test() -> None:
        async with running(limits) as rig, connect(rig.url()) as client:
            assert (await call(client, "public/set_heartbeat", interval=0.3))["result"] == "ok"
            kinds = [(await receive(client))["params"]["type"] for _ in range(2)]
            assert kinds == ["heartbeat", "test_request"]
            assert (await call(client, "public/test"))["result"]
            kinds = [json.loads(text)["params"]["type"] for text in await rest(client)]
            assert kinds == ["heartbeat", "test_request"]
            assert client.close_code == 1008
            assert rig.server.counts.dropped == 1

    run(test)


async def rest(client: ClientConnection) -> list[str]:
    """Return what comes until the server ends the connection."""
    texts: list[str] = []
    with contextlib.suppress(ConnectionClosed):
        while True:
            texts.append(str(await client.recv()))
    return texts


async def silent_reader(rig: Rig) -> ClientConnection:
    """Return a subscribed client whose socket takes little and that no longer reads from it."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", rig.server.port))
    client = await connect(rig.url(), sock=raw, compression=None, ping_interval=None)
    assert (await call(client, "public/subscribe", channels=[BOOK]))["result"] == [BOOK]
    client.transport.pause_reading()
    return client


async def until(condition: Callable[[], bool], rig: Rig) -> None:
    """Publish until something is true."""
    lots = 0
    while not condition():
        for _ in range(50):
            lots = lots % 1000 + 1
            rig.set_bid(lots)
        await asyncio.sleep(0.001)


SLOW = ServerLimits(write_buffer_bytes=4096, socket_buffer_bytes=4096, slow_s=60)


def test_a_slow_reader_is_conflated_and_others_get_everything() -> None:
    async def test() -> None:
        async with running(SLOW, ring_frames=200) as rig:
            slow = await silent_reader(rig)
            received: list[Any] = []

            async def read(client: ClientConnection) -> None:
                while True:
                    received.append((await receive(client))["params"]["data"])

            async with connect(rig.url(), compression=None) as quick:
                await call(quick, "public/subscribe", channels=[BOOK])
                reader = asyncio.create_task(read(quick))
                slow_at = None
                while slow_at is None or rig.seq < slow_at + 400:
                    for _ in range(50):
                        rig.set_bid(1 + rig.seq % 7)
                    # Each burst is smaller than the ring, so that only the slow one can lag.
                    while not received or received[-1]["change_id"] < rig.seq:
                        await asyncio.sleep(0.001)
                    if slow_at is None and rig.server.counts.skipped:
                        slow_at = rig.seq
                slow.transport.resume_reading()
                replica = DepthReplica()
                snapshots = 0
                while replica.change_id != rig.seq:
                    book = (await receive(slow))["params"]["data"]
                    snapshots += book["type"] == "snapshot"
                    replica.apply(book)
                reader.cancel()
            assert snapshots >= 2
            assert replica.levels(0) == [(2.5, rig.market.board(7).depth.levels(0)[0][1])]
            other = DepthReplica()
            for book in received:
                other.apply(book)
            assert [book["type"] for book in received].count("snapshot") == 1
            assert other.change_id == rig.seq
            assert rig.server.counts.conflated >= 1
            assert rig.server.counts.dropped == 0
            await slow.close()

    run(test)


def test_a_reader_that_stays_slow_is_dropped() -> None:
    limits = ServerLimits(
        write_buffer_bytes=4096, socket_buffer_bytes=4096, slow_s=0.1, close_s=0.1
    )

    async def test() -> None:
        async with running(limits) as rig:
            slow = await silent_reader(rig)
            await until(lambda: rig.server.counts.dropped == 1, rig)
            while rig.server.counts.subscribers:
                await asyncio.sleep(0.01)
            slow.transport.resume_reading()
            assert await rest(slow)
            assert slow.close_code in (1006, 1013)

    run(test)


def test_close_does_not_wait_for_a_reader_that_is_stuck() -> None:
    async def test() -> None:
        async with running(SLOW) as rig:
            slow = await silent_reader(rig)
            await until(lambda: rig.server.counts.skipped > 0, rig)
            await rig.server.close()
            slow.transport.abort()

    run(test)


def test_a_connection_that_ends_leaves_nothing_behind() -> None:
    async def test() -> None:
        async with running() as rig:
            async with connect(rig.url()) as client:
                await call(client, "public/subscribe", channels=[BOOK, TRADES])
            while rig.server.counts.subscribers:
                await asyncio.sleep(0.001)
            messages = rig.publisher.counts.messages
            rig.market.record_trade(trade(1, 250))
            rig.set_bid(3)
            assert rig.publisher.counts.messages == messages

    run(test)


def test_port_is_known_after_start_only() -> None:
    async def test() -> None:
        server = MarketDataServer(Publisher(Market()))
        with pytest.raises(RuntimeError, match="not started"):
            _ = server.port

    run(test)
