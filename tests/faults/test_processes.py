"""A whole exchange under load whose processes stand still, die and return, and whose wall clock is set.

Four bots trade through all of it. At the end every acknowledgement is in the log once, all that was
published is in it, time in it never went back, and it verifies.
"""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from exchange.core.layout import COMMAND_TS_NS
from exchange.log.store import CommandLog
from exchange.log.terms import LOG_NAME
from tests.faults.lives import sound
from tests.faults.shim import Control, Faults, Op
from tests.faults.tally import LONG, Tally
from tests.live import crash_bots
from tests.live.conftest import Serve
from tests.live.conftest import serve as serve
from tests.live.running import RunningExchange
from tests.live.test_crash import CrashDrill, children_of

NS = 1_000_000_000
HOUR_NS = 3_600 * NS
STANDSTILL_S = 30.0 if LONG else 2.0
BACK_S = 60.0
ROUNDS = 3 if LONG else 1

pytestmark = pytest.mark.timeout(1_800 if LONG else 240)


class Drill(CrashDrill):
    """A crash drill whose exchange runs under the library of faults and is not killed."""

    def __init__(self, serve: Serve, folder: Path, library: Path) -> None:
        self.control = Control(folder / "control")
        started = partial(serve, environment=self.control.environment(library))
        super().__init__(started, folder / "venue")
        self.running: RunningExchange

    async def during(self, act: Callable[[], Awaitable[None]]) -> None:
        """Trade, let something happen meanwhile, stop in good order, and compare all memories."""
        self.running = await self.start()
        trading = [asyncio.create_task(bot.trade()) for bot in self.bots]
        await act()
        await self.acknowledges()
        assert await asyncio.to_thread(self.running.stop) == 0, self.running.output
        await asyncio.gather(*trading)
        await self.listening
        self.witness.read(self.data_dir)
        for bot in self.bots:
            self._compare_log(bot)
        self._compare_public()
        assert sound(self.data_dir) == []
        assert "Traceback" not in self.running.output, self.running.output
        ts_ns = self.ts_ns()
        assert ts_ns == sorted(ts_ns), "time went back in the log"

    def ts_ns(self) -> list[int]:
        """Times of all commands."""
        log = CommandLog(self.data_dir, writable=False)
        found = [ns for batch in log.read() for ns in batch.rows[:, COMMAND_TS_NS].tolist()]
        log.close()
        return found

    async def acknowledges(self) -> None:
        """Wait until every bot has got acknowledgements from now on."""
        before = [len(bot.acknowledged) for bot in self.bots]
        async with asyncio.timeout(BACK_S):
            while any(len(bot.acknowledged) <= n for bot, n in zip(self.bots, before, strict=True)):
                await asyncio.sleep(0.02)

    async def publishes(self) -> None:
        """Wait until the public has learnt of changes from now on."""
        before = self.public.changes
        async with asyncio.timeout(BACK_S):
            while self.public.changes <= before:
                await asyncio.sleep(0.02)

    def listen(self) -> None:
        """Follow market data anew."""
        specs = self.witness.core.specs
        traded = [specs[0].name, specs[-1].name]
        self.listening = asyncio.create_task(
            self.public.listen(self.running.marketdata_url, traded)
        )


@pytest.fixture
def drill(serve: Serve, tmp_path: Path, library: Path, monkeypatch: pytest.MonkeyPatch) -> Drill:
    monkeypatch.setattr(crash_bots, "ANSWER_S", crash_bots.ANSWER_S + STANDSTILL_S)
    return Drill(serve, tmp_path, library)


async def stand_still(pid: int, seconds: float) -> None:
    """SIGSTOP, and SIGCONT after a while."""
    os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(seconds)
    os.kill(pid, signal.SIGCONT)


async def stand_still_die_and_return(drill: Drill, tally: Tally) -> None:
    """Stop the exchange, stop market data, kill market data; each time all goes on."""
    for _ in range(ROUNDS):
        with tally("exchange stopped for a while (SIGSTOP)"):
            await stand_still(drill.running.pid, STANDSTILL_S)
            await drill.acknowledges()
            await drill.publishes()
        (node,) = children_of(drill.running.pid)
        with tally("market data stopped for a while (SIGSTOP)"):
            os.kill(node, signal.SIGSTOP)
            # The exchange goes on, and the log grows while nobody follows it.
            await drill.acknowledges()
            await asyncio.sleep(STANDSTILL_S / 4)
            await drill.acknowledges()
            os.kill(node, signal.SIGCONT)
            await drill.publishes()
        with tally("market data killed under load (SIGKILL)"):
            told = drill.running.output.count("market data is back")
            os.kill(node, signal.SIGKILL)
            await drill.listening
            await drill.acknowledges()
            async with asyncio.timeout(BACK_S):
                while drill.running.output.count("market data is back") == told:
                    await asyncio.sleep(0.05)
            drill.listen()
            await drill.publishes()
            assert children_of(drill.running.pid) != [node]


