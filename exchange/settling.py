"""What a perpetual's funding comes to, and when and at which price a dated contract settles."""

from __future__ import annotations

import logging
from datetime import date

from exchange.contracts.calendar import ContractMonth, fixing_days
from exchange.contracts.final_settlement import SettlementUndecidedError, settlement_price
from exchange.contracts.months import month_of_expiry
from exchange.contracts.terms import ContractSpec
from exchange.core.instrument import InstrumentSpec
from exchange.indices.fixing_times import fixing_time
from exchange.indices.index_source import IndexSource, Published
from marketdata.days import day_number

logger = logging.getLogger(__name__)


class FinalSettlements:
    """Decides from the published fixings alone which expired contracts settle, and at what price."""

    def __init__(self, source: IndexSource) -> None:
        self._source = source
        self._told: set[str] = set()

    def tell_unknown(self, name: str) -> None:
        """Tell once of a contract that expired and of which no specification says how it settles."""
        if name not in self._told:
            self._told.add(name)
            logger.error("%s expired, but no specification says how it settles", name)

    def due_ns(self, spec: InstrumentSpec, terms: ContractSpec) -> int:
        """Return when a contract can be settled: after its last trade and its last fixing."""
        month = _month(spec, terms)
        last = _days(terms, month)[-1]
        return max(spec.expiry_ns, fixing_time(terms.index).instant_ns(last))

    def price_micros(
        self, spec: InstrumentSpec, terms: ContractSpec, at_ns: int, published: Published
    ) -> int | None:
        """Return the settlement price, or None while a fixing may still come or an operator must decide."""
        month = _month(spec, terms)
        for day in _days(terms, month):
            number = day_number(day)
            missing = (terms.index, number) not in published
            if missing and self._source.is_awaited(terms.index, number, at_ns):
                return None
        try:
            return settlement_price(terms, month, published)
        except SettlementUndecidedError as undecided:
            if spec.name not in self._told:
                self._told.add(spec.name)
                logger.error("%s: %s; `cfx admin settle` settles it", spec.name, undecided)
            return None


def _month(spec: InstrumentSpec, terms: ContractSpec) -> ContractMonth:
    if terms.listing is None:
        raise ValueError(f"{terms.family} has no expiry")
    return month_of_expiry(spec.expiry_ns, terms.listing)


def _days(terms: ContractSpec, month: ContractMonth) -> list[date]:
    if terms.listing is None or terms.settlement is None:
        raise ValueError(f"{terms.family} has no expiry")
    rule = terms.listing
    return fixing_days(month, terms.settlement.fixings, rule.last_trading_day, rule.calendar)


def funding_micros(mark_micros: int, index_micros: int, cap_ppm: int) -> int:
    """Return what a long pays a GPU-hour: mark - index, at most ``cap`` of the index either way.

    The daily rule of AX-like perpetuals: clamp(mark - benchmark, ±cap × benchmark).
    """
    reach = index_micros * cap_ppm // 10**6
    return min(max(mark_micros - index_micros, -reach), reach)
