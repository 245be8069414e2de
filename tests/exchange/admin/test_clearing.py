"""Blocks, give-ups, busts and adjustments from the command line."""

from __future__ import annotations

from collections.abc import Callable

from tests.exchange.admin.counter import WHY, Counter
from tests.exchange.gateway.live import NAME

AtCounter = Callable[..., None]


def test_a_block_is_entered_adjusted_given_up_and_busted(at_counter: AtCounter) -> None:
    async def scenario(counter: Counter) -> None:
        await counter.did(
            "account", "desk", "--deposit", "1000", "--belongs-to", "alice", "-r", WHY
        )
        parties = ("--buyer", "alice", "--seller", "bob", "--amount", "5")
        words = ("block", NAME, *parties, "--price", "2.45", "-y", "-r", WHY)
        made = await counter.json(*words, "--reference", "EFP: a month of 8 GPUs")
        trade = made["trade_id"]
        async with counter.running.client("alice") as alice:
            held = await alice.call("private/get_position", instrument_name=NAME)
            assert held["size"] == 5
            shown = await counter.did("adjust", trade, "--price", "2.5", "-y", "-r", WHY)
            assert "former price  2.45" in shown
            given = ("give-up", trade, "--from", "alice", "--to", "desk", "-y", "-r", WHY)
            assert "to account  desk" in await counter.did(*given)
            held = await alice.call("private/get_position", instrument_name=NAME)
            assert held["size"] == 0
        assert "buyer  desk" in await counter.did("bust", trade, "-y", "-r", WHY)
        for words, word in (
            (("bust", trade, "-y", "-r", WHY), "busted before"),
            (("bust", "7", "-y", "-r", WHY), "no such trade"),
            (("adjust", trade, "--price", "2.4", "-y", "-r", WHY), "busted before"),
            (("adjust", trade, "--price", "6", "-y", "-r", WHY), "--force"),
            (("block", NAME, *parties, "--price", "0", "-y", "-r", WHY), "price"),
            (("block", "GPU9", *parties, "--price", "1", "-y", "-r", WHY), "GPU9"),
            (("give-up", trade, "--from", "alice", "--to", "erin", "-y", "-r", WHY), "erin"),
        ):
            assert word in await counter.failed(*words)
        for words, question in (
            (("bust", trade, "-r", WHY), f"Bust trade {trade}?"),
            (("block", NAME, *parties, "--price", "2.5", "-r", WHY), f"Let alice buy 5 {NAME}"),
        ):
            asked = await counter.type(*words)
            assert question in asked.output
            assert asked.exit_code == 1
        trail = (await counter.json("actions"))["actions"]
        methods = [one["method"].partition("/")[2] for one in trail]
        assert methods[::-1] == [
            "open_account",
            "block_trade",
            "adjust",
            "give_up",
            "bust",
            "bust",
            "adjust",
        ]
        assert trail[0]["refused"] == ["trade_busted"]

    at_counter(scenario)
