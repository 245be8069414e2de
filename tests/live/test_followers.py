"""Market-data nodes started by hand publish the same bytes, and a client of two misses nothing."""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from clients import messages as m
from clients.connection import Timing
from clients.sdk import Exchange
from tests.live.conftest import Serve
from tests.live.following import RunningFollower
from tests.live.running import RunningExchange

PERPETUAL = "H100-PERPETUAL"
BOUND_S = 60
QUICK = Timing(backoff_first_s=0.05, backoff_most_s=0.2, connect_s=20.0)


class Tap:
    """Everything that a node sends on every kind of public channel, byte by byte."""

    def __init__(self, url: str, channels: list[str]) -> None:
        self.url = url
        self.channels = channels
        self.frames: dict[str, list[bytes]] = defaultdict(list)
        self.subscribed = asyncio.Event()

    async def listen(self) -> None:
        try:
            async with connect(self.url, compression=None, max_size=None) as socket:
                asked = {
                    "id": 1,
                    "method": "public/subscribe",
                    "params": {"channels": self.channels},
                }
                await socket.send(msgspec.json.encode(asked), text=True)
                while True:
                    frame = await socket.recv(decode=False)
                    said = msgspec.json.decode(frame, type=dict[str, Any])
                    if said.get("method") == "subscription":
                        self.frames[said["params"]["channel"]].append(frame)
                    elif "result" in said:
                        self.subscribed.set()
        except (ConnectionClosed, OSError):
            return


def every_kind(instruments: dict[str, Any]) -> list[str]:
    names = [PERPETUAL, next(name for name in instruments if name.startswith("GPU1-"))]
    index = instruments[PERPETUAL].index_name
    per_name = (
        "book.{}.raw",
        "book.{}.100ms",
        "book.{}.none.10.100ms",
        "book.{}.5.20.100ms",
        "book.{}.implied.100ms",
        "book.{}.combined.100ms",
        "book.{}.combined.1.100ms",
        "book.{}.implied.100ms",
        "book.{}.combined.10.100ms",
        "trades.{}.raw",
        "trades.{}.100ms",
        "quote.{}",
        "ticker.{}.raw",
        "ticker.{}.100ms",
        "chart.trades.{}.1",
    )
    found = [kind.format(name) for kind in per_name for name in names]
    found += [f"perpetual.{PERPETUAL}.raw", f"perpetual.{PERPETUAL}.100ms"]
    found += ["trades.future.any.raw", "trades.future.any.100ms", "instrument.state.any.any"]
    return [*found, f"index.{index}", f"deribit_price_index.{index}"]


async def trade(running: RunningExchange, stop: asyncio.Event) -> int:
    """Make both books move, with trades, until stopped; return how many orders were placed."""
    orders = 0
    alice, bob = (
        Exchange.connect(running.url, **running.keys[name], timing=QUICK)
        for name in ("alice", "bob")
    )
    async with alice as buyer, bob as seller:
        raw = await buyer.gateway.request("public/ticker", {"instrument_name": PERPETUAL})
        mark = msgspec.json.decode(raw)["mark_price"]
        middle = buyer.instruments[PERPETUAL].ticks(round(mark, 3))
        while not stop.is_set():
            orders += 2
            price = middle + orders // 2 % 7 - 3
            await buyer.buy(PERPETUAL, 1 + orders % 3, price)
            await seller.sell(PERPETUAL, 1 + orders % 2, price - 1 + orders % 5)
            if orders % 50 == 0:
                await buyer.cancel_all()
                await seller.cancel_all()
    return orders


