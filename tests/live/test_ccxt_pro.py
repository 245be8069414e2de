"""An unmodified `ccxt.async_support` and `ccxt.pro` with only their addresses changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import ccxt.async_support
import ccxt.pro
import pytest

from tests.live.running import RunningExchange

BOUND_S = 60.0
TICK = 0.01
FEE = 5.50
DEPOSIT = 10_000_000.0

Client = Any
Until = Callable[[Any], bool]


@asynccontextmanager
async def connected(exchange: RunningExchange, *accounts: str, **config: Any) -> AsyncIterator[Any]:
    """A ccxt.pro client for each account; they are closed at the end."""
    clients = [client_of(ccxt.pro, exchange, account, **config) for account in accounts]
    try:
        for client in clients:
            await client.load_markets()
        yield clients
    finally:
        for client in clients:
            await client.close()


def client_of(package: Any, exchange: RunningExchange, account: str, **config: Any) -> Client:
    key = exchange.keys[account]
    client = package.deribit(
        {
            "apiKey": key["client_id"],
            "secret": key["client_secret"],
            "enableRateLimit": False,
            "timeout": int(1_000 * BOUND_S),
            **config,
        }
    )
    client.urls["api"] = {"rest": exchange.http_url, "ws": exchange.url}
    return client


def run(scenario: Coroutine[Any, Any, None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(BOUND_S):
            await scenario

    asyncio.run(bounded())


async def months(client: Client) -> list[str]:
    futures = [market for market in client.markets.values() if market["base"] == "GPU1"]
    return [market["symbol"] for market in sorted(futures, key=lambda m: m["expiry"])]


async def price_of(client: Client, symbol: str, ticks: int = 0) -> float:
    return round((await client.fetch_ticker(symbol))["markPrice"] + ticks * TICK, 2)


async def seen(watch: Callable[[], Awaitable[Any]], wanted: Until) -> Any:
    """Watch until what is shown is as wanted; the scenario bounds the time."""
    while not wanted(shown := await watch()):
        pass
    return shown


def test_orders_of_one_millisecond_all_arrive(exchange: RunningExchange) -> None:
    async def scenario() -> None:
        client = client_of(ccxt.async_support, exchange, "alice")
        try:
            await client.load_markets()
            symbol = (await months(client))[0]
            price = await price_of(client, symbol, -3)
            placed = await asyncio.gather(
                *(client.create_order(symbol, "limit", "buy", n, price) for n in range(1, 21))
            )
            resting = await client.fetch_open_orders(symbol)
            assert {o["id"] for o in resting} == {o["id"] for o in placed}
            assert sorted(o["amount"] for o in resting) == list(range(1, 21))
            book = await client.fetch_order_book(symbol)
            assert book["bids"] == [[price, 210]]
            await asyncio.gather(*(client.cancel_order(o["id"]) for o in placed))
            assert (await client.fetch_order_book(symbol))["bids"] == []
        finally:
            await client.close()

    run(scenario())


def test_order_book_follows_orders(exchange: RunningExchange) -> None:
    async def scenario() -> None:
        async with connected(exchange, "alice", "bob") as (alice, bob):
            symbol = (await months(alice))[1]
            bid, ask = await price_of(alice, symbol, -1), await price_of(alice, symbol, 1)

            def watch() -> Awaitable[Any]:
                return alice.watch_order_book(symbol)

            first = await watch()
            assert (first["bids"], first["asks"]) == ([], [])
            sell = await bob.create_order(symbol, "limit", "sell", 4, ask)
            await bob.create_order(symbol, "limit", "buy", 2, bid)
            book = await seen(watch, lambda b: b["bids"] and b["asks"])
            assert [level[:2] for level in book["asks"]] == [[ask, 4]]
            assert [level[:2] for level in book["bids"]] == [[bid, 2]]
            await bob.edit_order(sell["id"], symbol, "limit", "sell", 3, ask)
            await seen(watch, lambda b: b["asks"][0][1] == 3)
            await bob.cancel_all_orders(symbol)
            await seen(watch, lambda b: not b["bids"] and not b["asks"])

    run(scenario())


def test_orders_and_fills_reach_their_owner(exchange: RunningExchange) -> None:
    async def scenario() -> None:
        async with connected(exchange, "alice", "bob") as (alice, bob):
            symbol = (await months(alice))[2]
            price = await price_of(alice, symbol)
            await alice.authenticate()
            orders = asyncio.create_task(alice.watch_orders(symbol))
            fills = asyncio.create_task(alice.watch_my_trades(symbol))
            trades = asyncio.create_task(bob.watch_trades(symbol))
            # A connection is served in order: its ticker comes when it listens to what was asked before.
            await asyncio.gather(alice.watch_ticker(symbol), bob.watch_ticker(symbol))
            placed = await alice.create_order(symbol, "limit", "sell", 5, price)
            [order] = await orders
            assert (order["id"], order["status"], order["amount"]) == (placed["id"], "open", 5)
            assert (order["side"], order["price"], order["remaining"]) == ("sell", price, 5)

            # ccxt shows what comes while somebody watches, so the next watch begins before the act.
            orders = asyncio.create_task(alice.watch_orders(symbol))
            taken = await bob.create_order(symbol, "limit", "buy", 2, price)
            [fill] = await fills
            assert (fill["order"], fill["side"], fill["takerOrMaker"]) == (
                placed["id"],
                "sell",
                "maker",
            )
            assert (fill["price"], fill["amount"]) == (price, 2)
            assert fill["fee"] == {"currency": "USD", "cost": 2 * FEE}
            [trade] = await trades
            assert (trade["id"], trade["side"]) == (fill["id"], "buy")
            assert trade["id"] == taken["trades"][0]["id"]
            assert (trade["price"], trade["amount"]) == (price, 2)

            [order] = await orders
            assert (order["id"], order["filled"], order["remaining"]) == (placed["id"], 2, 3)
            orders = asyncio.create_task(alice.watch_orders(symbol))
            await alice.cancel_order(placed["id"])
            [order] = await orders
            assert (order["id"], order["filled"]) == (placed["id"], 2)
            assert order["status"] == "canceled"

    run(scenario())


def test_tickers_quotes_and_candles_are_pushed(exchange: RunningExchange) -> None:
    async def scenario() -> None:
        async with connected(exchange, "alice", "bob") as (alice, bob):
            symbol = (await months(alice))[3]
            price = await price_of(alice, symbol)
            ticker = await alice.watch_ticker(symbol)
            assert (ticker["symbol"], ticker["bid"], ticker["last"]) == (symbol, None, None)
            await bob.create_order(symbol, "limit", "buy", 6, price)
            ticker = await seen(lambda: alice.watch_ticker(symbol), lambda t: t["bid"] is not None)
            assert (ticker["bid"], ticker["bidVolume"]) == (price, 6)
            quote = (await alice.watch_bids_asks([symbol]))[symbol]
            assert (quote["bid"], quote["bidVolume"], quote["askVolume"]) == (price, 6, 0)
            await alice.create_order(symbol, "market", "sell", 4)
            ticker = await seen(lambda: alice.watch_ticker(symbol), lambda t: t["last"] is not None)
            assert (ticker["last"], ticker["baseVolume"], ticker["bidVolume"]) == (price, 4, 2)
            candles = await alice.watch_ohlcv(symbol, "1m")
            assert candles[-1][1:] == [price, price, price, price, 4]

    run(scenario())


def test_balance_is_pushed(exchange: RunningExchange) -> None:
    """`currencies` is ccxt's own option: by default it asks for crypto-currencies alone."""

    async def scenario() -> None:
        usd = {"currencies": ["USD"]}
        async with connected(exchange, "carol", options=usd) as (carol,):
            symbol = (await months(carol))[4]
            before = (await carol.watch_balance())["USD"]["USD"]
            assert (before["total"], before["free"]) == (DEPOSIT, DEPOSIT)
            price = await price_of(carol, symbol)
            balance = asyncio.create_task(carol.watch_balance())
            await carol.create_order(symbol, "limit", "buy", 10, price)
            after = (await balance)["USD"]["USD"]
            assert after["total"] == DEPOSIT
            margin = 0.20 * 10 * 730 * price
            assert after["total"] - after["free"] == pytest.approx(margin, rel=0.05)

    run(scenario())


def test_a_wrong_secret_ends_in_a_typed_error(exchange: RunningExchange) -> None:
    async def scenario() -> None:
        client = client_of(ccxt.async_support, exchange, "alice", secret="wrong")
        try:
            with pytest.raises(ccxt.AuthenticationError, match="invalid_credentials"):
                await client.fetch_balance()
        finally:
            await client.close()

    run(scenario())
