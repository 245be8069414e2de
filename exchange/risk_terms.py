"""What each instrument's risk is bounded by today: its scenarios, and the limit of a position in it.

Both change with the calendar alone, at the start of a UTC day and with each fixing of a contract's
month, so that the same venue at the same time has the same terms, whoever asks and however often. A
position limit that an operator holds is left alone until the hold is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from exchange.contracts.calendar import instant_ns
from exchange.contracts.months import month_of_expiry
from exchange.contracts.terms import ContractSpec
from exchange.core.commands import Command
from exchange.core.core import Core
from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import INSTRUMENT_MAX_POSITION_LOTS, INSTRUMENT_STATE, CommandKind, State
from exchange.margin.assignment import scenario_command, scenario_spec
from exchange.margin.parameters import MarginParameters
from exchange.margin.tenor import fixing_instants_ns
from exchange.views.holds import limit_hold
from marketdata.days import NS_PER_DAY


class RiskTerms:
    """Tells which of a core's instruments need new terms.

    terms: family -> specification; an instrument of another family keeps what it was listed with.
    """

    def __init__(self, parameters: MarginParameters, terms: Mapping[str, ContractSpec]) -> None:
        self._parameters = parameters
        self._terms = terms
        self._fixings: dict[str, list[int]] = {}
        self._since_ns: dict[str, int] = {}
        self._limit_lots: dict[str, int] = {}

    def due(
        self, core: Core, now_ns: int, is_held: Callable[[str, int], bool] | None = None
    ) -> list[Command]:
        """Return the commands that bring a core's terms up to date; none where they are.

        is_held: says of a hold's name and a time whether an operator holds it; nothing is held if not given.
        """
        found: list[Command] = []
        for number, instrument in enumerate(core.specs):
            found += self._due(core, number, instrument, now_ns)
            if is_held is None or not is_held(limit_hold(instrument.name), now_ns):
                found += self._due_limit(core, number, instrument)
        return found

    def _due(
        self, core: Core, number: int, instrument: InstrumentSpec, now_ns: int
    ) -> Iterator[Command]:
        terms = self._terms.get(instrument.family)
        if terms is None or core.instruments[number, INSTRUMENT_STATE] == State.EXPIRED:
            return
        if instrument.name not in self._fixings:
            self._fixings[instrument.name] = fixing_instants_ns(instrument, terms)
        fixings = self._fixings[instrument.name]
        since_ns = max([now_ns // NS_PER_DAY * NS_PER_DAY, *(at for at in fixings if at <= now_ns)])
        if self._since_ns.get(instrument.name) == since_ns:
            return
        if instrument.perpetual or instrument.expiry_ns > now_ns:
            # A combo moves as its legs do, and of a binary all may be lost.
            if not (instrument.is_combo or instrument.is_binary):
                scenarios = scenario_spec(self._parameters, instrument, terms, since_ns)
                if scenarios != core.scenarios[number]:
                    yield scenario_command(number, scenarios)
            self._limit_lots[instrument.name] = min(
                position_limit_lots(instrument, terms, fixings, since_ns),
                instrument.max_position_lots,
            )
        self._since_ns[instrument.name] = since_ns

    def _due_limit(self, core: Core, number: int, instrument: InstrumentSpec) -> list[Command]:
        """Return what gives an instrument the calendar's limit where it has another, such as an operator's."""
        row = core.instruments[number].tolist()
        lots = self._limit_lots.get(instrument.name, row[INSTRUMENT_MAX_POSITION_LOTS])
        expired = row[INSTRUMENT_STATE] == State.EXPIRED
        if expired or lots == row[INSTRUMENT_MAX_POSITION_LOTS]:
            return []
        return [Command(CommandKind.SET_POSITION_LIMIT, instrument=number, qty_lots=lots)]


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
    if terms.listing is None or at_ns < instant_ns(
        month_of_expiry(instrument.expiry_ns, terms.listing).first_day, "00:00", "UTC"
    ):
        return single_lots
    left = sum(at > at_ns for at in fixings)
    return single_lots if left == 0 else min(single_lots, spot_lots * len(fixings) // left)
