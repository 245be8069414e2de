"""MarketDataNodes of one log publish the same bytes; the process serves them and goes with its parent."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from websockets.sync.client import connect

from exchange.core.commands import batch_of
from exchange.following.marketdata import MarketDataNode
from exchange.log.snapshots import SNAPSHOTS_NAME
from exchange.log.store import CommandLog
from exchange.market_clock import MarketClock, rate_ppm
from exchange.replica import Replica
from marketdata.depth import DepthReplica
from marketdata.publisher import Subscriber
from tests.exchange import traffic
from tests.exchange.core.lab import BUY, submit

TIMEOUT_S = 60
CHANNELS = [
    "book.GPU1-31DEC26.raw",
    "book.H100-PERPETUAL.raw",
    "book.GPU1-31DEC26.100ms",
    "trades.GPU1-31DEC26.raw",
    "trades.H100-PERPETUAL.100ms",
    "ticker.GPU1-31DEC26.raw",
    "quote.H100-PERPETUAL",
]


def follow_all(follower: MarketDataNode) -> None:
    follower.follower.catch_up()


def followed(directory: Path) -> MarketDataNode:
    return MarketDataNode(CommandLog(directory, writable=False))


def listening(follower: MarketDataNode) -> Subscriber:
    subscriber = Subscriber(follower.publisher)
    subscriber.subscribe(CHANNELS)
    return subscriber


@pytest.mark.parametrize("seed", [21, 22, 23])
def test_followers_that_started_apart_publish_the_same_bytes(tmp_path: Path, seed: int) -> None:
    batches = traffic.batches(seed, 600)
    third = len(batches) // 3
    log, live = CommandLog(tmp_path, writable=True), Replica()
    first = followed(tmp_path)
    for batch in batches[:third]:
        log.append(batch)
        live.apply(batch)
        first.follower.turn()
    log.save_snapshot(live.snapshot())
    for batch in batches[third : 2 * third]:
        log.append(batch)
    follow_all(first)
    # From the snapshot, and from the log alone.
    second = followed(tmp_path)
    assert second.replica.core.seq == first.replica.core.seq
    (tmp_path / SNAPSHOTS_NAME).unlink()
    third_one = followed(tmp_path)
    listeners = [listening(each) for each in (first, second, third_one)]
    heard: list[list[bytes]] = [listener.take() for listener in listeners]
    assert heard[0] == heard[1] == heard[2]
    assert len(heard[0]) >= len(CHANNELS) - 2
    for batch in batches[2 * third :]:
        log.append(batch)
        # One keeps up batch by batch, the others come in bursts.
        first.follower.turn()
        heard[0] += listeners[0].take()
    for number, each in ((1, second), (2, third_one)):
        follow_all(each)
        heard[number] += listeners[number].take()
    assert heard[0] == heard[1] == heard[2]
    assert len(heard[0]) > 60
    assert any(b'"change"' in frame for frame in heard[0])
    log.close()


def test_a_book_kept_from_the_messages_is_the_core_s(tmp_path: Path) -> None:
    batches = traffic.batches(31, 500)
    log = CommandLog(tmp_path, writable=True)
    for batch in batches[:20]:
        log.append(batch)
    follower = followed(tmp_path)
    listener = Subscriber(follower.publisher)
    listener.subscribe(["book.GPU1-31DEC26.raw"])
    book = DepthReplica()
    for batch in batches[20:]:
        log.append(batch)
        follow_all(follower)
        for frame in listener.take():
            book.apply(json.loads(frame)["params"]["data"])
        for side in (0, 1):
            held = follower.replica.core.books.depth(0, side)
            shown = [(round(price * 100), int(amount)) for price, amount in book.levels(side)]
            assert shown == [(price, qty) for price, qty, _ in held]
    log.close()


def command(directory: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "exchange.following.marketdata", str(directory), *options]


@contextlib.contextmanager
def started(directory: Path, checkout: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """The process, which is gone afterwards."""
    found = subprocess.Popen(
        command(directory, *options),
        cwd=checkout,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield found
    finally:
        if found.poll() is None:
            found.kill()
        found.communicate(timeout=TIMEOUT_S)


def port_of(found: subprocess.Popen[str]) -> int:
    """Wait until it serves."""
    assert found.stdout is not None
    line = found.stdout.readline()
    assert line, found.stderr.read() if found.stderr else ""
    return int(json.loads(line)["port"])


def leave(found: subprocess.Popen[str]) -> None:
    """Be a parent that goes, which it must follow."""
    assert found.stdin is not None
    found.stdin.close()
    assert found.wait(timeout=TIMEOUT_S) == 0
    found.stdin = None


def test_a_parent_that_is_gone_before_it_is_told_the_port_is_followed_in_silence(
    tmp_path: Path, checkout: Path
) -> None:
    CommandLog(tmp_path, writable=True).close()
    with started(tmp_path, checkout) as found:
        assert found.stdout is not None
        assert found.stdin is not None
        assert found.stderr is not None
        found.stdout.close()
        found.stdin.close()
        assert found.wait(timeout=TIMEOUT_S) == 0
        assert found.stderr.read() == ""
        found.stdin = found.stdout = None


def outcome_of(directory: Path, checkout: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """What it says that ends by itself."""
    return subprocess.run(
        command(directory, *options),
        cwd=checkout,
        input="",
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def call(socket: Any, method: str, **params: Any) -> None:
    socket.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))


def answers(socket: Any, count: int) -> list[dict[str, Any]]:
    return [json.loads(socket.recv(timeout=TIMEOUT_S)) for _ in range(count)]


def test_the_process_serves_what_the_log_gains_until_its_parent_goes(
    tmp_path: Path, checkout: Path
) -> None:
    log = CommandLog(tmp_path, writable=True)
    setting = traffic.commands(1, 6)
    log.append(batch_of([*setting, submit(0, BUY, 290, 3)], 1, traffic.START_NS))
    channel = "book.GPU1-31DEC26.raw"
    with started(tmp_path, checkout) as found:
        port = port_of(found)
        with connect(f"ws://127.0.0.1:{port}/ws/api/v2", open_timeout=TIMEOUT_S) as socket:
            call(socket, "public/subscribe", channels=[channel])
            told = answers(socket, 2)
            (result,) = (each["result"] for each in told if "result" in each)
            assert result == [channel]
            (state,) = (each["params"]["data"] for each in told if "params" in each)
            assert state["bids"] == [["new", 2.9, 3]]
            assert state["change_id"] == 7
            log.append(batch_of([submit(1, BUY, 291, 4)], 8, traffic.START_NS + 1))
            (change,) = answers(socket, 1)
            assert change["params"]["data"]["bids"] == [["new", 2.91, 4]]
            assert change["params"]["data"]["prev_change_id"] == 7
            assert change["params"]["data"]["change_id"] == 8
        leave(found)
    log.close()


def test_the_process_waits_for_the_clock_that_it_is_to_run(tmp_path: Path, checkout: Path) -> None:
    """There is no log when it starts, and market time is held until a second line."""
    clock = MarketClock(rate_ppm(60.0), since_ns=traffic.START_NS)
    clock.hold()
    with started(tmp_path, checkout, "--told-clock") as found:

        def tell() -> None:
            assert found.stdin is not None
            found.stdin.write(msgspec.json.encode(clock.terms).decode() + "\n")
            found.stdin.flush()

        log = CommandLog(tmp_path, writable=True)
        log.append(batch_of(traffic.commands(1, 6), 1, traffic.START_NS))
        tell()
        port = port_of(found)
        with connect(f"ws://127.0.0.1:{port}/ws/api/v2", open_timeout=TIMEOUT_S) as socket:

            def time_ms() -> int:
                call(socket, "public/get_time")
                (answer,) = answers(socket, 1)
                return int(answer["result"])

            assert time_ms() == time_ms() == clock.now_ns() // 1_000_000
            clock.release()
            tell()
            while (told := time_ms()) == clock.anchor_ns // 1_000_000:
                continue
            assert clock.anchor_ns // 1_000_000 < told <= clock.now_ns() // 1_000_000
        leave(found)
    log.close()


def test_a_process_that_is_told_nothing_ends(tmp_path: Path, checkout: Path) -> None:
    outcome = outcome_of(tmp_path, checkout, "--told-clock")
    assert outcome.returncode == 0
    assert outcome.stdout == outcome.stderr == ""


def test_the_process_stops_on_sigterm_and_tells_a_missing_log(
    tmp_path: Path, checkout: Path
) -> None:
    CommandLog(tmp_path, writable=True).close()
    with started(tmp_path, checkout) as found:
        port_of(found)
        found.send_signal(signal.SIGTERM)
        assert found.wait(timeout=TIMEOUT_S) == 0
    outcome = outcome_of(tmp_path / "nowhere", checkout)
    assert outcome.returncode != 0
    assert "no log here" in outcome.stderr
