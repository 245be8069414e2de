"""Default management from the command line."""

from __future__ import annotations

from collections.abc import Callable

from tests.exchange.admin.counter import WHY, Counter
from tests.exchange.gateway.live import NAME

AtCounter = Callable[..., None]


def test_a_call_a_close_out_and_its_report(at_counter: AtCounter) -> None:
    async def scenario(counter: Counter) -> None:
        shown = await counter.did("margin-terms", "--call", "3600", "-r", WHY)
        assert "call s  3,600" in shown
        assert "balance  1,000" in await counter.did(
            "layer", "insurance", "--in", "1000", "-y", "-r", WHY
        )
        await counter.did("account", "thin", "--deposit", "1000", "-r", WHY)
        parties = ("--buyer", "thin", "--seller", "bob", "--amount", "1000", "--price", "2.5")
        await counter.did("block", NAME, *parties, "-y", "-r", WHY)
        await counter.did("mark", NAME, "--move", "-30", "-y", "-r", WHY)
        table = await counter.did("defaults")
        row = next(line for line in table.splitlines() if "thin" in line)
        assert "called" in row
        assert f"{NAME}=1000" in row
        early = await counter.failed("close-out", "thin", "-y", "-r", WHY)
        assert "margin call still runs" in early
        async with counter.running.client("alice") as alice:
            await alice.call("private/buy", instrument_name=NAME, amount=400, price=1.749)
            shown = await counter.did("close-out", "thin", "--force", "-y", "-r", WHY)
            assert "state  closing_out" in shown
        assert "not_enough_funds" in await counter.failed(
            "withdraw", "thin", "0.01", "-y", "-r", WHY
        )
        assert "not_enough_funds" in await counter.failed(
            "layer", "insurance", "--out", "1", "-y", "-r", WHY
        )
        report = await counter.did("defaults", "thin", "--deals")
        assert "default of thin" in report
        assert "= equity now" in report
        assert "1.749" in report
        (default,) = (await counter.json("defaults", "thin"))["defaults"]
        assert default["traded"] < 0
        for words, word, status in (
            (("layer", "insurance", "-r", WHY), "--out", 2),
            (("layer", "insurance", "--in", "-1", "-r", WHY), "sign", 2),
            (("layer", "moat", "--in", "1", "-y", "-r", WHY), "layer", 1),
            (("margin-terms", "-r", WHY), "at least one", 1),
            (("close-out", "erin", "-y", "-r", WHY), "erin", 1),
            (("defaults", "erin"), "erin", 1),
        ):
            assert word in await counter.failed(*words, status=status), words

    at_counter(scenario)
