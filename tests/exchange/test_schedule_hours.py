"""Trading hours by the rule books: sessions that open on the evening before, spreads after their legs."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from exchange.contracts.spec import shipped
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import CommandKind, State
from tests.exchange.market_day import Day, run

FAMILIES = ("GPU1", "GPU1-FS", "GPU1-HPR", "H100", "HPR")
SATURDAY = datetime(2026, 11, 21, 12, tzinfo=UTC)


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def states(day: Day) -> dict[str, set[State]]:
    found: dict[str, set[State]] = {}
    for spec, row in zip(day.venue.core.specs, day.venue.core.instruments, strict=False):
        found.setdefault(spec.family, set()).add(State(int(row[at.INSTRUMENT_STATE])))
    assert Counter(map(len, found.values())) == {1: len(FAMILIES)}
    return found


def test_a_weekend_and_a_monday_by_the_rule_books(tmp_path: Path) -> None:
    opened, called, closed = {State.OPEN}, {State.PRE_OPEN}, {State.CLOSED}

    async def test(day: Day) -> None:
        for moment, gpu1, spread, hpr, basis in (
            (SATURDAY, closed, closed, closed, closed),
            # Sunday 16:45 and 17:00 in Chicago; a spread opens in the same step as its legs.
            (utc(22, 22, 45), called, called, closed, closed),
            (utc(22, 23), opened, opened, closed, closed),
            # 19:45 and 20:00 in New York.
            (utc(23, 0, 45), opened, opened, called, called),
            (utc(23, 1), opened, opened, opened, opened),
            # 16:00 in Chicago, 18:00 in New York.
            (utc(23, 22), closed, closed, opened, closed),
            (utc(23, 22, 59), called, called, opened, closed),
            (utc(23, 23), opened, opened, closed, closed),
        ):
            await day.at(moment)
            wanted = {"GPU1": gpu1, "GPU1-FS": spread, "HPR": hpr, "GPU1-HPR": basis}
            assert states(day) == {**wanted, "H100": opened}, moment

    run(tmp_path, SATURDAY, test, specs=shipped(*FAMILIES))


def test_a_spread_waits_for_a_leg_that_an_operator_holds_closed(tmp_path: Path) -> None:
    async def test(day: Day) -> None:
        core = day.venue.core
        await day.at(utc(22, 22, 45))
        leg = core.instrument_numbers["GPU1-31DEC26"]
        halt = Command(CommandKind.SET_STATE, instrument=leg, qty_lots=int(State.HALTED))
        await day.venue.require(halt)
        await day.at(utc(22, 23))

        def state(name: str) -> State:
            row = core.instruments[core.instrument_numbers[name]]
            return State(int(row[at.INSTRUMENT_STATE]))

        assert state("GPU1-31DEC26") == State.HALTED
        assert state("GPU1-FS-29JAN27_31DEC26") == State.PRE_OPEN
        assert state("GPU1-FS-26FEB27_29JAN27") == State.OPEN
        resume = Command(CommandKind.SET_STATE, instrument=leg, qty_lots=int(State.OPEN))
        await day.venue.require(resume)
        await day.at(utc(22, 23, 1))
        assert state("GPU1-FS-29JAN27_31DEC26") == State.OPEN

    run(tmp_path, utc(22, 22, 45), test, specs=shipped(*FAMILIES))
