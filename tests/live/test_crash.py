"""kill -9 under load: what was acknowledged is there, nothing took effect twice, replay equals live.

``CFX_CRASH_ROUNDS`` sets the number of kills, ``CFX_CRASH_SEED`` repeats the draws of a run.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from exchange.core import snapshot
from exchange.log.store import CommandLog
from tests.live.conftest import Serve
from tests.live.crash_bots import CrashBot
from tests.live.running import RunningExchange, type_cfx
from tests.live.witness import LogWitness

BOTS = ("ada", "ben", "cleo", "dan")
INSTRUMENTS = 2
WAIT_S = 60.0
LOAD_ORDERS = (150, 400)
"""Acknowledged in one life: the fewest, and the most that the draw may ask for."""
STATES_CHECKED = 100
"""Orders of a bot whose state is asked for after each restart; all are checked in the log."""

ROUNDS = int(os.environ.get("CFX_CRASH_ROUNDS", "2"))
SEED = int(os.environ.get("CFX_CRASH_SEED", secrets.randbelow(10**6)))


class PublicWitness:
    """Keeps what the market-data service published, across its lives."""

    def __init__(self) -> None:
        self.trades: dict[str, dict[str, Any]] = {}
        self.change_ids: dict[str, int] = {}
        self.snapshots = 0
        self.changes = 0

    async def listen(self, url: str, instruments: list[str]) -> None:
        """Follow raw books and trades until the service is gone."""
        channels = [f"{kind}.{name}.raw" for name in instruments for kind in ("book", "trades")]
        try:
            async with connect(url, compression=None, max_size=None) as socket:
                asked = {"id": 1, "method": "public/subscribe", "params": {"channels": channels}}
                await socket.send(msgspec.json.encode(asked), text=True)
                while True:
                    frame = msgspec.json.decode(await socket.recv())
                    if frame.get("method") == "subscription":
                        self._take(frame["params"]["channel"], frame["params"]["data"])
        except (ConnectionClosed, OSError):
            return

    def _take(self, channel: str, news: Any) -> None:
        if channel.startswith("trades"):
            for trade in news:
                known = self.trades.setdefault(trade["trade_id"], trade)
                assert known == trade, "a trade was published in two versions"
            return
        before = self.change_ids.get(channel, 0)
        if news["type"] == "snapshot":
            self.snapshots += 1
            assert news["change_id"] >= before, f"{channel} went back"
        else:
            self.changes += 1
            assert news["prev_change_id"] == before, f"{channel} has a gap"
            assert news["change_id"] > before
        self.change_ids[channel] = news["change_id"]


class CrashDrill:
    """One exchange directory, its bots and witnesses through many lives of the process."""

    def __init__(self, serve: Serve, data_dir: Path) -> None:
        self.random = random.Random(f"{SEED}/drill")
        self.witness = LogWitness()
        self.public = PublicWitness()
        self.data_dir = data_dir
        self.bots: list[CrashBot] = []
        self.unanswered = 0
        self._serve = serve
        self.listening: asyncio.Task[None]

    async def start(self) -> RunningExchange:
        """Start the exchange, connect everybody, retry what was not answered, and compare."""
        accounts = [word for name in BOTS for word in ("--account", name)]
        running = self._serve(*accounts, data_dir=self.data_dir)
        await asyncio.to_thread(running.wait_ready)
        if not self.bots:
            self.bots = [CrashBot(name, running.keys[name], f"{SEED}/{name}") for name in BOTS]
            self.witness.read(self.data_dir)
        listed = [spec.name for spec in self.witness.core.specs]
        traded = [listed[0], listed[-1]]
        assert len(set(traded)) == INSTRUMENTS
        self.listening = asyncio.create_task(self.public.listen(running.marketdata_url, traded))
        for bot in self.bots:
            await bot.connect(running.url, traded)
            self.unanswered += len(bot.unanswered)
            await bot.retry()
        self.witness.read(self.data_dir)
        for bot in self.bots:
            await self._compare_live(bot)
        return running

    async def load(self, running: RunningExchange, *, kill: bool) -> None:
        """Trade, end the exchange at a random moment, and compare memories with the log."""
        children = children_of(running.pid)
        assert len(children) == 1, "the market-data service is one child"
        trading = [asyncio.create_task(bot.trade()) for bot in self.bots]
        await self._acknowledged(self.random.randint(*LOAD_ORDERS), trading)
        if kill:
            running.kill()
        else:
            assert await asyncio.to_thread(running.stop) == 0, running.output
        await asyncio.gather(*trading)
        for child in children:
            await asyncio.to_thread(wait_gone, child)
        await self.listening
        self.witness.read(self.data_dir)
        for bot in self.bots:
            self._compare_log(bot)
        self._compare_public()

    async def _acknowledged(self, orders: int, trading: list[asyncio.Task[None]]) -> None:
        """Wait until so many more orders were acknowledged and others are on their way."""

        def count() -> int:
            return sum(len(bot.acknowledged) for bot in self.bots)

        wanted = count() + orders
        async with asyncio.timeout(WAIT_S):
            while count() < wanted or not all(bot.unanswered for bot in self.bots):
                for task in trading:
                    if task.done():
                        task.result()
                        raise AssertionError("the exchange ended by itself")
                await asyncio.sleep(0.002)

    def _compare_log(self, bot: CrashBot) -> None:
        """All that this bot was told is in the log, once."""
        account = self.witness.core.account_numbers[bot.name]
        orders = self.witness.orders
        for label, order_id in bot.acknowledged.items():
            order = orders[number_of(order_id)]
            assert (order.account, order.label) == (account, label)
        for order_id in bot.cancelled:
            assert orders[number_of(order_id)].cancelled
        for order_id, price, amount in bot.edited:
            order = orders[number_of(order_id)]
            tick = self.witness.core.specs[order.instrument].tick_micros
            assert (round(price * 1_000_000 / tick), amount) in order.past
        known = {(trade_id, order_id) for trade_id, order_id, _ in self.witness.fills[account]}
        for trade_id, (order_id, _) in bot.fills.items():
            assert (int(trade_id), number_of(order_id)) in known
        assert max(self.witness.effects.values()) == 1
        ids = [trade_id for trade_id, _, _, _ in self.witness.trades]
        assert ids == list(range(1, len(ids) + 1))

    def _compare_public(self) -> None:
        """Nothing was published that is not in the log."""
        in_log = {str(trade[0]): trade for trade in self.witness.trades}
        for trade_id, trade in self.public.trades.items():
            _, instrument, price_ticks, qty_lots = in_log[trade_id]
            spec = self.witness.core.specs[instrument]
            assert trade["instrument_name"] == spec.name
            assert round(trade["price"] * 1_000_000) == price_ticks * spec.tick_micros
            assert trade["amount"] == qty_lots
        assert all(number <= self.witness.core.seq for number in self.public.change_ids.values())

    async def _compare_live(self, bot: CrashBot) -> None:
        """The running exchange says of this bot's orders and fills what the log says."""
        account = self.witness.core.account_numbers[bot.name]
        expected = self.witness.live(account)
        found = {}
        for order in await bot.line.call("private/get_open_orders"):
            number = number_of(order["order_id"])
            tick = self.witness.core.specs[self.witness.orders[number].instrument].tick_micros
            left_lots = order["amount"] - order["filled_amount"]
            found[number] = (order["label"], round(order["price"] * 1_000_000 / tick), left_lots)
        assert found == expected
        kept = {*expected, *self.witness.closed.get(account, [])[-STATES_CHECKED:]}
        asked = [one for one in bot.acknowledged.values() if number_of(one) in kept]
        for order_id in asked[-STATES_CHECKED:]:
            state = await bot.line.call("private/get_order_state", order_id=order_id)
            order = self.witness.orders[number_of(order_id)]
            assert (state["order_state"], state["filled_amount"]) == (
                order.state,
                order.filled_lots,
            )
        page = await bot.line.call(
            "private/get_user_trades_by_currency", currency="any", count=1_000, sorting="desc"
        )
        fills = [
            (int(trade["trade_id"]), number_of(trade["order_id"]), trade["amount"])
            for trade in page["trades"]
        ]
        latest = self.witness.fills.get(account, [])[-1_000:]
        assert fills == latest[::-1]


