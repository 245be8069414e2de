"""An hour of AAPL through the live gateway: market data shows the trades of the oracle.

By default a part of the hour is sent; ``CFX_TAPE_COMMANDS=all`` sends the whole.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from websockets.sync.client import connect

from benchmarks.lobster import read_messages
from benchmarks.lobster_plan import Execution, TapeCommand, plan
from benchmarks.tape import Executed, send_tape
from matching.book import OrderBooks
from matching.layout import CommandKind, EventKind, Side
from tests.live.conftest import Serve
from tests.live.running import RunningExchange, type_cfx

CONTRACT = Path(__file__).parent / "contracts" / "aapl.toml"
INSTRUMENT = "AAPL-PERPETUAL"
CHANNEL = f"trades.{INSTRUMENT}.raw"
TICK = 0.01
PART_COMMANDS = 10_000
INDEX_ROWS = "time,underlying,price\n" + "".join(
    f"2026-01-0{day},{name},{price}\n"
    for day in range(1, 5)
    for name, price in (("AAPL", "585.44"), ("H100", "2.80"))
)


class Shown(NamedTuple):
    """A trade as the public sees it."""

    side: int
    price_ticks: int
    qty_lots: int


@pytest.fixture(scope="session")
def hour(shared_data: Path) -> list[TapeCommand]:
    path = shared_data / "order_flow/AAPL_2012-06-21_first_hour_message_50.csv.gz"
    return plan(read_messages(path))


@pytest.fixture(scope="session")
def sent(hour: list[TapeCommand]) -> list[TapeCommand]:
    asked = os.environ.get("CFX_TAPE_COMMANDS", str(PART_COMMANDS))
    return hour if asked == "all" else hour[: int(asked)]


@pytest.fixture
def aapl(serve: Serve, tmp_path: Path) -> RunningExchange:
    index = tmp_path / "index.csv"
    index.write_text(INDEX_ROWS)
    accounts = ("--account", "buyer:1000000000", "--account", "seller:1000000000")
    contract = ("--contract", str(CONTRACT), "--index-csv", str(index))
    bounds = ("--rate-limit", "1000000", "--max-orders", "100000")
    return serve(*accounts, *contract, *bounds).wait_ready()


class TradeListener(threading.Thread):
    """Keeps the trades of one channel of the market-data service, until ``wanted`` have come."""

    def __init__(self, url: str, wanted: int) -> None:
        super().__init__(daemon=True)
        self.trades: list[dict[str, Any]] = []
        self.listening = threading.Event()
        self._url = url
        self._wanted = wanted

    def run(self) -> None:
        with connect(self._url, compression=None, max_size=None) as socket:
            params = {"channels": [CHANNEL]}
            asked = {"id": 1, "method": "public/subscribe", "params": params}
            socket.send(msgspec.json.encode(asked), text=True)
            assert msgspec.json.decode(socket.recv(60))["result"] == [CHANNEL]
            self.listening.set()
            while len(self.trades) < self._wanted:
                frame = msgspec.json.decode(socket.recv(60))
                assert frame["params"]["channel"] == CHANNEL
                self.trades += frame["params"]["data"]


def shown(trade: dict[str, Any]) -> Shown:
    side = Side.BUY if trade["direction"] == "buy" else Side.SELL
    return Shown(side, round(trade["price"] / TICK), round(trade["amount"]))


def compiled_executions(commands: list[TapeCommand]) -> list[tuple[Execution, ...]]:
    """What the compiled books answer to the same commands, called directly."""
    books = OrderBooks()
    books.add_book(24_576, 46_000)
    order_ids: dict[int, int] = {}
    keys: dict[int, int] = {}
    answers = []
    for command in commands:
        if command.kind == CommandKind.CANCEL:
            rows = books.cancel(order_ids[command.key])
        elif command.kind == CommandKind.AMEND:
            rows = books.amend(order_ids[command.key], command.price_ticks, command.qty_lots)
        else:
            rows = books.submit(
                0, command.side, command.price_ticks, command.qty_lots, tif=command.tif
            )
        events = [list(map(int, row)) for row in rows]
        if command.kind == CommandKind.SUBMIT:
            order_ids[command.key] = events[0][2]
            keys[events[0][2]] = command.key
        answers.append(
            tuple(
                Execution(keys[other], qty_lots, price_ticks)
                for kind, _, _, other, price_ticks, qty_lots, _, _ in events
                if kind == EventKind.EXECUTED
            )
        )
    return answers


def test_the_oracle_trades_as_the_tape_shows(hour: list[TapeCommand]) -> None:
    """The whole hour, also where only a part of it is sent below."""
    assert compiled_executions(hour) == [command.executions for command in hour]
    tape_ids = {command.key: command.tape_id for command in hour}
    aggressors = [command for command in hour if command.fills]
    assert len(aggressors) == 3_290
    assert sum(command.is_as_on_tape(tape_ids) for command in aggressors) >= 3_282


@pytest.mark.timeout(600)
def test_market_data_publishes_the_oracles_trades(
    aapl: RunningExchange, sent: list[TapeCommand]
) -> None:
    expected = [
        Shown(command.side, execution.price_ticks, execution.qty_lots)
        for command in sent
        for execution in command.executions
    ]
    assert len(expected) > 100
    listener = TradeListener(aapl.marketdata_url, len(expected))
    listener.start()
    assert listener.listening.wait(60)
    run = asyncio.run(
        send_tape(aapl.url, aapl.keys["buyer"], aapl.keys["seller"], INSTRUMENT, sent, tick=TICK)
    )
    listener.join(60)
    sys.stdout.write(f"{len(sent)} commands, {len(expected)} trades in {run.elapsed_s:.1f} s\n")
    assert run.executions == [
        tuple(Executed(price, qty) for _, qty, price in command.executions) for command in sent
    ]
    assert [shown(trade) for trade in listener.trades] == expected
    assert [trade["trade_seq"] for trade in listener.trades] == list(range(1, len(expected) + 1))
    assert aapl.stop() == 0
    verified = type_cfx("verify", "--data-dir", str(aapl.data_dir), "--every", "100000")
    assert verified.returncode == 0, verified.stdout
