"""Marks, prints, funding and settlement from the command line."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from tests.exchange.admin.counter import WHY, Counter
from tests.exchange.gateway.live import NAME, SPEC

AtCounter = Callable[..., None]
DATED = msgspec.structs.replace(
    SPEC, name="GPU1-31DEC40", family="GPU1", perpetual=False, expiry_ns=2_240_000_000 * 10**9
)


def test_marks_prints_funding_and_settlement(at_counter: AtCounter) -> None:
    async def scenario(counter: Counter) -> None:
        path = counter.folder / "spec.json"
        path.write_bytes(msgspec.json.encode(DATED))
        await counter.did("list", str(path), "-y", "-r", WHY)
        shown = await counter.did("mark", "--all", "--move", "-30%", "-y", "-r", WHY)
        assert shown.count("1.75") == 2
        status = await counter.json("status")
        assert all(one["held_until"] for one in status["instruments"])
        await counter.did("mark", NAME, "--by-rule", "-y", "-r", WHY)
        await counter.did("index", SPEC.index, "--price", "1.8", "--hold", "5", "-y", "-r", WHY)
        (printed,) = (await counter.json("status"))["indices"]
        assert printed["index_price"] == 1.8
        await counter.did("fund", NAME, "--payment", "-0.01", "-y", "-r", WHY)
        words = ("settle", DATED.name, "--price", "1.7", "-y", "-r", WHY)
        early = await counter.failed(*words)
        assert "still trades" in early
        assert "--force" in early
        assert "1.7" in await counter.did(*words, "--force")
        twice = await counter.failed(*words, "--force")
        assert "settled for good" in twice
        trail = (await counter.json("actions"))["actions"]
        assert [one["method"].partition("/")[2] for one in trail] == [
            "settle",
            "fund",
            "print_index",
            "set_mark",
            "set_mark",
            "list_instrument",
        ]
        assert {one["reason"] for one in trail} == {WHY}

    at_counter(scenario)
