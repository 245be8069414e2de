"""A month of every family settled by hand: a missing day, a revision and a restatement in it.

The expected prices are worked out here as in a spreadsheet, from a table of prints and a calendar typed by
hand; nothing of the exchange's calendars, averaging or settlement is used for them.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from exchange.config import Settings
from exchange.contracts import spec as contract_files
from exchange.contracts.sessions import round_the_clock
from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.layout import EventKind, State
from exchange.indices.index_source import Print, Published
from exchange.schedule import Schedule
from exchange.venue import Venue
from marketdata.days import day_number
from tests.exchange.core.lab import BUY, IOC, SELL, USD, submit
from tests.exchange.market_day import Wall, kinds, ns

TIMEOUT_S = 60.0
INDICES = ("h100_usd", "b200_usd", "h100_tx_usd", "b200_tx_usd")
BASE = dict(zip(INDICES, (2_600_000, 5_500_000, 2_400_000, 5_900_000), strict=True))
MISSING = date(2026, 12, 10)
REVISED = date(2026, 12, 15)
RESTATED = date(2026, 12, 30)
RISE = 100_001
"""What a revision and a restatement add to the price of a day."""
BUSINESS_DAYS = [1, 2, 3, 4, 7, 8, 9, 10, 11, 14, 15, 16, 17, 18, 21, 22, 23, 24, 28, 29, 30, 31]
"""Of December 2026, from a wall calendar: Friday the 25th is Christmas."""


def first_print(index: str, day: date) -> int:
    """The table of prints: an odd path that differs from day to day and from index to index."""
    number = (day - date(2026, 10, 1)).days
    return BASE[index] + 7_919 * (number % 13) - 1_301 * number


class Event(NamedTuple):
    at_ns: int
    one: Print


def evening(day: date, hour: int = 21) -> int:
    return ns(datetime(day.year, day.month, day.day, hour, tzinfo=UTC))


def script() -> list[Event]:
    """Every print in order of time: each day's at 21:00 UTC, the revision a day, the restatement days later."""
    found = []
    for number in range(92 + 7):
        day = date(2026, 10, 1) + timedelta(days=number)
        for index in INDICES:
            if day != MISSING:
                one = Print(index, day_number(day), first_print(index, day))
                found.append(Event(evening(day), one))
    for index in INDICES:
        for day, later in ((REVISED, timedelta(days=1)), (RESTATED, timedelta(days=5))):
            price = first_print(index, day) + RISE
            found.append(Event(evening(day + later, 22), Print(index, day_number(day), price)))
    return sorted(found)


class Script:
    """A source that publishes what is written."""

    indices = INDICES

    def __init__(self) -> None:
        self._left = script()
        self._prices = dict(BASE)

    def price_micros(self, index: str, ts_ns: int) -> int:
        return self._prices[index]

    def next_ns(self, after_ns: int) -> int:
        return min((one.at_ns for one in self._left if one.at_ns > after_ns), default=1 << 62)

    def due(self, at_ns: int, published: Published) -> list[Print]:
        found = [event.one for event in self._left if event.at_ns <= at_ns]
        self._left = [event for event in self._left if event.at_ns > at_ns]
        for one in found:
            self._prices[one.index_name] = one.price_micros
        return found

    def is_awaited(self, index: str, day: int, at_ns: int) -> bool:
        return False


def in_force(index: str, day: date) -> int:
    """What stands for a day when the month is settled."""
    if day == MISSING:
        return first_print(index, day - timedelta(days=1))
    return first_print(index, day) + (RISE if day == REVISED else 0)


def mean(prices: list[int]) -> int:
    """The mean, rounded half up to the micro-dollar."""
    exact = Fraction(sum(prices), len(prices))
    return int(exact + Fraction(1, 2))


def by_hand() -> dict[str, int]:
    """The spreadsheet: the settlement price of each contract that ends with December."""
    every = [date(2026, 12, day) for day in range(1, 32)]
    business = [date(2026, 12, day) for day in BUSINESS_DAYS]
    quarter = [date(2026, 10, 1) + timedelta(days=n) for n in range(92)]
    last = every[-1]
    sheet = {
        "GPU1-31DEC26": mean([in_force("h100_usd", day) for day in business]),
        "GPU2-31DEC26": mean([in_force("b200_usd", day) for day in business]),
        "HPR-31DEC26": mean([in_force("h100_tx_usd", day) for day in every]),
        "BKL-31DEC26": mean([in_force("b200_tx_usd", day) for day in every]),
        "H100Q-31DEC26": in_force("h100_tx_usd", last),
        "B200Q-31DEC26": in_force("b200_tx_usd", last),
        "H100LEASE-31DEC26": mean([in_force("h100_tx_usd", day) for day in quarter]),
    }
    assert len(business) == 22
    assert len(quarter) == 92
    return sheet


