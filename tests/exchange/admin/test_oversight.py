"""What operators see from the command line."""

from __future__ import annotations

from collections.abc import Callable

from tests.exchange.admin.counter import Counter
from tests.exchange.gateway.live import NAME

AtCounter = Callable[..., None]


def test_large_positions_as_a_table(at_counter: AtCounter) -> None:
    async def scenario(counter: Counter) -> None:
        assert "none" in (await counter.did("large")).lower()
        assert (await counter.json("large", "--accountable"))["positions"] == []

    at_counter(scenario)


def test_the_status_and_the_trail_as_tables(at_counter: AtCounter) -> None:
    async def scenario(counter: Counter) -> None:
        shown = await counter.did("status", "--family", "H100")
        assert "ready" in shown
        assert NAME in shown
        for amount in ("1", "2"):
            await counter.did("deposit", "alice", amount, "-r", "a [bold]reason[/bold]")
        shown = await counter.did("actions", "--count", "1")
        assert "a [bold]reason[/bold]" in shown, "what operators write is text"
        assert "amount=2" in shown
        newest = (await counter.json("actions"))["actions"][0]["seq"]
        assert f"--before {newest}" in shown
        older = await counter.json("actions", "--before", str(newest))
        assert [one["params"]["amount"] for one in older["actions"]] == ["1"]
        assert (await counter.type("status", "--family", "GPU9")).exit_code == 1

    at_counter(scenario)
