"""The client library's quotes, protection and dead-man timer at a running exchange."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from clients import messages as m
from clients.credentials import Credentials
from clients.quoting import Protection
from clients.sdk import Exchange
from clients.trader import TwoSided
from tests.clients.conftest import run, until
from tests.live.running import RunningExchange


def of(running: RunningExchange, account: str) -> Exchange:
    key = running.keys[account]
    return Exchange(
        running.url, Credentials(key["client_id"], key["client_secret"]), running.marketdata_url
    )


def work_with(
    running: RunningExchange, work: Callable[[Exchange, Exchange], Awaitable[None]]
) -> None:
    async def session() -> None:
        async with of(running, "alice") as maker, of(running, "bob") as taker:
            await work(maker, taker)
            await maker.cancel_all()

    run(session, limit_s=30)


async def perpetual(exchange: Exchange) -> tuple[str, int]:
    """The name and the mark of a perpetual."""
    name = next(each.name for each in exchange.instruments.values() if each.perpetual)
    mark = (await exchange.ticker(name)).mark_ticks
    assert mark is not None
    return name, mark


def around(name: str, mark: int, lots: int) -> TwoSided:
    return TwoSided(
        instrument=name, bid_ticks=mark - 5, bid_lots=lots, ask_ticks=mark + 5, ask_lots=lots
    )


def test_quotes_rest_trade_and_are_withdrawn(exchange: RunningExchange) -> None:
    async def work(maker: Exchange, taker: Exchange) -> None:
        name, mark = await perpetual(maker)
        assert (await maker.mass_quote([around(name, mark, 3)])).refused == []
        await until(lambda: len(maker.view.own_quotes(name)) == 2)
        placed = await taker.buy(name, 2, mark + 5, time_in_force=m.TimeInForce.IOC)
        assert placed.order.filled_lots == 2
        (fill,) = await taker.user_trades(name, count=1)
        assert (fill.order_id, fill.qty_lots) == (placed.order.order_id, 2)
        await until(lambda: maker.view.position_lots(name) == -2)
        too_high = TwoSided(instrument=name, bid_ticks=mark * 2, bid_lots=1)
        (refused,) = (await maker.mass_quote([too_high])).refused
        assert refused.instrument == name
        await maker.mass_quote([around(name, mark, 3)])
        assert await maker.cancel_quotes(name) == 2
        await until(lambda: not maker.view.own_quotes(name))

    work_with(exchange, work)


def test_protection_trips_and_is_reset(exchange: RunningExchange) -> None:
    async def work(maker: Exchange, taker: Exchange) -> None:
        name, mark = await perpetual(maker)
        index = maker.instruments[name].index_name
        wanted = Protection(index_name=index, interval_s=60, qty_limit_lots=2)
        assert await maker.set_mmp_config(wanted) == wanted
        assert await maker.mmp_configs() == [wanted]
        quote = around(name, mark, 4)
        assert (await maker.mass_quote([quote], protected=True)).refused == []
        await taker.buy(name, 3, mark + 5, time_in_force=m.TimeInForce.IOC)
        await until(lambda: not maker.view.own_quotes(name))
        assert await maker.mmp_frozen_until_ns() == {index: 0}
        assert len((await maker.mass_quote([quote], protected=True)).refused) == 2
        await maker.reset_mmp(index)
        assert (await maker.mass_quote([quote], protected=True)).refused == []

    work_with(exchange, work)


def test_the_timer_cancels_and_an_order_is_edited_by_its_label(exchange: RunningExchange) -> None:
    async def work(maker: Exchange, taker: Exchange) -> None:
        name, mark = await perpetual(taker)
        label = taker.new_label()
        await taker.buy(name, 2, mark - 20, label=label)
        edited = await taker.edit_by_label(label, 1, mark - 21)
        assert (edited.order.qty_lots, edited.order.price_ticks) == (1, mark - 21)
        due_ns = await taker.cancel_all_after(1.0)
        assert due_ns is not None
        await until(lambda: not taker.view.orders, limit_s=10)
        assert await taker.time_ns() >= due_ns

    work_with(exchange, work)


def test_a_shared_market_carries_two_accounts(exchange: RunningExchange) -> None:
    async def session() -> None:
        async with Exchange(exchange.url, None, exchange.marketdata_url) as market:
            market.hear_market(False)
            alice, bob = (
                Exchange(exchange.url, of(exchange, name).credentials, market=market)
                for name in ("alice", "bob")
            )
            async with alice, bob:
                name, mark = await perpetual(alice)
                await asyncio.gather(alice.follow(name), bob.follow(name))
                await alice.mass_quote([around(name, mark, 1)])
                await until(lambda: (mark - 5, 1) in bob.view.book(name).bids())
                assert alice.view.outside_best(name) != bob.view.outside_best(name)
                await alice.cancel_all()

    run(session, limit_s=30)
