"""What each instrument's risk is bounded by today: its scenarios, and the limit of a position in it.

Both change with the calendar alone, at the start of a UTC day and with each fixing of a contract's
month, so that the same venue at the same time has the same terms, whoever asks and however often.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from exchange.contracts.calendar import month_of, utc_day
from exchange.contracts.terms import ContractSpec
from exchange.core.commands import Command
from exchange.core.core import Core
from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import INSTRUMENT_MAX_POSITION_LOTS, INSTRUMENT_STATE, CommandKind, State
from exchange.margin.assignment import scenario_spec
from exchange.margin.parameters import MarginParameters
from exchange.margin.tenor import fixing_instants_ns

DAY_NS = 86_400 * 1_000_000_000


class RiskTerms:
    """Tells which of a core's instruments need new terms.

    terms: family -> specification; an instrument of another family keeps what it was listed with.
    """

    def __init__(self, parameters: MarginParameters, terms: Mapping[str, ContractSpec]) -> None:
        self._parameters = parameters
        self._terms = terms
        self._fixings: dict[str, list[int]] = {}
        self._since_ns: dict[str, int] = {}

    def due(self, core: Core, now_ns: int) -> list[Command]:
        """Return the commands that bring a core's terms up to date; none where they are."""
        return [
            command
            for number, instrument in enumerate(core.specs)
            for command in self._due(core, number, instrument, now_ns)
        ]

    def _due(
        self, core: Core, number: int, instrument: InstrumentSpec, now_ns: int
    ) -> Iterator[Command]:
        terms = self._terms.get(instrument.family)
        if terms is None or core.instruments[number, INSTRUMENT_STATE] == State.EXPIRED:
            return
        if instrument.name not in self._fixings:
            self._fixings[instrument.name] = fixing_instants_ns(instrument, terms)
        fixings = self._fixings[instrument.name]
        since_ns = max([now_ns // DAY_NS * DAY_NS, *(at for at in fixings if at <= now_ns)])
        if self._since_ns.get(instrument.name) == since_ns:
            return
        if instrument.perpetual or instrument.expiry_ns > now_ns:
            scenarios = scenario_spec(self._parameters, instrument, terms, since_ns)
            if scenarios != core.scenarios[number]:
                text = msgspec.json.encode(scenarios).decode()
                yield Command(CommandKind.SET_SCENARIOS, instrument=number, text=text)
            lots = min(
                position_limit_lots(instrument, terms, fixings, since_ns),
                instrument.max_position_lots,
            )
            if lots != core.instruments[number, INSTRUMENT_MAX_POSITION_LOTS]:
                yield Command(CommandKind.SET_POSITION_LIMIT, instrument=number, qty_lots=lots)
        self._since_ns[instrument.name] = since_ns


def position_limit_lots(
    instrument: InstrumentSpec, terms: ContractSpec, fixings: list[int], at_ns: int
) -> int:
    """Return the most lots that an account may hold at a time.

    Outside its contract month the single-month limit; inside, the spot-month limit on the *diminishing
    balance*: the share of the position whose fixings are still to come, since the rest moves no more. With
    k of N fixings left that allows spot-month lots x N / k, at most the single-month limit. So CME
    Group's tables of position limits (Rule 559) treat the contracts that they mark as diminishing.
    """
    single_lots, spot_lots = terms.limits.single_month_lots, terms.limits.spot_month_lots
    if instrument.perpetual or spot_lots is None:
        return single_lots
    if month_of(utc_day(at_ns)) < month_of(utc_day(instrument.expiry_ns)):
        return single_lots
    left = sum(at > at_ns for at in fixings)
    return single_lots if left == 0 else min(single_lots, spot_lots * len(fixings) // left)
