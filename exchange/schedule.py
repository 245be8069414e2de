"""What the exchange does by the clock: time, sessions, risk terms, index prints, marks, expiry, funding.

Every act is an ordinary sequenced command; the schedule only decides when, so that a replay of the
log needs neither it nor the index process. What an operator holds it leaves alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from exchange.contracts import listing, sessions
from exchange.contracts.calendar import ContractMonth, fixing_days, instant_ns, month_of, utc_day
from exchange.contracts.terms import ContractSpec
from exchange.core.commands import Command
from exchange.core.deadlines import overdue
from exchange.core.default import STEPS_PER_COMMAND, due
from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import (
    INSTRUMENT_MARK_TICKS,
    INSTRUMENT_STATE,
    VENUE_DAY,
    CommandKind,
    State,
)
from exchange.day_clock import DayClock
from exchange.margin.parameters import MarginParameters, shipped
from exchange.risk_terms import RiskTerms
from exchange.sequencer import SequencerFull, SequencerStopped
from exchange.statements import files
from exchange.venue import Refused, Venue
from exchange.views.holds import index_hold, mark_hold

logger = logging.getLogger(__name__)

NS_PER_HOUR = 3_600 * 1_000_000_000
DEADLINE_INTERVAL_S = 0.1
"""How often accounts are looked at whose deadline, or margin call, may have passed."""


class PriceProcess(Protocol):
    """An index as a function of time."""

    def price_micros(self, ts_ns: int) -> int:
        """Return the price at a time in micro-dollars per GPU-hour."""


class Schedule:
    """Runs a venue's day.

    specs: the families to list. prices: underlying -> its index process. parameters: of margin, the
    shipped ones if not given.
    """

    def __init__(
        self,
        venue: Venue,
        specs: Sequence[ContractSpec],
        prices: Mapping[str, PriceProcess],
        *,
        parameters: MarginParameters | None = None,
        now_ns: Callable[[], int] | None = None,
    ) -> None:
        self._venue = venue
        self._specs = {spec.family: spec for spec in specs}
        self._prices = prices
        self._risk_terms = RiskTerms(parameters or shipped(), self._specs)
        self._now_ns = now_ns or venue.now_ns
        self._day_clock = DayClock(specs, venue.core.ts_ns or venue.now_ns())
        self._kept_day: int | None = None
        self._day_ends: dict[int, int] = {}
        self._session_states: dict[int, State] = {}
        self._funded_interval = {
            spec.family: self._now_ns() // (spec.funding.interval_hours * NS_PER_HOUR)
            for spec in specs
            if spec.funding is not None
        }

    async def run(self) -> None:
        """Keep the schedule until cancelled or the exchange stops."""
        interval_s = self._venue.settings.index_interval_s
        keeping = asyncio.create_task(self._repeat(self._keep, DEADLINE_INTERVAL_S))
        try:
            await self._repeat(self.step, interval_s)
        finally:
            keeping.cancel()

    async def _repeat(self, act: Callable[[], Awaitable[None]], interval_s: float) -> None:
        while True:
            try:
                await act()
            except (Refused, SequencerFull) as refused:
                # One act that cannot be done must not keep the others from being done.
                logger.error("%s", refused)
            except SequencerStopped as stopped:
                logger.info("the schedule ends: %s", stopped)
                return
            await asyncio.sleep(interval_s)

    async def _keep(self) -> None:
        await self.keep_deadlines()
        await self.close_out()

    async def keep_deadlines(self) -> None:
        """Cancel what the accounts have whose deadline has passed."""
        # By the clock that stamps commands, so that what is due here is due in the core.
        if overdue(self._venue.core, self._venue.now_ns()):
            await self._venue.require(Command(CommandKind.KEEP_DEADLINES))

    async def close_out(self) -> None:
        """Take every account further that did not meet its margin call, one step each."""
        core = self._venue.core
        for _ in range(0, len(core.account_names), STEPS_PER_COMMAND):
            if not due(core, self._venue.now_ns()):
                break
            await self._venue.require(Command(CommandKind.CLOSE_OUT))

    async def step(self) -> None:
        """Move time on, list, open and close, print, mark, fund and settle what is due now."""
        now_ns = self._now_ns()
        await self._venue.require(Command(CommandKind.ADVANCE))
        await self.keep_deadlines()
        await self._end_day()
        await self._list_due(now_ns)
        held = self._venue.views.holds.is_held
        for command in self._risk_terms.due(self._venue.core, now_ns, held):
            await self._venue.require(command)
        await self._keep_sessions(now_ns)
        for index, underlying in self._indices().items():
            if self._venue.views.holds.is_held(index_hold(index), now_ns):
                continue
            price = self._prices[underlying].price_micros(now_ns)
            await self._venue.require(
                Command(CommandKind.PRINT_INDEX, amount_micros=price, text=index)
            )
        await self._mark(now_ns)
        for number, spec in enumerate(list(self._venue.core.specs)):
            if spec.perpetual:
                await self._fund_if_due(number, spec, now_ns)
            elif spec.expiry_ns <= now_ns and self._state(number) != State.EXPIRED:
                await self._settle(number, spec)

    async def _end_day(self) -> None:
        """End the day that is over, unless an operator did, and keep its statements as files."""
        # By the clock that stamps commands: the core ends no day before its time.
        day = self._day_clock.over(self._venue.now_ns())
        if day is not None and day > int(self._venue.core.venue[VENUE_DAY]):
            await self._venue.require(Command(CommandKind.DAY_ROLL, qty_lots=day))
        made = self._venue.views.journal.latest
        # Those of a day that an operator ended too, and after a start those that a crash may have kept off.
        if made and made[0].day != self._kept_day:
            day = self._kept_day = made[0].day
            folder = self._venue.settings.data_dir / files.FOLDER
            try:
                await asyncio.to_thread(files.write, folder, made)
            except OSError as error:
                logger.error("statements of day %d were not written: %s", day, error)

    async def _mark(self, now_ns: int) -> None:
        """Mark by rule whatever no operator holds."""
        holds = self._venue.views.holds
        specs = list(self._venue.core.specs)
        held = {n for n, spec in enumerate(specs) if holds.is_held(mark_hold(spec.name), now_ns)}
        if not held:
            await self._venue.require(Command(CommandKind.MARK))
            return
        for number in range(len(specs)):
            if number not in held and self._state(number) != State.EXPIRED:
                await self._venue.require(Command(CommandKind.MARK, instrument=number))

    def _state(self, number: int) -> int:
        return int(self._venue.core.instruments[number, INSTRUMENT_STATE])

    def _indices(self) -> dict[str, str]:
        return {spec.index: spec.underlying for spec in self._specs.values()}

    async def _list_due(self, now_ns: int) -> None:
        spot = {name: price.price_micros(now_ns) for name, price in self._prices.items()}
        for spec in listing.instruments(self._specs.values(), now_ns, spot):
            if spec.name not in self._venue.core.instrument_numbers:
                text = msgspec.json.encode(spec).decode()
                await self._venue.require(Command(CommandKind.LIST_INSTRUMENT, text=text))

    async def _keep_sessions(self, now_ns: int) -> None:
        """Tell each instrument when its day ends, and what its session calendar asks for when that changes.

        In between a state is left alone: a pause ends by itself, and what an operator halted stays so.
        """
        for number, spec in enumerate(list(self._venue.core.specs)):
            terms = self._specs.get(spec.family)
            over = 0 < spec.expiry_ns <= now_ns
            if terms is None or over or self._state(number) == State.EXPIRED:
                continue
            if self._day_ends.get(number, 0) <= now_ns:
                self._day_ends[number] = sessions.day_end_ns(terms, now_ns)
                await self._venue.require(
                    Command(
                        CommandKind.SET_DAY_END,
                        instrument=number,
                        amount_micros=self._day_ends[number],
                    )
                )
            if terms.session is not None:
                await self._follow_session(number, sessions.state_at(terms.session, now_ns))

    async def _follow_session(self, number: int, wanted: State) -> None:
        former = self._session_states.get(number)
        self._session_states[number] = wanted
        state = self._state(number)
        paused = former is None and wanted == State.OPEN and state == State.PRE_OPEN
        if wanted in (former, state) or state == State.HALTED or paused:
            return
        await self._venue.require(
            Command(CommandKind.SET_STATE, instrument=number, qty_lots=int(wanted))
        )

    async def _fund_if_due(self, number: int, spec: InstrumentSpec, now_ns: int) -> None:
        funding = self._specs[spec.family].funding if spec.family in self._specs else None
        if funding is None:
            return
        interval = now_ns // (funding.interval_hours * NS_PER_HOUR)
        if interval == self._funded_interval[spec.family]:
            return
        self._funded_interval[spec.family] = interval
        index_micros = self._venue.core.index_prices[spec.index]
        mark_ticks = int(self._venue.core.instruments[number, INSTRUMENT_MARK_TICKS])
        payment = funding_micros(
            mark_ticks * spec.tick_micros, index_micros, int(funding.cap * 10**6)
        )
        await self._venue.require(
            Command(CommandKind.FUND, instrument=number, amount_micros=payment)
        )

    async def _settle(self, number: int, spec: InstrumentSpec) -> None:
        terms = self._specs.get(spec.family)
        if terms is None or terms.listing is None or terms.settlement is None:
            logger.error("%s expired, but no specification says how it settles", spec.name)
            return
        month = month_of(utc_day(spec.expiry_ns))
        price = settlement_micros(terms, month, self._prices[spec.underlying])
        await self._venue.require(
            Command(CommandKind.SETTLE, instrument=number, amount_micros=price)
        )
        logger.info("%s settled at %d micro-dollars a GPU-hour", spec.name, price)


def funding_micros(mark_micros: int, index_micros: int, cap_ppm: int) -> int:
    """Return what a long pays a GPU-hour: mark - index, at most ``cap`` of the index either way.

    The daily rule of AX-like perpetuals: clamp(mark - benchmark, ±cap × benchmark).
    """
    reach = index_micros * cap_ppm // 10**6
    return min(max(mark_micros - index_micros, -reach), reach)


def settlement_micros(terms: ContractSpec, month: ContractMonth, prices: PriceProcess) -> int:
    """Return the mean of the index over a contract month's fixing days, rounded half up."""
    if terms.listing is None or terms.settlement is None:
        raise ValueError(f"{terms.family} has no expiry")
    rule = terms.listing
    days = fixing_days(month, terms.settlement.fixings, rule.last_trading_day, rule.calendar)
    fixings = [
        prices.price_micros(instant_ns(day, rule.last_trading_time, rule.time_zone)) for day in days
    ]
    return (2 * sum(fixings) + len(fixings)) // (2 * len(fixings))