def test_a_month_of_every_family_equals_the_spreadsheet(tmp_path: Path) -> None:
    sheet = by_hand()

    async def whole() -> None:
        wall = Wall(datetime(2026, 12, 28, 12, tzinfo=UTC))
        venue = await Venue.open(Settings(data_dir=tmp_path), wall_ns=wall)
        for name in ("alice", "bob"):
            await venue.open_account(name, 10**7 * USD)
        specs = list(map(round_the_clock, contract_files.shipped()))
        schedule, core = Schedule(venue, specs, Script()), venue.core
        events: list[list[int]] = []
        venue.subscribe_private(lambda rows, texts: events.extend(rows))
        await schedule.step()
        numbers = core.instrument_numbers
        ending = [
            name for name in numbers if "31DEC26" in name and not core.specs[numbers[name]].legs
        ]
        binaries = [name for name in ending if name.startswith("H100MEAN-")]
        assert set(ending) - set(binaries) == set(sheet)
        assert len(binaries) == 5
        spreads = ["GPU1-GPU2-31DEC26", "GPU1-HPR-31DEC26", "GPU1-FS-29JAN27_31DEC26"]

        def cash(account: int) -> int:
            return int(core.account(account)[at.ACCOUNT_CASH_MICROS])

        def fees(account: int) -> int:
            return int(core.account(account)[at.ACCOUNT_FEES_MICROS])

        async def buys(name: str, lots: int) -> int:
            """Alice buys from bob at the mark; return the price in micro-dollars a GPU-hour."""
            number = numbers[name]
            ticks = int(core.instrument(number)[at.INSTRUMENT_MARK_TICKS])
            await venue.require(submit(1, SELL, ticks, lots, instrument=number))
            await venue.require(submit(0, BUY, ticks, lots, instrument=number, tif=IOC))
            return ticks * core.specs[number].tick_micros

        before = [cash(account) + fees(account) for account in (0, 1)]
        paid = {name: await buys(name, 3) for name in (*sheet, binaries[0], binaries[-1])}
        for spread in spreads:
            assert spread in numbers
        paid_spread = await buys("GPU1-GPU2-31DEC26", 2)
        assert core.position(0, numbers["GPU1-31DEC26"])[at.POSITION_LOTS] == 5
        assert core.position(0, numbers["GPU2-31DEC26"])[at.POSITION_LOTS] == 1

        for day in (29, 30, 31, 32, 36):
            wall.ns = ns(datetime(2026, 12, 1, 23, tzinfo=UTC) + timedelta(days=day - 1))
            await schedule.step()
            assert invariants.violations(core) == []
        settled = {
            core.specs[row[at.EVENT_INSTRUMENT]].name: row[at.EVENT_RESTING_FEE_MICROS]
            for row in kinds(events, EventKind.SETTLED)
        }
        assert {name: settled[name] for name in sheet} == sheet
        states = {
            name: int(core.instrument(number)[at.INSTRUMENT_STATE])
            for name, number in numbers.items()
        }
        assert all(states[name] == State.EXPIRED for name in (*ending, *spreads))

        # Alice's money: settlement less price on the GPU-hours of each lot, to the micro-dollar.
        hours = {"HPR-31DEC26": 744, "BKL-31DEC26": 744, "H100LEASE-31DEC26": 2_190}
        made = sum(3 * hours.get(name, 730) * (sheet[name] - paid[name]) for name in sheet)
        # The spread is a lot of GPU1 against one of GPU2.
        made += 2 * 730 * (sheet["GPU1-31DEC26"] - sheet["GPU2-31DEC26"] - paid_spread)
        for name in (binaries[0], binaries[-1]):
            strike = core.specs[numbers[name]].strike_micros
            made += 3 * ((10**6 if sheet["HPR-31DEC26"] > strike else 0) - paid[name])
        after = [cash(account) + fees(account) for account in (0, 1)]
        assert [after[0] - before[0], after[1] - before[1]] == [made, -made]
        low, high = (
            core.specs[numbers[name]].strike_micros for name in (binaries[0], binaries[-1])
        )
        assert low < sheet["HPR-31DEC26"] < high, "one binary pays and one does not"

        # The restatement came afterwards: it is published, and changed nothing that had settled.
        for index in INDICES:
            price, version = core.fixings[index, day_number(RESTATED)]
            assert (price, version) == (first_print(index, RESTATED) + RISE, 2)
            assert core.fixings[index, day_number(REVISED)][1] == 2
            assert (index, day_number(MISSING)) not in core.fixings
        await venue.close()

    asyncio.run(asyncio.wait_for(whole(), TIMEOUT_S))
