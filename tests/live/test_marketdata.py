"""Market data of a running exchange: two publishers with the same bytes, replicas, slow readers, restarts."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from exchange.gateway.limits import Limits
from marketdata.server import ServerLimits
from tests.live.conftest import Serve
from tests.live.crash_bots import Line
from tests.live.running import RunningExchange
from tests.live.slow_reader import SlowReader
from tests.live.test_crash import children_of

INSTRUMENT = "H100-PERPETUAL"
BOOK = f"book.{INSTRUMENT}.raw"
WINDOWS = f"book.{INSTRUMENT}.100ms"
IDENTICAL = (BOOK, WINDOWS, f"trades.{INSTRUMENT}.raw", f"quote.{INSTRUMENT}")
MANY = (
    *IDENTICAL,
    f"ticker.{INSTRUMENT}.raw",
    f"trades.{INSTRUMENT}.100ms",
    f"book.{INSTRUMENT}.none.20.100ms",
)
SEED = 20261009
ACCOUNTS = ("alice", "bob")
BOUND_S = 60.0
SLOW_FRAMES = 2_500
"""More of one channel than the buffers of a connection and the channel's ring hold together."""


class Listener:
    """Keeps the bytes of each notification of its channels."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.seen: dict[str, list[bytes]] = {}
        self.reading = asyncio.create_task(self._read())

    async def subscribe(self, *channels: str) -> None:
        """Follow channels; returns when each gave something or has nothing to give."""
        asked = {"id": 1, "method": "public/subscribe", "params": {"channels": channels}}
        await self._socket.send(msgspec.json.encode(asked), text=True)
        await until(lambda: BOOK in self.seen)

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for frame in self._socket:
                notification = msgspec.json.decode(frame)
                if notification.get("method") == "subscription":
                    params = msgspec.json.decode(frame, type=_Notification).params
                    self.seen.setdefault(params.channel, []).append(bytes(params.data))

    def books(self) -> list[dict[str, Any]]:
        """What the raw book's channel said."""
        return [msgspec.json.decode(payload) for payload in self.seen[BOOK]]

    def last_change_id(self, channel: str = BOOK) -> int:
        """Of a book's channel."""
        return int(msgspec.json.decode(self.seen[channel][-1])["change_id"])


class _Params(msgspec.Struct):
    channel: str
    data: msgspec.Raw


class _Notification(msgspec.Struct):
    params: _Params


class Replica:
    """A book rebuilt from a channel as its documentation says, and nothing else."""

    def __init__(self) -> None:
        self.sides: dict[str, dict[float, float]] = {"bids": {}, "asks": {}}
        self.change_id = 0
        self.snapshots = 0

    def apply(self, message: dict[str, Any]) -> None:
        if message["type"] == "snapshot":
            self.sides = {"bids": {}, "asks": {}}
            self.snapshots += 1
        else:
            assert message["prev_change_id"] == self.change_id, "a gap"
        self.change_id = message["change_id"]
        for name, levels in self.sides.items():
            for action, price, amount in message[name]:
                assert (action == "new") == (price not in levels)
                if action == "delete":
                    del levels[price]
                else:
                    levels[price] = amount

    @property
    def depth(self) -> list[list[list[float]]]:
        """Bids and asks as public/get_order_book gives them."""
        bids = sorted(self.sides["bids"].items(), reverse=True)
        asks = sorted(self.sides["asks"].items())
        return [[list(level) for level in side] for side in (bids, asks)]


async def until(condition: Callable[[], object], bound_s: float = BOUND_S) -> None:
    async with asyncio.timeout(bound_s):
        while not condition():
            await asyncio.sleep(0.01)


async def trader(running: RunningExchange, account: str) -> Line:
    line = Line(await connect(running.url, compression=None, max_size=None))
    key = running.keys[account]
    await line.call("public/auth", grant_type="client_credentials", **key)
    return line


