"""A feed over two services goes on when one goes, takes it back when it returns, and never repeats."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import msgspec
import pytest

from clients.connection import Connection, Timing
from clients.errors import InvalidParams, NotConnected
from clients.feed import ArbitratedFeed, connected
from clients.rpc import RpcSession
from marketdata.depth import DepthReplica
from marketdata.market import Market
from marketdata.publisher import Publisher
from marketdata.server import MarketDataServer
from tests.marketdata.examples import listed_market

BOOK = "book.GPU1-31JAN27.raw"
TIMING = Timing(backoff_first_s=0.02, backoff_most_s=0.1, connect_s=30.0, request_s=30.0)
BOUND_S = 60


class Node:
    """A market of its own, served; nodes are fed alike."""

    def __init__(self) -> None:
        self.market: Market = listed_market()
        self.port = 0
        self.server: MarketDataServer | None = None

    async def start(self) -> None:
        self.server = MarketDataServer(Publisher(self.market), port=self.port)
        await self.server.start()
        self.port = self.server.port

    async def stop(self) -> None:
        if self.server is not None:
            await self.server.close()
        self.server = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/api/v2"


class Listener:
    """Keeps the book and the states of the feed over some nodes."""

    def __init__(self, urls: list[str]) -> None:
        self.book = DepthReplica()
        self.ids: list[int] = []
        self.states: list[bool] = []
        self.feed: Any = connected(
            urls,
            on_notification=self.take,
            on_session=self.subscribe,
            on_state=lambda up, detail: self.states.append(up),
            on_failure=lambda error: None,
            timing=TIMING,
        )

    async def subscribe(self, session: RpcSession) -> None:
        await session.request("public/subscribe", {"channels": [BOOK]})

    def take(self, channel: str, raw: msgspec.Raw) -> None:
        said = json.loads(bytes(raw))
        self.book.apply(said)
        self.ids.append(said["change_id"])

    async def until(self, change_id: int) -> None:
        async with asyncio.timeout(BOUND_S):
            while not self.ids or self.ids[-1] < change_id:
                await asyncio.sleep(0.005)


def feed_all(nodes: list[Node], lots: int) -> int:
    for node in nodes:
        node.market.set_level(7, 0, 250, lots)
        node.market.commit(node.market.seq + 1, node.market.ts_ns + 1)
    return nodes[0].market.seq


def test_nothing_is_missed_or_repeated_while_one_of_two_is_up() -> None:
    async def drill() -> None:
        nodes = [Node(), Node()]
        for node in nodes:
            await node.start()
        listener = Listener([node.url for node in nodes])
        await listener.feed.open()
        async with asyncio.timeout(BOUND_S):
            while len(listener.feed.up) < 2:
                await asyncio.sleep(0.005)
        seq = 0
        for victim in (0, 1):
            for lots in range(1, 6):
                seq = feed_all(nodes, lots)
            await listener.until(seq)
            await nodes[victim].stop()
            for lots in range(6, 11):
                seq = feed_all(nodes, lots)
            await listener.until(seq)
            await nodes[victim].start()
            async with asyncio.timeout(BOUND_S):
                while len(listener.feed.up) < 2:
                    await asyncio.sleep(0.005)
        # Both lines told everything, and one snapshot began it.
        assert listener.ids == sorted(set(listener.ids))
        assert listener.ids[1:] == list(range(2, seq + 1))
        assert listener.book.levels(0) == [(2.5, 10)]
        assert listener.states == [True]
        assert listener.feed.reconnects >= 2
        assert listener.feed.arbiter.counts.repeated > 0
        assert nodes[0].url in listener.feed.url
        with pytest.raises(InvalidParams):
            await listener.feed.request("public/subscribe", {"channels": ["book.NOT.raw"]})
        for node in nodes:
            await node.stop()
        async with asyncio.timeout(BOUND_S):
            while listener.states != [True, False]:
                await asyncio.sleep(0.005)
        await listener.feed.close()

    asyncio.run(drill())


def test_a_node_that_is_away_at_the_start_is_taken_when_it_comes() -> None:
    async def drill() -> None:
        nodes = [Node(), Node()]
        for node in nodes:
            await node.start()
        await nodes[1].stop()
        listener = Listener([node.url for node in nodes])
        await listener.feed.open()
        assert listener.feed.up == [nodes[0].url]
        await nodes[1].start()
        async with asyncio.timeout(BOUND_S):
            while len(listener.feed.up) < 2:
                await asyncio.sleep(0.005)
        await nodes[0].stop()
        await listener.until(feed_all(nodes, 3))
        await listener.feed.close()
        await nodes[1].stop()
        late = Listener([node.url for node in nodes])
        with pytest.raises(NotConnected):
            await late.feed.open()

    asyncio.run(drill())


def test_one_address_is_one_connection_and_none_is_an_error() -> None:
    assert isinstance(Listener(["ws://127.0.0.1:1"]).feed, Connection)
    with pytest.raises(ValueError, match="no address"):
        Listener([])
    with pytest.raises(ValueError, match="two addresses"):
        ArbitratedFeed(
            ["ws://127.0.0.1:1"],
            on_notification=lambda channel, raw: None,
            on_session=Listener.subscribe,  # type: ignore[arg-type]
            on_state=lambda up, detail: None,
            on_failure=lambda error: None,
            timing=TIMING,
        )
