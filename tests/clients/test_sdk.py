"""The client library against a server with faults."""

from __future__ import annotations

import asyncio

import pytest

from clients import messages as m
from clients.errors import AuthenticationError, InvalidParams, NotConnected, ProtocolError
from clients.sdk import Exchange
from marketdata.messages import NS_PER_MS
from tests.clients.conftest import QUICK, drain, run, trading, until
from tests.clients.server import CLIENT_ID, GPU1, FakeExchange, Refusal

CHANNEL = f"book.{GPU1}.100ms"


def test_lists_instruments_with_exact_ticks() -> None:
    async def work() -> None:
        async with trading() as (_, exchange):
            gpu1 = exchange.instruments[GPU1]
            assert (gpu1.tick_micros, gpu1.contract_hours) == (10_000, 730)
            assert gpu1.ticks("2.81") == 281
            assert gpu1.price(281) == 2.81

    run(work)


def test_wrong_secret_is_an_authentication_error_at_once() -> None:
    async def work() -> None:
        async with FakeExchange() as server:
            wrong = Exchange.connect(
                server.url, client_id=CLIENT_ID, client_secret="wrong", timing=QUICK
            )
            with pytest.raises(AuthenticationError, match="13004"):
                async with wrong:
                    pass
            assert server.connections == 1

    run(work)


def test_nobody_listening_says_so() -> None:
    async def work() -> None:
        with pytest.raises(NotConnected, match="does not answer"):
            async with Exchange.connect("ws://127.0.0.1:9/", timing=QUICK):
                pass

    run(work)


def test_a_skipped_change_is_repaired_by_a_fresh_snapshot() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            server.books[GPU1]["bids"] = {2.5: 3}
            await exchange.subscribe(CHANNEL)
            book = exchange.view.book(GPU1)
            await until(lambda: book.change_id == 100)
            server.change(GPU1, "bids", 2.49, 7)
            await server.publish(CHANNEL, server.change(GPU1, "asks", 2.6, 1))
            await until(lambda: book.change_id == 102)
            assert exchange.counts.gaps == 1
            assert book.bids() == [(250, 3), (249, 7)]
            assert book.asks() == [(260, 1)]
            await server.publish(CHANNEL, server.change(GPU1, "bids", 2.5, 0))
            await until(lambda: book.change_id == 103)
            assert book.bids() == [(249, 7)]

    run(work)


def test_repeated_messages_count_once() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            await exchange.subscribe(CHANNEL)
            book = exchange.view.book(GPU1)
            await until(lambda: book.change_id == 100)
            drain(exchange)
            server.repeat = 3
            await server.publish(CHANNEL, server.change(GPU1, "bids", 2.4, 5))
            placed = await exchange.buy(GPU1, 4, 240)
            fill = server.fill(placed.order.order_id, 1)
            await server.announce(placed.order.order_id, fill)
            await until(lambda: exchange.counts.repeated_fills == 2)
            messages = drain(exchange)
            assert sum(isinstance(message, m.BookUpdate) for message in messages) == 1
            assert sum(isinstance(message, m.UserTrade) for message in messages) == 1
            assert exchange.counts.gaps == 0

    run(work)


def test_fills_and_endings_during_an_outage_arrive_once() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            await exchange.subscribe(CHANNEL)
            first = (await exchange.buy(GPU1, 5, 250)).order
            second = (await exchange.buy(GPU1, 2, 249)).order
            before = server.fill(first.order_id, 1)
            await server.announce(first.order_id, before)
            await until(lambda: exchange.view.position_lots(GPU1) == 1)
            await server.refuse_connections()
            server.fill(first.order_id, 4)
            server.fill(second.order_id, 1)
            server.books[GPU1]["asks"] = {2.7: 9}
            server.change_ids[GPU1] = 150
            await server.accept_connections()
            await until(lambda: exchange.gateway.reconnects > 0)
            await until(lambda: exchange.view.book(GPU1).change_id == 150)
            assert await exchange.time_ns()
            messages = drain(exchange)
            fills = [message for message in messages if isinstance(message, m.UserTrade)]
            assert [fill.trade_id for fill in fills] == ["1", "2", "3"]
            assert [fill.qty_lots for fill in fills] == [1, 4, 1]
            assert exchange.view.position_lots(GPU1) == 6
            assert [order.order_id for order in exchange.view.orders.values()] == ["O-2"]
            assert exchange.view.orders[second.label].leaves_lots == 1
            endings = [
                message.state
                for message in messages
                if isinstance(message, m.Order) and message.order_id == first.order_id
            ]
            assert endings[-1] == m.OrderState.FILLED
            assert exchange.view.book(GPU1).asks() == [(270, 9)]
            links = [message.up for message in messages if isinstance(message, m.Link)]
            assert links == [True, False, True]

    run(work)


