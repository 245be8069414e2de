"""Accounts and money from the command line."""

from __future__ import annotations

from collections.abc import Callable

from tests.exchange.admin.counter import WHY, Counter

AtCounter = Callable[..., None]


def test_an_account_is_opened_filled_emptied_and_limited(at_counter: AtCounter) -> None:
    async def scenario(counter: Counter) -> None:
        shown = await counter.did("account", "dave", "--deposit", "1000.5", "-r", WHY)
        assert "cfx keys add dave" in shown
        await counter.did("deposit", "dave", "0.25", "-r", WHY)
        await counter.did("withdraw", "dave", "1000", "-y", "-r", WHY)
        await counter.did("limits", "dave", "--max-orders", "7", "-r", WHY)
        dave = (await counter.json("accounts"))["accounts"][-1]
        assert (dave["account"], dave["equity"], dave["max_orders"]) == ("dave", 0.75, 7)
        for words, word in (
            (("account", "dave", "-r", WHY), "is open"),
            (("deposit", "dave", "1e30", "-r", WHY), "beyond"),
            (("deposit", "erin", "1", "-r", WHY), "cfx admin accounts"),
            (("withdraw", "dave", "0.76", "-y", "-r", WHY), "not_enough_funds"),
        ):
            assert word in await counter.failed(*words)
        assert "sign" in await counter.failed("withdraw", "dave", "+5", "-y", "-r", WHY, status=2)
        table = await counter.did("accounts", "--state", "sound", "--count", "2")
        assert "alice" in table
        assert "--offset 2" in table

    at_counter(scenario)


def test_money_moves_within_a_firm_alone(at_counter: AtCounter) -> None:
    async def scenario(counter: Counter) -> None:
        await counter.did("account", "desk", "--belongs-to", "alice", "-r", WHY)
        shown = await counter.did("move", "alice", "desk", "25.5", "-y", "-r", WHY)
        assert "to equity  25.5" in shown
        assert (await counter.json("accounts"))["accounts"][-1]["belongs_to"] == "alice"
        for words, word in (
            (("move", "alice", "bob", "1", "-y", "-r", WHY), "different firms"),
            (("move", "desk", "alice", "26", "-y", "-r", WHY), "not_enough_funds"),
            (("move", "desk", "alice", "0", "-y", "-r", WHY), "above 0"),
        ):
            assert word in await counter.failed(*words)
        assert "sign" in await counter.failed("move", "desk", "bob", "+1", "-r", WHY, status=2)

    at_counter(scenario)
