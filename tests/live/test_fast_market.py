"""A market that runs faster than the wall clock, with indices from reports, over real sockets."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import httpx

from clients.credentials import Credentials
from clients.sdk import Exchange
from exchange.admin.client import OperatorClient
from exchange.gateway.keys import KeyStore
from exchange.log.store import CommandLog
from exchange.replica import PublicReplica, recover
from tests.live.conftest import Serve
from tests.live.running import RunningExchange

DAYS_PER_MINUTE = 20
RATE = DAYS_PER_MINUTE * 1_440
BOUND_S = 30.0
PRICE = 2.345
FAMILIES = ("--family", "GPU1", "--family", "HPR")


def ask(running: RunningExchange, method: str, **params: Any) -> Any:
    answer = httpx.get(f"{running.http_url}/api/v2/{method}", params=params, timeout=10).json()
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
    client = OperatorClient(running.http_url, key)
    assert ask(running, "public/get_clock")["rate"] == RATE
    before = ask(running, "public/get_index_price", index_name="h100_tx_usd")["index_price"]
    assert before != PRICE

    end_s = time.monotonic() + BOUND_S
    time.sleep(1.2)  # until the exchange has read the new key
    while ask(running, "public/get_index_price", index_name="h100_tx_usd")["index_price"] != PRICE:
        assert time.monotonic() < end_s, running.output
        client.call(
            "operator/report_observations",
            {"observations": rows(ask(running, "public/get_clock")["timestamp"])},
        )
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
            began_s, first = time.monotonic(), exchange.now_ns()
            await asyncio.sleep(0.5)
            passed_s = (exchange.now_ns() - first) / 1e9
            assert 0.5 < passed_s / (time.monotonic() - began_s) / RATE < 2
            assert abs(exchange.now_ns() - await exchange.time_ns()) < 5 * RATE * 10**9

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
