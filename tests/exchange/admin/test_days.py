"""The end of a day from the command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from tests.exchange.admin.counter import WHY, Counter

AtCounter = Callable[..., None]


def test_a_day_is_ended_once(at_counter: AtCounter) -> None:
    async def scenario(counter: Counter) -> None:
        now_s = counter.running.venue.now_ns() / 1e9
        day = datetime.fromtimestamp(now_s, UTC).date().isoformat()
        asked = await counter.type("day-roll", day, "-r", WHY)
        assert f"End {day} for good?" in asked.output
        shown = await counter.did("day-roll", day, "-y", "-r", WHY)
        assert f"day  {day}" in shown
        assert "day" in await counter.failed("day-roll", day, "-y", "-r", WHY)
        assert "calendar" in await counter.failed("day-roll", "2026-02-30", "-y", "-r", WHY)

    at_counter(scenario)