async def load(lines: list[Line], count: int, seed: int = SEED, in_flight: int = 64) -> None:
    """Send orders around the mark, pipelined, and cancel half of those that rest; each is acknowledged."""
    dice = random.Random(seed)
    for line in lines:
        # What former loads left would add up to the most open orders that an account may have.
        await line.call("private/cancel_all")
    mark = (await lines[0].call("public/ticker", instrument_name=INSTRUMENT))["mark_price"]
    slots = asyncio.Semaphore(in_flight)

    async def one(line: Line, side: str, ticks: int, amount: int, cancel: bool) -> None:
        async with slots:
            price = round(mark + ticks * 0.001, 3)
            placed = await line.call(
                f"private/{side}", instrument_name=INSTRUMENT, amount=amount, price=price
            )
            if cancel and placed["order"]["order_state"] == "open":
                order_id = placed["order"]["order_id"]
                answer = await line.ask("private/cancel", order_id=order_id)
                # It may have been filled on the way.
                assert answer.get("error", {}).get("code") in (None, 10004, 10010), answer

    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            side = dice.choice(("buy", "sell"))
            ticks = dice.randint(-20, 4) * (1 if side == "buy" else -1)
            line = dice.choice(lines)
            group.create_task(one(line, side, ticks, dice.randint(1, 9), dice.random() < 0.6))


async def move_the_book(line: Line) -> int:
    """Add a level where there is none, and return the change_id of that."""
    mark = (await line.call("public/ticker", instrument_name=INSTRUMENT))["mark_price"]
    price = round(mark * 0.95, 3)
    await line.call("private/buy", instrument_name=INSTRUMENT, amount=1, price=price)
    shown = await line.call("public/get_order_book", instrument_name=INSTRUMENT)
    return int(shown["change_id"])


def scenario(
    running: RunningExchange, work: Callable[[list[Line], AsyncExitStack], Awaitable[None]]
) -> None:
    """Run with a connection of each account, in bounded time."""

    async def bounded() -> None:
        async with asyncio.timeout(2 * BOUND_S), AsyncExitStack() as stack:
            lines = [await trader(running, account) for account in ACCOUNTS]
            for line in lines:
                stack.push_async_callback(line.close)
            await work(lines, stack)

    asyncio.run(bounded())


async def listen(stack: AsyncExitStack, url: str, *channels: str) -> Listener:
    socket = await stack.enter_async_context(connect(url, compression=None, max_size=None))
    listener = Listener(socket)
    await listener.subscribe(*channels)
    return listener


def test_both_publishers_say_the_same_bytes_and_replicas_equal_the_book(
    exchange: RunningExchange,
) -> None:
    async def work(lines: list[Line], stack: AsyncExitStack) -> None:
        publishers = (exchange.url, exchange.marketdata_url)
        early = [await listen(stack, url, *IDENTICAL) for url in publishers]
        await load(lines, 50)
        # Until the window that is open has been cut, so that both begin with the same.
        last = await move_the_book(lines[0])
        for listener in early:
            await until(lambda heard=listener: heard.last_change_id(WINDOWS) == last)
        gateway, service = [await listen(stack, url, *IDENTICAL) for url in publishers]
        firsts = {name: len(gateway.seen.get(name, [])) for name in IDENTICAL}
        for turn in range(4):
            cuts = len(gateway.seen[WINDOWS])
            await load(lines, 100, SEED + turn)
            await until(lambda before=cuts: len(gateway.seen[WINDOWS]) > before)
        shown = await lines[0].call(
            "public/get_order_book", instrument_name=INSTRUMENT, depth=10_000
        )
        for listener in (gateway, service):
            await until(lambda heard=listener: heard.last_change_id() == shown["change_id"])
        await until(
            lambda: (
                {name: len(found) for name, found in gateway.seen.items()}
                == {name: len(found) for name, found in service.seen.items()}
            )
        )
        for name in IDENTICAL:
            assert gateway.seen[name] == service.seen[name], name
            assert len(gateway.seen[name]) > firsts[name] + 2
        for listener in (gateway, service):
            replica = Replica()
            for message in listener.books():
                replica.apply(message)
            assert replica.depth == [shown["bids"], shown["asks"]]
            assert shown["change_id"] == replica.change_id
            assert replica.snapshots == 1
            assert sum(map(len, replica.depth)) > 10

    scenario(exchange, work)


