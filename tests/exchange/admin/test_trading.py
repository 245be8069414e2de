"""Halting, collecting and resuming from the command line, and listing."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from tests.exchange.admin.counter import WHY, Counter
from tests.exchange.gateway.live import NAME, SPEC

AtCounter = Callable[..., None]


def test_a_halt_and_a_resume_by_auction(at_counter: AtCounter) -> None:
    async def scenario(counter: Counter) -> None:
        assert "halted" in await counter.did("halt", NAME, "-r", WHY)
        async with counter.running.client("alice") as alice, counter.running.client("bob") as bob:
            order = {"instrument_name": NAME, "amount": 3}
            closed = await alice.refused("private/buy", **order, price=2.6)
            assert closed["message"] == "book_closed"
            assert "pre_open" in await counter.did("collect", NAME, "-r", WHY)
            await alice.call("private/buy", **order, price=2.6)
            resting = await bob.call("private/sell", **order, price=2.4)
            assert resting["order"]["order_state"] == "open"
            (opened,) = (await counter.json("resume", NAME, "-r", WHY))["instruments"]
            assert (opened["state"], opened["amount"]) == ("open", 3)
            held = await alice.call("private/get_position", instrument_name=NAME)
            assert held["size"] == 3
        assert "closed" in await counter.did("close", "--all", "-y", "-r", WHY)
        asked = await counter.type("halt", "--all", "-r", WHY)
        assert "every instrument of the venue" in asked.output
        assert asked.exit_code == 1

    at_counter(scenario)


def test_a_printed_specification_is_listed_under_another_name(at_counter: AtCounter) -> None:
    async def scenario(counter: Counter) -> None:
        printed = await counter.did("specification", NAME)
        spec = msgspec.json.decode(printed)
        assert msgspec.convert(spec, type(SPEC)) == SPEC
        path = counter.folder / "spec.json"
        words = ("list", str(path), "-y", "-r", WHY)
        for content, word in (
            (b"[]", "JSON"),
            (msgspec.json.encode(spec), "spec.name"),
            (msgspec.json.encode({**spec, "name": "NEW", "levels": 5_000}), "spec.levels"),
        ):
            path.write_bytes(content)
            shown = await counter.failed(*words, status=2 if word == "JSON" else 1)
            assert word in shown
        path.write_bytes(msgspec.json.encode({**spec, "name": "H100-NEW"}))
        assert "H100-NEW" in await counter.did(*words)
        names = [one["instrument_name"] for one in (await counter.json("status"))["instruments"]]
        assert names == [NAME, "H100-NEW"]

    at_counter(scenario)
