"""Orders whose answers are lost take effect once and are found again."""

from __future__ import annotations

import pytest

from clients import messages as m
from clients.connection import Timing
from clients.errors import (
    ConnectionLost,
    DuplicateLabel,
    NotEnoughFunds,
    OrderNotFound,
    TooManyRequests,
)
from tests.clients.conftest import drain, run, trading, until
from tests.clients.server import GPU1, Refusal


def test_a_lost_answer_finds_the_order_that_arrived() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            server.lose_answer["private/buy"] = 1
            placed = await exchange.buy(GPU1, 3, 250)
            assert [order["label"] for order in server.orders.values()] == [placed.order.label]
            assert placed.order.order_id == "O-1"
            assert placed.order.state == m.OrderState.OPEN
            calls = [params["label"] for method, params in server.calls if method == "private/buy"]
            assert len(calls) == 2
            assert len(set(calls)) == 1

    run(work)


def test_a_lost_answer_of_an_order_that_filled_brings_its_fills_once() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            server.books[GPU1]["asks"] = {2.5: 2, 2.6: 9}
            server.lose_answer["private/buy"] = 1
            placed = await exchange.buy(GPU1, 5, 260, time_in_force=m.TimeInForce.IOC)
            assert placed.order.state == m.OrderState.FILLED
            assert [(t.price_ticks, t.qty_lots) for t in placed.trades] == [(250, 2), (260, 3)]
            fills = [message for message in drain(exchange) if isinstance(message, m.UserTrade)]
            assert [fill.trade_id for fill in fills] == ["1", "2"]
            assert exchange.view.position_lots(GPU1) == 5
            assert len(server.orders) == 1

    run(work)


def test_a_lost_request_is_sent_again_and_takes_effect_once() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            server.lose_request["private/sell"] = 2
            placed = await exchange.sell(GPU1, 1, 250)
            assert placed.order.side == m.Side.SELL
            assert len(server.orders) == 1

    run(work)


def test_when_every_answer_is_lost_the_outcome_is_said_to_be_unknown() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            server.lose_request["private/buy"] = 100
            with pytest.raises(ConnectionLost, match="may have taken effect"):
                await exchange.buy(GPU1, 1, 250)

    run(work)


def test_a_silent_exchange_times_out_and_is_asked_again() -> None:
    async def work() -> None:
        timing = Timing(request_s=0.1, backoff_first_s=0.01)
        async with trading(timing=timing) as (server, exchange):
            server.silent.add("private/buy")
            with pytest.raises(ConnectionLost):
                await exchange.buy(GPU1, 1, 250)
            server.silent.clear()
            assert (await exchange.buy(GPU1, 1, 250)).order.state == m.OrderState.OPEN

    run(work)


def test_a_label_used_twice_by_the_caller_is_refused() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            await exchange.buy(GPU1, 1, 250, label="mine")
            with pytest.raises(DuplicateLabel):
                await exchange.buy(GPU1, 2, 250, label="mine")
            assert len(server.orders) == 1

    run(work)


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        (10009, "not_enough_funds", NotEnoughFunds),
        (10028, "too_many_requests", TooManyRequests),
    ],
)
def test_refusals_are_typed(code: int, message: str, expected: type[Exception]) -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            server.refuse["private/buy"].append(Refusal(code, message, reason="because"))
            with pytest.raises(expected, match=rf"{message} \({code}\): because"):
                await exchange.buy(GPU1, 1, 250)
            assert not server.orders

    run(work)


def test_edit_and_cancel_survive_a_lost_answer() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            order = (await exchange.buy(GPU1, 3, 250)).order
            server.lose_answer["private/edit"] = 1
            edited = await exchange.edit(order.order_id, 2, 251)
            assert (edited.order.qty_lots, edited.order.price_ticks) == (2, 251)
            server.lose_answer["private/cancel"] = 1
            cancelled = await exchange.cancel(order.order_id)
            assert cancelled.state == m.OrderState.CANCELLED
            assert not exchange.view.orders
            with pytest.raises(OrderNotFound):
                await exchange.cancel(order.order_id)

    run(work)


def test_cancel_all_and_account() -> None:
    async def work() -> None:
        async with trading() as (_, exchange):
            for price_ticks in (240, 241):
                await exchange.buy(GPU1, 1, price_ticks)
            assert len(await exchange.open_orders()) == 2
            assert await exchange.cancel_all() == 2
            await until(lambda: not exchange.view.orders)
            summary = await exchange.account_summary()
            assert summary.equity_micros == 10_000_000_000_000
            assert exchange.view.account == summary

    run(work)


def test_market_orders_carry_no_price() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            server.books[GPU1]["asks"] = {2.5: 2}
            placed = await exchange.buy(GPU1, 2)
            assert placed.order.price_ticks is None
            sent = [params for method, params in server.calls if method == "private/buy"]
            assert sent[0]["type"] == "market"
            assert "price" not in sent[0]

    run(work)
