"""The bot of the README, as a reader starts it, against a running exchange."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.live.crash_bots import Line
from tests.live.running import RunningExchange
from tests.live.test_marketdata import trader

BOUND_S = 60.0
FILLS = 4
BLOCK = re.compile(r"<!-- first_bot\.py -->\n```python\n(.*?)```", re.DOTALL)


def example(checkout: Path) -> Path:
    return checkout / "docs" / "examples" / "first_bot.py"


def test_the_readme_shows_the_bot_whole(checkout: Path) -> None:
    text = example(checkout).read_text(encoding="utf-8")
    shown = BLOCK.findall((checkout / "README.md").read_text(encoding="utf-8"))
    assert shown == [text]
    assert len(text.splitlines()) <= 30


def test_the_readmes_command_is_the_bots_own(checkout: Path) -> None:
    """Path, address, keys and account, as in the first line of the example."""
    readme = (checkout / "README.md").read_text(encoding="utf-8")
    usage = example(checkout).read_text(encoding="utf-8").splitlines()[0]
    script, *arguments = usage.strip('"').partition("python ")[2].split()
    found = re.search(rf"^\.venv/bin/python {re.escape(script)} (.*)$", readme, re.MULTILINE)
    assert found is not None
    url, keys, account = found[1].split()
    assert url == arguments[0]
    assert (Path(keys).name, account) == (arguments[1], "alice")


def test_it_is_filled_by_another_account_and_leaves_no_order(
    exchange: RunningExchange, checkout: Path, tmp_path: Path
) -> None:
    output = tmp_path / "bot.out"
    keys = str(exchange.data_dir / "keys.json")
    with output.open("wb") as written:
        bot = subprocess.Popen(
            [sys.executable, "-u", str(example(checkout)), exchange.url, keys, "alice"],
            stdout=written,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": str(checkout)},
        )
    try:
        done = asyncio.run(trade_into_it(exchange, bot, output))
        bot.send_signal(signal.SIGINT)
        bot.wait(BOUND_S)
    finally:
        if bot.poll() is None:
            bot.kill()
    told = output.read_text()
    assert told.startswith("BookUpdate"), told
    printed = re.findall(r"^(buy|sell) 1 at ([0-9.]+)$", told, re.MULTILINE)
    assert sorted((side, float(price)) for side, price in printed) == sorted(done)
    assert {side for side, _ in done} == {"buy", "sell"}
    asyncio.run(has_no_orders(exchange))


async def trade_into_it(
    exchange: RunningExchange, bot: subprocess.Popen[bytes], output: Path
) -> list[tuple[str, float]]:
    """Hit and lift its quotes as bob; returns what it must have printed."""
    line = await trader(exchange, "bob")
    listed = await line.call("public/get_instruments", currency="GPU1")
    name = min(listed, key=lambda one: one["expiration_timestamp"])["instrument_name"]
    done: list[tuple[str, float]] = []
    while len(done) < FILLS:
        method, its_side, levels = [("sell", "buy", "bids"), ("buy", "sell", "asks")][len(done) % 2]
        best = await quoted(line, name, levels, bot, output)
        placed = await line.call(
            f"private/{method}",
            instrument_name=name,
            amount=1,
            price=best,
            time_in_force="immediate_or_cancel",
        )
        done += [(its_side, trade["price"]) for trade in placed["trades"]]
        await told_of(output, len(done), bot)
    await line.close()
    return done


async def quoted(
    line: Line, name: str, levels: str, bot: subprocess.Popen[bytes], output: Path
) -> Any:
    end = time.monotonic() + BOUND_S
    while time.monotonic() < end:
        book = await line.call("public/get_order_book", instrument_name=name)
        if book[levels]:
            return book[levels][0][0]
        assert bot.poll() is None, output.read_text()
        await asyncio.sleep(0.05)
    raise AssertionError(f"no {levels} within {BOUND_S} s: {output.read_text()}")


async def told_of(output: Path, fills: int, bot: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + BOUND_S
    while output.read_text().count(" at ") < fills:
        assert bot.poll() is None, output.read_text()
        assert time.monotonic() < end, output.read_text()
        await asyncio.sleep(0.05)


async def has_no_orders(exchange: RunningExchange) -> None:
    line = await trader(exchange, "alice")
    end = time.monotonic() + BOUND_S
    while await line.call("private/get_open_orders"):
        assert time.monotonic() < end, "cancel-on-disconnect left an order"
        await asyncio.sleep(0.05)
    await line.close()