def test_many_missed_fills_come_over_several_pages() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            server.page = 7
            order = (await exchange.buy(GPU1, 100, 250)).order
            server.drop_lines()
            for _ in range(50):
                server.fill(order.order_id, 1)
            await until(lambda: exchange.gateway.reconnects == 1)
            assert await exchange.time_ns()
            assert exchange.view.position_lots(GPU1) == 50
            fills = [x.trade_id for x in drain(exchange) if isinstance(x, m.UserTrade)]
            assert fills == [str(number) for number in range(1, 51)]

    run(work)


def test_reconnects_again_and_again() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            await exchange.subscribe(CHANNEL)
            for round_number in range(1, 6):
                server.drop_lines()
                await until(lambda n=round_number: exchange.gateway.reconnects >= n)  # type: ignore[misc]
                assert await exchange.time_ns() == server.now_ms * NS_PER_MS
            await until(lambda: any(CHANNEL in names for names in server.lines.values()))

    run(work)


def test_test_requests_are_answered() -> None:
    async def work() -> None:
        async with trading() as (server, _):
            await server.test_request()
            await until(lambda: server.tests_answered == 1)

    run(work)


def test_a_refused_channel_is_no_longer_wished_for() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            with pytest.raises(ProtocolError, match=r"quote\.NOWHERE"):
                await exchange.subscribe("quote.NOWHERE")
            with pytest.raises(ProtocolError, match="is not one of"):
                await exchange.subscribe("weather.BERLIN")
            with pytest.raises(ProtocolError, match="already feeds"):
                await exchange.subscribe(CHANNEL, f"book.{GPU1}.raw")
            server.refuse["public/subscribe"].append(Refusal(-32602, "Invalid params"))
            with pytest.raises(InvalidParams):
                await exchange.subscribe(f"ticker.{GPU1}.raw")
            server.drop_lines()
            await until(lambda: exchange.gateway.reconnects == 1 and server.lines)
            assert await exchange.time_ns()
            channels = {name for names in server.lines.values() for name in names}
            private = {"user.changes.any.any.raw", "user.clearing.any"}
            assert channels == {*private, "instrument.state.any.any"}

    run(work)


def test_public_channels_come_from_the_market_data_address() -> None:
    async def work() -> None:
        async with FakeExchange() as feed:
            feed.books[GPU1]["bids"] = {2.0: 1}
            async with trading(marketdata_url=feed.url) as (server, exchange):
                await exchange.subscribe(CHANNEL)
                await until(lambda: exchange.view.book(GPU1).bids() == [(200, 1)])
                assert not any(method == "public/subscribe" for method, _ in server.calls)
                feed.books[GPU1]["bids"] = {2.1: 1}
                feed.drop_lines()
                await until(lambda: exchange.view.book(GPU1).bids() == [(210, 1)])
                assert exchange.gateway.reconnects == 0

    run(work)


def test_closing_ends_messages_and_leaves_no_task() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            await exchange.subscribe(CHANNEL)
            seen: list[m.Message] = []

            async def consume() -> None:
                async for message in exchange.messages():
                    seen.append(message)  # noqa: PERF401 - what is seen is watched meanwhile

            consumer = asyncio.create_task(consume())
            await until(lambda: len(seen) >= 2)
            await server.refuse_connections()
            await exchange.close()
            await consumer
            with pytest.raises(NotConnected):
                await exchange.time_ns()

    run(work)
