"""The demo as a newcomer runs it: a real exchange, a crowd, and the line it ends with."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
from msgspec.structs import replace

from clients.demo import Outcome, follow_ladder
from exchange.audit import Census
from exchange.log.store import CommandLog
from marketdata.messages import InstrumentLeg
from tests.clients.conftest import run, trading
from tests.clients.server import GPU1
from tests.live.running import type_cfx

BOUND_S = 60.0
TRADES = 10
"""Wait for so many before the end."""

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


def test_a_demo_ends_by_itself_when_its_time_is_over(tmp_path: Path) -> None:
    words = ("--data-dir", str(tmp_path), "--duration", "1", "--bots", "2", "--seed", "3")
    done = subprocess.run(command(*words), capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert figures(done.stdout)[5] == 0


def test_ctrl_c_ends_a_demo_that_traded_and_lost_nothing_and_leaves_no_process(
    tmp_path: Path,
) -> None:
    words = ("--data-dir", str(tmp_path), "--bots", "8", "--seed", "3")
    demo = subprocess.Popen(
        command(*words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert demo.stdout is not None
        head = ""
        while "operate:" not in head:
            line = demo.stdout.readline()
            assert line, head
            head += line
        seen = wait_for_trades(head, demo)
        demo.send_signal(signal.SIGINT)
        rest, _ = demo.communicate(timeout=120)
    finally:
        demo.kill()
    assert demo.returncode == 0, head + rest
    orders, trades, volume, open_interest, acknowledged, lost, laws = figures(rest)
    assert orders >= acknowledged > 0
    assert lost == 0
    assert laws >= 6
    assert volume >= trades >= seen
    assert 0 < open_interest <= volume
    ports = [int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", head)]
    assert len(set(ports)) == 2, head
    for port in ports:
        with socket.socket() as attempt:
            assert attempt.connect_ex(("127.0.0.1", port)) != 0
    CommandLog(tmp_path, writable=True).close()
    verified = type_cfx("verify", "--data-dir", str(tmp_path))
    assert verified.returncode == 0, verified.stdout + verified.stderr


def wait_for_trades(head: str, demo: subprocess.Popen[str]) -> int:
    """Wait until the exchange of a demo has made some trades, and return how many."""
    url = re.search(r"http://127\.0\.0\.1:\d+", head)
    assert url is not None, head
    end_s = time.monotonic() + BOUND_S
    while True:
        told = httpx.get(f"{url[0]}/metrics", timeout=BOUND_S).text
        made = re.search(r"^cfx_trades_total (\S+)$", told, re.MULTILINE)
        assert made is not None, told
        if float(made[1]) >= TRADES:
            return int(float(made[1]))
        assert demo.poll() is None
        assert time.monotonic() < end_s, head
        time.sleep(0.05)


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