@pytest.mark.parametrize(
    ("place", "patience_s"),
    [("marketdata_url", ServerLimits().slow_s), ("url", Limits().stalled_s)],
)
def test_a_reader_that_stops_is_conflated_and_holds_up_nobody(
    exchange: RunningExchange, place: str, patience_s: float
) -> None:
    url = getattr(exchange, place)
    slow = SlowReader(url)
    try:
        slow.subscribe(*MANY)

        async def work(lines: list[Line], stack: AsyncExitStack) -> None:
            quick = await listen(stack, url, BOOK)
            # One frame a commit: few orders in flight make many of them.
            while len(quick.seen[BOOK]) < SLOW_FRAMES:
                await load(lines, 300, len(quick.seen[BOOK]), in_flight=4)
            shown = await lines[0].call("public/get_order_book", instrument_name=INSTRUMENT)
            await until(lambda: quick.last_change_id() == shown["change_id"])
            replica = Replica()
            for message in quick.books():
                replica.apply(message)
            assert replica.snapshots == 1, "the quick reader was passed over too"
            followed = Replica()
            read = 0

            def caught_up() -> bool:
                nonlocal read
                for frame in slow.frames[read:]:
                    if frame.get("params", {}).get("channel") == BOOK:
                        followed.apply(frame["params"]["data"])
                read = len(slow.frames)
                return followed.change_id == replica.change_id

            stopped_s = time.monotonic() - slow.read_at_s
            if not await asyncio.to_thread(slow.read_until, caught_up):
                # So much takes this machine so long that it was given up, as it should be.
                assert stopped_s > patience_s, "it was dropped although it may be behind for longer"
                assert followed.change_id < replica.change_id
                return
            assert followed.snapshots > 1, "it was never behind"
            assert followed.depth == replica.depth

        scenario(exchange, work)
    finally:
        slow.close()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc to find the child process")
def test_a_market_data_service_that_dies_comes_back_on_its_port(serve: Serve) -> None:
    running = serve("--account", "alice", "--account", "bob").wait_ready()

    async def work(lines: list[Line], stack: AsyncExitStack) -> None:
        before = await listen(stack, running.marketdata_url, BOOK)
        await load(lines, 100)
        (child,) = children_of(running.pid)
        os.kill(child, signal.SIGKILL)
        await asyncio.wait({before.reading})
        await load(lines, 100, SEED + 1)
        await until(lambda: "market data is back" in running.output)
        after = await listen(stack, running.marketdata_url, BOOK)
        await load(lines, 100, SEED + 2)
        shown = await lines[0].call(
            "public/get_order_book", instrument_name=INSTRUMENT, depth=10_000
        )
        await until(lambda: after.last_change_id() == shown["change_id"])
        replica = Replica()
        for message in after.books():
            replica.apply(message)
        assert replica.depth == [shown["bids"], shown["asks"]]
        assert after.books()[0]["change_id"] > before.last_change_id()

    scenario(running, work)
    assert running.stop() == 0, running.output
    assert "ended with status -9; starting it again" in running.output


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc to find the child process")
def test_a_market_data_service_that_keeps_dying_ends_the_exchange_with_a_reason(
    serve: Serve,
) -> None:
    running = serve("--account", "alice").wait_ready()
    end = time.monotonic() + BOUND_S
    killed: set[int] = set()
    while running.process.poll() is None and time.monotonic() < end:
        try:
            children = set(children_of(running.pid)) - killed
        except FileNotFoundError:
            break
        for child in children:
            os.kill(child, signal.SIGKILL)
        killed |= children
        time.sleep(0.05)
    assert running.wait_ended() == 1
    assert "error: the market-data service" in running.output
    assert "stopped at command" not in running.output
    assert "Traceback" not in running.output
