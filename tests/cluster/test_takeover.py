"""The drill: two machines' worth of nodes on a real server, everything killed in turn under load.

The log's server stops for a while, then dies and comes back; the primary is killed and its standby
promoted; the former primary returns as a standby and is promoted while the other one lives. The bots'
memories are compared with the log all along, and a market-data node beside the standby hears it all.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.cluster.conftest import Follow, Serve
from tests.cluster.nats_server import NatsServer
from tests.live.crash_bots import CrashBot
from tests.live.following import RunningFollower
from tests.live.running import RunningExchange, run_cfx, type_cfx
from tests.live.test_crash import CrashDrill, PublicWitness

BOUND_S = 30.0
"""From the kill to the first order that the new primary takes; some seconds are usual."""
BOTS = ("ada", "ben", "cleo")
WAIT_S = 60.0
PAUSE_S = 0.3


class PatientBot(CrashBot):
    """Waits a little after each refusal, as a client would."""

    async def _act(self) -> None:
        before = self.lost
        await super()._act()
        if self.lost > before and not self.line.ended:
            await asyncio.sleep(PAUSE_S)


class TakeoverDrill(CrashDrill):
    """Bots, their witnesses, and the nodes that they trade on."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(lambda *options: RunningExchange(data_dir, *options), data_dir)
        self.traded: list[str] = []
        self.trading: list[asyncio.Task[None]] = []

    async def begin(self, primary: RunningExchange, marketdata_url: str) -> None:
        """Make the bots, and let the market-data node's witness listen for good."""
        self.bots = [PatientBot(name, primary.keys[name], f"takeover/{name}") for name in BOTS]
        self.witness.read(self.data_dir)
        listed = [spec.name for spec in self.witness.core.specs]
        self.traded = [listed[0], listed[-1]]
        self.public = PublicWitness()
        self.listening = asyncio.create_task(self.public.listen(marketdata_url, self.traded))

    async def connect(self, url: str) -> None:
        """Connect every bot, learn what became of the unanswered, and trade."""
        for bot in self.bots:
            await bot.connect(url, self.traded)
            self.unanswered += len(bot.unanswered)
            await bot.retry()
        self.witness.read(self.data_dir)
        for bot in self.bots:
            await self._compare_live(bot)
        self.trading = [asyncio.create_task(bot.trade()) for bot in self.bots]

    async def more(self, orders: int) -> None:
        """Wait until each bot had so many more orders acknowledged."""
        wanted = [len(bot.acknowledged) + orders for bot in self.bots]
        async with asyncio.timeout(WAIT_S):
            while any(
                len(bot.acknowledged) < want for bot, want in zip(self.bots, wanted, strict=True)
            ):
                for task in self.trading:
                    if task.done():
                        task.result()
                await asyncio.sleep(0.02)

    async def in_flight(self) -> None:
        """Wait until each bot has sent an order that is not answered yet."""
        async with asyncio.timeout(WAIT_S):
            while not all(bot.unanswered for bot in self.bots):
                await asyncio.sleep(0.002)

    async def ended(self) -> None:
        """Wait until the exchange is gone for every bot."""
        await asyncio.gather(*self.trading)

    async def rest(self) -> None:
        """Let the bots stop for a while."""
        for bot in self.bots:
            await bot.line.close()
        await self.ended()

    def compare(self) -> None:
        """All that any bot was told is in the log, once, and nothing else was published."""
        self.witness.read(self.data_dir)
        for bot in self.bots:
            self._compare_log(bot)
        self._compare_public()


async def wait_until(what: str, holds: object) -> None:
    """Wait until something holds, with a bound."""
    assert callable(holds)
    end_s = time.monotonic() + WAIT_S
    while not await asyncio.to_thread(holds):
        assert time.monotonic() < end_s, what
        await asyncio.sleep(0.05)


async def promote(data_dir: Path) -> str:
    """Run `cfx promote`, and return the new gateway's WebSocket address."""
    told = await asyncio.to_thread(run_cfx, "promote", "--data-dir", str(data_dir))
    assert told.returncode == 0, told.stderr
    found = re.search(r"WebSocket (ws://\S+?)\)", told.stdout)
    assert found is not None, told.stdout
    return found[1]


