"""What a client takes in after an outage, piece by piece."""

from __future__ import annotations

from clients import messages as m
from tests.clients.conftest import drain, run, trading, until
from tests.clients.server import GPU1, PERPETUAL


def test_a_position_that_was_closed_meanwhile_is_flat() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            order = (await exchange.buy(GPU1, 2, 250)).order
            await server.announce(order.order_id, server.fill(order.order_id, 2))
            await until(lambda: exchange.view.position_lots(GPU1) == 2)
            server.drop_lines()
            server.fills.clear()
            await until(lambda: exchange.view.position_lots(GPU1) == 0)

    run(work)


def test_an_order_that_the_exchange_forgot_is_no_longer_working() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            order = (await exchange.buy(GPU1, 2, 250)).order
            drain(exchange)
            server.drop_lines()
            server.orders.clear()
            await until(lambda: not exchange.view.orders)
            endings = [each for each in drain(exchange) if isinstance(each, m.Order)]
            assert [(each.order_id, each.state) for each in endings] == [
                (order.order_id, m.OrderState.CANCELLED)
            ]

    run(work)


def test_orders_and_positions_from_before_are_known_at_once() -> None:
    async def work() -> None:
        async with trading() as (server, first):
            resting = (await first.sell(PERPETUAL, 3, 2_810)).order
            filled = (await first.buy(GPU1, 1, 250)).order
            server.fill(filled.order_id, 1)
            second = type(first)(server.url, first.credentials)
            async with second:
                assert list(second.view.orders) == [resting.label]
                assert second.view.position_lots(GPU1) == 1
                fills = [each for each in drain(second) if isinstance(each, m.UserTrade)]
                assert fills == [], "what was filled before is no news"

    run(work)
