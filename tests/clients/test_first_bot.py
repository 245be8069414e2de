"""The example of the README is short and does what it says."""

from __future__ import annotations

import asyncio
import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from clients.messages import Side
from tests.clients.conftest import run, until
from tests.clients.server import CLIENT_ID, CLIENT_SECRET, GPU1, FakeExchange

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "first_bot.py"


def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("first_bot", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_is_at_most_thirty_lines() -> None:
    assert len(EXAMPLE.read_text().splitlines()) <= 30


def test_it_prints_the_book_quotes_and_prints_fills(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = tmp_path / "keys.json"
    key = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    keys.write_text(json.dumps({"alice": key}))
    ticker = {"instrument_name": GPU1, "timestamp": 1, "mark_price": 2.81}

    async def work() -> None:
        async with FakeExchange() as server:
            bot = asyncio.create_task(example().main(server.url, str(keys), "alice"))
            channel = f"ticker.{GPU1}.100ms"
            await until(lambda: any(channel in names for names in server.lines.values()))
            await server.publish(channel, ticker)
            await until(lambda: len(server.orders) == 2)
            await server.publish(channel, ticker)
            await server.announce("O-1", server.fill("O-1", 1))
            printed = ""

            def said_so() -> bool:
                nonlocal printed
                printed += capsys.readouterr().out
                return "buy 1 at 2.8" in printed

            await until(said_so)
            assert printed.startswith("BookUpdate")
            assert [o["direction"] for o in server.orders.values()] == [Side.BUY, Side.SELL]
            assert [o["price"] for o in server.orders.values()] == [2.8, 2.82]
            bot.cancel()
            await asyncio.gather(bot, return_exceptions=True)

    run(work)
