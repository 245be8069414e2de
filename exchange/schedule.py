"""What the exchange does by the market's clock: sessions, fixings, prints, marks, funding, settlement.

Every act is an ordinary sequenced command; the schedule only decides when, so that a replay of the
log needs neither it nor the source of the indices. A step may span hours of a fast market, or days
after a pause: what became due meanwhile is done in order of time. What an operator holds it leaves alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from exchange import instants
from exchange.contracts import listing, sessions
from exchange.contracts.terms import ContractSpec
from exchange.core.commands import Command
from exchange.core.deadlines import overdue
from exchange.core.default import STEPS_PER_COMMAND, due
from exchange.core.fixings import next_version
from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import (
    INSTRUMENT_MARK_TICKS,
    INSTRUMENT_STATE,
    VENUE_DAY,
    CommandKind,
    State,
)
from exchange.day_clock import DayClock
from exchange.indices.index_source import IndexSource
from exchange.instants import NS_PER_HOUR
from exchange.margin.parameters import MarginParameters, shipped
from exchange.risk_terms import RiskTerms
from exchange.sequencer import SequencerBlocked, SequencerFull, SequencerStopped
from exchange.settling import FinalSettlements, funding_micros
from exchange.statements import files
from exchange.venue import Refused, Venue
from exchange.views.holds import index_hold, mark_hold
from marketdata.days import NS_PER_DAY

logger = logging.getLogger(__name__)

DEADLINE_INTERVAL_S = 0.1
"""How often accounts are looked at whose deadline, or margin call, may have passed."""


class Schedule:
    """Runs a venue's day.

    specs: the families to list. source: of the indices that they name. parameters: of margin, the
    shipped ones if not given.
    """

    def __init__(
        self,
        venue: Venue,
        specs: Sequence[ContractSpec],
        source: IndexSource,
        *,
        parameters: MarginParameters | None = None,
    ) -> None:
        self._venue = venue
        self._core = venue.core
        self._specs = {spec.family: spec for spec in specs}
        self._indices = {spec.index: spec.underlying for spec in specs}
        self._source = source
        self._risk_terms = RiskTerms(parameters or shipped(), self._specs)
        self._settlements = FinalSettlements(source)
        self._done_ns = self._core.ts_ns or venue.now_ns()
        """Everything that was due until then is done."""
        self._next_ns = 0
        self._listing_due_ns = 0
        self._day_clock = DayClock(specs, self._done_ns)
        self._kept_day: int | None = None
        self._day_ends: dict[int, int] = {}
        self._session_states: dict[int, State] = {}
        # Funding that fell into a time without an exchange is not caught up: nobody could trade then.
        now_ns = venue.now_ns()
        self._funded_interval = {
            spec.family: now_ns // (spec.funding.interval_hours * NS_PER_HOUR)
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
            except SequencerBlocked:
                # The sequencer has said so; what is due is done late, as after any pause.
                pass
            except SequencerStopped as stopped:
                logger.info("the schedule ends: %s", stopped)
                return
            await asyncio.sleep(interval_s)

    async def _keep(self) -> None:
        await self.keep_deadlines()
        await self.close_out()

    async def keep_deadlines(self) -> None:
        """Cancel what the accounts have whose deadline has passed."""
        if overdue(self._core, self._venue.now_ns()):
            await self._venue.require(Command(CommandKind.KEEP_DEADLINES))

    async def close_out(self) -> None:
        """Take every account further that did not meet its margin call, one step each."""
        for _ in range(0, len(self._core.account_names), STEPS_PER_COMMAND):
            if not due(self._core, self._venue.now_ns()):
                break
            await self._venue.require(Command(CommandKind.CLOSE_OUT))

    async def step(self) -> None:
        """Move time on, then do what became due since the step before, in order, and what is due now."""
        now_ns = self._venue.now_ns()
        await self._venue.require(Command(CommandKind.ADVANCE))
        await self.keep_deadlines()
        while (due_ns := self._next_due_ns()) < now_ns:
            await self._act(due_ns)
        await self._act(now_ns)
        await self._keep_day_ends(now_ns)

    def _next_due_ns(self) -> int:
        """Return the first time after what is done at which anything may be due."""
        if self._next_ns <= self._done_ns:
            specs = list(self._specs.values())
            self._next_ns = min(
                instants.next_ns(specs, self._done_ns),
                self._source.next_ns(self._done_ns),
                self._day_clock.end_ns,
                *(at for at in self._ends() if at > self._done_ns),
            )
        return self._next_ns

    def _ends(self) -> list[int]:
        """Return when the contracts that are listed expire and settle."""
        found = []
        for number, spec in enumerate(self._core.specs):
            if not spec.perpetual and self._state(number) != State.EXPIRED:
                found.append(spec.expiry_ns)
                terms = self._specs.get(spec.family)
                if terms is not None and terms.settlement is not None:
                    found.append(self._settlements.due_ns(spec, terms))
        return found

    async def _act(self, at_ns: int) -> None:
        """List, open and close, publish, print, mark, fund and settle what is due at a time."""
        try:
            await self._end_day(at_ns)
            await self._publish(at_ns)
            await self._list_due(at_ns)
            held = self._venue.views.holds.is_held
            await self._do(self._risk_terms.due(self._core, at_ns, held))
            await self._do(self._session_changes(at_ns))
            # Spreads open after their legs.
            await self._do(self._session_changes(at_ns))
            await self._print(at_ns)
            await self._mark(at_ns)
            await self._do(self._funding(at_ns))
            await self._settle(at_ns)
        finally:
            self._done_ns = at_ns

    async def _do(self, commands: Sequence[Command]) -> None:
        """Sequence commands together, in this order.

        Raises Refused for the first that is refused, once all are done.
        """
        outcomes = await asyncio.gather(
            *(self._venue.require(command) for command in commands), return_exceptions=True
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _end_day(self, at_ns: int) -> None:
        """End the day that is over, unless an operator did, and keep its statements as files."""
        day = self._day_clock.over(at_ns)
        if day is not None and day > int(self._core.venue[VENUE_DAY]):
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

    async def _publish(self, at_ns: int) -> None:
        """Publish the fixings that are due; that of an index which an operator holds is the held price."""
        commands = []
        # A methodology may have thousands of rows to look at: meanwhile the exchange goes on.
        due_prints = await asyncio.to_thread(self._source.due, at_ns, self._core.fixings)
        published: Counter[tuple[str, int]] = Counter()
        for index, day, price in due_prints:
            version = next_version(self._core, index, day) + published[index, day]
            published[index, day] += 1
            held = self._venue.views.holds.is_held(index_hold(index), at_ns)
            if held and version == 1:
                price = self._core.index_prices.get(index, price)
            commands.append(
                Command(
                    CommandKind.PUBLISH_FIXING,
                    price_ticks=version,
                    qty_lots=day,
                    amount_micros=price,
                    text=index,
                )
            )
            if version > 1:
                logger.warning("%s of day %d is restated: version %d", index, day, version)
        await self._do(commands)

    async def _print(self, at_ns: int) -> None:
        """Print every index that no operator holds."""
        await self._do(
            [
                Command(
                    CommandKind.PRINT_INDEX,
                    amount_micros=self._source.price_micros(index, at_ns),
                    text=index,
                )
                for index in self._indices
                if not self._venue.views.holds.is_held(index_hold(index), at_ns)
            ]
        )

    async def _mark(self, at_ns: int) -> None:
        """Mark by rule whatever no operator holds."""
        holds = self._venue.views.holds
        specs = list(self._core.specs)
        held = {n for n, spec in enumerate(specs) if holds.is_held(mark_hold(spec.name), at_ns)}
        if not held:
            await self._venue.require(Command(CommandKind.MARK))
            return
        await self._do(
            [
                Command(CommandKind.MARK, instrument=number)
                for number in range(len(specs))
                if number not in held and self._state(number) != State.EXPIRED
            ]
        )

    def _state(self, number: int) -> int:
        return int(self._core.instruments[number, INSTRUMENT_STATE])

    async def _list_due(self, at_ns: int) -> None:
        """List what the families list from now on: looked at when a day begins or a contract ends."""
        if at_ns < self._listing_due_ns:
            return
        spot = {index: self._source.price_micros(index, at_ns) for index in self._indices}
        for index, underlying in self._indices.items():
            spot.setdefault(underlying, spot[index])
        await self._do(
            [
                Command(CommandKind.LIST_INSTRUMENT, text=msgspec.json.encode(spec).decode())
                for spec in listing.instruments(self._specs.values(), at_ns, spot)
                if spec.name not in self._core.instrument_numbers
            ]
        )
        ends = [spec.expiry_ns for spec in self._core.specs if spec.expiry_ns > at_ns]
        self._listing_due_ns = min([(at_ns // NS_PER_DAY + 1) * NS_PER_DAY, *ends])

    def _session_changes(self, at_ns: int) -> list[Command]:
        """Return what the session calendar asks for where that changes.

        In between a state is left alone: a pause ends by itself, and what an operator halted stays so. A
        spread waits until its legs are open.
        """
        found = []
        states: dict[str, State] = {}
        for number, spec in enumerate(self._core.specs):
            terms = self._trading(number, spec, at_ns)
            if terms is None or terms.session is None:
                continue
            if spec.family not in states:
                states[spec.family] = sessions.state_at(terms.session, at_ns)
            if states[spec.family] == State.OPEN and not self._legs_are_open(spec):
                continue
            if self._follows(number, states[spec.family]):
                state = int(states[spec.family])
                found.append(Command(CommandKind.SET_STATE, instrument=number, qty_lots=state))
        return found

    def _legs_are_open(self, spec: InstrumentSpec) -> bool:
        numbers = [self._core.instrument_numbers[leg.instrument] for leg in spec.legs]
        return all(self._state(number) == State.OPEN for number in numbers)

    def _follows(self, number: int, wanted: State) -> bool:
        """Keep the wanted state of an instrument and return whether it has to change for it."""
        former = self._session_states.get(number)
        self._session_states[number] = wanted
        state = self._state(number)
        paused = former is None and wanted == State.OPEN and state == State.PRE_OPEN
        return not (wanted in (former, state) or state == State.HALTED or paused)

    async def _keep_day_ends(self, at_ns: int) -> None:
        """Tell each instrument when its trading day ends."""
        commands = []
        ends: dict[str, int] = {}
        for number, spec in enumerate(self._core.specs):
            terms = self._trading(number, spec, at_ns)
            if terms is None or self._day_ends.get(number, 0) > at_ns:
                continue
            if spec.family not in ends:
                ends[spec.family] = sessions.day_end_ns(terms, at_ns)
            end_ns = self._day_ends[number] = ends[spec.family]
            commands.append(
                Command(CommandKind.SET_DAY_END, instrument=number, amount_micros=end_ns)
            )
        await self._do(commands)

    def _trading(self, number: int, spec: InstrumentSpec, at_ns: int) -> ContractSpec | None:
        """Return the terms of an instrument that has not expired."""
        over = 0 < spec.expiry_ns <= at_ns or self._state(number) == State.EXPIRED
        return None if over else self._specs.get(spec.family)

    def _funding(self, at_ns: int) -> list[Command]:
        """Return the funding payments of the perpetuals whose interval is over."""
        due_families = set()
        for family, interval in self._funded_interval.items():
            funding = self._specs[family].funding
            if funding is not None:
                current = at_ns // (funding.interval_hours * NS_PER_HOUR)
                if current > interval:
                    self._funded_interval[family] = current
                    due_families.add(family)
        found = []
        for number, spec in enumerate(self._core.specs):
            funding = self._specs[spec.family].funding if spec.family in due_families else None
            if funding is not None and spec.perpetual:
                mark_ticks = int(self._core.instruments[number, INSTRUMENT_MARK_TICKS])
                payment = funding_micros(
                    mark_ticks * spec.tick_micros,
                    self._core.index_prices[spec.index],
                    int(funding.cap * 10**6),
                )
                found.append(Command(CommandKind.FUND, instrument=number, amount_micros=payment))
        return found

    async def _settle(self, at_ns: int) -> None:
        """Settle expired contracts whose last fixing was due, by the published fixings alone."""
        for number, spec in enumerate(list(self._core.specs)):
            over = 0 < spec.expiry_ns <= at_ns
            if not over or spec.is_combo or self._state(number) == State.EXPIRED:
                continue
            terms = self._specs.get(spec.family)
            if terms is None or terms.settlement is None:
                self._settlements.tell_unknown(spec.name)
                continue
            if self._settlements.due_ns(spec, terms) > at_ns:
                continue
            price = self._settlements.price_micros(spec, terms, at_ns, self._core.fixings)
            if price is not None:
                await self._venue.require(
                    Command(CommandKind.SETTLE, instrument=number, amount_micros=price)
                )
                logger.info("%s settled at %d micro-dollars a GPU-hour", spec.name, price)


__all__ = ["Schedule", "funding_micros"]
