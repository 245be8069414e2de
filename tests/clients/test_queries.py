"""Questions are asked again where an answer is lost, and refusals are not."""

from __future__ import annotations

import pytest

from clients.errors import OrderNotFound
from tests.clients.conftest import run, trading
from tests.clients.server import GPU1


def test_a_question_survives_lost_answers() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            server.lose_answer["private/get_open_orders"] = 1
            await exchange.buy(GPU1, 1, 250)
            server.lose_request["private/get_account_summary"] = 2
            assert (await exchange.account_summary()).available_funds_micros == 9 * 10**12
            orders = await exchange.open_orders()
            assert [order.qty_lots for order in orders] == [1]
            assert await exchange.positions() == []

    run(work)


def test_a_refusal_is_final() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            with pytest.raises(OrderNotFound):
                await exchange.order_state("O-99")
            asked = [method for method, _ in server.calls if method == "private/get_order_state"]
            assert len(asked) == 1

    run(work)


def test_orders_are_found_by_label_open_or_closed() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            order = (await exchange.buy(GPU1, 1, 250, label="a")).order
            found = await exchange.order_by_label(GPU1, "a")
            assert found is not None
            assert found.order_id == order.order_id
            server.fill(order.order_id, 1)
            found = await exchange.order_by_label(GPU1, "a")
            assert found is not None
            assert found.filled_lots == 1
            assert await exchange.order_by_label(GPU1, "b") is None
            trades = await exchange.user_trades_of(order.order_id)
            assert [trade.qty_lots for trade in trades] == [1]

    run(work)


def test_an_unlisted_instrument_is_named_with_what_is_listed() -> None:
    async def work() -> None:
        async with trading() as (_, exchange):
            with pytest.raises(KeyError, match=f"GPU9 is not listed; listed: {GPU1}"):
                await exchange.buy("GPU9", 1, 250)

    run(work)


def test_a_book_is_asked_with_what_other_books_imply() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            server.implied_bids[GPU1] = [[2.49, 4]]
            server.change(GPU1, "bids", 2.5, 7)
            found = await exchange.linked_depth(GPU1, 1)
            assert (found.instrument, found.bids, found.asks) == (GPU1, [(250, 7)], [])
            assert (found.implied_bids, found.implied_asks) == ([(249, 4)], [])

    run(work)
