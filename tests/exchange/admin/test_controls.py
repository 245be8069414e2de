"""The kill switch, restrictions and position limits from the command line."""

from __future__ import annotations

from collections.abc import Callable

from tests.exchange.admin.counter import WHY, Counter
from tests.exchange.gateway.live import NAME

AtCounter = Callable[..., None]


def test_an_account_is_killed_and_released_while_it_is_connected(at_counter: AtCounter) -> None:
    async def scenario(counter: Counter) -> None:
        order = {"instrument_name": NAME, "amount": 1, "price": 2.4}
        async with counter.running.client("alice") as alice:
            await alice.call("private/buy", **order)
            shown = await counter.did("kill", "alice", "-y", "-r", WHY)
            assert "cancelled orders  1" in shown
            assert await alice.call("private/get_open_orders") == []
            refused = await alice.refused("private/buy", **order)
            assert (refused["code"], refused["data"]["param"]) == (13021, "account")
            shown = await counter.did("accounts")
            assert "yes" in next(line for line in shown.splitlines() if "alice" in line)
            await counter.did("release", "alice", "-r", WHY)
            await alice.call("private/buy", **order)
        assert "accounts  2" in await counter.did("kill", "--all", "-y", "-r", WHY)
        assert "accounts  1" in await counter.did("release", "--firm", "bob", "-y", "-r", WHY)
        for words, word, status in (
            (("kill", "alice", "--all", "-y", "-r", WHY), "--firm", 2),
            (("kill", "-y", "-r", WHY), "--firm", 2),
            (("kill", "dave", "-y", "-r", WHY), "cfx admin accounts", 1),
        ):
            assert word in await counter.failed(*words, status=status)
        asked = await counter.type("kill", "--all", "-r", WHY)
        assert "every account of the venue" in asked.output
        assert asked.exit_code == 1
        asked = await counter.type("release", "--firm", "bob", "-r", WHY)
        assert "bob and all accounts that belong to it" in asked.output

    at_counter(scenario)


def test_restrictions_and_position_limits(at_counter: AtCounter) -> None:
    async def scenario(counter: Counter) -> None:
        order = {"instrument_name": NAME, "amount": 3, "price": 2.4}
        async with counter.running.client("alice") as alice:
            assert NAME in await counter.did("restrict", "alice", NAME, "-r", WHY)
            assert NAME in await counter.did("accounts")
            assert (await alice.refused("private/buy", **order))["code"] == 13021
            await counter.did("restrict", "alice", "--all", "--lift", "-y", "-r", WHY)
            words = ("position-limit", NAME, "--limit", "2", "--hold", "60", "-r", WHY)
            assert "limit  2" in await counter.did(*words)
            assert (await alice.refused("private/buy", **order))["code"] == 10018
            (shown,) = (await counter.json("status"))["instruments"]
            assert shown["position_limit"] == 2
            assert shown["limit_held_until"]
            await counter.did("position-limit", NAME, "--by-calendar", "-r", WHY)
        (shown,) = (await counter.json("status"))["instruments"]
        assert shown["limit_held_until"] is None
        words = ("restrict", "--account", "alice", "--firm", "bob", "--instrument", NAME)
        shown = await counter.did(*words, "-y", "-r", WHY)
        assert "alice" in shown
        assert "bob" in shown
        await counter.did("restrict", "--everyone", "--all", "--lift", "-y", "-r", WHY)
        asked = await counter.type("restrict", "--firm", "bob", "--instrument", NAME, "-r", WHY)
        told = f"Let bob and all accounts that belong to it only close in {NAME}?"
        assert told in " ".join(asked.output.split())
        asked = await counter.type("restrict", "alice", "--all", "-r", WHY)
        assert "Let alice only close in every instrument of the venue?" in asked.output
        for words, word in (
            (("restrict", "dave", NAME, "-r", WHY), "dave"),
            (("restrict", "alice", "GPU9", "-r", WHY), "GPU9"),
            (("position-limit", NAME, "-r", WHY), "by_calendar"),
            (("position-limit", NAME, "--limit", "9999999", "-r", WHY), "listed with"),
        ):
            assert word in await counter.failed(*words)

    at_counter(scenario)
