"""The demo as a newcomer runs it: a real exchange, a crowd, and the line it ends with."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from msgspec.structs import replace

from clients.demo import Outcome, follow_ladder
from exchange.audit import Census
from exchange.log.store import CommandLog
from marketdata.messages import InstrumentLeg
from tests.clients.conftest import run, trading
from tests.clients.server import GPU1

LINE = re.compile(
    r"([\d,]+) orders, [\d,]+ of them quotes, ([\d,]+) trades, ([\d,]+) lots volume, "
    r"([\d,]+) lots open interest, "
    r"([\d,]+) acknowledged and (\d+) of them lost, (\d+) laws hold"
)


def command(*words: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "clients.cli",
        "demo",
        "--port",
        "0",
        "--marketdata-port",
        "0",
        *words,
    ]


def figures(output: str) -> list[int]:
    found = LINE.search(output.splitlines()[-1])
    assert found is not None, output
    return [int(figure.replace(",", "")) for figure in found.groups()]


def test_a_short_demo_trades_and_loses_nothing(tmp_path: Path) -> None:
    words = ("--data-dir", str(tmp_path), "--duration", "8", "--bots", "8", "--seed", "3")
    done = subprocess.run(command(*words), capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    orders, trades, volume, open_interest, acknowledged, lost, laws = figures(done.stdout)
    assert orders >= acknowledged > 20
    assert lost == 0
    assert laws >= 6
    assert volume >= trades > 0
    assert 0 < open_interest <= volume
    again = subprocess.run(
        [sys.executable, "-m", "clients.cli", "verify", "--data-dir", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert again.returncode == 0, again.stdout + again.stderr


def test_ctrl_c_ends_a_demo_cleanly_and_leaves_no_process(tmp_path: Path) -> None:
    words = ("--data-dir", str(tmp_path), "--bots", "5")
    demo = subprocess.Popen(
        command(*words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert demo.stdout is not None
    head = ""
    while "join in" not in head:
        line = demo.stdout.readline()
        assert line, head
        head += line
    time.sleep(2)
    demo.send_signal(signal.SIGINT)
    rest, _ = demo.communicate(timeout=60)
    assert demo.returncode == 0, head + rest
    assert figures(rest)[5] == 0
    ports = [int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", head)]
    assert len(set(ports)) == 2, head
    for port in ports:
        with socket.socket() as attempt:
            assert attempt.connect_ex(("127.0.0.1", port)) != 0
    CommandLog(tmp_path, writable=True).close()


def test_the_last_line_names_broken_laws() -> None:
    census = Census(3, 2, 1, 1, 5, 5, frozenset({1, 2}), ["cash: 1 != 2"])
    assert "LAWS BROKEN: cash: 1 != 2" in Outcome(census, 2, 0).line


def test_the_ladder_is_followed_with_what_other_books_imply_where_any_may() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            await follow_ladder(exchange, GPU1)
            (followed,) = server.lines.values()
            assert f"book.{GPU1}.100ms" in followed
            implied = f"book.{GPU1}.implied.100ms"
            assert implied not in followed
            month = exchange.instruments[GPU1]
            legs = (InstrumentLeg(GPU1, 1), InstrumentLeg("GPU1-LATER", -1))
            spread = replace(month, name="GPU1-FS", legs=legs, implied=True)
            exchange.view.instruments[spread.name] = spread
            await exchange.unsubscribe(f"book.{GPU1}.100ms")
            await follow_ladder(exchange, GPU1)
            assert implied in followed

    run(work)
