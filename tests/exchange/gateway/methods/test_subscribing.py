"""Subscriptions over a real socket: all or nothing, state at once, bounded."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.gateway.limits import Limits
from tests.exchange.gateway.live import NAME, Live, Runner

BOOK, TRADES, QUOTE = f"book.{NAME}.raw", f"trades.{NAME}.raw", f"quote.{NAME}"
OWN = f"user.orders.{NAME}.raw"


def test_the_answer_comes_first_then_the_state_then_changes(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client("alice") as alice:
            await alice.buy(2.4, 3)
            request_id = await alice.post(
                "private/subscribe", channels=[OWN, BOOK, QUOTE, BOOK, "user.portfolio.any"]
            )
            frame = await alice.frame()
            assert frame["id"] == request_id
            assert frame["result"] == [OWN, BOOK, QUOTE, "user.portfolio.any"]
            assert (await alice.notified(OWN))["amount"] == 3
            book = await alice.notified(BOOK)
            assert (book["type"], book["bids"]) == ("snapshot", [["new", 2.4, 3]])
            assert (await alice.notified(QUOTE))["best_bid_amount"] == 3
            await alice.notified("user.portfolio.any")
            await alice.buy(2.4, 1)
            change = await alice.notified(BOOK)
            assert change["prev_change_id"] == book["change_id"]
            assert change["bids"] == [["change", 2.4, 4]]

    live_venue(scenario)


def test_one_wrong_channel_and_none_is_subscribed_to(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client("alice") as alice:
            (session,) = live.gateway.sessions
            for names in (
                [BOOK, "book.GPU9.raw"],
                [BOOK, OWN, "user.orders.GPU9.raw"],
                [BOOK, OWN, "user.nothing"],
                [OWN, "nonsense"],
                [BOOK, ""],
                [BOOK, "x" * 129],
                [],
                [BOOK, 1],
            ):
                error = await alice.refused("private/subscribe", channels=names)
                assert error["code"] == -32602
                assert error["data"]["param"].startswith("channels")
                assert session.subscriber.channels == []
                assert session.private_channels == {}
            error = await alice.refused("public/subscribe", channels=[BOOK, OWN])
            assert error["code"] == -32602
            await alice.buy(2.4)
            assert alice.notifications == []

    live_venue(scenario)


def test_private_channels_need_authentication_and_scope(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        reader = live.keys.create("alice", ("account:read",), created_ns=1)
        async with live.client() as client, live.http() as http:
            error = await client.refused("private/subscribe", channels=[OWN])
            assert error["code"] == 10000
            query = {"grant_type": "client_credentials", **live.credentials["alice"]._asdict()}
            granted = (await http.get("/api/v2/public/auth", params=query)).json()["result"]
            error = await client.refused(
                "private/subscribe", channels=[OWN], access_token=granted["access_token"]
            )
            assert error["code"] == 10000
            await client.authenticate(reader)
            error = await client.refused("private/subscribe", channels=[OWN])
            assert error["code"] == 13021
            channels = ["user.portfolio.any"]
            assert await client.call("private/subscribe", channels=channels) == channels

    live_venue(scenario)


def test_unsubscribing_ends_messages_and_names_what_was_there(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client("alice") as alice:
            await alice.call("public/subscribe", channels=[BOOK, TRADES])
            await alice.call("private/subscribe", channels=[OWN])
            await alice.notified(BOOK)
            left = await alice.call("private/unsubscribe", channels=[OWN, QUOTE, BOOK])
            assert left == [OWN, BOOK]
            assert await alice.call("public/unsubscribe", channels=[BOOK, TRADES]) == [TRADES]
            await alice.call("public/subscribe", channels=[QUOTE])
            await alice.notified(QUOTE)
            assert await alice.call("public/unsubscribe_all") == "ok"
            await alice.buy(2.4)
            await alice.call("public/test")
            assert alice.notifications == []

    live_venue(scenario)


@pytest.mark.parametrize("method", ["public/subscribe", "private/subscribe"])
def test_the_number_of_channels_is_bounded(live_venue: Runner, method: str) -> None:
    async def scenario(live: Live) -> None:
        async with live.client("alice") as alice:
            await alice.call("private/subscribe", channels=[OWN])
            await alice.call(method, channels=[BOOK, TRADES])
            error = await alice.refused(method, channels=[BOOK, QUOTE])
            assert error["code"] == -32602
            assert "3" in error["data"]["reason"]
            assert await alice.call(method, channels=[BOOK]) == [BOOK]
            await alice.call("public/unsubscribe", channels=[TRADES])
            assert await alice.call(method, channels=[QUOTE]) == [QUOTE]

    live_venue(scenario, Limits(max_channels=3))


def test_other_sessions_get_the_same_book(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client("alice") as alice, live.client() as one, live.client() as two:
            seen: list[list[Any]] = []
            for client in (one, two):
                await client.call("public/subscribe", channels=[BOOK])
                assert (await client.notified(BOOK))["type"] == "snapshot"
            for n in range(20):
                await alice.buy((2_400 + n) / 1_000)
            for client in (one, two):
                messages = [await client.notified(BOOK)]
                while messages[-1]["change_id"] < live.venue.market.board(0).raw.change_id:
                    messages.append(await client.notified(BOOK))
                seen.append(messages)
            assert seen[0] == seen[1]
            levels = [level for message in seen[0] for level in message["bids"]]
            assert [price for _, price, _ in levels] == [(2_400 + n) / 1_000 for n in range(20)]

    live_venue(scenario)
