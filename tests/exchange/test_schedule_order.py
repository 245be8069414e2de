"""A step that spans days does what became due in order of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.actions import Action
from exchange.core.commands import Command
from exchange.core.layout import CommandKind, EventKind
from exchange.views.holds import index_hold
from marketdata.days import day_number
from tests.exchange.market_day import Day, kinds, ns, run


def test_what_became_due_in_a_long_step_is_done_in_order(tmp_path: Path) -> None:
    start = datetime(2026, 11, 10, 12, tzinfo=UTC)

    async def test(day: Day) -> None:
        await day.at(start)
        number = day.venue.core.instrument_numbers["H100-PERPETUAL"]
        ticks = int(day.venue.core.instrument(number)[at.INSTRUMENT_MARK_TICKS])
        await day.trade(number, ticks, 100)
        events = await day.at(start + timedelta(days=3))
        told = [
            (EventKind(row[at.EVENT_KIND]).name, row[at.EVENT_QTY_LOTS], row[at.EVENT_TAG])
            for row in events
            if row[at.EVENT_KIND]
            in (EventKind.FIXING_PUBLISHED, EventKind.DAY_ROLLED, EventKind.FUNDED)
        ]
        days = [
            (datetime(2026, 11, d, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days
            for d in (10, 11, 12)
        ]
        kinds_of = [kind for kind, _, _ in told]
        # Each day: its fixings in the evening, then midnight ends it and funds.
        once = ["FIXING_PUBLISHED"] * len(day.schedule._indices) + ["DAY_ROLLED", "FUNDED"]
        assert kinds_of == once * 3
        assert [qty for kind, qty, _ in told if kind == "FIXING_PUBLISHED"] == sorted(
            days * len(day.schedule._indices)
        )
        assert [tag for kind, _, tag in told if kind == "DAY_ROLLED"] == days
        assert invariants.violations(day.venue.core) == []

    run(tmp_path, start, test)


def test_funding_that_fell_into_a_time_without_exchange_is_not_paid(tmp_path: Path) -> None:
    start = datetime(2026, 11, 10, 12, tzinfo=UTC)

    async def before(day: Day) -> None:
        await day.at(start)
        await day.trade(6, int(day.venue.core.instrument(6)[at.INSTRUMENT_MARK_TICKS]), 1)

    async def after(day: Day) -> None:
        assert kinds(await day.at(start + timedelta(days=9)), EventKind.FUNDED) == []
        assert len(kinds(await day.at(start + timedelta(days=10)), EventKind.FUNDED)) == 1

    run(tmp_path, start, before)
    run(tmp_path, start + timedelta(days=9), after)


def test_the_fixing_of_a_held_index_is_the_operators_print(tmp_path: Path) -> None:
    start = datetime(2026, 11, 10, 12, tzinfo=UTC)

    async def test(day: Day) -> None:
        await day.at(start)
        index = day.venue.core.specs[0].index
        action = Action(
            operator="olivia",
            key="k",
            method="operator/print_index",
            reason="a drill",
            holds=(index_hold(index),),
            hold_until_ns=ns(start + timedelta(days=1)),
        )
        for command in (
            Command(CommandKind.ACTION, qty_lots=1, text=msgspec.json.encode(action).decode()),
            Command(CommandKind.PRINT_INDEX, amount_micros=2_000_000, text=index),
        ):
            await day.venue.require(command)
        await day.at(start + timedelta(days=2))
        first = day_number(start.date())
        fixings = day.venue.core.fixings
        assert fixings[index, first] == (2_000_000, 1)
        assert fixings[index, first + 1][0] != 2_000_000

    run(tmp_path, start, test)
