"""What markets do to a venue: indices that miss, lag, jump and are revised; defaults by the dozen; halts.

Each story runs through a real venue and its schedule, on a clock of the test's own. After each fault the
files are copied as a crash would leave them: what recovers from the copy has the live state's digest, and
so has a replay from the first command, the laws hold, and `cfx verify` finds nothing.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from exchange.contracts import spec as contract_files
from exchange.contracts.sessions import round_the_clock
from exchange.core import default, invariants, snapshot
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.default_terms import DefaultTerms
from exchange.core.layout import AccountStatus, CommandKind, EventKind, Layer, State
from exchange.indices.fixing_times import fixing_time
from exchange.indices.index_source import WalkSource
from exchange.indices.methodology import shipped
from exchange.indices.observation_store import ObservationStore, Report
from exchange.indices.publication import Publisher
from exchange.indices.reported_source import LATEST_NS, ReportedSource
from exchange.log.store import CommandLog
from exchange.replica import Replica, recover
from exchange.schedule import Schedule
from exchange.venue import Venue
from marketdata.days import day_number
from tests.exchange.core.lab import BUY, IOC, SELL, USD, submit
from tests.exchange.market_day import FAMILIES, LAST_DAY, NS, Day, kinds, run
from tests.exchange.rentals import rentals
from tests.faults.lives import sound
from tests.faults.tally import Tally

pytestmark = pytest.mark.timeout(240)

MONDAY = date(2026, 11, 16)
START = datetime(2026, 11, 16, tzinfo=UTC)
TX = "h100_tx_usd"
_numbers = itertools.count()


class Market:
    """A day's venue whose every fault is followed by a look at what a crash would leave."""

    def __init__(self, day: Day, folder: Path, tally: Tally) -> None:
        self.day = day
        self.core = day.venue.core
        self._folder = folder
        self._tally = tally

    @contextmanager
    def fault(self, kind: str) -> Iterator[None]:
        """Let a fault happen, then compare what recovers with what lives."""
        with self._tally(kind):
            yield
            self.image()

    def image(self) -> Path:
        """Copy the files as a crash leaves them, and recover from the copy."""
        image = self._folder / f"image-{next(_numbers)}"
        shutil.copytree(self.day.venue.settings.data_dir, image)
        live = snapshot.digest(self.core)
        assert invariants.violations(self.core) == []
        log = CommandLog(image, writable=False)
        for from_start in (False, True):
            found = recover(Replica(), log, from_start=from_start)
            assert snapshot.digest(found.core) == live
            assert found.views.snapshot() == self.day.venue.views.snapshot()
        log.close()
        assert sound(image) == []
        return image

    def number(self, name: str) -> int:
        return self.core.instrument_numbers[name]

    async def mark(self, instrument: int, price_ticks: int) -> None:
        command = Command(CommandKind.MARK, instrument=instrument, price_ticks=price_ticks)
        await self.day.venue.require(command)

    async def state(self, instrument: int, state: State) -> None:
        command = Command(CommandKind.SET_STATE, instrument=instrument, qty_lots=int(state))
        await self.day.venue.require(command)

    async def close_out(self) -> int:
        """Take defaults on, a second a turn, until nothing is due; return the turns."""
        for turn in range(200):
            if not default.due(self.core, self.day.venue.now_ns()):
                return turn
            await self.day.schedule.close_out()
            assert invariants.violations(self.core) == []
            self.day.wall.ns += NS
        raise AssertionError("the close-outs do not end")

    def statuses(self) -> list[AccountStatus]:
        return [
            AccountStatus(int(self.core.account(number)[at.ACCOUNT_STATUS]))
            for number in range(len(self.core.account_names))
        ]

    def money(self) -> int:
        """All money that the venue holds, whoever's it is."""
        venue = self.core.venue
        columns = (
            at.VENUE_FEES_MICROS,
            at.VENUE_HOUSE_MICROS,
            at.VENUE_INSURANCE_MICROS,
            at.VENUE_DEFAULT_FUND_MICROS,
        )
        return sum(map(self.day.cash, range(len(self.core.account_names)))) + sum(
            int(venue[column]) for column in columns
        )


async def terms_of_default(venue: Venue) -> None:
    """No time to meet a call, small steps, some insurance."""
    terms = DefaultTerms(step_ns=1, patience_steps=2, deleveraging_steps=3)
    text = msgspec.json.encode(terms).decode()
    await venue.require(Command(CommandKind.SET_MARGIN_TERMS, amount_micros=0, text=text))
    fund = Command(
        CommandKind.FUND_LAYER, qty_lots=int(Layer.INSURANCE), amount_micros=200_000 * USD
    )
    await venue.require(fund)


