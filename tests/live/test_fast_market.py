"""A market that runs faster than the wall clock, with indices from reports, over real sockets."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import httpx

from clients.credentials import Credentials
from clients.sdk import Exchange
from exchange.admin.client import CallRefused, OperatorClient
from exchange.gateway.keys import KeyStore
from exchange.log.store import CommandLog
from exchange.replica import PublicReplica, recover
from tests.live.conftest import Serve
from tests.live.running import RunningExchange

DAYS_PER_MINUTE = 20
RATE = DAYS_PER_MINUTE * 1_440
BOUND_S = 60.0
SLACK_NS = 5 * RATE * 10**9
"""Of the client's clock against the market's: five seconds of the wall."""
PRICE = 2.345
UNKNOWN_KEY = 13004
FAMILIES = ("--family", "GPU1", "--family", "HPR")


def ask(running: RunningExchange, method: str, **params: Any) -> Any:
    answer = httpx.get(f"{running.http_url}/api/v2/{method}", params=params, timeout=BOUND_S).json()
    assert "error" not in answer, answer
    return answer["result"]


def rows(now_ms: int) -> list[dict[str, Any]]:
    """Executed rentals of the last hours of the market, many providers at one price."""
    return [
        {
            "timestamp": now_ms - 60_000 * minutes,
            "price": PRICE,
            "underlying": "H100",
            "provider": f"provider-{provider}",
            "cloud_type": "neocloud",
            "form": "sxm",
            "rental": "on_demand",
            "executed": True,
            "gpu_hours": 200.0,
            "cluster_gpus": 8,
        }
        for provider in range(8)
        for minutes in range(1, 90, 15)
    ]


def report(client: OperatorClient, observations: list[dict[str, Any]]) -> None:
    """Report observations with a key that another process made: it is known within a second."""
    end_s = time.monotonic() + BOUND_S
    while True:
        try:
            client.call("operator/report_observations", {"observations": observations})
            return
        except CallRefused as refused:
            if refused.code != UNKNOWN_KEY or time.monotonic() > end_s:
                raise
        time.sleep(0.05)


def test_a_reported_price_becomes_the_index_within_days_of_the_market(
    serve: Serve, tmp_path: Path
) -> None:
    directory = tmp_path / "venue"
    rate = ("--days-per-minute", str(DAYS_PER_MINUTE))
    running = serve(
        "--account", "alice", "--indices", "reported", *rate, *FAMILIES, data_dir=directory
    )
    running.wait_ready()
    store = KeyStore(directory / "keys.db")
    key = store.create("index", ("index:read_write",), created_ns=time.time_ns())
    store.close()
    client = OperatorClient(running.http_url, key, timeout_s=BOUND_S)
    assert ask(running, "public/get_clock")["rate"] == RATE
    before = ask(running, "public/get_index_price", index_name="h100_tx_usd")["index_price"]
    assert before != PRICE

    end_s = time.monotonic() + BOUND_S
    while ask(running, "public/get_index_price", index_name="h100_tx_usd")["index_price"] != PRICE:
        assert time.monotonic() < end_s, running.output
        report(client, rows(ask(running, "public/get_clock")["timestamp"]))
        time.sleep(0.1)

    alice = running.keys["alice"]

    async def trades_in_market_time() -> None:
        # The key signs with the wall clock while the market is days ahead.
        told = ask(running, "public/get_clock")
        assert told["timestamp"] - told["wall_timestamp"] > 86_400_000
        exchange = Exchange(
            running.url, Credentials(**alice), running.marketdata_url, cancel_on_disconnect=True
        )
        async with exchange:
            first = exchange.now_ns()
            while exchange.now_ns() - first < 3_600 * 10**9:
                await asyncio.sleep(0.01)
            before_ns = await exchange.time_ns()
            now_ns = exchange.now_ns()
            after_ns = await exchange.time_ns()
            assert before_ns - SLACK_NS < now_ns < after_ns + SLACK_NS

    asyncio.run(trades_in_market_time())
    assert running.stop() == 0, running.output
    files = list((directory / "observations").glob("*.parquet"))
    parts = list((directory / "observations" / "parts").rglob("*.parquet"))
    assert files or parts

    # In real time it goes on from where it was, days ahead of the wall clock, and does not go back.
    last_ms = ask_last(running)
    again = serve("--indices", "reported", *FAMILIES, data_dir=directory).wait_ready()
    told = ask(again, "public/get_clock")
    assert told["rate"] == 1.0
    assert last_ms <= told["timestamp"] < last_ms + 3_600_000
    assert ask(again, "public/get_index_price", index_name="h100_tx_usd")["index_price"] == PRICE
    assert again.stop() == 0, again.output


def ask_last(running: RunningExchange) -> int:
    """Return the time of a stopped exchange's last command, in milliseconds."""
    log = CommandLog(running.data_dir, writable=False)
    try:
        return recover(PublicReplica(), log).core.ts_ns // 10**6
    finally:
        log.close()
