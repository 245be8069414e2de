"""kill -9 of the exchange under load, `cfx promote`: the standby goes on with all that was acknowledged."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from clients.connection import Timing
from clients.errors import ExchangeError
from clients.sdk import Exchange
from tests.live.conftest import Serve
from tests.live.following import RunningFollower
from tests.live.running import RunningExchange, run_cfx, type_cfx

BOUND_S = 120.0
ACCOUNTS = ("ada", "ben")
QUICK = Timing(backoff_first_s=0.05, backoff_most_s=0.2, connect_s=20.0)


class Bot:
    """Places one order after the other far from the market, and remembers which were acknowledged."""

    def __init__(self, account: str) -> None:
        self.account = account
        self.acknowledged: list[str] = []
        self.sent = 0

    async def trade(self, running: RunningExchange, instrument: str, stop: asyncio.Event) -> None:
        """Trade until stopped, over every line that there is."""
        key = running.keys[self.account]
        async with Exchange.connect(running.url, **key, timing=QUICK) as exchange:
            raw = await exchange.gateway.request("public/ticker", {"instrument_name": instrument})
            mark = msgspec.json.decode(raw)["mark_price"]
            low = int(mark * 0.97 * 1_000_000) // exchange.instruments[instrument].tick_micros
            while not stop.is_set():
                self.sent += 1
                label = f"{self.account} {self.sent}"
                try:
                    await exchange.buy(instrument, 1, low + self.sent % 3, label=label)
                except ExchangeError:
                    await asyncio.sleep(0.01)
                    continue
                self.acknowledged.append(label)

    async def open_labels(self, running: RunningExchange) -> list[str]:
        """Ask the exchange which orders it has of this account."""
        key = running.keys[self.account]
        async with Exchange.connect(running.url, **key, timing=QUICK) as exchange:
            return [order.label for order in await exchange.open_orders()]


def test_a_standby_takes_over_with_all_that_was_acknowledged(serve: Serve, tmp_path: Path) -> None:
    options = [word for name in ACCOUNTS for word in ("--account", name)]
    running = serve(*options, "--max-orders", "100000").wait_ready()
    standby = RunningFollower(running.data_dir, "standby", "--port", "0")
    try:
        standby.wait_ready()
        bots = [Bot(name) for name in ACCOUNTS]

        async def drill() -> None:
            stop = asyncio.Event()
            instrument = "H100-PERPETUAL"
            trading = [asyncio.create_task(bot.trade(running, instrument, stop)) for bot in bots]
            async with asyncio.timeout(BOUND_S):
                while min(len(bot.acknowledged) for bot in bots) < 100:
                    await asyncio.sleep(0.01)
            running.kill()
            before = [len(bot.acknowledged) for bot in bots]
            told = await asyncio.to_thread(run_cfx, "promote", "--data-dir", str(running.data_dir))
            assert told.returncode == 0, told.stderr + standby.output
            assert "the standby serves from command" in told.stdout
            async with asyncio.timeout(BOUND_S):
                while any(
                    len(bot.acknowledged) < had + 20 for bot, had in zip(bots, before, strict=True)
                ):
                    await asyncio.sleep(0.01)
            stop.set()
            await asyncio.gather(*trading)
            for bot in bots:
                labels = await bot.open_labels(running)
                assert len(labels) == len(set(labels)), "an order took effect twice"
                assert set(bot.acknowledged) <= set(labels), "an acknowledged order is lost"

        asyncio.run(drill())
        # It is an exchange like any other now.
        assert standby.stop() == 0, standby.output
        assert "Traceback" not in standby.output
        assert type_cfx("verify", "--data-dir", str(running.data_dir)).returncode == 0
    finally:
        standby.kill()