async def many_longs(market: Market, name: str, longs: int, lots: int) -> int:
    """Accounts 1 to ``longs`` buy from account 0, each as much; return the instrument."""
    venue = market.day.venue
    number = market.number(name)
    ticks = int(market.core.instrument(number)[at.INSTRUMENT_MARK_TICKS])
    await venue.require(Command(CommandKind.TRANSFER, 0, amount_micros=10**8 * USD))
    for account in range(1, longs + 1):
        await venue.require(submit(0, SELL, ticks, lots, instrument=number))
        await venue.require(submit(account, BUY, ticks, lots, instrument=number, tif=IOC))
        assert market.core.position(account, number)[at.POSITION_LOTS] == lots
    return number


ACCOUNTS = ("house", *(f"trader{number:02}" for number in range(19)))


def test_a_third_of_the_accounts_goes_under_water_in_one_second(
    tmp_path: Path, tally: Tally
) -> None:
    async def test(day: Day) -> None:
        await day.at(START + timedelta(hours=12))
        market = Market(day, tmp_path, tally)
        await terms_of_default(day.venue)
        number = await many_longs(market, "GPU1-31DEC26", 6, 1_500)
        ticks = int(market.core.instrument(number)[at.INSTRUMENT_MARK_TICKS])
        before = market.money()
        with market.fault("30 % of the accounts under water in one second"):
            began_ns = market.core.ts_ns
            await market.mark(number, ticks * 55 // 100)
            assert market.core.ts_ns - began_ns < NS
            under = [n for n in range(len(ACCOUNTS)) if day.cash(n) < 0]
            assert len(under) >= 3 * len(ACCOUNTS) // 10
            assert all(market.statuses()[n] != AccountStatus.SOUND for n in under)
        with market.fault("close-out of all of them, insurance used up"):
            assert await market.close_out() > 0
            held = [market.core.position(n, number)[at.POSITION_LOTS] for n in under]
            assert held == [0] * len(under)
            assert market.money() == before

    run(tmp_path / "venue", START, test, accounts=ACCOUNTS)


def test_a_halt_in_the_middle_of_a_liquidation_and_a_start_in_it(
    tmp_path: Path, tally: Tally
) -> None:
    images: list[Path] = []
    wall_ns: list[int] = []

    async def test(day: Day) -> None:
        await day.at(START + timedelta(hours=12))
        market = Market(day, tmp_path, tally)
        await terms_of_default(day.venue)
        number = await many_longs(market, "GPU1-31DEC26", 2, 1_500)
        ticks = int(market.core.instrument(number)[at.INSTRUMENT_MARK_TICKS])
        await market.mark(number, ticks * 3 // 4)
        await day.venue.require(submit(5, BUY, ticks * 3 // 4, 60, instrument=number))
        await day.schedule.close_out()
        sold = 3_000 - sum(int(market.core.position(n, number)[at.POSITION_LOTS]) for n in (1, 2))
        assert sold == 60, "the liquidation has begun, and is not over"
        with market.fault("halt during liquidation"):
            await market.state(number, State.HALTED)
            for _ in range(5):
                day.wall.ns += NS
                await day.schedule.close_out()
            assert not default.due(market.core, day.venue.now_ns())
            held = sum(int(market.core.position(n, number)[at.POSITION_LOTS]) for n in (1, 2))
            assert held == 3_000 - sold, "nothing is closed while it is halted"
        images.append(market.image())
        wall_ns.append(day.wall.ns)

    run(tmp_path / "venue", START, test, accounts=ACCOUNTS[:6])

    async def again(day: Day) -> None:
        market = Market(day, tmp_path, tally)
        number = market.number("GPU1-31DEC26")
        with market.fault("crash during a halted liquidation, then open again"):
            day.wall.ns = wall_ns[0] + NS
            assert market.core.instrument(number)[at.INSTRUMENT_STATE] == State.HALTED
            await market.state(number, State.OPEN)
            assert await market.close_out() > 0
            assert market.statuses() == [AccountStatus.SOUND] * 6

    run(images[0], START, again, accounts=ACCOUNTS[:6])


def test_expiry_while_halted_settles_once(tmp_path: Path, tally: Tally) -> None:
    images: list[Path] = []

    async def test(day: Day) -> None:
        await day.at(LAST_DAY - timedelta(minutes=1))
        market = Market(day, tmp_path, tally)
        number = market.number("GPU1-30NOV26")
        ticks = int(market.core.instrument(number)[at.INSTRUMENT_MARK_TICKS])
        await day.trade(number, ticks, 10)
        await day.venue.require(submit(0, BUY, ticks - 5, 3, instrument=number))
        with market.fault("halt before expiry"):
            await market.state(number, State.HALTED)
        images.append(market.image())
        before = market.money()
        with market.fault("expiry while halted"):
            events = await day.at(LAST_DAY)
            assert len(kinds(events, EventKind.SETTLED)) == 2
            assert len(kinds(events, EventKind.CANCELLED)) == 1
            assert market.core.instrument(number)[at.INSTRUMENT_STATE] == State.EXPIRED
            assert market.money() == before
            again = await day.at(LAST_DAY + timedelta(seconds=1))
            assert kinds(again, EventKind.SETTLED) == []

    run(tmp_path / "venue", LAST_DAY - timedelta(minutes=1), test)

    async def late(day: Day) -> None:
        market = Market(day, tmp_path, tally)
        with market.fault("expiry of a halted contract while nobody ran the exchange"):
            events = await day.at(LAST_DAY + timedelta(hours=9))
            assert len(kinds(events, EventKind.SETTLED)) == 2

    run(images[0], LAST_DAY + timedelta(hours=9), late)


class Bumped:
    """A walk that stands, times a factor that a test sets."""

    factor = 1.0

    def price_micros(self, ts_ns: int) -> int:
        return round(2_500_000 * self.factor)


@pytest.mark.parametrize("factor", [1.45, 0.55])
def test_an_index_that_jumps_by_45_percent(tmp_path: Path, tally: Tally, factor: float) -> None:
    """Marks may follow, accounts may default, and the market stands."""

    async def test(day: Day) -> None:
        specs = list(map(round_the_clock, contract_files.shipped(*FAMILIES)))
        index = Bumped()
        source = WalkSource({spec.index: index for spec in specs}, day.venue.now_ns())
        day.schedule = Schedule(day.venue, specs, source)
        await day.at(START + timedelta(hours=12))
        market = Market(day, tmp_path, tally)
        await terms_of_default(day.venue)
        await many_longs(market, "GPU1-31DEC26", 3, 1_500)
        before = market.money()
        with market.fault(f"index {factor - 1:+.0%} at once"):
            index.factor = factor
            for second in range(1, 30):
                await day.at(START + timedelta(hours=12, seconds=second))
            assert market.core.index_prices["h100_usd"] == round(2_500_000 * factor)
            await market.close_out()
        with market.fault("index back at once"):
            index.factor = 1.0
            for second in range(300, 330):
                await day.at(START + timedelta(hours=12, seconds=second))
            await market.close_out()
        # Funding and settlement sum to zero; what is paid is paid to somebody.
        assert market.money() == before

    run(tmp_path / "venue", START, test, accounts=ACCOUNTS[:6])


def test_an_index_that_is_missing_late_and_revised(tmp_path: Path, tally: Tally) -> None:
    async def test(day: Day) -> None:
        specs = list(map(round_the_clock, contract_files.shipped(*FAMILIES)))
        walk = WalkSource({TX: Bumped(), "h100_usd": Bumped()}, day.venue.now_ns())
        methodologies = [each for each in shipped() if each.name in (TX, "h100_usd")]
        store = ObservationStore(tmp_path / "reports")
        source = ReportedSource(store, Publisher(methodologies), walk)
        day.schedule = Schedule(day.venue, specs, source)
        await day.at(START)
        market = Market(day, tmp_path, tally)

        def report(of: date, price_micros: int, at: datetime, who: str = "key") -> None:
            rows = tuple(
                row._replace(provider=row.provider if who == "key" else f"{who}-{row.provider}")
                for row in rentals(of, price_micros)
            )
            source.take(Report(int(at.timestamp()) * NS, who, rows))

        def due(of: date) -> datetime:
            close_ns = fixing_time(TX).instant_ns(of) + LATEST_NS
            return datetime.fromtimestamp(close_ns // NS, UTC)

        def fixing(of: date) -> tuple[int, int] | None:
            found = market.core.fixings.get((TX, day_number(of)))
            return None if found is None else (found[0], found[1])

        tuesday, wednesday, thursday = (MONDAY + timedelta(days=n) for n in (1, 2, 3))
        report(MONDAY, 2_500_000, due(MONDAY) - timedelta(hours=1))
        await day.at(due(MONDAY))
        assert fixing(MONDAY) == (2_500_000, 1)
        with market.fault("index missing: nobody reports a day"):
            await day.at(due(tuesday))
            assert fixing(tuesday) is None, "withheld, not made up"
            assert source.price_micros(TX, 0) == 2_500_000, "the last one stands"
        with market.fault("index late and revised: a day's deals come two days later"):
            report(wednesday, 2_520_000, due(wednesday) - timedelta(hours=1))
            report(MONDAY, 3_000_000, due(wednesday) - timedelta(minutes=30), "late")
            await day.at(due(wednesday))
            # Half of Monday's volume at 2.50, half at 3.00: a second version, beside the first.
            assert fixing(MONDAY) == (2_750_000, 2)
            assert fixing(wednesday) == (2_520_000, 1)
        with market.fault("index reported 45 % away"):
            report(thursday, 3_654_000, due(thursday) - timedelta(hours=1))
            await day.at(due(thursday))
            assert (fixing(thursday) or (3_654_000,))[0] <= 3_654_000
        with market.fault("start after all of it: nothing is published twice"):
            seq, versions = market.core.seq, dict(market.core.fixings)
            again = ReportedSource(
                ObservationStore(tmp_path / "reports"), Publisher(methodologies), walk
            )
            assert again.due(day.wall.ns, market.core.fixings) == []
            assert (market.core.seq, dict(market.core.fixings)) == (seq, versions)

    run(tmp_path / "venue", START, test)
