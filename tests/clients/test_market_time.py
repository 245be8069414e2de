"""The market's time in a client, against a clock of the test's own and a served exchange."""

from __future__ import annotations

import asyncio

import msgspec

from clients.errors import MethodNotFound
from clients.market_time import MarketTime, WireClock, ask_clock
from tests.clients.conftest import run, trading

NS = 1_000_000_000


def test_it_runs_at_the_told_rate_and_never_back() -> None:
    wall = [1_000 * NS]
    time = MarketTime(lambda: wall[0])
    assert time.now_ns() == 1_000 * NS
    time.take(WireClock(2_000_000, 1_000_000, 14_400.0))
    assert (time.now_ns(), time.rate) == (2_000 * NS, 14_400.0)
    wall[0] += NS // 2
    assert time.now_ns() == 2_000 * NS + 7_200 * NS
    # A later answer that is a little behind does not turn it back.
    time.take(WireClock(9_199_000, 1_000_500, 14_400.0))
    assert time.now_ns() == 9_200 * NS
    wall[0] += NS
    assert time.now_ns() == 9_199 * NS + 14_400 * NS


def test_an_exchange_without_the_call_runs_in_real_time() -> None:
    async def request(method: str) -> msgspec.Raw:
        if method == "public/get_clock":
            raise MethodNotFound(-32601, "Method not found", None)
        return msgspec.Raw(b"1700000000123")

    told = asyncio.run(ask_clock(request))
    assert told == WireClock(1_700_000_000_123, 1_700_000_000_123, 1.0)


def test_a_session_knows_the_market_of_its_exchange() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            told = {"timestamp": 10**15, "wall_timestamp": 10**12, "rate": 2.0}
            setattr(server, "_public_get_clock", lambda *_: told)  # noqa: B010 - a method more
            await exchange.synchronise()
            assert exchange.market_time.rate == 2.0
            # A market that is so far ahead cannot come from the wall clock.
            assert exchange.now_ns() >= 10**15 * 10**6

    run(work)