def number_of(order_id: str) -> int:
    return int(order_id.rpartition("-")[2])


def children_of(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_gone(pid: int) -> None:
    """Wait until a process has ended, whether or not somebody has collected it."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return
        if state == "Z":
            return
        time.sleep(0.02)
    raise AssertionError(f"process {pid} is still there after {WAIT_S} s")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc to find the child process")
@pytest.mark.timeout(900)
def test_kill_under_load_loses_and_doubles_nothing(serve: Serve, tmp_path: Path) -> None:
    sys.stdout.write(f"repeat: CFX_CRASH_SEED={SEED} CFX_CRASH_ROUNDS={ROUNDS} pytest {__file__}\n")
    drill = CrashDrill(serve, tmp_path / "venue")

    async def work() -> None:
        # The first end is an orderly one under load, so that recovery has a snapshot to begin with.
        for turn in range(ROUNDS + 1):
            await drill.load(await drill.start(), kill=turn > 0)
        last = await drill.start()
        for bot in drill.bots:
            await bot.line.close()
        assert await asyncio.to_thread(last.stop) == 0, last.output
        await drill.listening

    asyncio.run(work())
    acknowledged = sum(len(bot.acknowledged) for bot in drill.bots)
    doubled = sum(bot.doubled for bot in drill.bots)
    sys.stdout.write(
        f"{ROUNDS} kills, {acknowledged} orders acknowledged, 0 of them lost, {drill.unanswered} "
        f"unanswered and sent again, {doubled} of these were in the log before, "
        f"{len(drill.witness.trades)} trades, {drill.public.changes} book changes followed\n"
    )
    assert acknowledged > 100 * ROUNDS
    assert drill.unanswered > 0
    assert len(drill.witness.trades) > 50
    assert len(drill.public.trades) > 50
    assert drill.public.snapshots == INSTRUMENTS * (ROUNDS + 2)
    drill.witness.read(drill.data_dir)
    log = CommandLog(drill.data_dir, writable=False)
    newest = next(log.snapshots())
    assert newest.seq == log.last_seq == drill.witness.core.seq
    log.close()
    assert snapshot.digest(snapshot.restore(newest.core)) == drill.witness.digest
    assert drill.witness.digest in type_cfx("replay", "--data-dir", str(drill.data_dir)).stdout
    verified = type_cfx("verify", "--data-dir", str(drill.data_dir))
    assert verified.returncode == 0, verified.stdout