def common(first: list[bytes], second: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Both from the first message on that both got behind their states, to the shorter end."""
    start, begin = meeting(first, second)
    length = min(len(first) - start, len(second) - begin)
    return first[start : start + length], second[begin : begin + length]


def meeting(first: list[bytes], second: list[bytes]) -> tuple[int, int]:
    """Where in each the first message stands that both got behind their states; else the ends.

    A state that was asked for within a window says the same as the window's message after it.
    """
    said = first[1:]
    begin = next((at for at, frame in enumerate(second[1:], 1) if frame in said), len(second))
    return (first.index(second[begin], 1) if begin < len(second) else len(first)), begin


@pytest.fixture
def nodes(serve: Serve) -> Any:
    running = serve("--account", "alice", "--account", "bob", "--rate-limit", "100000").wait_ready()
    started = [RunningFollower(running.data_dir, "marketdata") for _ in range(2)]
    for node in started:
        node.wait_ready()
    yield running, started
    for node in started:
        node.kill()


def address(node: RunningFollower) -> str:
    return node.url.replace("http://", "ws://") + "/ws/api/v2"


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what a busy machine takes its time for."""
    async with asyncio.timeout(BOUND_S):
        while not condition():
            await asyncio.sleep(0.02)


def heard(tap: Tap, orders: int) -> Callable[[], bool]:
    """Whether a node has published the effects of so many more orders, and three cuts of each window."""
    moving = [f"book.{PERPETUAL}.raw", f"book.{PERPETUAL}.100ms", f"trades.{PERPETUAL}.100ms"]
    moving += ["trades.future.any.raw", f"ticker.{PERPETUAL}.100ms"]
    before = {channel: len(tap.frames[channel]) for channel in moving}
    least = {channel: before[channel] + 4 for channel in moving}
    least[moving[0]] = before[moving[0]] + orders
    return lambda: all(len(tap.frames[channel]) >= least[channel] for channel in moving)


def test_nodes_publish_the_same_bytes_whenever_they_start(nodes: Any) -> None:
    running, (first, second) = nodes

    async def drill() -> None:
        async with Exchange.connect(running.url) as exchange:
            channels = every_kind(exchange.instruments)
        # The exchange's own child, and one that is started by hand.
        taps = [Tap(running.marketdata_url, channels), Tap(address(first), channels)]
        victim = Tap(address(second), channels)
        listening = [asyncio.create_task(tap.listen()) for tap in (*taps, victim)]
        for tap in (*taps, victim):
            await asyncio.wait_for(tap.subscribed.wait(), BOUND_S)
        stop = asyncio.Event()
        trading = asyncio.create_task(trade(running, stop))
        await until(heard(victim, orders=100))
        second.kill()
        again = await asyncio.to_thread(
            lambda: RunningFollower(running.data_dir, "marketdata").wait_ready()
        )
        try:
            late = Tap(address(again), channels)
            listening.append(asyncio.create_task(late.listen()))
            await until(heard(late, orders=100))
            stop.set()
            assert await trading > 100
            last = f"book.{PERPETUAL}.raw"
            # Then all of it is published, up to two cuts of the windows.
            await until(lambda: len({tap.frames[last][-1] for tap in (*taps, late)}) == 1)
            await asyncio.sleep(0.5)
            await until(
                lambda: all(
                    taps[0].frames[channel][-1:] == taps[1].frames[channel][-1:]
                    for channel in channels
                )
            )
        finally:
            again.kill()
            for task in listening:
                task.cancel()
            await asyncio.gather(*listening, return_exceptions=True)
        compared = {"killed": 0, "late": 0}
        for channel in channels:
            one, other = (tap.frames[channel] for tap in taps)
            mine, theirs = common(one, other)
            assert mine == theirs, channel
            # But for the states all is compared that was said since the later of them began.
            assert min(len(one), len(other)) <= 1 or min(meeting(one, other)) <= 1, channel
            for name, tap in (("killed", victim), ("late", late)):
                mine, theirs = common(one, tap.frames[channel])
                assert mine == theirs, (name, channel)
                compared[name] += len(mine)
        assert min(compared.values()) > 200

    asyncio.run(drill())


def test_a_client_of_two_nodes_misses_nothing_when_one_dies(nodes: Any) -> None:
    running, (first, second) = nodes

    async def drill() -> None:
        urls = [address(first), address(second)]
        stop = asyncio.Event()
        async with Exchange.connect(running.url, marketdata_url=urls, timing=QUICK) as exchange:
            book_channel, trades_channel = f"book.{PERPETUAL}.raw", f"trades.{PERPETUAL}.raw"
            await exchange.subscribe(book_channel, trades_channel)
            told: list[Any] = []

            async def hear() -> None:
                async for message in exchange.messages():
                    told.append(message)  # noqa: PERF401 - read while it goes on

            hearing = asyncio.create_task(hear())
            trading = asyncio.create_task(trade(running, stop))
            await until(lambda: len(told) > 100)
            first.kill()
            before = len(told)
            await until(lambda: len(told) > before + 100)
            stop.set()
            assert await trading > 20
            raw = await exchange.gateway.request(
                "public/get_order_book", {"instrument_name": PERPETUAL, "depth": 1000}
            )
            engine = msgspec.json.decode(raw)
            book = exchange.view.books[PERPETUAL]
            await until(lambda: bool(book.change_id == engine["change_id"]))
            listed = exchange.instruments[PERPETUAL]
            for side, levels in (("bids", book.bids()), ("asks", book.asks())):
                assert [[listed.price(ticks), lots] for ticks, lots in levels] == engine[side]
            assert exchange.counts.gaps == 0
            raw = await exchange.gateway.request(
                "public/get_last_trades_by_instrument",
                {"instrument_name": PERPETUAL, "count": 1000, "sorting": "asc"},
            )
            traded = [trade_["trade_seq"] for trade_ in msgspec.json.decode(raw)["trades"]]
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
        updates = [each for each in told if isinstance(each, m.BookUpdate)]
        # One snapshot at the beginning, and every change after it links to the one before.
        assert [update.is_snapshot for update in updates] == [True] + [False] * (len(updates) - 1)
        for former, update in itertools.pairwise(updates):
            assert update.prev_change_id == former.change_id
        prints = [each for each in told if isinstance(each, m.PublicTrade)]
        assert [print_.trade_seq for print_ in prints] == traded[-len(prints) :]
        assert len(prints) == len(traded) > 20
        assert len(updates) > 100
        assert exchange.mailbox.dropped == 0

    asyncio.run(drill())