async def fill_the_disk(drill: Drill, tally: Tally) -> None:
    """No orders while the disk is full, queries go on; once there is room all goes on by itself."""
    with tally("disk full under load (ENOSPC), then room again"):
        full = Faults(
            match=f"{drill.data_dir}/{LOG_NAME}",
            fail_ops=Op.WRITE,
            fail_errno=errno.ENOSPC,
            fail_from=1,
        )
        drill.control.arm(full)
        async with asyncio.timeout(BACK_S):
            while (answer := await asyncio.to_thread(drill.running.status))[0] == 200:
                await asyncio.sleep(0.05)
        assert answer[0] == 503
        assert "full" in str(answer[1]), answer
        line = crash_bots.Line(
            await crash_bots.connect(drill.running.url, compression=None, max_size=None)
        )
        told = await line.call("public/status")
        assert told["accepting"] is False
        assert "full" in told["reason"]
        before = drill.witness.core.seq
        await line.call("public/ticker", instrument_name=drill.witness.core.specs[0].name)
        await line.close()
        drill.control.heal()
        async with asyncio.timeout(BACK_S):
            while (await asyncio.to_thread(drill.running.status))[0] != 200:
                await asyncio.sleep(0.05)
        await drill.acknowledges()
        await drill.publishes()
        assert drill.control["failed"] > 0
        drill.witness.read(drill.data_dir)
        assert drill.witness.core.seq > before
        drill.control["armed"] = 0


async def set_the_wall_clock(drill: Drill, tally: Tally) -> None:
    """Nothing expires early, nothing hangs for an hour, time in the log never goes back."""
    name, key = "ada", drill.running.keys["ada"]
    line = await crash_bots.connect(drill.running.url, compression=None, max_size=None)
    ask = crash_bots.Line(line)
    await ask.call("public/auth", grant_type="client_credentials", **key)
    specs = drill.witness.core.specs
    ticker = await ask.call("public/ticker", instrument_name=specs[1].name)
    kept = await ask.call(
        "private/buy",
        instrument_name=specs[1].name,
        amount=1,
        price=ticker["min_price"],
        time_in_force="good_til_date",
        expiration_timestamp=time.time_ns() // 10**6 + 600_000,
    )
    assert name in drill.witness.core.account_numbers
    await ask.call("private/cancel_all_after", timeout_ms=600_000)
    for jump_ns in (HOUR_NS, -HOUR_NS):
        with tally(f"wall clock set {jump_ns / HOUR_NS:+.0f} h"):
            before_ns = time.time_ns()
            drill.control["clock_offset_ns"] = jump_ns
            # The deadlines are looked at every 0.1 s, and the steady clock at the wall every second.
            await asyncio.sleep(1.5)
            await drill.acknowledges()
            await drill.publishes()
            # The session's token is as good as before.
            await ask.call("private/get_account_summary", currency="USD")
            state = await ask.call("private/get_order_state", order_id=kept["order"]["order_id"])
            assert state["order_state"] == "open"
            drill.witness.read(drill.data_dir)
            now_ns = drill.witness.core.ts_ns
            assert before_ns < now_ns < time.time_ns() + NS, "market time went with the jump"
            async with asyncio.timeout(BACK_S):
                while "s off this exchange's" not in drill.running.output:
                    await asyncio.sleep(0.1)
    with tally("dead-man timer after the wall clock went back"):
        await ask.call("private/cancel_all_after", timeout_ms=1_000)
        async with asyncio.timeout(BACK_S):
            while state["order_state"] == "open":
                await asyncio.sleep(0.1)
                state = await ask.call(
                    "private/get_order_state", order_id=kept["order"]["order_id"]
                )
        assert state["cancel_reason"] == "deadline_passed"
    await ask.close()


def test_processes_fail_and_the_wall_clock_is_set(drill: Drill, tally: Tally) -> None:
    async def act() -> None:
        await drill.acknowledges()
        await stand_still_die_and_return(drill, tally)
        await fill_the_disk(drill, tally)
        await set_the_wall_clock(drill, tally)

    asyncio.run(drill.during(act))
    # One at the start and one after each death; every change between them continued the one before.
    assert drill.public.snapshots == 2 * (1 + ROUNDS)
    assert drill.public.changes > 10
