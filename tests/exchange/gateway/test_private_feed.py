"""Private messages reach their owner's sessions and nobody else's."""

from __future__ import annotations

from typing import Any

from tests.exchange.gateway.live import NAME, Client, Live, Runner

ORDERS = f"user.orders.{NAME}.raw"
TRADES = f"user.trades.{NAME}.raw"
PORTFOLIO = "user.portfolio.any"


async def settled(client: Client) -> list[dict[str, Any]]:
    """Notifications that came before the answer to a test."""
    await client.call("public/test")
    return client.notifications


def test_each_side_of_a_trade_is_told_its_own(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client("alice") as alice, live.client("bob") as bob:
            for client in (alice, bob):
                await client.call("private/subscribe", channels=[ORDERS, TRADES])
            resting = await alice.buy(2.5, 3, label="hers")
            assert (await alice.notified(ORDERS))["order_id"] == resting["order_id"]
            sold = await bob.call("private/sell", instrument_name=NAME, amount=2, price=2.5)
            assert (await alice.notified(ORDERS))["filled_amount"] == 2
            (hers,) = await alice.notified(TRADES)
            (his,) = await bob.notified(TRADES)
            assert hers["trade_id"] == his["trade_id"] == sold["trades"][0]["trade_id"]
            assert (hers["direction"], his["direction"]) == ("buy", "sell")
            assert (hers["liquidity"], his["liquidity"]) == ("M", "T")
            assert hers["label"] == "hers"
            assert (await bob.notified(ORDERS))["order_id"] == sold["order"]["order_id"]
            assert await settled(alice) == []
            assert await settled(bob) == []

    live_venue(scenario)


def test_the_portfolio_comes_at_once_and_with_each_change(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client("alice") as alice:
            await alice.call("private/subscribe", channels=[PORTFOLIO])
            assert (await alice.notified(PORTFOLIO))["initial_margin"] == 0
            await alice.buy(2.5, 100)
            assert (await alice.notified(PORTFOLIO))["initial_margin"] > 0

    live_venue(scenario)


def test_all_sessions_of_an_account_are_told_and_those_that_left_are_not(
    live_venue: Runner,
) -> None:
    async def scenario(live: Live) -> None:
        async with live.client("alice") as first, live.client("alice") as second:
            for client in (first, second):
                await client.call("private/subscribe", channels=[ORDERS])
            order = await first.buy(2.4)
            for client in (first, second):
                assert (await client.notified(ORDERS))["order_id"] == order["order_id"]
            assert await second.call("private/unsubscribe", channels=[ORDERS]) == [ORDERS]
            await first.call("private/cancel_all")
            assert (await first.notified(ORDERS))["order_state"] == "cancelled"
            assert await settled(second) == []
            await first.call("private/unsubscribe_all")
            await first.buy(2.4)
            assert await settled(first) == []

    live_venue(scenario)


def test_who_signs_in_as_another_leaves_the_former_channels(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client("alice") as client, live.client("alice") as alice:
            await client.call("private/subscribe", channels=[ORDERS])
            await client.authenticate(live.credentials["bob"])
            await alice.buy(2.4)
            assert await settled(client) == []

    live_venue(scenario)
