"""The exchange's day on a clock of the test's own: month ends, settlement, the next listing, funding."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import msgspec
import pyarrow.parquet as parquet

from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.actions import Action
from exchange.core.commands import Command, batch_of
from exchange.core.default_terms import DefaultTerms
from exchange.core.layout import AccountStatus, CommandKind, EventKind, State
from exchange.log.store import CommandLog
from exchange.statements import files
from exchange.views.holds import index_hold, mark_hold
from marketdata.days import NS_PER_DAY, date_of
from tests.exchange.core.lab import BUY, SELL, USD, opening, submit
from tests.exchange.market_day import LAST_DAY, NS, TIMEOUT_S, Day, Ramp, kinds, ns, run


def november_fixings() -> list[int]:
    """The index at 16:00 New York on each weekday of November 2026 but Thanksgiving, the 26th."""
    days = [date(2026, 11, 1) + timedelta(n) for n in range(30)]
    open_days = [day for day in days if day.weekday() < 5 and day.day != 26]
    assert len(open_days) == 20
    # Clocks went back on the first of November, so 16:00 in New York is 21:00 UTC all month.
    return [
        Ramp().price_micros(ns(datetime(day.year, day.month, day.day, 21, tzinfo=UTC)))
        for day in open_days
    ]


def test_a_month_ends_with_positions(tmp_path: Path) -> None:
    async def test(day: Day) -> None:
        await day.at(LAST_DAY - timedelta(minutes=1))
        names = [spec.name for spec in day.venue.core.specs]
        assert names == [
            "GPU1-30NOV26",
            "GPU1-31DEC26",
            "GPU1-29JAN27",
            "GPU1-26FEB27",
            "GPU1-31MAR27",
            "GPU1-30APR27",
            "H100-PERPETUAL",
        ]
        mark = int(day.venue.core.instrument(0)[at.INSTRUMENT_MARK_TICKS])
        await day.trade(0, mark + 1, 10)
        await day.venue.require(submit(0, BUY, mark - 5, 3))
        fees = 10 * 5_500_000
        assert day.cash(0) == 10**6 * USD - 10 * 7_300_000 - fees

        assert kinds(await day.at(LAST_DAY - timedelta(seconds=1)), EventKind.SETTLED) == []
        events = await day.at(LAST_DAY)
        fixings = november_fixings()
        mean = round(Fraction(sum(fixings), len(fixings)) + Fraction(1, 10**6))
        settled = kinds(events, EventKind.SETTLED)
        assert [(row[at.EVENT_ACCOUNT], row[at.EVENT_QTY_LOTS]) for row in settled] == [
            (0, 10),
            (1, -10),
        ]
        assert {row[at.EVENT_RESTING_FEE_MICROS] for row in settled} == {mean}
        assert len(kinds(events, EventKind.CANCELLED)) == 1
        fees += 10 * 1_350_000
        # What alice made is the settlement price less what she paid, on 730 hours a lot.
        made = (mean - (mark + 1) * 10_000) * 730 * 10
        assert day.cash(0) == 10**6 * USD + made - fees
        assert day.cash(1) == 10**6 * USD - made - fees
        listed = kinds(events, EventKind.INSTRUMENT_LISTED)
        # The last Monday of May 2027 is Memorial Day.
        assert [day.venue.core.specs[row[at.EVENT_INSTRUMENT]].name for row in listed] == [
            "GPU1-28MAY27"
        ]
        again = await day.at(LAST_DAY + timedelta(seconds=1))
        assert {row[at.EVENT_KIND] for row in again} <= {EventKind.INDEX_PRINTED, EventKind.MARKED}

    run(tmp_path, LAST_DAY - timedelta(minutes=1), test)


def test_a_month_ends_without_accounts(tmp_path: Path) -> None:
    async def test(day: Day) -> None:
        await day.at(LAST_DAY - timedelta(days=1))
        events = await day.at(LAST_DAY + timedelta(hours=1))
        states = kinds(events, EventKind.STATE_CHANGED)
        assert [(row[at.EVENT_INSTRUMENT], row[at.EVENT_TAG]) for row in states] == [
            (0, State.EXPIRED)
        ]
        assert kinds(events, EventKind.SETTLED) == []

    run(tmp_path, LAST_DAY - timedelta(days=1), test, accounts=())


def test_an_exchange_that_was_down_settles_when_it_is_back(tmp_path: Path) -> None:
    async def before(day: Day) -> None:
        await day.at(LAST_DAY - timedelta(days=3))
        await day.trade(0, int(day.venue.core.instrument(0)[at.INSTRUMENT_MARK_TICKS]), 2)

    async def after(day: Day) -> None:
        events = await day.at(LAST_DAY + timedelta(days=40))
        prices = [row[at.EVENT_RESTING_FEE_MICROS] for row in kinds(events, EventKind.SETTLED)]
        fixings = november_fixings()
        assert prices == [round(sum(fixings) / len(fixings))] * 2
        expired = kinds(events, EventKind.STATE_CHANGED)
        # December ended in the meantime, too.
        assert [row[at.EVENT_INSTRUMENT] for row in expired] == [0, 1]

    run(tmp_path, LAST_DAY - timedelta(days=3), before)
    run(tmp_path, LAST_DAY + timedelta(days=40), after)


def test_funding_is_paid_once_a_day_and_capped(tmp_path: Path) -> None:
    midnight = datetime(2026, 11, 12, tzinfo=UTC)

    async def test(day: Day) -> None:
        await day.at(midnight - timedelta(minutes=2))
        number = day.venue.core.instrument_numbers["H100-PERPETUAL"]
        index = Ramp().price_micros(ns(midnight))
        quoted = index // 1_000 * 102 // 100
        await day.trade(
            number, int(day.venue.core.instrument(number)[at.INSTRUMENT_MARK_TICKS]), 100
        )
        for side, price in ((BUY, quoted - 1), (SELL, quoted + 1)):
            await day.venue.require(submit(side, side, price, 5, instrument=number))
        cash = day.cash(0), day.cash(1)
        assert kinds(await day.at(midnight - timedelta(minutes=1)), EventKind.FUNDED) == []
        moved = (int(day.venue.core.instrument(number)[at.INSTRUMENT_MARK_TICKS])) - quoted
        # Quotes hold the mean of trades, which lies below them.
        assert moved == -1
        marked = day.cash(0), day.cash(1)
        assert sum(marked) == sum(cash)
        (funded,) = kinds(await day.at(midnight + timedelta(seconds=1)), EventKind.FUNDED)
        # The mark stands 2 % above the index; a long pays 1 % of it, the cap, on each GPU-hour.
        assert funded[at.EVENT_RESTING_FEE_MICROS] == index * 10_000 // 10**6
        # The trade is a minute old by now, so the mark is the quotes' mid: one tick of variation.
        assert int(day.venue.core.instrument(number)[at.INSTRUMENT_MARK_TICKS]) == quoted
        paid = 100 * funded[at.EVENT_RESTING_FEE_MICROS] - 100 * 1_000
        assert (day.cash(0), day.cash(1)) == (marked[0] - paid, marked[1] + paid)
        for hours in (1, 12, 23):
            later = await day.at(midnight + timedelta(hours=hours))
            assert kinds(later, EventKind.FUNDED) == []
        assert len(kinds(await day.at(midnight + timedelta(days=1)), EventKind.FUNDED)) == 1

    run(tmp_path, midnight - timedelta(minutes=2), test)


def test_the_first_step_lists_prints_and_anchors(tmp_path: Path) -> None:
    async def test(day: Day) -> None:
        events = await day.at(LAST_DAY - timedelta(days=10))
        assert len(kinds(events, EventKind.INSTRUMENT_LISTED)) == 7
        assert len(kinds(events, EventKind.INDEX_PRINTED)) == 2
        before = day.venue.core.instruments[:6, at.INSTRUMENT_MARK_TICKS].tolist()
        later = LAST_DAY - timedelta(days=5)
        await day.at(later)
        after = day.venue.core.instruments[:6, at.INSTRUMENT_MARK_TICKS].tolist()
        ratio = Ramp().price_micros(ns(later)) / Ramp().price_micros(ns(LAST_DAY) - 864_000 * NS)
        # Nobody quotes, so the curve moves with the index, to the nearest tick.
        assert after == [round(ticks * ratio) for ticks in before]
        assert any(new > old for new, old in zip(after, before, strict=True))

    run(tmp_path, LAST_DAY - timedelta(days=10), test)


def timer(account: int, due_ns: int) -> Command:
    return Command(CommandKind.SET_DEADLINE, account, amount_micros=due_ns)


def test_what_is_overdue_is_cancelled_before_anything_is_printed(tmp_path: Path) -> None:
    async def test(day: Day) -> None:
        await day.at(LAST_DAY - timedelta(days=1))
        venue = day.venue
        await venue.require(submit(0, BUY, 270, 1))
        await venue.require(submit(1, BUY, 270, 1))
        await venue.require(timer(0, venue.now_ns() + 10**15))
        assert kinds(await day.at(LAST_DAY - timedelta(hours=20)), EventKind.CANCELLED) == []
        await venue.require(timer(1, venue.now_ns()))
        events = await day.at(LAST_DAY - timedelta(hours=19))
        assert (events[0][at.EVENT_KIND], events[0][at.EVENT_ACCOUNT]) == (EventKind.CANCELLED, 1)
        assert len(kinds(events, EventKind.CANCELLED)) == 1
        before = venue.core.seq
        await day.schedule.keep_deadlines()
        assert venue.core.seq == before

    run(tmp_path, LAST_DAY - timedelta(days=1), test)


def test_a_running_schedule_looks_at_deadlines_between_its_steps(tmp_path: Path) -> None:
    async def test(day: Day) -> None:
        await day.at(LAST_DAY - timedelta(days=1))
        venue = day.venue
        seen = asyncio.Event()

        def listen(events: list[list[int]], texts: dict[int, str]) -> None:
            if kinds(events, EventKind.CANCELLED):
                seen.set()

        venue.subscribe_private(listen)
        running = asyncio.ensure_future(day.schedule.run())
        # Behind the first step: the next one is an hour away.
        await venue.require(submit(0, BUY, 270, 1))
        due_ns = venue.now_ns() + 10**8
        await venue.require(timer(0, due_ns))
        day.wall.ns = due_ns
        await asyncio.wait_for(seen.wait(), TIMEOUT_S)
        assert venue.core.ts_ns >= due_ns
        running.cancel()

    run(tmp_path, LAST_DAY - timedelta(days=1), test, interval_s=3_600)


def test_what_an_operator_holds_is_left_alone_until_its_time(tmp_path: Path) -> None:
    start = LAST_DAY - timedelta(days=10)

    async def test(day: Day) -> None:
        await day.at(start)
        core = day.venue.core
        index, name = core.specs[0].index, core.specs[0].name
        marked = int(core.instrument(0)[at.INSTRUMENT_MARK_TICKS]) * 7 // 10
        end = start + timedelta(days=3)
        action = Action(
            operator="olivia",
            key="k",
            method="operator/set_mark",
            reason="a drill",
            holds=(mark_hold(name), index_hold(index)),
            hold_until_ns=ns(end),
        )
        for command in (
            Command(CommandKind.ACTION, qty_lots=2, text=msgspec.json.encode(action).decode()),
            Command(CommandKind.MARK, instrument=0, price_ticks=marked),
            Command(CommandKind.PRINT_INDEX, amount_micros=2_000_000, text=index),
        ):
            await day.venue.require(command)
        # The perpetual, last of the seven, is on an index of its own, which nobody holds.
        others = core.instruments[1:6, at.INSTRUMENT_MARK_TICKS].tolist()
        events = await day.at(end - timedelta(seconds=1))
        printed = kinds(events, EventKind.INDEX_PRINTED)
        assert {row[at.EVENT_INSTRUMENT] for row in printed} == {1}
        assert core.index_prices[index] == 2_000_000
        assert int(core.instrument(0)[at.INSTRUMENT_MARK_TICKS]) == marked
        assert all(
            new < old
            for new, old in zip(
                core.instruments[1:6, at.INSTRUMENT_MARK_TICKS].tolist(), others, strict=True
            )
        )
        events = await day.at(end)
        assert len(kinds(events, EventKind.INDEX_PRINTED)) == 2
        # Nobody quotes, so it moves from the operator's mark as the index did from its last own print.
        ratio = Fraction(Ramp().price_micros(ns(end)), Ramp().price_micros(ns(start)))
        assert int(core.instrument(0)[at.INSTRUMENT_MARK_TICKS]) == round(marked * ratio)

    run(tmp_path, start, test)


def test_a_day_that_passed_ends_at_the_next_step_and_leaves_its_statements(tmp_path: Path) -> None:
    yesterday_ns = (ns(LAST_DAY) // NS_PER_DAY - 1) * NS_PER_DAY
    log = CommandLog(tmp_path, writable=True)
    log.append(batch_of([opening("alice", 7 * USD)], 1, yesterday_ns))
    log.close()

    async def test(day: Day) -> None:
        rolled = kinds(await day.at(LAST_DAY), EventKind.DAY_ROLLED)
        assert [row[at.EVENT_TAG] for row in rolled] == [yesterday_ns // NS_PER_DAY]
        assert kinds(await day.at(LAST_DAY), EventKind.DAY_ROLLED) == []
        folder = tmp_path / files.FOLDER / date_of(rolled[0][at.EVENT_TAG]).isoformat()
        read = parquet.read_table(
            folder / "balances.parquet", columns=["account", "closing_micros"]
        ).to_pylist()
        assert [(row["account"], row["closing_micros"]) for row in read] == [("alice", 7 * USD)]

    run(tmp_path, LAST_DAY, test, accounts=())


def test_the_statements_of_a_day_that_an_operator_ended_are_kept_too(tmp_path: Path) -> None:
    async def test(day: Day) -> None:
        await day.at(LAST_DAY)
        ended = day.venue.now_ns() // NS_PER_DAY
        folder = tmp_path / files.FOLDER / date_of(ended).isoformat()
        assert not folder.exists()
        await day.venue.require(Command(CommandKind.DAY_ROLL, qty_lots=ended))
        assert kinds(await day.at(LAST_DAY), EventKind.DAY_ROLLED) == []
        written = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
        assert {"balances.parquet", "positions.parquet", "postings.parquet"} == written.keys()
        await day.at(LAST_DAY)
        assert written == {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}, "once"

    run(tmp_path, LAST_DAY, test)


def test_the_schedule_ends_with_the_exchange(tmp_path: Path) -> None:
    async def test(day: Day) -> None:
        running = asyncio.ensure_future(day.schedule.run())
        await asyncio.sleep(0.05)
        await day.venue.sequencer.stop()
        await asyncio.wait_for(running, TIMEOUT_S)
        assert running.exception() is None

    run(tmp_path, LAST_DAY, test)


def test_who_does_not_meet_a_margin_call_is_closed_out_by_the_clock(tmp_path: Path) -> None:
    async def test(day: Day) -> None:
        await day.at(LAST_DAY - timedelta(days=3))
        core = day.venue.core
        terms = DefaultTerms(step_ns=1, patience_steps=1, deleveraging_steps=2)
        text = msgspec.json.encode(terms).decode()
        await day.venue.require(
            Command(CommandKind.SET_MARGIN_TERMS, amount_micros=3_600 * NS, text=text)
        )
        number = core.instrument_numbers["GPU1-31DEC26"]
        ticks = int(core.instrument(number)[at.INSTRUMENT_MARK_TICKS])
        await day.trade(number, ticks, 1_500)
        crash = Command(CommandKind.MARK, instrument=number, price_ticks=ticks * 2 // 3)
        await day.venue.require(crash)
        await day.schedule.close_out()
        # The call runs for an hour.
        assert core.account(0)[at.ACCOUNT_STATUS] == AccountStatus.CALLED
        await day.venue.require(Command(CommandKind.CLOSE_OUT, 0, qty_lots=1))
        assert core.position(0, number)[at.POSITION_LOTS] == 1_500
        # Nobody bids and no layer has money: after one step of patience bob is deleveraged.
        day.wall.ns += NS
        await day.schedule.close_out()
        assert core.position(0, number)[at.POSITION_LOTS] == 0
        assert core.account(0)[at.ACCOUNT_STATUS] == AccountStatus.SOUND
        (told,) = day.venue.views.defaults.newest()
        assert told.balance_micros == day.cash(0)
        assert invariants.violations(core) == []
        seq = core.seq
        await day.schedule.close_out()
        assert core.seq == seq

    run(tmp_path, LAST_DAY - timedelta(days=3), test)