def seq_of(follower: RunningFollower) -> int:
    return int(httpx.get(f"{follower.url}/readyz", timeout=WAIT_S).json()["seq"])


@pytest.mark.skipif(sys.platform != "linux", reason="stops and kills processes")
@pytest.mark.timeout(600)
def test_takeover_under_load_loses_and_doubles_nothing(
    tmp_path: Path, nats: NatsServer, serve: Serve, follow: Follow
) -> None:
    here, there, log = tmp_path / "here", tmp_path / "there", ("--log", nats.address())
    free = ("--gateway-port", "0", "--marketdata-port", "0", "--port", "0")
    accounts = [word for name in BOTS for word in ("--account", name)]
    primary = serve(here, *log, *accounts).wait_ready()
    there.mkdir(mode=0o700)
    shutil.copy(here / "cluster.secret", there)
    standby = follow(there, "standby", *log, *free).wait_ready()
    node = follow(there, "marketdata", *log).wait_ready()
    followers = [standby, node]
    drill = TakeoverDrill(there)
    took_s = 0.0

    async def work() -> None:
        nonlocal took_s
        await wait_until("the standby has all", lambda: seq_of(standby) >= 40)
        await drill.begin(primary, f"ws{node.url.removeprefix('http')}/ws/api/v2")
        await drill.connect(primary.url)
        await drill.more(30)

        # The log's server stands still: orders are refused, and go on afterwards.
        nats.pause()
        await wait_until("orders are refused", lambda: primary.status()[0] == 503)
        assert "do not answer" in primary.status()[1]["failure"]
        nats.resume()
        await wait_until("orders are taken again", lambda: primary.status()[0] == 200)
        await drill.more(15)

        # It dies, and comes back with its files.
        nats.kill()
        nats.start()
        await drill.more(30)

        # The primary dies.
        children = drill_children(primary)
        await drill.in_flight()
        primary.kill()
        killed_s = time.monotonic()
        await drill.ended()
        url = await promote(there)
        await drill.connect(url)
        await drill.more(1)
        took_s = time.monotonic() - killed_s
        await drill.more(20)
        for child in children:
            assert not Path(f"/proc/{child}").exists()

        # The former primary comes back as a standby, and takes over from the living one.
        await drill.rest()
        followers.append(back := follow(here, "standby", *log, *free))
        await asyncio.to_thread(back.wait_ready)
        await drill.connect(url)
        await drill.more(20)
        url = await promote(here)
        http = re.search(r"ready: gateway (http://\S+)", standby.output)
        assert http is not None
        answer = await asyncio.to_thread(httpx.get, f"{http[1]}/readyz", timeout=WAIT_S)
        assert answer.status_code == 503
        assert "fenced by epoch 3" in answer.json()["failure"]
        # It has sent everybody away, so that they look for the new one.
        await drill.ended()
        await asyncio.to_thread(standby.kill)
        drill.data_dir = here
        await drill.connect(url)
        await drill.more(20)
        assert await asyncio.to_thread(back.stop) == 0, back.output
        await drill.ended()

    asyncio.run(work())
    assert took_s < BOUND_S
    drill.compare()
    acknowledged = sum(len(bot.acknowledged) for bot in drill.bots)
    sys.stdout.write(
        f"took over in {took_s:.1f} s; {acknowledged} orders acknowledged, 0 lost, "
        f"{drill.unanswered} unanswered and sent again, {len(drill.witness.trades)} trades, "
        f"{drill.public.changes} book changes followed without a gap\n"
    )
    assert drill.unanswered > 0
    # One snapshot a channel in the whole drill: the witness never had to begin anew.
    assert drill.public.snapshots == len(drill.traded)
    assert drill.public.changes > 50
    assert drill.witness.digest in type_cfx("replay", "--data-dir", str(here)).stdout
    verified = type_cfx("verify", "--data-dir", str(here))
    assert verified.returncode == 0, verified.stdout
    for one in followers:
        assert "Traceback" not in one.output, one.output


def drill_children(primary: RunningExchange) -> list[int]:
    """The market-data service of a primary, and whatever else it started."""
    pid = primary.pid
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
